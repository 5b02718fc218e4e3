"""Every read that a page or the API needs: a company's months, its unmapped accounts, its sync state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import QuerySet

from accounts.models import Company
from metrics.arithmetic import METRICS, UNMAPPED
from metrics.cells import SECTIONS, in_months
from metrics.columns import list_id_of
from metrics.mapping import Mapper
from metrics.mapping_rows import mapper_of
from metrics.models import AccountMapping, Basis, MonthlyAmount, MonthlyMetric, SyncHistory
from metrics.months import Month
from metrics.profit_and_loss import Section
from metrics.sync_selectors import CompanyLine as CompanyLine
from metrics.sync_selectors import SyncLine as SyncLine
from metrics.sync_selectors import overview as overview
from metrics.sync_selectors import sync_state as sync_state
from metrics.tie_out_words import TIED_MESSAGE, totals_off, untied_message

_KEYS_IN_A_QUERY = 500  # SQLite takes 999 values in one statement


@dataclass(frozen=True)
class DiscrepancyLine:
    """A total in QuickBooks' report that its own rows do not add up to, as printed and as computed."""

    row: int
    label: str
    printed: Decimal
    computed: Decimal


@dataclass(frozen=True)
class TieOutMark:
    """Whether the newest import of a month equals QuickBooks' own Net Income; `message` is for a person."""

    status: str  # "tied" or "untied" (MonthlyMetric.TieOutStatus)
    quickbooks_net_income: Decimal
    difference: Decimal
    discrepancies: tuple[DiscrepancyLine, ...]
    message: str
    figures_are_from_untied: bool

    @property
    def is_tied(self) -> bool:
        return self.status == MonthlyMetric.TieOutStatus.TIED


@dataclass(frozen=True)
class MonthColumn:
    """One month: `figures` has every key of METRICS; money as Decimal, employees as int or None (never read)."""

    month: Month
    figures: Mapping[str, Decimal | int | None]
    employees_estimated: bool
    unmapped_revenue: Decimal
    unmapped_expenses: Decimal
    tie_out: TieOutMark
    synced_at: datetime


@dataclass(frozen=True)
class UnmappedAccount:
    """An account that no rule sends to a metric; it is counted in the totals. Amounts as QuickBooks prints them."""

    full_name: str
    account_type: str
    number: str
    amount_total: Decimal
    months: int
    last_month: Month


class AccountMonth(NamedTuple):
    """One amount as the search for unmapped accounts takes it."""

    account_key: str
    full_name: str
    account_type: str
    number: str
    month: Month
    amount: Decimal


@dataclass(frozen=True)
class MonthlyReport:
    """A company's months in order, oldest first, and the unmapped accounts of these months, biggest first."""

    company: Company
    basis: str
    currency: str
    months: tuple[MonthColumn, ...]
    unmapped_accounts: tuple[UnmappedAccount, ...]

    @property
    def months_tied(self) -> int:
        return sum(column.tie_out.is_tied for column in self.months)


def monthly_report(
    company: Company, basis: str = Basis.ACCRUAL, first: Month | None = None, last: Month | None = None
) -> MonthlyReport:
    """The months from `first` to `last`, both included (None: no limit), in four queries whatever their number."""
    rows = in_months(MonthlyMetric.objects.filter(company=company, basis=basis), first, last).order_by("month")
    unmapped = _unmapped_accounts(company, basis, first, last)
    return MonthlyReport(company, basis, company.currency, tuple(_column(row) for row in rows), unmapped)


def mappings(company: Company) -> tuple[AccountMapping, ...]:
    """The rules in the order in which they are tried, inactive ones included."""
    return tuple(AccountMapping.objects.filter(company=company).order_by("priority", "pk"))


def history(company: Company, sync_type: str | None = None, success: bool | None = None) -> QuerySet[SyncHistory]:
    """What was read, newest first; to be sliced."""
    rows = SyncHistory.objects.filter(company=company)
    if sync_type is not None:
        rows = rows.filter(sync_type=sync_type)
    if success is not None:
        rows = rows.filter(success=success)
    return rows.order_by("-created_at", "-pk")


def _column(row: MonthlyMetric) -> MonthColumn:
    return MonthColumn(
        month=Month.of(row.month),
        figures={metric.key: getattr(row, metric.key) for metric in METRICS},
        employees_estimated=row.employees_estimated,
        unmapped_revenue=row.unmapped_revenue,
        unmapped_expenses=row.unmapped_expenses,
        tie_out=tie_out_of(row),
        synced_at=row.synced_at,
    )


def tie_out_of(row: MonthlyMetric) -> TieOutMark:
    """The newest reading's proof, in values and words."""
    return TieOutMark(
        status=row.tie_out_status,
        quickbooks_net_income=row.quickbooks_net_income,
        difference=row.difference,
        discrepancies=tuple(
            DiscrepancyLine(int(one["row"]), one["label"], Decimal(one["printed"]), Decimal(one["computed"]))
            for one in row.discrepancies
        ),
        message=_tie_out_message(row),
        figures_are_from_untied=row.figures_are_from_untied,
    )


def _tie_out_message(row: MonthlyMetric) -> str:
    if row.tie_out_status == MonthlyMetric.TieOutStatus.TIED:
        return TIED_MESSAGE
    return untied_message(
        Month.of(row.month),
        row.quickbooks_net_income,
        row.difference,
        totals_off(row.discrepancies),
        figures_are_from_untied=row.figures_are_from_untied,
    )


def _unmapped_accounts(
    company: Company, basis: str, first: Month | None, last: Month | None
) -> tuple[UnmappedAccount, ...]:
    """The amounts are read of those accounts only that some month's rules do not know."""
    mapper = mapper_of(company)
    stored = in_months(MonthlyAmount.objects.filter(company=company, basis=basis), first, last)
    accounts = stored.order_by().values_list("account_key", "full_name", "account_type", "number").distinct()
    keys = {account[0] for account in accounts if _may_be_unmapped(mapper, *account)}
    if not keys:
        return ()
    if len(keys) <= _KEYS_IN_A_QUERY:
        stored = stored.filter(account_key__in=keys)
    rows = stored.order_by("month", "pk").values_list(
        "account_key", "full_name", "account_type", "number", "month", "amount"
    )
    found = (
        AccountMonth(key, name, kind, number, Month.of(day), amount) for key, name, kind, number, day, amount in rows
    )
    return unmapped_of(found, mapper)


def _may_be_unmapped(mapper: Mapper, key: str, full_name: str, account_type: str, number: str) -> bool:
    section, list_id = SECTIONS[account_type], list_id_of(key)
    matches = (mapper.match(full_name, section, number, list_id, month) for month in mapper.turns)
    return any(match.metric_key == UNMAPPED for match in matches)


def unmapped_of(amounts: Iterable[AccountMonth], mapper: Mapper) -> tuple[UnmappedAccount, ...]:
    """Those that no rule knows, added up by account; biggest first, whatever the sign. Months must come in order."""
    found: dict[str, UnmappedAccount] = {}
    for key, full_name, account_type, number, month, amount in amounts:
        match = mapper.match(full_name, Section(account_type), number, list_id_of(key), month)
        if match.metric_key == UNMAPPED:
            before = found.get(key)
            found[key] = UnmappedAccount(
                full_name=full_name,
                account_type=account_type,
                number=number,
                amount_total=amount if before is None else before.amount_total + amount,
                months=1 if before is None else before.months + 1,
                last_month=month,
            )
    return tuple(sorted(found.values(), key=lambda account: (-abs(account.amount_total), account.full_name)))
