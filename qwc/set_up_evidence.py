"""What is known of each step of connecting a company file: read from what the conversation has left behind anyway.

Nothing is written on the path of a SOAP call for it. Only calls that name nobody leave nothing; those are remembered in
this process's memory (qbwc/first_contact.py), and known for certain at the first sign-in, which comes after them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings

from accounts.models import AuditEvent
from metrics.models import MonthlyMetric
from qbwc import alerts, first_contact
from qbwc.first_contact import Sign
from qbwc.models import CompanyFile, Job, WebConnectorSession
from qbwc.qbxml.code_rows import Actor, CodeRow
from qbwc.qbxml.status_codes import QBWC_CODES, hresult_row, status_row
from qwc import document
from qwc.connect import connection_file
from qwc.set_up_steps import PERMISSION_STATUSES, Key, step_of_hresult

PROFIT_LOSS: Final = "profit_loss"
_HRESULT: Final = re.compile(r"0x[0-9A-Fa-f]{8}")


@dataclass(frozen=True)
class Evidence:
    """Of one step now. `seen_at` None: not seen. A failure counts while nothing newer has been seen.

    `detail` may hold names and paths: for administrators only; `failure` is for everybody who has the link.
    """

    seen_at: datetime | None = None
    detail: str = ""
    failed_at: datetime | None = None
    failure: str = ""
    remedy: str = ""
    actor: Actor | None = None


def evidence_of(company_file: CompanyFile, now: datetime) -> dict[Key, Evidence]:
    """Every step; about ten small queries, for a page that somebody watches."""
    return {key: look(company_file, now) for key, look in _LOOKS.items()}


def _failed(row: CodeRow, at: datetime | None, words: str = "", seen_at: datetime | None = None) -> Evidence:
    return Evidence(seen_at, "", at, words or row.meaning, row.remedy, row.actor)


def _downloaded(company_file: CompanyFile, now: datetime) -> Evidence:
    """The download itself is written down by whoever handed the file out (set_up.hand_out)."""
    broken = document.problems(connection_file(company_file, settings.PUBLIC_URL))
    if not broken:
        return Evidence()
    return Evidence(failed_at=now, failure=broken[0], remedy="Then download it here.", actor=Actor.ADMINISTRATOR)


def _nameless(sign: Sign) -> Callable[[CompanyFile, datetime], Evidence]:
    def look(company_file: CompanyFile, _now: datetime) -> Evidence:
        seen = first_contact.newest(sign, company_file.username, company_file.created_at)
        if seen is None:
            return Evidence()
        if seen.refusal:
            remedy = "Install Web Connector 2.1 or newer from Intuit, then run the update again."
            return Evidence(failed_at=seen.at, failure=seen.refusal, remedy=remedy, actor=Actor.USER)
        version = f"Web Connector {seen.version}, from " if seen.version else "From "
        return Evidence(seen.at, f"{version}{seen.address or 'an unknown address'}. This call names no company.")

    return look


def _authenticate(company_file: CompanyFile, _now: datetime) -> Evidence:
    seen_at, refused = company_file.last_seen_at, _refusal(company_file)
    if refused is None or (seen_at is not None and refused.timestamp < seen_at):
        return Evidence(seen_at, f"As {company_file.username}.")
    return _failed(QBWC_CODES[1040], refused.timestamp, seen_at=seen_at)


def _refusal(company_file: CompanyFile) -> AuditEvent | None:
    refused = AuditEvent.objects.filter(
        company=company_file.company_id, actor=company_file.username, action="web_connector.sign_in_refused"
    )
    return refused.order_by("-pk").first()


def _opened(company_file: CompanyFile, _now: datetime) -> Evidence:
    seen_at = company_file.file_id_confirmed_at
    if (refused := alerts.refused_file(company_file)) is not None:
        row = hresult_row("0x8004040A")
        return _failed(row, refused.at, "Another company file was open in QuickBooks, so nothing was sent.", seen_at)
    session = _unreachable(company_file)
    if session is not None and step_of_hresult(_hresult_in(session.last_error)) is Key.OPENED:
        return _failed(hresult_row(_hresult_in(session.last_error)), session.last_call_at, seen_at=seen_at)
    facts = (company_file.company_name_seen, company_file.file_path_seen, company_file.product_name)
    return Evidence(seen_at, " · ".join(fact for fact in (*facts, f"FileID {company_file.file_id}") if fact))


def _unreachable(company_file: CompanyFile) -> WebConnectorSession | None:
    """The newest session, when QuickBooks could not be opened in it and it read nothing either."""
    newest = company_file.sessions.exclude(state=WebConnectorSession.State.REFUSED).order_by("-started_at").first()
    is_stuck = newest is not None and newest.connection_attempts > 0 and not newest.jobs_finished
    return newest if is_stuck and newest is not None and newest.last_error else None


def _hresult_in(words: str) -> str:
    found = _HRESULT.search(words)
    return found[0] if found else ""


_ALLOWED: Final = {"unattended": "unattended updates", "personal_data": "personal data"}


def _permissions(company_file: CompanyFile, _now: datetime) -> Evidence:
    known = company_file.permissions_seen
    seen_at = company_file.last_seen_at if known else None
    session = _unreachable(company_file)
    if session is not None and step_of_hresult(_hresult_in(session.last_error)) is Key.PERMISSIONS:
        return _failed(hresult_row(_hresult_in(session.last_error)), session.last_call_at, seen_at=seen_at)
    job = _newest_failed(company_file, tuple(PERMISSION_STATUSES))
    if job is not None:
        return _failed(status_row(job.status_code or 0), job.finished_at, seen_at=seen_at)
    if not known:
        return Evidence()
    said = [f"{words}: {'yes' if name in known else 'no'}" for name, words in _ALLOWED.items()]
    hint = "" if "unattended" in known else " QuickBooks must be open at every update."
    return Evidence(seen_at, f"{', '.join(said).capitalize()}.{hint}")


def _newest_failed(company_file: CompanyFile, statuses: tuple[int, ...] = ()) -> Job | None:
    """The newest ended reading of the report, when it failed; with `statuses`, only for one of these reasons."""
    ended = Job.objects.filter(company_file=company_file, purpose=PROFIT_LOSS, finished_at__isnull=False)
    newest = ended.order_by("-finished_at", "-pk").first()
    is_it = newest is not None and newest.state == Job.State.FAILED
    return newest if is_it and newest is not None and (not statuses or newest.status_code in statuses) else None


def _first_report(company_file: CompanyFile, _now: datetime) -> Evidence:
    done = Job.objects.filter(company_file=company_file, purpose=PROFIT_LOSS, state=Job.State.DONE)
    first = done.order_by("finished_at", "pk").first()
    seen_at = first.finished_at if first is not None else None
    failed = _newest_failed(company_file)
    if failed is None or failed.status_code in PERMISSION_STATUSES:
        return Evidence(seen_at)
    row = hresult_row(_hresult_in(failed.failure)) if failed.status_code is None else status_row(failed.status_code)
    return _failed(row, failed.finished_at, seen_at=seen_at)


def _first_tied(company_file: CompanyFile, _now: datetime) -> Evidence:
    months = MonthlyMetric.objects.filter(company=company_file.company_id)
    tied = months.filter(tie_out_status=MonthlyMetric.TieOutStatus.TIED).order_by("synced_at", "month").first()
    if tied is not None:
        return Evidence(tied.synced_at, f"{tied.month:%B %Y}, {tied.basis}.")
    untied = months.order_by("-synced_at").first()
    if untied is None:
        return Evidence()
    return Evidence(
        failed_at=untied.synced_at,
        failure="The report was read, but no month's figures equal QuickBooks' own Net Income yet.",
        remedy="Look at the untied months on the page of figures: it says which lines do not add up.",
        actor=Actor.ADMINISTRATOR,
    )


_LOOKS: Final[dict[Key, Callable[[CompanyFile, datetime], Evidence]]] = {
    Key.DOWNLOADED: _downloaded,
    Key.SUPPORT: _nameless(Sign.SUPPORT),
    Key.PROBE: _nameless(Sign.PROBE),
    Key.SERVER_VERSION: _nameless(Sign.SERVER_VERSION),
    Key.CLIENT_VERSION: _nameless(Sign.CLIENT_VERSION),
    Key.AUTHENTICATE: _authenticate,
    Key.OPENED: _opened,
    Key.PERMISSIONS: _permissions,
    Key.FIRST_REPORT: _first_report,
    Key.FIRST_TIED: _first_tied,
}
