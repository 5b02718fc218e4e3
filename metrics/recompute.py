"""From stored amounts and employees to the fourteen metrics of each month; never asks QuickBooks anything.

Mapping → arithmetic → MonthlyMetric. The tie-out columns tell what an import said and are left alone.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Company
from alerts.looking import ask_look
from metrics.arithmetic import MonthFigures, month_figures
from metrics.cells import SECTIONS
from metrics.columns import list_id_of
from metrics.head_counts.rows import counted_months
from metrics.mapping import Mapper
from metrics.mappings.rows import mapper_of
from metrics.models import MonthlyAmount, MonthlyMetric
from metrics.months import Month
from metrics.profit_and_loss import Section

logger = logging.getLogger(__name__)

# The columns this module owns; all others belong to the import.
FIGURE_COLUMNS: tuple[str, ...] = (
    *month_figures(()).by_key(),
    "employees",
    "employees_estimated",
    "employees_frozen",
)

MonthKey = tuple[str, date]  # basis, first day


class Mappable(Protocol):
    """An amount with what the rules look at: an Amount, a Cell."""

    @property
    def full_name(self) -> str: ...
    @property
    def section(self) -> Section: ...
    @property
    def number(self) -> str: ...
    @property
    def list_id(self) -> str: ...
    @property
    def amount(self) -> Decimal: ...


class Amount(NamedTuple):
    """What the mapping needs of a stored amount."""

    full_name: str
    section: Section
    number: str
    list_id: str
    amount: Decimal

    @classmethod
    def of(cls, full_name: str, account_type: str, number: str, account_key: str, amount: Decimal) -> Amount:
        return cls(full_name, SECTIONS[account_type], number, list_id_of(account_key), amount)


def recompute(
    company: Company, *, as_of: date, basis: str | None = None, months: Iterable[Month] | None = None
) -> None:
    """Write the figures of these months again (None: every basis, every month), with today's rules.

    `as_of` is today's date: the running month's head count is of that day. Eight queries at most, whatever the
    number of accounts and months (SQLite's limit of 999 values splits the one write after 43 months).
    """
    wanted = None if months is None else [month.first_day for month in months]
    with transaction.atomic():
        lock(company)
        rows = list(_narrowed(MonthlyMetric.objects.filter(company=company), basis, wanted))
        if rows:
            _fill(rows, company, as_of, _amounts(company, basis, wanted))
            _write(rows)
            ask_look(company.pk)


def lock(company: Company) -> None:
    """One writer of a company's figures at a time; needs a transaction (SQLite: IMMEDIATE holds it already)."""
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)


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
    for of_basis, month, *cells in stored.order_by("pk").values_list(
        "basis", "month", "full_name", "account_type", "number", "account_key", "amount"
    ):
        found[of_basis, month].append(Amount.of(*cells))
    return found


def _fill(rows: Sequence[MonthlyMetric], company: Company, as_of: date, amounts: dict[MonthKey, list[Amount]]) -> None:
    mapper = mapper_of(company)
    counts = counted_months(company, {row.month for row in rows}, as_of)
    for row in rows:
        _put_figures(row, mapper, amounts.get((row.basis, row.month), ()))
        count = counts.get(row.month)
        row.employees = None if count is None else count.employees
        row.employees_estimated = count is not None and count.is_estimated
        row.employees_frozen = count is not None and count.is_frozen
    for rule, full_name in mapper.slow_rules:
        logger.warning("mapping %s (%s) took too long on %s and was passed over", rule.rule_id, rule.pattern, full_name)


def _put_figures(row: MonthlyMetric, mapper: Mapper, amounts: Iterable[Amount]) -> None:
    for column, value in figures_of(Month.of(row.month), mapper, amounts).by_key().items():
        setattr(row, column, value)


def figures_of(month: Month, mapper: Mapper, amounts: Iterable[Mappable]) -> MonthFigures:
    """The money of one month, by these rules."""
    return month_figures(
        (
            mapper.match(one.full_name, one.section, one.number, one.list_id, month).metric_key,
            one.section,
            one.amount,
        )
        for one in amounts
    )


def _write(rows: Sequence[MonthlyMetric]) -> None:
    """One upsert; every row exists already, so only the figures' columns are touched."""
    MonthlyMetric.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["pk"],
        update_fields=list(FIGURE_COLUMNS),
    )
