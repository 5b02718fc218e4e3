"""Schedules of mail: the only writer of what is sent when and to whom."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import Company
from metrics.company_time import zone_name_of
from metrics.fiscal import FiscalCalendar, Period, calendar_of
from metrics.models import Basis, MailRun, MailSchedule
from metrics.months import Month
from metrics.reporting.settings import reporting_of
from metrics.scheduled_mail.dates import BadTiming, Every, Timing, due_at, open_period
from metrics.scheduled_mail.recipients import MOST
from metrics.snapshots.shared_links import MOST_DAYS

logger = logging.getLogger(__name__)

MOST_SCHEDULES = 20  # per company
LONGEST_MESSAGE = 2000
OPEN = (MailRun.State.DUE, MailRun.State.NOT_READY, MailRun.State.TRYING)
_TIMED = frozenset(("every", "days_after", "hour", "time_zone"))


class BadSchedule(ValueError):
    """A schedule that cannot be; `problems` names each field and what is wrong with it."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


@dataclass(frozen=True)
class Wanted:
    """Everything a person chooses of a schedule; the addresses are checked already (recipients.py)."""

    every: str
    sends: str
    basis: str
    days_after: int
    hour: int
    time_zone: str
    recipients: tuple[str, ...]
    watchers: tuple[str, ...] = ()
    message: str = ""
    link_days: int = 30
    shows_notes: bool = False
    sends_unready: bool = False


def timing_of(schedule: MailSchedule) -> Timing:
    """With the fiscal year as it is now. Raises BadTiming where the system forgot the zone."""
    return _timing(schedule, reporting_of(schedule.company).calendar)


def _timing(schedule: MailSchedule, calendar: FiscalCalendar) -> Timing:
    books_zone = zone_name_of(schedule.company)
    return Timing(Every(schedule.every), schedule.days_after, schedule.hour, schedule.time_zone, calendar, books_zone)


def wanted_of(schedule: MailSchedule) -> Wanted:
    """As it is now."""
    found = {field.name: getattr(schedule, field.name) for field in fields(Wanted)}
    return Wanted(**(found | {"recipients": tuple(schedule.recipients), "watchers": tuple(schedule.watchers)}))


def create_schedule(company: Company, wanted: Wanted, *, actor: str, now: datetime) -> MailSchedule:
    """What is due already is not sent by itself: the first is the next one. Raises BadSchedule."""
    with transaction.atomic():
        Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        _check(company, wanted)
        if MailSchedule.objects.filter(company=company).count() >= MOST_SCHEDULES:
            raise BadSchedule({"every": f"At most {MOST_SCHEDULES} schedules: delete one first."})
        schedule = MailSchedule.objects.create(
            company=company, **_columns(wanted), starts_at=now, created_by=actor[:200], created_at=now
        )
        _audit("mail_schedule.created", schedule, actor, now, **_columns(wanted))
    return schedule


def change_schedule(schedule: MailSchedule, wanted: Wanted, *, actor: str, now: datetime) -> MailSchedule:
    """A new timing counts from now on; what is due by the old one already is still sent. Raises BadSchedule."""
    with transaction.atomic():
        schedule = _locked(schedule)
        _check(schedule.company, wanted)
        before = asdict(wanted_of(schedule))
        different = {name: value for name, value in asdict(wanted).items() if value != before[name]}
        if not different:
            return schedule
        if _TIMED & different.keys():
            open_run(schedule, now)
            schedule.starts_at = now
        for name, value in _columns(wanted).items():
            setattr(schedule, name, value)
        schedule.save()
        if "every" in different:
            _give_up_open(schedule, "The schedule was changed before it could be sent.")
        _audit("mail_schedule.changed", schedule, actor, now, **different)
    return schedule


def switch(schedule: MailSchedule, is_on: bool, *, actor: str, now: datetime) -> bool:
    """Pause, or go on with what is due from now on: what waited before is not sent by itself any more. Whether it was
    this call that did it."""
    with transaction.atomic():
        columns: dict[str, Any] = {"is_on": is_on} | ({"starts_at": now} if is_on else {})
        changed = MailSchedule.objects.filter(pk=schedule.pk, is_on=not is_on).update(**columns)
        if changed and is_on:
            _give_up_open(schedule, "It was not sent before the schedule was paused. “Send now” sends it.")
        if changed:
            _audit("mail_schedule.resumed" if is_on else "mail_schedule.paused", schedule, actor, now)
    return bool(changed)


def delete_schedule(schedule: MailSchedule, *, actor: str, now: datetime) -> None:
    """With the record of its runs; links that were sent stay, and can be revoked at their snapshot."""
    with transaction.atomic():
        _audit("mail_schedule.deleted", schedule, actor, now, **asdict(wanted_of(schedule)))
        schedule.delete()


def without_run(now: datetime) -> list[MailSchedule]:
    """Those whose open period has no run yet. Two queries, however many schedules there are."""
    everything = MailSchedule.objects.filter(is_on=True)
    wanted = []
    for schedule in everything.select_related("company__company_file", "company__reporting"):
        try:
            period = _due_period(schedule, _read_timing(schedule), now)
        except (
            Exception
        ):  # one that cannot be timed keeps no other waiting; Doctor tells of zones nobody knows any more
            logger.exception("schedule %s cannot be timed", schedule.pk)
            continue
        if period is not None:
            wanted.append((schedule, str(period), period.last.first_day))
    runs = MailRun.objects.filter(schedule__is_on=True, is_test=False, last_month__in={last for _, _, last in wanted})
    known = set(runs.values_list("schedule_id", "period_text", "last_month"))
    return [schedule for schedule, text, last in wanted if (schedule.pk, text, last) not in known]


def _read_timing(schedule: MailSchedule) -> Timing:
    """`timing_of` without a query, of a schedule that was read with its company's settings and connection."""
    company = schedule.company
    reporting, company_file = getattr(company, "reporting", None), getattr(company, "company_file", None)
    calendar = calendar_of(
        reporting.fiscal_year_first_month if reporting else None,
        company_file.fiscal_year_first_month if company_file else None,
    )
    return _timing(schedule, calendar)


def open_run(schedule: MailSchedule, now: datetime) -> MailRun | None:
    """The run of the period that is due now, made if it is not there; None when nothing is due by itself."""
    if not schedule.is_on:
        return None
    period = _due_period(schedule, timing_of(schedule), now)
    return run_of(schedule, period, now) if period is not None else None


def _due_period(schedule: MailSchedule, timing: Timing, now: datetime) -> Period | None:
    period = open_period(timing, now)
    return period if period is not None and due_at(timing, period) > schedule.starts_at else None


def run_of(schedule: MailSchedule, period: Period, now: datetime) -> MailRun:
    """The one run of the period; two workers at once make one.

    A period is its months. Its name depends on the fiscal year, which may be changed: then the same months have
    another name, and another period has the old one.
    """
    text, last = str(period), period.last.first_day
    runs = MailRun.objects.filter(schedule=schedule, is_test=False)
    for other in runs.filter(period_text=text).exclude(last_month=last):
        runs.filter(pk=other.pk).update(period_text=f"{text} to {Month.of(other.last_month)}")
    found = kept_run(schedule, period)
    if found is None:
        values = {"period_label": period.label, "last_month": last, "created_at": now, "next_try_at": now}
        return MailRun.objects.get_or_create(schedule=schedule, period_text=text, is_test=False, defaults=values)[0]
    if found.period_text != text:
        found.period_text, found.period_label = text, period.label
        found.save(update_fields=["period_text", "period_label"])
    return found


def kept_run(schedule: MailSchedule, period: Period) -> MailRun | None:
    """The run of these months, whatever they were called."""
    same = MailRun.objects.filter(schedule=schedule, is_test=False, last_month=period.last.first_day)
    return next((run for run in same if _sort(run.period_text) == _sort(str(period))), None)


def _sort(period_text: str) -> str:
    """Month, quarter or year: of one schedule that was changed, each may end in the same month."""
    return "quarter" if "-Q" in period_text else "year" if period_text.startswith("fy:") else "month"


def _locked(schedule: MailSchedule) -> MailSchedule:
    return MailSchedule.objects.select_for_update(of=("self",)).select_related("company").get(pk=schedule.pk)


def _give_up_open(schedule: MailSchedule, words: str) -> None:
    open_runs = MailRun.objects.filter(schedule=schedule, is_test=False, state__in=OPEN)
    open_runs.update(state=MailRun.State.GIVEN_UP, reasons=[{"message": words}], next_try_at=None)


def _columns(wanted: Wanted) -> dict[str, Any]:
    found = asdict(wanted)
    return found | {"recipients": list(wanted.recipients), "watchers": list(wanted.watchers)}


def _check(company: Company, wanted: Wanted) -> None:
    problems: dict[str, str] = {}
    if wanted.every not in MailSchedule.Every.values:
        problems["every"] = "Choose month, quarter or year."
    else:
        try:
            Timing(Every(wanted.every), wanted.days_after, wanted.hour, wanted.time_zone)
        except BadTiming as bad:
            problems[bad.field] = str(bad)
    if wanted.sends not in MailSchedule.Sends.values:
        problems["sends"] = "Choose pack or link."
    if not 1 <= wanted.link_days <= MOST_DAYS:
        problems["link_days"] = f"A link is valid for 1 to {MOST_DAYS} days."
    if len(wanted.message) > LONGEST_MESSAGE:
        problems["message"] = f"At most {LONGEST_MESSAGE:,} characters."
    problems |= _about_addresses(wanted) | _about_basis(company, wanted)
    if problems:
        raise BadSchedule(problems)


def _about_addresses(wanted: Wanted) -> dict[str, str]:
    problems = {}
    if not wanted.recipients:
        problems["recipients"] = "Write at least one mail address."
    for name in ("recipients", "watchers"):
        if len(getattr(wanted, name)) > MOST:
            problems[name] = f"At most {MOST} addresses."
    return problems


def _about_basis(company: Company, wanted: Wanted) -> dict[str, str]:
    if wanted.basis not in Basis.values:
        return {"basis": "Choose accrual or cash."}
    if wanted.basis == Basis.CASH and not reporting_of(company).reads_cash:
        return {"basis": "Cash basis is not read. Switch it on in the settings, or choose accrual."}
    return {}


def _audit(action: str, schedule: MailSchedule, actor: str, now: datetime, **details: object) -> None:
    audit.record(
        action=action,
        success=True,
        now=now,
        actor=actor,
        company=schedule.company,
        schedule=schedule.pk,
        **details,
    )
