"""A Profit & Loss as values: one amount per ledger account and month, and the proof that they tie out."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Protocol

from metrics.months import Month

ZERO = Decimal("0.00")


class Section(enum.Enum):
    """The five parts of a Profit & Loss, in printed order; the value is QuickBooks' AccountType."""

    INCOME = "Income"
    COST_OF_GOODS_SOLD = "CostOfGoodsSold"
    EXPENSE = "Expense"
    OTHER_INCOME = "OtherIncome"
    OTHER_EXPENSE = "OtherExpense"

    def __init__(self, account_type: str) -> None:
        # Whether a printed amount of this section adds to net income.
        self.is_revenue: bool = account_type in ("Income", "OtherIncome")
        # What a printed amount counts in net income (both kinds are printed positive).
        self.sign: int = 1 if self.is_revenue else -1

    __hash__ = object.__hash__  # Enum's own is a Python call, and sections are looked up a hundred thousand times


class UnreadableReport(ValueError):
    """A report that cannot be read as a Profit & Loss; the message says what was seen and what to do."""


@dataclass(frozen=True, slots=True)
class AccountAmount:
    """What one ledger account came to in one month, as printed: income and expense both positive.

    account_key is the ListID, or "name:" and the full name when the chart of accounts does not know the account.
    row_number is the first report row the amount was read from.
    """

    account_key: str
    list_id: str
    full_name: str
    label: str
    number: str
    section: Section
    row_number: int
    month: Month
    amount: Decimal


class SectionAmount(Protocol):
    """Anything with an amount in a section: an AccountAmount, a stored row."""

    @property
    def section(self) -> Section: ...

    @property
    def amount(self) -> Decimal: ...


# The nine totals of a Profit & Loss in printed order: key (a field of PrintedTotals) → the label QuickBooks prints.
TOTAL_LABELS = {
    "income": "Total Income",
    "cost_of_goods_sold": "Total COGS",
    "gross_profit": "Gross Profit",
    "expense": "Total Expense",
    "net_ordinary_income": "Net Ordinary Income",
    "other_income": "Total Other Income",
    "other_expense": "Total Other Expense",
    "net_other_income": "Net Other Income",
    "net_income": "Net Income",
}


@dataclass(frozen=True)
class PrintedTotals:
    """The nine totals QuickBooks printed for one month; None: that total is not in the report (section missing)."""

    income: Decimal | None
    cost_of_goods_sold: Decimal | None
    gross_profit: Decimal | None
    expense: Decimal | None
    net_ordinary_income: Decimal | None
    other_income: Decimal | None
    other_expense: Decimal | None
    net_other_income: Decimal | None
    net_income: Decimal

    def by_key(self) -> dict[str, Decimal | None]:
        """Key of TOTAL_LABELS → total, in printed order."""
        return {key: getattr(self, key) for key in TOTAL_LABELS}


@dataclass(frozen=True)
class SectionCheck:
    """One printed total against the sum of our amounts; difference = computed minus printed, as in TieOut.

    A section that was not printed is tied when its amounts come to zero; a net figure that was not printed is
    tied when what it is made of is.
    """

    key: str
    label: str
    printed: Decimal | None
    computed: Decimal
    difference: Decimal
    is_tied: bool


@dataclass(frozen=True)
class Discrepancy:
    """A total QuickBooks printed that is not the sum of the rows it stands for."""

    month: Month
    row_number: int
    label: str
    printed: Decimal
    computed: Decimal


@dataclass(frozen=True)
class TieOut:
    """One month's proof. difference = computed minus QuickBooks' Net Income.

    A month is tied when every printed total of it, Net Income included, is the sum of its rows: a wrong
    section total leaves the difference at 0.00 and still unties the month.
    """

    is_tied: bool
    quickbooks_net_income: Decimal
    computed_net_income: Decimal
    difference: Decimal
    discrepancies: tuple[Discrepancy, ...]


@dataclass(frozen=True)
class ProfitAndLoss:
    """A whole report: every month asked for, one amount per account and month.

    basis is "accrual", "cash" or "" when the report does not say.
    An account without an AccountAmount in a month printed no cell there; a printed 0.00 is kept.
    printed has every month when the report was read from QuickBooks.
    """

    basis: str
    months: tuple[Month, ...]
    amounts: tuple[AccountAmount, ...]
    net_income: Mapping[Month, Decimal]
    discrepancies: tuple[Discrepancy, ...]
    printed: Mapping[Month, PrintedTotals] = field(default_factory=dict)

    def amounts_in(self, month: Month) -> tuple[AccountAmount, ...]:
        """The month's amounts in report order; KeyError for a month the report was not asked for."""
        return self._amounts_by_month[month]

    def computed(self, month: Month) -> PrintedTotals:
        """The nine totals as our amounts make them, none of them None; KeyError as amounts_in."""
        return section_totals(self.amounts_in(month))

    def tie_out(self, month: Month) -> TieOut:
        """The month's proof; KeyError for a month the report was not asked for."""
        printed = self.net_income[month]
        computed = sum((row.section.sign * row.amount for row in self.amounts_in(month)), ZERO)
        discrepancies = self._discrepancies_by_month.get(month, ())
        return TieOut(
            is_tied=not discrepancies and computed == printed,
            quickbooks_net_income=printed,
            computed_net_income=computed,
            difference=computed - printed,
            discrepancies=tuple(discrepancies),
        )

    @cached_property
    def _amounts_by_month(self) -> dict[Month, tuple[AccountAmount, ...]]:
        found: dict[Month, list[AccountAmount]] = {month: [] for month in self.months}
        for amount in self.amounts:
            found[amount.month].append(amount)
        return {month: tuple(amounts) for month, amounts in found.items()}

    @cached_property
    def _discrepancies_by_month(self) -> dict[Month, list[Discrepancy]]:
        found: dict[Month, list[Discrepancy]] = {}
        for discrepancy in self.discrepancies:
            found.setdefault(discrepancy.month, []).append(discrepancy)
        return found


def section_totals(amounts: Iterable[SectionAmount]) -> PrintedTotals:
    """What amounts of one month come to: all nine totals, none of them None."""
    sums = dict.fromkeys(Section, ZERO)
    for row in amounts:
        sums[row.section] += row.amount
    gross = sums[Section.INCOME] - sums[Section.COST_OF_GOODS_SOLD]
    ordinary = gross - sums[Section.EXPENSE]
    other = sums[Section.OTHER_INCOME] - sums[Section.OTHER_EXPENSE]
    return PrintedTotals(
        income=sums[Section.INCOME],
        cost_of_goods_sold=sums[Section.COST_OF_GOODS_SOLD],
        gross_profit=gross,
        expense=sums[Section.EXPENSE],
        net_ordinary_income=ordinary,
        other_income=sums[Section.OTHER_INCOME],
        other_expense=sums[Section.OTHER_EXPENSE],
        net_other_income=other,
        net_income=ordinary + other,
    )


# A net figure → what it is made of, for a report that does not print it.
_PARTS = {
    "gross_profit": ("income", "cost_of_goods_sold"),
    "net_ordinary_income": ("income", "cost_of_goods_sold", "expense"),
    "net_other_income": ("other_income", "other_expense"),
}


def section_checks(printed: PrintedTotals, computed: PrintedTotals) -> tuple[SectionCheck, ...]:
    """The nine totals in printed order, each against ours (ProfitAndLoss.computed or section_totals)."""
    theirs, ours = printed.by_key(), {key: total or ZERO for key, total in computed.by_key().items()}
    return tuple(_check(key, theirs, ours) for key in TOTAL_LABELS)


def _check(key: str, theirs: Mapping[str, Decimal | None], ours: Mapping[str, Decimal]) -> SectionCheck:
    judged_by = _PARTS.get(key, (key,)) if theirs[key] is None else (key,)
    is_tied = all(ours[one] == (theirs[one] or ZERO) for one in judged_by)
    return SectionCheck(
        key=key,
        label=TOTAL_LABELS[key],
        printed=theirs[key],
        computed=ours[key],
        difference=ZERO if is_tied else ours[key] - (theirs[key] or ZERO),
        is_tied=is_tied,
    )
