"""A Profit & Loss as values: one amount per ledger account and month, and the proof that they tie out."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from metrics.months import Month

ZERO = Decimal("0.00")


class Section(enum.Enum):
    """The five parts of a Profit & Loss, in printed order; the value is QuickBooks' AccountType."""

    INCOME = "Income"
    COST_OF_GOODS_SOLD = "CostOfGoodsSold"
    EXPENSE = "Expense"
    OTHER_INCOME = "OtherIncome"
    OTHER_EXPENSE = "OtherExpense"

    @property
    def is_revenue(self) -> bool:
        """Whether a printed amount of this section adds to net income."""
        return self in (Section.INCOME, Section.OTHER_INCOME)

    @property
    def sign(self) -> int:
        """+1 or -1: what a printed amount counts in net income (both kinds are printed positive)."""
        return 1 if self.is_revenue else -1


class UnreadableReport(ValueError):
    """A report that cannot be read as a Profit & Loss; the message says what was seen and what to do."""


@dataclass(frozen=True)
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
    """

    basis: str
    months: tuple[Month, ...]
    amounts: tuple[AccountAmount, ...]
    net_income: Mapping[Month, Decimal]
    discrepancies: tuple[Discrepancy, ...]

    def amounts_in(self, month: Month) -> tuple[AccountAmount, ...]:
        """The month's amounts in report order; KeyError for a month the report was not asked for."""
        return self._amounts_by_month[month]

    def tie_out(self, month: Month) -> TieOut:
        """The month's proof; KeyError for a month the report was not asked for."""
        printed = self.net_income[month]
        computed = sum((row.section.sign * row.amount for row in self.amounts_in(month)), ZERO)
        discrepancies = tuple(one for one in self.discrepancies if one.month == month)
        return TieOut(
            is_tied=not discrepancies and computed == printed,
            quickbooks_net_income=printed,
            computed_net_income=computed,
            difference=computed - printed,
            discrepancies=discrepancies,
        )

    @cached_property
    def _amounts_by_month(self) -> dict[Month, tuple[AccountAmount, ...]]:
        found: dict[Month, list[AccountAmount]] = {month: [] for month in self.months}
        for amount in self.amounts:
            found[amount.month].append(amount)
        return {month: tuple(amounts) for month, amounts in found.items()}
