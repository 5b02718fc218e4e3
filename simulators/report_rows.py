"""The rows of a Profit & Loss from a company's postings: accounts nested, subtotals, nets (qbXML sheet 4)."""

import bisect
import dataclasses
import datetime
import enum
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeAlias

from simulators.company import Company
from simulators.date_ranges import Span
from simulators.options import Options
from simulators.records import PROFIT_AND_LOSS_TYPES, REVENUE_TYPES, Account

ZERO = Decimal("0.00")
# One amount per period; None where nothing was posted.
Cells: TypeAlias = tuple[Decimal | None, ...]


class RowKind(enum.Enum):
    """The four row elements of a report."""

    TEXT = "TextRow"
    DATA = "DataRow"
    SUBTOTAL = "SubtotalRow"
    TOTAL = "TotalRow"


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One row. `account` is the ledger account it is about, None for sections and nets."""

    kind: RowKind
    label: str
    cells: Cells = ()
    account: Account | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class _Section:
    account_type: str
    heading: str
    total: str


_INCOME = _Section("Income", "Income", "Total Income")
_COST_OF_GOODS_SOLD = _Section("CostOfGoodsSold", "Cost of Goods Sold", "Total COGS")
_EXPENSE = _Section("Expense", "Expense", "Total Expense")
_OTHER_INCOME = _Section("OtherIncome", "Other Income", "Total Other Income")
_OTHER_EXPENSE = _Section("OtherExpense", "Other Expense", "Total Other Expense")


class ProfitAndLossRows:
    """Prints the rows of one report. `own` holds each account's own amounts, its children left out."""

    def __init__(
        self, company: Company, columns: Sequence[Span], basis: str, return_rows: str, options: Options
    ) -> None:
        self._accounts = {account.full_name: account for account in company.accounts}
        self._uses_numbers = company.uses_account_numbers
        self._shows = _SHOWS[return_rows]
        self._options = options
        self._width = len(columns)
        self._children: dict[tuple[str, str], list[Account]] = {}
        for account in company.accounts:
            self._children.setdefault((account.account_type, account.parent), []).append(account)
        self.own = own_amounts(company, columns, basis)

    def rows(self) -> list[Row]:
        """All rows in display order; none at all when no account is shown."""
        sections = {
            section: self._section_rows(section)
            for section in (_INCOME, _COST_OF_GOODS_SOLD, _EXPENSE, _OTHER_INCOME, _OTHER_EXPENSE)
        }
        totals = {section: self._section_cells(rows) for section, rows in sections.items()}
        rows: list[Row] = []
        gross = _minus(totals[_INCOME], totals[_COST_OF_GOODS_SOLD])
        ordinary = _minus(gross, totals[_EXPENSE])
        other = _minus(totals[_OTHER_INCOME], totals[_OTHER_EXPENSE])
        if sections[_INCOME] or sections[_COST_OF_GOODS_SOLD] or sections[_EXPENSE]:
            rows.append(self._text("Ordinary Income/Expense"))
            rows += sections[_INCOME] + sections[_COST_OF_GOODS_SOLD]
            rows.append(self._net("Gross Profit", gross))  # printed even without cost of goods sold
            rows += sections[_EXPENSE]
            rows.append(self._net("Net Ordinary Income", ordinary))
        if sections[_OTHER_INCOME] or sections[_OTHER_EXPENSE]:
            rows.append(self._text("Other Income/Expense"))
            rows += sections[_OTHER_INCOME] + sections[_OTHER_EXPENSE]
            rows.append(self._net("Net Other Income", other))
        return [*rows, self._net("Net Income", _plus(ordinary, other), RowKind.TOTAL)] if rows else []

    def net_income_only(self) -> list[Row]:
        """One of the two forms of an empty report (sheet 4.4)."""
        return [self._net("Net Income", self._nothing(), RowKind.TOTAL)]

    def _section_rows(self, section: _Section) -> list[Row]:
        """Heading, accounts and total of one section; nothing when no account is shown."""
        rows: list[Row] = []
        total = self._nothing()
        for account in self._children.get((section.account_type, ""), []):
            account_rows, cells = self._account_rows(account)
            rows += account_rows
            total = _plus(total, cells)
        if not rows:
            return []
        return [self._text(section.heading), *rows, Row(RowKind.SUBTOTAL, self._heading(section.total), total)]

    def _account_rows(self, account: Account) -> tuple[list[Row], Cells]:
        """The rows of an account with all below it, and their sum; three levels or any number."""
        below: list[Row] = []
        total = self._nothing()
        for child in self._children.get((account.account_type, account.full_name), []):
            child_rows, cells = self._account_rows(child)
            below += child_rows
            total = _plus(total, cells)
        own = self.own.get(account.full_name)
        label = self.label(account)
        if not below:
            shown = [Row(RowKind.DATA, label, own or self._nothing(), account)] if self._shows(account, own) else []
            return shown, own or self._nothing()
        if own is not None and self._shows(account, own):
            below.append(Row(RowKind.DATA, f"{label} - {self._heading('Other')}", own, account))
        total = _plus(total, own or self._nothing())
        closing = Row(RowKind.SUBTOTAL, f"{self._heading('Total')} {label}", total, account)
        return [Row(RowKind.TEXT, label), *below, closing], total

    def label(self, account: Account) -> str:
        """What the label column says: the last name, with the number before it when numbers are on."""
        return f"{account.number} · {account.name}" if self._uses_numbers and account.number else account.name

    def labelled_path(self, account: Account) -> str:
        """The colon path with the label of every level instead of its name."""
        above = self.labelled_path(self._accounts[account.parent]) + ":" if account.parent else ""
        return above + self.label(account)

    def _section_cells(self, rows: Sequence[Row]) -> Cells:
        return rows[-1].cells if rows else self._nothing()

    def _nothing(self) -> Cells:
        return (None,) * self._width

    def _text(self, heading: str) -> Row:
        return Row(RowKind.TEXT, self._heading(heading))

    def _net(self, heading: str, cells: Cells, kind: RowKind = RowKind.SUBTOTAL) -> Row:
        return Row(kind, self._heading(heading), tuple(cell or ZERO for cell in cells))

    def _heading(self, text: str) -> str:
        return self._options.headings.get(text, text)


def own_amounts(company: Company, columns: Sequence[Span], basis: str) -> dict[str, Cells]:
    """Full name -> amount per column of the account's own postings, positive in its section's direction.

    One pass over the postings: the columns follow one another without a gap.
    """
    signs = {
        account.full_name: -1 if account.account_type in REVENUE_TYPES else 1
        for account in company.accounts
        if account.account_type in PROFIT_AND_LOSS_TYPES
    }
    starts = [column.first for column in columns]
    places: dict[datetime.date, int] = {}
    sums: dict[str, list[Decimal | None]] = {}
    for posting in company.postings:
        name, day = posting.account_full_name, posting.date
        if basis not in posting.basis or name not in signs or not starts[0] <= day <= columns[-1].last:
            continue
        place = places.get(day)
        if place is None:
            place = places[day] = bisect.bisect_right(starts, day) - 1
        cells = sums.setdefault(name, [None] * len(columns))
        cells[place] = (cells[place] or ZERO) + signs[name] * posting.amount
    return {name: tuple(cells) for name, cells in sums.items()}


_SHOWS: dict[str, Callable[[Account, Cells | None], bool]] = {
    "ActiveOnly": lambda account, own: own is not None,
    "NonZero": lambda account, own: own is not None and any(own),
    "All": lambda account, own: own is not None or account.is_active,
}


def _plus(left: Cells, right: Cells) -> Cells:
    return tuple(_sum(a, b, 1) for a, b in zip(left, right, strict=True))


def _minus(left: Cells, right: Cells) -> Cells:
    return tuple(_sum(a, b, -1) for a, b in zip(left, right, strict=True))


def _sum(left: Decimal | None, right: Decimal | None, sign: int) -> Decimal | None:
    if right is None:
        return left
    return (left or ZERO) + sign * right
