"""The set-up of one company file: the light of each step, written down when first seen, and the file as handed out."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction

from accounts import audit
from qbwc.models import CompanyFile, SetUpStep
from qbwc.qbxml.code_rows import Actor
from qwc import document, redo
from qwc.code_search import Code, search
from qwc.connect import connection_file
from qwc.set_up_evidence import Evidence, evidence_of
from qwc.set_up_steps import STEPS, Key, Step
from qwc.who import WHO


class State(enum.Enum):
    """Of a light. NEXT: the one that is waited for."""

    DONE = "done"
    FAILED = "failed"
    NEXT = "next"
    WAITING = "waiting"


@dataclass(frozen=True)
class Line:
    """One step on the page. `detail` is for administrators; the rest is for whoever has the link, too."""

    step: Step
    state: State
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    failed_at: datetime | None
    failure: str
    remedy: str
    who: str
    detail: str
    codes: tuple[Code, ...]


@dataclass(frozen=True)
class Checklist:
    """All ten, in their order."""

    lines: tuple[Line, ...]

    @property
    def done(self) -> int:
        return sum(line.state is State.DONE for line in self.lines)

    @property
    def is_complete(self) -> bool:
        return self.done == len(self.lines)

    @property
    def has_failed(self) -> bool:
        return any(line.state is State.FAILED for line in self.lines)


_SHOWN_BY_WHAT_FOLLOWED: Final = "Not noticed by itself; what came after it shows that it worked."


def checklist(company_file: CompanyFile, now: datetime) -> Checklist:
    """What was seen until now. Writes a step down when it is first seen or has changed, in one statement for all."""
    known = {row.step: row for row in company_file.set_up_steps.all()}
    found = evidence_of(company_file, now)
    rows = {step.key: _row(company_file, step.key, known.get(step.key.value), found[step.key]) for step in STEPS}
    _infer(rows, found)
    _write(rows, known)
    return Checklist(tuple(_lines(rows, found)))


@transaction.atomic
def hand_out(company_file: CompanyFile, now: datetime, *, actor: str) -> bytes:
    """The .qwc for a download: remembered as handed out, its step seen, audited. document.BadConnection."""
    content = document.render(connection_file(company_file, settings.PUBLIC_URL))
    company_file.downloaded_qwc = content.decode("ascii")
    company_file.save(update_fields=["downloaded_qwc"])
    step, is_new = SetUpStep.objects.get_or_create(
        company_file=company_file,
        step=Key.DOWNLOADED.value,
        defaults={"first_seen_at": now, "last_seen_at": now, "detail": f"By {actor}."[:500]},
    )
    if not is_new:
        step.first_seen_at, step.last_seen_at, step.detail = step.first_seen_at or now, now, f"By {actor}."[:500]
        step.failed_at, step.failure = None, ""
        step.save()
    audit.record(action="qwc.downloaded", success=True, now=now, actor=actor, company=company_file.company)
    return content


def change_since_download(company_file: CompanyFile) -> redo.Redo | None:
    """What must be done again because today's file differs from the one handed out last; None: nothing differs."""
    today = connection_file(company_file, settings.PUBLIC_URL)
    if not company_file.downloaded_qwc or document.problems(today):
        return None
    before = company_file.downloaded_qwc.encode("ascii", "replace")
    if before == document.render(today):
        return None
    try:
        return redo.what_changes(redo.read_back(before), today)
    except document.BadConnection:
        return None


def _row(company_file: CompanyFile, key: Key, known: SetUpStep | None, found: Evidence) -> SetUpStep:
    """What the step's row should say. A failure that goes on keeps the moment when it began."""
    first = known.first_seen_at if known else None
    last = known.last_seen_at if known else None
    goes_on = known is not None and bool(found.failure) and known.failure == found.failure
    detail = found.detail if found.seen_at or not known else known.detail
    return SetUpStep(
        company_file=company_file,
        step=key.value,
        first_seen_at=first or found.seen_at,
        last_seen_at=max((at for at in (last, found.seen_at) if at is not None), default=None),
        failed_at=known.failed_at if known is not None and goes_on else found.failed_at,
        failure=found.failure,
        detail=detail[:500] if first or found.seen_at else "",
    )


def _infer(rows: dict[Key, SetUpStep], found: dict[Key, Evidence]) -> None:
    """The Web Connector takes no step without the one before: whatever was seen shows that those before it worked.

    A sign-in that was refused has come after its version was accepted, too.
    """
    later: datetime | None = None
    for step in reversed(STEPS):
        row = rows[step.key]
        if row.first_seen_at is None and later is not None:
            row.first_seen_at = row.last_seen_at = later
            row.detail = _SHOWN_BY_WHAT_FOLLOWED
        later = row.first_seen_at or later
        if step.key is Key.AUTHENTICATE:
            later = later or found[step.key].failed_at


_COLUMNS: Final = ("first_seen_at", "last_seen_at", "failed_at", "failure", "detail")


def _write(rows: dict[Key, SetUpStep], known: dict[str, SetUpStep]) -> None:
    changed = [row for row in rows.values() if _values(row) != _values(known.get(row.step))]
    if changed:
        SetUpStep.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["company_file", "step"], update_fields=_COLUMNS
        )


def _values(row: SetUpStep | None) -> tuple[object, ...]:
    return (None, None, None, "", "") if row is None else tuple(getattr(row, name) for name in _COLUMNS)


def _lines(rows: dict[Key, SetUpStep], found: dict[Key, Evidence]) -> list[Line]:
    lines = [_line(step, rows[step.key], found[step.key]) for step in STEPS]
    stuck = any(line.state is State.FAILED for line in lines)
    waiting = [index for index, line in enumerate(lines) if line.state is State.WAITING]
    if waiting and not stuck:
        lines[waiting[0]] = replace(lines[waiting[0]], state=State.NEXT)
    return lines


def _line(step: Step, row: SetUpStep, found: Evidence) -> Line:
    if found.failure:
        state, actor, remedy = State.FAILED, found.actor or Actor.USER, found.remedy
    else:
        state = State.DONE if row.first_seen_at else State.WAITING
        actor, remedy = step.who, "" if row.first_seen_at else step.to_do
    return Line(
        step=step,
        state=state,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        failed_at=row.failed_at,
        failure=row.failure,
        remedy=remedy,
        who=WHO[actor],
        detail=row.detail,
        codes=_codes(step) if state is not State.DONE else (),
    )


def _codes(step: Step) -> tuple[Code, ...]:
    return tuple(search(f"QBWC{number}")[0] for number in step.codes)
