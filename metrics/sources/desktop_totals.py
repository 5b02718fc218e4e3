"""The proof: every total a Desktop report prints, against the sum of the rows it stands for, month by month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from metrics.months import Month
from metrics.profit_and_loss import ZERO, Discrepancy, Section
from metrics.sources.desktop_cells import read_cells
from metrics.sources.desktop_columns import MonthColumns
from metrics.sources.desktop_headings import ALL_FORMULAS, NET_INCOME, Formula, evaluate, formula_of_label
from metrics.sources.desktop_outline import PrintedTotal
from qbwc.qbxml.reports import Row

Figures = tuple[Decimal, ...]  # one per month, in the order of the columns
SectionSums = Mapping[Section, Figures]


@dataclass(frozen=True)
class LeafFigures:
    """A leaf's amounts by month, None where no cell was printed, with its section and RowData."""

    section: Section
    row_value: str
    cells: tuple[Decimal | None, ...]


def printed_figures(row: Row, columns: MonthColumns) -> Figures:
    """A total row's figures; a missing cell is zero."""
    return tuple(cell or ZERO for cell in read_cells(row, columns.col_ids))


def section_sums(leaves: Sequence[LeafFigures], count: int) -> SectionSums:
    """What the accounts of each section come to, month by month."""
    return {one: _add((leaf for leaf in leaves if leaf.section is one), count) for one in Section}


def meaning_of(total: PrintedTotal) -> Formula | None:
    """What the words of a section's total or net figure say it is made of; None for words that say nothing here."""
    return (total.section,) if total.section else formula_of_label(total.row.label)


def find_discrepancies(
    totals: Sequence[PrintedTotal],
    bottom_line: Row,
    leaves: Sequence[LeafFigures],
    sums: SectionSums,
    columns: MonthColumns,
) -> tuple[Discrepancy, ...]:
    """Every printed total that its rows do not add up to, in report order; Net Income is the last."""
    found: list[Discrepancy] = []
    by_path = _Paths(leaves)
    for total in totals:
        printed = printed_figures(total.row, columns)
        computed = _computed(total, printed, leaves, by_path, sums)
        if printed != computed:
            found.extend(_differences(total.row, columns.months, printed, computed))
    net_income = evaluate(NET_INCOME, sums, len(columns.months))
    found.extend(_differences(bottom_line, columns.months, printed_figures(bottom_line, columns), net_income))
    return tuple(found)


def _computed(
    total: PrintedTotal, printed: Figures, leaves: Sequence[LeafFigures], by_path: _Paths, sums: SectionSums
) -> Figures:
    """What the total should be. English labels mean one thing; any other has to fit something it can mean."""
    count = len(printed)
    under_heading = _add((leaves[index] for index in total.leaves), count) if total.leaves is not None else None
    if total.is_group:
        return _add(by_path.under(total.row.row_value), count) if under_heading is None else under_heading
    formula = meaning_of(total)
    if formula is not None:
        return evaluate(formula, sums, count)
    possible = [evaluate(one, sums, count) for one in ALL_FORMULAS]
    return _closest(printed, possible if under_heading is None else [under_heading, *possible])


class _Paths:
    """The rows of an account and its sub-accounts by name, for totals no heading was opened for."""

    def __init__(self, leaves: Sequence[LeafFigures]) -> None:
        self._leaves = leaves

    def under(self, path: str) -> Sequence[LeafFigures]:
        """In report order."""
        return self._by_path.get(path.casefold(), [])

    @cached_property
    def _by_path(self) -> dict[str, list[LeafFigures]]:
        found: dict[str, list[LeafFigures]] = {}
        for leaf in self._leaves:
            levels = leaf.row_value.casefold().split(":")
            for count in range(1, len(levels) + 1):
                found.setdefault(":".join(levels[:count]), []).append(leaf)
        return found


def _closest(printed: Figures, possible: Sequence[Figures]) -> Figures:
    """The one that fits the most months: one meaning for the whole row, not another one every month."""
    return max(possible, key=lambda one: sum(mine == theirs for mine, theirs in zip(one, printed, strict=True)))


def _add(leaves: Iterable[LeafFigures], count: int) -> Figures:
    sums = [ZERO] * count
    for leaf in leaves:
        for index, amount in enumerate(leaf.cells):
            if amount is not None:
                sums[index] += amount
    return tuple(sums)


def _differences(row: Row, months: tuple[Month, ...], printed: Figures, computed: Figures) -> Iterable[Discrepancy]:
    return [
        Discrepancy(month, row.row_number, row.label or row.row_value, theirs, ours)
        for month, theirs, ours in zip(months, printed, computed, strict=True)
        if theirs != ours
    ]
