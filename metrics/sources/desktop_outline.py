"""The tree a Profit & Loss report draws: which headings are sections or account groups, and what each total closes.

A TextRow opens something and a SubtotalRow closes it, so the rows nest like brackets. A SubtotalRow with RowData
closes an account group; one without closes a section or is a net figure. That tells the account group "Expense"
from the section Expense. A report without any RowData leaves the order of the brackets: sections never nest.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace

from metrics.profit_and_loss import Section
from metrics.sources.desktop_headings import formula_of_label, is_block, plain, section_of_heading
from metrics.sources.desktop_labels import split_number
from qbwc.qbxml.reports import Row, RowKind


class _HeadingKind(enum.Enum):
    GROUP = enum.auto()
    SECTION = enum.auto()
    BLOCK = enum.auto()
    UNKNOWN = enum.auto()  # outside of every English section: a localised section, or a group in one


@dataclass(frozen=True)
class _Heading:
    row: Row
    kind: _HeadingKind
    first_leaf: int  # how many leaves came before


@dataclass(frozen=True)
class Leaf:
    """A row with amounts of one ledger account.

    groups are the open account groups' labels, outermost first; loose are open headings before them that may be
    groups or localised sections. heading is the row number of the innermost loose heading, 0 when there is none.
    """

    row: Row
    section: Section | None
    groups: tuple[str, ...]
    loose: tuple[str, ...]
    heading: int


@dataclass(frozen=True)
class PrintedTotal:
    """A row with a total. leaves is the range of leaves under the heading it closes; None when it closes none.

    leaves_before is how many leaves are printed above it.
    """

    row: Row
    leaves: range | None
    is_group: bool
    section: Section | None
    leaves_before: int


@dataclass(frozen=True)
class Outline:
    """Leaves and totals in printed order; bottom_line (Net Income) is not among the totals."""

    leaves: tuple[Leaf, ...]
    totals: tuple[PrintedTotal, ...]
    bottom_line: Row | None


def draw_outline(rows: Sequence[Row]) -> Outline:
    """Find the tree in the rows, which are in display order."""
    bottom_line = _bottom_line(rows)
    body = [row for row in rows if row is not bottom_line and (row.kind is not RowKind.TEXT or row.label.strip())]
    walk = _Walk(_closed_headings(body), any(_has_account(row) for row in body))
    for row in body:
        walk.step(row)
    return Outline(tuple(walk.leaves), tuple(walk.totals), bottom_line)


def _bottom_line(rows: Sequence[Row]) -> Row | None:
    """Net Income: the last row, without RowData, as a TotalRow of any name or a row of that name.

    An empty report may be this row alone, as a DataRow and in any language.
    """
    if not rows or _has_account(rows[-1]) or rows[-1].kind is RowKind.TEXT:
        return None
    last = rows[-1]
    is_named = plain(last.label) == "net income"
    is_total = last.kind is RowKind.TOTAL and formula_of_label(last.label) is None
    return last if is_named or is_total or len(rows) == 1 else None


def _has_account(row: Row) -> bool:
    return bool(row.row_value.strip())


def is_total_row(row: Row) -> bool:
    """SubtotalRow, TotalRow; also a net figure printed as a DataRow without RowData (a real balance sheet does)."""
    if row.kind is RowKind.DATA:
        return not _has_account(row) and len(formula_of_label(row.label) or ()) > 1
    return row.kind is not RowKind.TEXT


def _closed_headings(rows: Sequence[Row]) -> dict[int, Row]:
    """Which heading (by row number) is closed by which total."""
    open_headings: list[Row] = []
    closed: dict[int, Row] = {}
    for row in rows:
        if row.kind is RowKind.TEXT:
            open_headings.append(row)
        elif is_total_row(row):
            place = _place_of_closed(row, open_headings)
            if place is not None:
                closed[open_headings[place].row_number] = row
                del open_headings[place:]
    return closed


def _place_of_closed(total: Row, open_headings: Sequence[Row]) -> int | None:
    """The innermost open heading the total names; with RowData else the innermost that is no English section."""
    for place in reversed(range(len(open_headings))):
        if _names(total, open_headings[place].label):
            return place
    if not _has_account(total) or not open_headings:
        return None
    innermost = open_headings[-1].label
    return None if section_of_heading(innermost) or is_block(innermost) else len(open_headings) - 1


def _names(total: Row, heading: str) -> bool:
    """Whether a total is the total of a heading: "Total X", the same account, or the same English section."""
    label, text = plain(total.label), plain(heading)
    if label == f"total {text}":
        return True
    if _has_account(total):
        return plain(split_number(total.row_value.split(":")[-1])[1]) == plain(split_number(heading)[1])
    section = section_of_heading(heading)
    if section is not None:
        return formula_of_label(total.label) == (section,)
    if is_block(heading):
        return label == ("net ordinary income" if text.startswith("ordinary") else "net other income")
    # Another language: "Summe Erträge" closes "Erträge".
    return formula_of_label(total.label) is None and label != text and text in label


class _Walk:
    """Goes down the rows once, keeping the open headings."""

    def __init__(self, closed: dict[int, Row], names_accounts: bool) -> None:
        self.leaves: list[Leaf] = []
        self.totals: list[PrintedTotal] = []
        self._closed = closed
        self._opened_by = {total.row_number: number for number, total in closed.items()}
        self._names_accounts = names_accounts
        self._open: list[_Heading] = []

    def step(self, row: Row) -> None:
        """Take the next row."""
        if row.kind is RowKind.TEXT:
            self._open_heading(row)
        elif is_total_row(row):
            self._close_heading(row)
        else:
            self.leaves.append(self._leaf(row))

    def _open_heading(self, row: Row) -> None:
        kind = self._kind(row)
        if kind in (_HeadingKind.SECTION, _HeadingKind.BLOCK):
            # Sections and blocks never stand inside a section: one that was never closed ends here.
            while self._open and self._open[-1].kind is not _HeadingKind.BLOCK:
                self._open.pop()
        self._open.append(_Heading(row, kind, len(self.leaves)))

    def _kind(self, row: Row) -> _HeadingKind:
        closing = self._closed.get(row.row_number)
        in_section = self._section() is not None
        nests = in_section and self._section_gets_closed()
        if closing is not None and _has_account(closing):
            return _HeadingKind.GROUP
        is_english = section_of_heading(row.label) is not None
        if is_english and (self._names_accounts or not nests):
            return _HeadingKind.SECTION
        if is_block(row.label) and not nests:
            return _HeadingKind.BLOCK
        return _HeadingKind.GROUP if in_section else _HeadingKind.UNKNOWN

    def _section(self) -> Section | None:
        heading = self._section_heading()
        return section_of_heading(heading.row.label) if heading else None

    def _section_gets_closed(self) -> bool:
        """Whether the open section ends with its total; if not, the next section's heading has to end it."""
        heading = self._section_heading()
        return heading is not None and heading.row.row_number in self._closed

    def _section_heading(self) -> _Heading | None:
        return next((heading for heading in self._open if heading.kind is _HeadingKind.SECTION), None)

    def _leaf(self, row: Row) -> Leaf:
        loose = [heading for heading in self._open if heading.kind is _HeadingKind.UNKNOWN]
        groups = [heading.row.label for heading in self._open if heading.kind is _HeadingKind.GROUP]
        return Leaf(
            row=row,
            section=self._section(),
            groups=tuple(groups),
            loose=tuple(heading.row.label for heading in loose),
            heading=loose[-1].row.row_number if loose else 0,
        )

    def _close_heading(self, row: Row) -> None:
        total = PrintedTotal(row, None, is_group=_has_account(row), section=None, leaves_before=len(self.leaves))
        opener = self._opened_by.get(row.row_number)
        place = next((at for at, one in enumerate(self._open) if one.row.row_number == opener), None)
        if place is not None:
            heading = self._open[place]
            total = replace(
                total,
                leaves=range(heading.first_leaf, len(self.leaves)),
                is_group=heading.kind is _HeadingKind.GROUP,
                section=section_of_heading(heading.row.label) if heading.kind is _HeadingKind.SECTION else None,
            )
            del self._open[place:]
        self.totals.append(total)
