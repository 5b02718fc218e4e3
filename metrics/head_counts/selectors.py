"""Each month's head count with where it comes from: a person, the list that closed the month, or today's list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from accounts.models import Company
from metrics.company_time import running_month
from metrics.figure_words import day_words
from metrics.head_counts.rows import counted_months
from metrics.headcount import is_hindsight
from metrics.models import MonthlyHeadCount, MonthlyMetric, SyncHistory
from metrics.months import Month


@dataclass(frozen=True)
class HeadCountLine:
    """`employees` None: no list was ever read. `entered` is a person's own count; `origin` says whose word it is."""

    month: Month
    employees: int | None
    is_estimated: bool
    origin: str  # entered, frozen, hindsight, running, unread
    words: str
    entered: int | None
    entered_by: str
    note: str


def head_counts(company: Company, now: datetime) -> tuple[HeadCountLine, ...]:
    """Every month that has figures or a count, newest first."""
    rows = {Month.of(row.month): row for row in MonthlyHeadCount.objects.filter(company=company)}
    days = MonthlyMetric.objects.filter(company=company).order_by().values_list("month", flat=True).distinct()
    months = sorted({Month.of(day) for day in days} | set(rows), reverse=True)
    counted = counted_months(company, [month.first_day for month in months], now.date())
    read_at, running = _newest_list(company), running_month(company, now)
    found = []
    for month in months:
        row, count = rows.get(month), counted.get(month.first_day)
        origin, words = _origin(row, month, running, read_at)
        found.append(
            HeadCountLine(
                month=month,
                employees=count.employees if count else None,
                is_estimated=bool(count and count.is_estimated),
                origin=origin if count else "unread",
                words=words if count else "No employee list has been read yet.",
                entered=row.entered if row else None,
                entered_by=row.entered_by if row else "",
                note=row.note if row else "",
            )
        )
    return tuple(found)


def _origin(row: MonthlyHeadCount | None, month: Month, running: Month, read_at: datetime | None) -> tuple[str, str]:
    if row is not None and row.entered is not None:
        return "entered", f"Entered by {row.entered_by or 'a person'}"
    if row is not None:
        late = ", long after its end" if is_hindsight(month, row.frozen_at.date()) else ""
        return "frozen", f"Frozen from the list of {day_words(row.frozen_at)}{late}"
    if month >= running:
        return "running", "Counted from the newest list; the month still runs"
    when = f" of {day_words(read_at)}" if read_at else ""
    return "hindsight", f"Counted from the list{when}; none was read in its time"


def _newest_list(company: Company) -> datetime | None:
    lists = SyncHistory.objects.filter(company=company, sync_type=SyncHistory.SyncType.EMPLOYEES, success=True)
    newest: datetime | None = lists.aggregate(newest=Max("created_at"))["newest"]
    return newest
