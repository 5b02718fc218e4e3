"""Every read that a page or the API needs: a company's months, its unmapped accounts, its sync state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Case, Count, ExpressionWrapper, F, FloatField, Max, QuerySet, Sum, Value, When
from django.db.models.functions import Round

from accounts.models import Company
from metrics.arithmetic import METRICS
from metrics.cells import SECTIONS, in_months
from metrics.columns import list_id_of
from metrics.mapping import Mapper
from metrics.mappings.rows import mapper_of
from metrics.models import AccountMapping, Basis, MonthlyAmount, MonthlyMetric, SyncHistory
from metrics.months import Month
from metrics.reading.sync_selectors import SyncLine as SyncLine
from metrics.reading.sync_selectors import sync_state as sync_state
from metrics.tie_out.words import TIED_MESSAGE, totals_off, untied_message


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
    """One amount as the search for unmapped accounts takes it; or of several months, up to `month`, their sum."""

    account_key: str
    full_name: str
    account_type: str
    number: str
    month: Month
    amount: Decimal
    months: int = 1


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
    """Two queries. The database adds up, in cents (SQLite holds money as floats): a row of each account, and of each
    span of months with rules of its own."""
    mapper = mapper_of(company)
    stored = in_months(MonthlyAmount.objects.filter(company=company, basis=basis), first, last)
    sums = (
        stored.order_by()
        .annotate(turn=_turn_of(mapper))
        .values("account_key", "full_name", "account_type", "number", "turn")
        .annotate(cents=_CENTS, months=Count("pk"), newest=Max("month"))
        .order_by("newest")
        .values_list("account_key", "full_name", "account_type", "number", "newest", "cents", "months")
    )
    seen: dict[date, Month] = {}
    found = (
        AccountMonth(
            key, name, kind, number, seen.get(day) or seen.setdefault(day, Month.of(day)), _money(cents), months
        )
        for key, name, kind, number, day, cents, months in sums
    )  # fmt: skip
    return unmapped_of(found, mapper)


_CENTS = Sum(Round(ExpressionWrapper(F("amount") * 100, FloatField())))  # whole numbers: exact, as floats too


def _money(cents: float) -> Decimal:
    return Decimal(int(cents)).scaleb(-2)


def _turn_of(mapper: Mapper) -> Case | Value:
    """The number of the span of months in which the same rules are in force."""
    begins = [month for month in mapper.turns[1:] if month is not None]
    spans = [When(month__gte=month.first_day, then=Value(place + 1)) for place, month in enumerate(begins)]
    return Case(*reversed(spans), default=Value(0)) if spans else Value(0)


def unmapped_of(amounts: Iterable[AccountMonth], mapper: Mapper) -> tuple[UnmappedAccount, ...]:
    """Those that no rule knows, added up by account; biggest first, whatever the sign. Months must come in order."""
    found: dict[str, UnmappedAccount] = {}
    for key, full_name, account_type, number, month, amount, months in amounts:
        if mapper.is_unmapped(full_name, SECTIONS[account_type], number, list_id_of(key), month):
            before = found.get(key)
            found[key] = UnmappedAccount(
                full_name=full_name,
                account_type=account_type,
                number=number,
                amount_total=amount if before is None else before.amount_total + amount,
                months=months if before is None else before.months + months,
                last_month=month,
            )
    return tuple(sorted(found.values(), key=lambda account: (-abs(account.amount_total), account.full_name)))
