"""The words of a Desktop Profit & Loss: section headings and the totals QuickBooks prints, with their meaning.

English, as QuickBooks Desktop prints them and as other programs spell them (singular and plural). Headings can be
localised and changed by users, so these words are a help and never the only way to know a section.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from metrics.profit_and_loss import ZERO, Section

Formula = tuple[Section, ...]

GROSS_PROFIT: Formula = (Section.INCOME, Section.COST_OF_GOODS_SOLD)
NET_ORDINARY_INCOME: Formula = (*GROSS_PROFIT, Section.EXPENSE)
NET_OTHER_INCOME: Formula = (Section.OTHER_INCOME, Section.OTHER_EXPENSE)
NET_INCOME: Formula = tuple(Section)

_SECTION_NAMES = {
    "income": Section.INCOME,
    "cost of goods sold": Section.COST_OF_GOODS_SOLD,
    "cost of sales": Section.COST_OF_GOODS_SOLD,
    "cogs": Section.COST_OF_GOODS_SOLD,
    "expense": Section.EXPENSE,
    "expenses": Section.EXPENSE,
    "other income": Section.OTHER_INCOME,
    "other expense": Section.OTHER_EXPENSE,
    "other expenses": Section.OTHER_EXPENSE,
}
_BLOCK_NAMES = frozenset(
    f"{kind} {pair}" for kind in ("ordinary", "other") for pair in ("income/expense", "income/expenses")
)
_NET_LABELS = {
    "gross profit": GROSS_PROFIT,
    "net ordinary income": NET_ORDINARY_INCOME,
    "net operating income": NET_ORDINARY_INCOME,
    "net other income": NET_OTHER_INCOME,
    "net income": NET_INCOME,
}
# What a total with an unknown name can stand for.
FORMULAS: tuple[Formula, ...] = (*((one,) for one in Section), GROSS_PROFIT, NET_ORDINARY_INCOME, NET_OTHER_INCOME)
ALL_FORMULAS: tuple[Formula, ...] = (*FORMULAS, NET_INCOME)


def section_of_heading(text: str) -> Section | None:
    """The section an English heading opens."""
    return _SECTION_NAMES.get(plain(text))


def is_block(text: str) -> bool:
    """Whether a heading only groups sections: "Ordinary Income/Expense"."""
    return plain(text) in _BLOCK_NAMES


def formula_of_label(label: str) -> Formula | None:
    """The sections an English total is made of: "Total COGS", "Gross Profit"; None for any other label."""
    words = plain(label)
    if words in _NET_LABELS:
        return _NET_LABELS[words]
    section = _SECTION_NAMES.get(words.removeprefix("total ")) if words.startswith("total ") else None
    return (section,) if section else None


def evaluate(formula: Formula, sums: Mapping[Section, Sequence[Decimal]], months: int) -> tuple[Decimal, ...]:
    """The formula's figure per month: one section as printed, several with their signs."""
    if len(formula) == 1:
        return tuple(sums[formula[0]])
    return tuple(sum((one.sign * sums[one][index] for one in formula), ZERO) for index in range(months))


def plain(text: str) -> str:
    """For comparing headings: one space between words, case-insensitive."""
    return " ".join(text.split()).casefold()
