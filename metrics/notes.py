"""Notes beside a month, a metric, or both: the only writer, and the read."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import Company
from metrics.arithmetic import LINES
from metrics.models import Note
from metrics.months import Month

LONGEST = 4000


class BadNote(ValueError):
    """A note that cannot be kept; `problems` names each field and what is wrong with it."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


class NotYourNote(ValueError):
    """Only its author or an administrator of the company may change a note."""

    def __init__(self) -> None:
        super().__init__("Only the author of a note, or an administrator of the company, may change it.")


def notes(company: Company, first: Month | None = None, last: Month | None = None) -> tuple[Note, ...]:
    """Newest first. With months: those of the months, and those that belong to no month."""
    rows = Note.objects.filter(company=company)
    if first is not None:
        rows = rows.exclude(month__lt=first.first_day)
    if last is not None:
        rows = rows.exclude(month__gt=last.first_day)
    return tuple(rows)


def add_note(company: Company, text: str, month: Month | None, metric_key: str, *, actor: str, now: datetime) -> Note:
    """Raises BadNote."""
    clean = _checked(text, metric_key)
    with transaction.atomic():
        note = Note.objects.create(
            company=company,
            month=month.first_day if month else None,
            metric_key=metric_key,
            text=clean,
            author=actor[:200],
            created_at=now,
            updated_at=now,
        )
        _audit("note.added", note, actor, now)
    return note


def change_note(note: Note, text: str, *, actor: str, may_administer: bool, now: datetime) -> Note:
    """Raises BadNote, NotYourNote."""
    _refuse_others(note, actor, may_administer)
    with transaction.atomic():
        note.text, note.updated_at = _checked(text, note.metric_key), now
        note.save(update_fields=["text", "updated_at"])
        _audit("note.changed", note, actor, now)
    return note


def delete_note(note: Note, *, actor: str, may_administer: bool, now: datetime) -> None:
    """Raises NotYourNote."""
    _refuse_others(note, actor, may_administer)
    with transaction.atomic():
        _audit("note.deleted", note, actor, now)
        note.delete()


def _refuse_others(note: Note, actor: str, may_administer: bool) -> None:
    if not may_administer and (not actor or note.author != actor):
        raise NotYourNote


def _checked(text: str, metric_key: str) -> str:
    clean = text.replace("\x00", "").strip()
    problems = {}
    if not clean:
        problems["text"] = "A note needs some words."
    elif len(clean) > LONGEST:
        problems["text"] = f"A note has at most {LONGEST:,} characters; this one has {len(clean):,}."
    if metric_key and metric_key not in LINES:
        problems["metric_key"] = f"“{metric_key[:40]}” is not a metric."
    if problems:
        raise BadNote(problems)
    return clean


def _audit(action: str, note: Note, actor: str, now: datetime) -> None:
    month = str(Month.of(note.month)) if note.month else ""
    audit.record(
        action=action,
        success=True,
        now=now,
        actor=actor,
        company=note.company,
        note=note.pk,
        month=month,
        metric=note.metric_key,
        text=note.text,
    )
