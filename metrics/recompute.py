"""From stored amounts and employees to the fourteen metrics of each month; never asks QuickBooks anything.

Mapping → arithmetic → MonthlyMetric. The tie-out columns tell what an import said and are left alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Company
from metrics.arithmetic import month_figures
from metrics.headcount import Employee, HeadCount, head_count
from metrics.mapping import Mapper
from metrics.mapping_rows import mapper_of
from metrics.models import EmployeeRecord, MonthlyAmount, MonthlyMetric, SyncHistory
from metrics.months import Month
from metrics.profit_and_loss import Section

# The columns this module owns; all others belong to the import.
FIGURE_COLUMNS: tuple[str, ...] = (*month_figures(()).by_key(), "employees", "employees_estimated")

MonthKey = tuple[str, date]  # basis, first day


@dataclass(frozen=True)
class Amount:
    """What the mapping needs of a stored amount."""

    full_name: str
    section: Section
    amount: Decimal


def recompute(
    company: Company, *, as_of: date, basis: str | None = None, months: Iterable[Month] | None = None
) -> None:
    """Write the figures of these months again (None: every basis, every month), with today's rules.

    `as_of` is today's date: the running month's head count is of that day. Seven queries at most, whatever the
    number of accounts and months (SQLite's limit of 999 values splits the one write after 43 months).
    """
    wanted = None if months is None else [month.first_day for month in months]
    with transaction.atomic():
        lock(company)
        rows = list(_narrowed(MonthlyMetric.objects.filter(company=company), basis, wanted))
        if rows:
            _fill(rows, company, as_of, _amounts(company, basis, wanted))
            _write(rows)


def lock(company: Company) -> None:
    """One writer of a company's figures at a time; needs a transaction (SQLite: IMMEDIATE holds it already)."""
    Company.objects.select_for_update().get(pk=company.pk)


def _narrowed(
    rows: QuerySet[MonthlyMetric], basis: str | None, wanted: Sequence[date] | None
) -> QuerySet[MonthlyMetric]:
    if basis is not None:
        rows = rows.filter(basis=basis)
    return rows if wanted is None else rows.filter(month__in=wanted)


def _amounts(company: Company, basis: str | None, wanted: Sequence[date] | None) -> dict[MonthKey, list[Amount]]:
    stored = MonthlyAmount.objects.filter(company=company)
    if basis is not None:
        stored = stored.filter(basis=basis)
    if wanted is not None:
        stored = stored.filter(month__in=wanted)
    found: dict[MonthKey, list[Amount]] = defaultdict(list)
    sections = {section.value: section for section in Section}
    for of_basis, month, full_name, account_type, amount in stored.order_by("pk").values_list(
        "basis", "month", "full_name", "account_type", "amount"
    ):
        found[of_basis, month].append(Amount(full_name, sections[account_type], amount))
    return found


def _fill(rows: Sequence[MonthlyMetric], company: Company, as_of: date, amounts: dict[MonthKey, list[Amount]]) -> None:
    mapper = mapper_of(company)
    counts = _head_counts(company, {row.month for row in rows}, as_of)
    for row in rows:
        _put_figures(row, mapper, amounts.get((row.basis, row.month), ()))
        count = counts.get(row.month)
        row.employees = None if count is None else count.count
        row.employees_estimated = count is not None and count.is_estimated


def _put_figures(row: MonthlyMetric, mapper: Mapper, amounts: Iterable[Amount]) -> None:
    figures = month_figures(
        (mapper.match(amount.full_name, amount.section).metric_key, amount.section, amount.amount) for amount in amounts
    )
    for column, value in figures.by_key().items():
        setattr(row, column, value)


def _head_counts(company: Company, months: Iterable[date], as_of: date) -> dict[date, HeadCount]:
    """Nothing at all until an employees answer was read: no answer is not a head count of zero."""
    records = EmployeeRecord.objects.filter(company=company).order_by("pk")
    employees = [_employee(record) for record in records]
    if not employees and not _were_employees_read(company):
        return {}
    return {month: head_count(employees, Month.of(month), as_of) for month in months}


def _were_employees_read(company: Company) -> bool:
    return SyncHistory.objects.filter(company=company, sync_type=SyncHistory.SyncType.EMPLOYEES, success=True).exists()


def _employee(record: EmployeeRecord) -> Employee:
    return Employee(
        list_id=record.list_id,
        is_active=record.is_active,
        employee_type=record.employee_type,
        hired_date=record.hired_date,
        released_date=record.released_date,
        created_date=record.created_date,
        modified_date=record.modified_date,
    )


def _write(rows: Sequence[MonthlyMetric]) -> None:
    """One upsert; every row exists already, so only the figures' columns are touched."""
    MonthlyMetric.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["pk"],
        update_fields=list(FIGURE_COLUMNS),
    )
