"""Mappings as CSV files and Excel workbooks: written so that no cell is a formula, read with an error per cell.

What was written is read back as it was, blanks around a text and line ends apart. Columns may stand in any order
and case; only match_type, pattern and metric have to be there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from metrics.mapping import BadRule, MatchType, SlowPattern, compile_rules
from metrics.mappings.file_cells import (
    CellError,
    account_types_in,
    active_in,
    effective_month_in,
    match_type_in,
    metric_in,
    priority_in,
    text_in,
    text_out,
)
from metrics.mappings.file_row import COLUMNS, MappingFileRow, RowError, rule_of
from metrics.mappings.number_ranges import BadNumbers, read_numbers
from metrics.spreadsheets import Cell, Row, SheetError, read_sheet, write_csv, write_xlsx

_Value = TypeVar("_Value")

MOST_ROWS = 2_000
MOST_ERRORS = 100
_MOST_SLOW_PATTERNS = 5  # trying one costs a moment; a file full of them must not cost minutes
_PRIORITY_STEP = 10
_NEEDED = ("match_type", "pattern", "metric")
_OTHER_NAMES = {
    "type": "match_type",
    "match": "match_type",
    "account_type": "account_types",
    "account_number": "account_numbers",
    "numbers": "account_numbers",
    "qbr_metric_key": "metric",
    "metric_key": "metric",
    "from": "effective_from",
    "to": "effective_to",
    "is_active": "active",
    "notes": "note",
    "listid": "list_id",
}


@dataclass(frozen=True)
class MappingFile:
    """What a file says; rows[n] stood in row row_numbers[n]. Apply only without errors."""

    rows: tuple[MappingFileRow, ...]
    row_numbers: tuple[int, ...]
    errors: tuple[RowError, ...]

    @property
    def is_sound(self) -> bool:
        return not self.errors


def mappings_csv(rows: Iterable[MappingFileRow]) -> bytes:
    """UTF-8 with a mark, commas; Excel opens it as it is."""
    return write_csv([COLUMNS, *(_cells(row) for row in rows)])


def mappings_xlsx(rows: Iterable[MappingFileRow]) -> bytes:
    """One sheet; every cell is text."""
    return write_xlsx([COLUMNS, *(_cells(row) for row in rows)], "Mappings")


def _cells(row: MappingFileRow) -> Row:
    return (
        str(row.priority),
        row.match_type,
        text_out(row.pattern),
        text_out(row.list_id),
        "; ".join(row.account_types),
        text_out(row.account_numbers),
        row.qbr_metric_key,
        str(row.effective_from or ""),
        str(row.effective_to or ""),
        "yes" if row.is_active else "no",
        text_out(row.note),
    )


def read_mappings(content: bytes) -> MappingFile:
    """Read a CSV file or an .xlsx workbook, whichever it is. Never raises for what the file holds."""
    try:
        sheet = read_sheet(content)
    except SheetError as problem:
        return _refused(0, "", str(problem))
    at = next((place for place, row in enumerate(sheet) if row), None)
    if at is None:
        return _refused(0, "", f"The file is empty. Its first row names the columns: {', '.join(COLUMNS)}.")
    filled = [(number, row) for number, row in enumerate(sheet[at + 1 :], at + 2) if row]
    if len(filled) > MOST_ROWS:
        return _refused(0, "", f"The file has {len(filled):,} mappings; at most {MOST_ROWS:,} are read. Split it.")
    names = [_column_name(cell) for cell in sheet[at]]
    errors = tuple(_heading_errors(names, at + 1))
    if errors:
        return MappingFile((), (), errors[:MOST_ERRORS])
    return _Reading(names).read(filled)


def _refused(row: int, column: str, message: str) -> MappingFile:
    return MappingFile((), (), (RowError(row, column, message),))


def _column_name(cell: Cell) -> str:
    name = "_".join(str(cell or "").replace("-", " ").replace("_", " ").casefold().split())
    return _OTHER_NAMES.get(name, name)


def _heading_errors(names: Sequence[str], row: int) -> Iterator[RowError]:
    for name in dict.fromkeys(names):
        if name and name not in COLUMNS:
            shown = name if len(name) <= 40 else f"{name[:40]}…"
            yield RowError(row, shown, f"“{shown}” is no column of mappings. The columns are {', '.join(COLUMNS)}.")
        elif name and names.count(name) > 1:
            yield RowError(row, name, f"The column {name} is there {names.count(name)} times. Keep one.")
    for name in _NEEDED:
        if name not in names:
            yield RowError(row, name, f"There is no column {name}. The first row names the columns.")


@dataclass
class _Reading:
    """The rows read so far, and what is wrong."""

    names: Sequence[str]
    rows: list[MappingFileRow] = field(default_factory=list)
    row_numbers: list[int] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    slow_patterns: int = 0

    def read(self, filled: Iterable[tuple[int, Row]]) -> MappingFile:
        for place, (number, row) in enumerate(filled):
            self._read_row(number, row, (place + 1) * _PRIORITY_STEP)
            if self._is_enough():
                message = "The rest of the file was not read: mend these errors first."
                self.errors.append(RowError(number, "", message))
                break
        return MappingFile(tuple(self.rows), tuple(self.row_numbers), tuple(self.errors))

    def _is_enough(self) -> bool:
        return len(self.errors) >= MOST_ERRORS or self.slow_patterns >= _MOST_SLOW_PATTERNS

    def _read_row(self, number: int, cells: Row, place_priority: int) -> None:
        before = len(self.errors)
        row = _RowCells(number, dict(zip(self.names, cells, strict=False)), self.errors)
        read = row.read(None if "priority" in self.names else place_priority)
        if len(self.errors) == before:
            self._check(number, read)
        if len(self.errors) == before:
            self.rows.append(read)
            self.row_numbers.append(number)

    def _check(self, number: int, row: MappingFileRow) -> None:
        """What only the whole row can say: would it be a rule?"""
        if row.list_id and row.match_type != MatchType.ACCOUNT.value:
            message = "Only a rule for one ledger account has a ListID: leave it empty or write match type account."
            self.errors.append(RowError(number, "list_id", message))
            return
        try:
            compile_rules([rule_of(row)])
        except BadRule as problem:
            self.slow_patterns += isinstance(problem, SlowPattern)
            self.errors.append(RowError(number, _guilty_column(row), str(problem)))


def _guilty_column(row: MappingFileRow) -> str:
    """The cell that a refusal of the whole rule is about."""
    if row.effective_from and row.effective_to and row.effective_to < row.effective_from:
        return "effective_to"
    try:
        read_numbers(row.account_numbers)
    except BadNumbers:
        return "account_numbers"
    return "list_id" if row.match_type == MatchType.ACCOUNT.value else "pattern"


@dataclass
class _RowCells:
    """One row by column name; each cell that cannot be read leaves an error and a stand-in."""

    number: int
    cells: dict[str, Cell]
    errors: list[RowError]

    def read(self, default_priority: int | None) -> MappingFileRow:
        return MappingFileRow(
            priority=self._value("priority", lambda cell: priority_in(cell, default_priority), 0),
            match_type=self._value("match_type", match_type_in, ""),
            pattern=self._value("pattern", text_in, ""),
            list_id=self._value("list_id", text_in, ""),
            account_types=self._value("account_types", account_types_in, ()),
            account_numbers=self._value("account_numbers", text_in, ""),
            qbr_metric_key=self._value("metric", metric_in, ""),
            effective_from=self._value("effective_from", effective_month_in, None),
            effective_to=self._value("effective_to", effective_month_in, None),
            is_active=self._value("active", active_in, True),
            note=self._value("note", text_in, ""),
        )

    def _value(self, column: str, reader: Callable[[Cell], _Value], stand_in: _Value) -> _Value:
        try:
            return reader(self.cells.get(column))
        except CellError as problem:
            self.errors.append(RowError(self.number, column, str(problem)))
            return stand_in
