"""Targets and budgets as CSV or Excel files: metrics down and months across, or one line per month and metric."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from metrics.arithmetic import LINES, Unit
from metrics.months import Month
from metrics.spreadsheets import Cell, Percent, Row, read_sheet, write_csv, write_xlsx
from metrics.spreadsheets import SheetError as SheetError
from metrics.targets.cells import amount_in, heading_in, kind_in, metric_in, month_in
from metrics.targets.rules import CENT, TARGET_KEYS, TargetError, TargetKind, TargetSource, TargetValue

MOST_PROBLEMS = 100


@dataclass(frozen=True)
class Problem:
    """What is wrong with one cell: its row and column as the spreadsheet shows them, for a person to find it."""

    row: int
    column: str
    message: str


@dataclass(frozen=True)
class TargetFile:
    """What a file says. `rounded`: how many amounts had more than two decimals. Apply only without problems."""

    values: tuple[TargetValue, ...]
    problems: tuple[Problem, ...]
    rounded: int

    @property
    def is_sound(self) -> bool:
        return not self.problems


def read_targets(content: bytes, kind: TargetKind = TargetKind.TARGET) -> TargetFile:
    """Read either form from CSV or .xlsx. `kind` is for rows that do not say. An empty cell is no target.

    SheetError when the file as a whole cannot be used; what is wrong with single cells is in `problems`.
    """
    rows = read_sheet(content)
    at = next((number for number, row in enumerate(rows) if row), None)
    if at is None:
        raise SheetError(f"The file is empty. {_FORMS}")
    headings = [heading_in(cell) for cell in rows[at]]
    reading = _Reading(kind)
    read_row = _long_reader(headings, reading) or _wide_reader(headings, rows[at], reading, at + 1)
    for number, row in enumerate(rows[at + 1 :], at + 2):
        if row:
            read_row(number, row)
    return TargetFile(tuple(reading.values.values()), tuple(reading.problems), reading.rounded)


def wide_rows(
    values: Iterable[TargetValue], months: Sequence[Month] | None = None, keys: Sequence[str] = ()
) -> tuple[Row, ...]:
    """One row per metric and kind, one column per month. With `months` and `keys`: those too, empty to fill in."""
    found = {(value.metric_key, value.kind, value.month): value.amount for value in values}
    columns = sorted({month for _, _, month in found} | set(months or ()))
    lines = {(key, kind) for key, kind, _ in found}
    lines |= {(key, TargetKind.TARGET) for key in keys if not any(key == known for known, _ in lines)}
    ordered = sorted(lines, key=lambda line: (TARGET_KEYS.index(line[0]), line[1]))
    return (
        ("metric", "name", "kind", *(str(month) for month in columns)),
        *(
            (key, LINES[key].label, kind.value, *(_shown(key, found.get((key, kind, month))) for month in columns))
            for key, kind in ordered
        ),
    )


def long_rows(values: Iterable[TargetValue]) -> tuple[Row, ...]:
    """One row per month, metric and kind, in order."""
    ordered = sorted(values, key=lambda value: (value.month, TARGET_KEYS.index(value.metric_key), value.kind))
    return (
        ("month", "metric", "kind", "amount"),
        *(
            (str(value.month), value.metric_key, value.kind.value, _shown(value.metric_key, value.amount))
            for value in ordered
        ),
    )


def targets_csv(rows: Iterable[Row]) -> bytes:
    """The rows of either form as CSV."""
    return write_csv(rows)


def targets_xlsx(rows: Iterable[Row]) -> bytes:
    """The rows of either form as an Excel workbook."""
    return write_xlsx(rows, "Targets")


_FORMS = (
    "Its first row holds the headings: metric and months (2026-01, 2026-02, …), or month, metric and amount;"
    " kind (target or budget) may stand beside them."
)
_METRIC, _KIND, _MONTH, _AMOUNT = ("metric", "metric key", "key"), ("kind",), ("month",), ("amount", "value")
_PASSED_OVER = ("", "name", "label", "unit", "note", "total")


@dataclass
class _Reading:
    """What was read so far."""

    kind: TargetKind
    values: dict[tuple[str, TargetKind, Month], TargetValue] = field(default_factory=dict)
    rows: dict[tuple[str, TargetKind, Month], int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    rounded: int = 0

    def add(self, row: int, column: int, key: str, kind: TargetKind, month: Month, cell: Cell) -> None:
        """One cell's target, or the problem with it."""
        try:
            amount = amount_in(cell, LINES[key].unit)
            if amount is None:
                return
            value = TargetValue(key, month, amount.quantize(CENT, ROUND_HALF_UP), kind, TargetSource.FILE)
            self._keep(row, (key, kind, month), value)
            self.rounded += value.amount != amount
        except TargetError as problem:
            self.refuse(row, column, problem)

    def refuse(self, row: int, column: int, problem: TargetError) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(row, _letters(column), str(problem)))

    def _keep(self, row: int, place: tuple[str, TargetKind, Month], value: TargetValue) -> None:
        if place in self.rows:
            raise TargetError(f"{value.metric_key} for {value.month} stands in row {self.rows[place]} already.")
        self.values[place], self.rows[place] = value, row


_RowReader = Callable[[int, Row], None]


def _long_reader(headings: Sequence[str], reading: _Reading) -> _RowReader | None:
    at_month, at_amount, at_metric = (_place(headings, names) for names in (_MONTH, _AMOUNT, _METRIC))
    if at_month is None or at_amount is None or at_metric is None:
        return None
    at_kind = _place(headings, _KIND)

    def read_row(number: int, row: Row) -> None:
        column = at_metric
        try:
            key = metric_in(_at(row, column))
            column = at_month
            month = month_in(_at(row, column))
            column = at_metric if at_kind is None else at_kind
            kind = kind_in(_at(row, at_kind), reading.kind)
        except TargetError as problem:
            reading.refuse(number, column, problem)
        else:
            reading.add(number, at_amount, key, kind, month, _at(row, at_amount))

    return read_row


def _wide_reader(headings: Sequence[str], cells: Row, reading: _Reading, row_number: int) -> _RowReader:
    at_metric, at_kind = _place(headings, _METRIC), _place(headings, _KIND)
    if at_metric is None:
        raise SheetError(f"There is no column called metric. {_FORMS}")
    months = _month_columns(headings, cells, reading, row_number)

    def read_row(number: int, row: Row) -> None:
        column = at_metric
        try:
            key = metric_in(_at(row, column))
            column = at_metric if at_kind is None else at_kind
            kind = kind_in(_at(row, at_kind), reading.kind)
        except TargetError as problem:
            reading.refuse(number, column, problem)
            return
        for column, month in months.items():
            reading.add(number, column, key, kind, month, _at(row, column))

    return read_row


def _month_columns(headings: Sequence[str], cells: Row, reading: _Reading, row_number: int) -> dict[int, Month]:
    months: dict[int, Month] = {}
    for column, heading in enumerate(headings):
        if heading in (*_METRIC, *_KIND, *_PASSED_OVER):
            continue
        try:
            month = month_in(cells[column])
            if month in months.values():
                raise TargetError(f"{month} has two columns.")
            months[column] = month
        except TargetError as problem:
            reading.refuse(row_number, column, problem)
    if not months and not reading.problems:
        raise SheetError(f"There is no column for a month. {_FORMS}")
    return months


def _place(headings: Sequence[str], names: Sequence[str]) -> int | None:
    return next((at for at, heading in enumerate(headings) if heading in names), None)


def _at(row: Row, column: int | None) -> Cell:
    return row[column] if column is not None and column < len(row) else None


def _shown(key: str, amount: Decimal | None) -> Cell:
    return Percent(amount) if amount is not None and LINES[key].unit is Unit.PERCENT else amount


def _letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
