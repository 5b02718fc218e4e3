"""Which of the nine totals of a Profit & Loss each total row is: by its English words, else by what it adds up to.

Headings are localised and can be renamed, so a row whose words say nothing is known by its place (totals stand in
one order, a section's total right below its accounts) and by the formula its figures fit. Not known is None.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal

from metrics.months import Month
from metrics.profit_and_loss import ZERO, PrintedTotals, Section
from metrics.sources.desktop_columns import MonthColumns
from metrics.sources.desktop_headings import GROSS_PROFIT, NET_ORDINARY_INCOME, NET_OTHER_INCOME, Formula, evaluate
from metrics.sources.desktop_outline import PrintedTotal
from metrics.sources.desktop_totals import Figures, LeafFigures, SectionSums, meaning_of, printed_figures
from qbwc.qbxml.reports import Row

# In printed order; the key is the field of PrintedTotals.
_KEYS: dict[Formula, str] = {
    (Section.INCOME,): "income",
    (Section.COST_OF_GOODS_SOLD,): "cost_of_goods_sold",
    GROSS_PROFIT: "gross_profit",
    (Section.EXPENSE,): "expense",
    NET_ORDINARY_INCOME: "net_ordinary_income",
    (Section.OTHER_INCOME,): "other_income",
    (Section.OTHER_EXPENSE,): "other_expense",
    NET_OTHER_INCOME: "net_other_income",
}
_ORDER = {formula: place for place, formula in enumerate(_KEYS)}


def nothing_printed(net_income: Decimal = ZERO) -> PrintedTotals:
    """A month of an empty report."""
    return PrintedTotals(**dict.fromkeys(_KEYS.values()), net_income=net_income)


def printed_totals(
    totals: Sequence[PrintedTotal],
    bottom_line: Row,
    leaves: Sequence[LeafFigures],
    sums: SectionSums,
    columns: MonthColumns,
) -> dict[Month, PrintedTotals]:
    """Every month's nine totals as the report prints them."""
    found = _attributed(totals, leaves, sums, columns)
    net_income = printed_figures(bottom_line, columns)
    figures: Mapping[str, Figures | None] = {key: found.get(formula) for formula, key in _KEYS.items()}
    return {
        month: PrintedTotals(
            **{key: row[index] if row else None for key, row in figures.items()}, net_income=net_income[index]
        )
        for index, month in enumerate(columns.months)
    }


def _attributed(
    totals: Sequence[PrintedTotal], leaves: Sequence[LeafFigures], sums: SectionSums, columns: MonthColumns
) -> dict[Formula, Figures]:
    """The first row of each meaning. Rows with English words are fixed, the others have to fit between them."""
    rows = [total for total in totals if not total.is_group]
    meanings = [meaning_of(total) for total in rows]
    whole = _whole_sections(leaves)
    found: dict[Formula, Figures] = {}
    last, first = -1, 0
    for place, (total, meaning) in enumerate(zip(rows, meanings, strict=True)):
        printed = printed_figures(total.row, columns)
        if meaning is None:
            free = _free(last, meanings, place)
            above = _Above(leaves[first : total.leaves_before], whole)
            meaning = _best_fit(printed, free, above, sums)
        if meaning in _ORDER and meaning not in found:
            found[meaning] = printed
            last, first = max(last, _ORDER[meaning]), total.leaves_before
    return found


def _free(last: int, meanings: Sequence[Formula | None], place: int) -> list[Formula]:
    """What a row can still be: after what was found, before the next row with English words, no such row's meaning."""
    later = [_ORDER[one] for one in meanings[place:] if one in _ORDER]
    limit = min(later, default=len(_ORDER))
    return [one for one, order in _ORDER.items() if last < order < limit and one not in meanings]


class _Above:
    """The accounts printed since the last total that was known."""

    def __init__(self, leaves: Sequence[LeafFigures], whole: Mapping[Section, int]) -> None:
        self.sections = {leaf.section for leaf in leaves}
        self._count = len(leaves)
        self._whole = whole

    def only_section(self) -> Formula | None:
        """The one section that stands here, whole; None for anything else, and where _whole knows of none."""
        if len(self.sections) != 1:
            return None
        (section,) = self.sections
        return (section,) if self._whole.get(section) == self._count else None


def _whole_sections(leaves: Sequence[LeafFigures]) -> Mapping[Section, int]:
    """How many rows each section has; nothing without RowData, where an account group's total looks like its own."""
    return Counter(leaf.section for leaf in leaves) if any(leaf.row_value for leaf in leaves) else {}


def _best_fit(printed: Figures, free: Sequence[Formula], above: _Above, sums: SectionSums) -> Formula | None:
    """The formula that fits most of the months; of equals the section just above, or with none above a net figure.

    One that fits no more than half of the months is a coincidence; then only the place can tell.
    """
    expected = [one for one in free if (one[0] in above.sections if len(one) == 1 else not above.sections)]
    ranked = [*expected, *(one for one in free if one not in expected)]
    fits = {one: sum(a == b for a, b in zip(evaluate(one, sums, len(printed)), printed, strict=True)) for one in ranked}
    best = max(ranked, key=lambda one: fits[one], default=None)
    if best is not None and fits[best] * 2 > len(printed):
        return best
    by_place = above.only_section()
    return by_place if by_place in free else None
