"""Head counts of months: frozen when a month closes, counted from today's list before that.

A month is frozen by the first employee list that QuickBooks gave after its last day, if lists were read before the
month was over. Months that lay in the past when the first list was read are counted from the newest list, because no
list of their time exists. What a person entered wins over both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Min

from accounts.models import Company
from metrics.company_time import local_day
from metrics.headcount import Employee, HeadCountByType, HeadCountSettings, count, head_count_by_type
from metrics.models import EmployeeRecord, MonthlyHeadCount, ReportingSettings, SyncHistory
from metrics.months import Month, months_between
from qbwc.models import Exchange


@dataclass(frozen=True)
class CountedMonth:
    """`is_frozen`: it will not change with newer lists."""

    employees: int
    is_estimated: bool
    is_frozen: bool


def settings_of(company: Company) -> HeadCountSettings:
    row = ReportingSettings.objects.filter(company=company).first() or ReportingSettings()
    return HeadCountSettings(counts_owners=row.counts_owners, counts_officers=row.counts_officers)


def counted_months(company: Company, months: Collection[date], as_of: date) -> dict[date, CountedMonth]:
    """Nothing at all until an employees answer was read: no answer is not a head count of zero."""
    frozen = {row.month: row for row in MonthlyHeadCount.objects.filter(company=company, month__in=months)}
    employees = employees_of(company)
    if not employees and not frozen and first_list_at(company) is None:
        return {}
    settings = settings_of(company)
    return {month: _counted(frozen.get(month), employees, Month.of(month), as_of, settings) for month in months}


def _counted(
    row: MonthlyHeadCount | None, employees: Iterable[Employee], month: Month, as_of: date, settings: HeadCountSettings
) -> CountedMonth:
    if row is not None and row.entered is not None:
        return CountedMonth(row.entered, is_estimated=False, is_frozen=True)
    by_type = head_count_by_type(employees, month, as_of) if row is None else HeadCountByType(row.counts, row.estimated)
    found = count(by_type, settings)
    return CountedMonth(int(found.count), found.is_estimated, row is not None)


def freeze(company: Company, employees: Iterable[Employee], exchange: Exchange, answered_at: datetime) -> None:
    """Keep the counts of the months that this list is the first one after. Needs the company's lock.

    The order in which lists are read does not matter: the one QuickBooks gave first is kept.
    """
    since = first_list_at(company)
    if since is None:
        return
    kept = {row.month: row for row in MonthlyHeadCount.objects.filter(company=company)}
    day = local_day(company, answered_at)
    rows = []
    for month in _closed_months(Month.of(local_day(company, since)), day):
        row = kept.get(month.first_day) or MonthlyHeadCount(company=company, month=month.first_day)
        if row.pk is not None and (row.exchange_id is None or row.exchange_id <= exchange.pk):
            continue
        by_type = head_count_by_type(employees, month, day)
        row.counts, row.estimated = dict(by_type.counts), dict(by_type.estimated)
        row.exchange, row.frozen_at = exchange, answered_at
        rows.append(row)
    for row in rows:
        row.save()


def _closed_months(first: Month, day: date) -> tuple[Month, ...]:
    """The months from `first` that were over on that day, whether their figures were read by then or not."""
    return months_between(first, Month.of(day).plus(-1))


def first_list_at(company: Company) -> datetime | None:
    """When QuickBooks gave the first employee list."""
    lists = SyncHistory.objects.filter(company=company, sync_type=SyncHistory.SyncType.EMPLOYEES, success=True)
    first: datetime | None = lists.aggregate(first=Min("created_at"))["first"]
    return first


def employees_of(company: Company) -> list[Employee]:
    return [as_employee(record) for record in EmployeeRecord.objects.filter(company=company).order_by("pk")]


def as_employee(record: EmployeeRecord) -> Employee:
    return Employee(
        list_id=record.list_id,
        is_active=record.is_active,
        employee_type=record.employee_type,
        hired_date=record.hired_date,
        released_date=record.released_date,
        created_date=record.created_date,
        modified_date=record.modified_date,
    )
