"""CSV files and Excel workbooks as rows of plain cells and back, with limits and without formulas. No Django.

Whatever a file holds, only its first sheet's values come out: text, exact decimals, percentages and dates.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

MOST_BYTES = 2_000_000
MOST_BYTES_UNPACKED = 20_000_000
MOST_ROWS, MOST_COLUMNS, MOST_PARTS = 5_000, 200, 500
MOST_ROWS_PASSED = 20_000  # blank ones below the last are no error until here
# What a spreadsheet takes for the beginning of a formula; Japanese ones also the wide signs.
_SPARK = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_QUOTED = re.compile(r"[\",;\t\r\n]")
_MADE = datetime.datetime(2000, 1, 1)  # noqa: DTZ001  # Excel's own dates have no zone; the same rows, the same bytes


class SheetError(ValueError):
    """A file that cannot be read; the message says what was seen and what to do."""


@dataclass(frozen=True)
class Percent:
    """A cell that is shown as a percentage: 35.5 is 35.5 %."""

    value: Decimal


Cell = str | Decimal | Percent | datetime.date | None
Row = tuple[Cell, ...]


def read_sheet(content: bytes) -> tuple[Row, ...]:
    """All rows, blank ones too, so that row n of the file is rows[n - 1]; a formula is its stored result.

    A formula without a stored result comes out as its text ("=A1*12"). Raises SheetError.
    """
    if len(content) > MOST_BYTES:
        raise SheetError(f"The file has {len(content):,} bytes; at most {MOST_BYTES:,} are read.")
    rows = _xlsx_rows(content) if content.startswith(b"PK") else _csv_rows(content)
    return _without_blank_end(rows)


def write_csv(rows: Iterable[Row]) -> bytes:
    """Excel opens it as it is (UTF-8 with a mark); text that looks like a formula gets an apostrophe in front."""
    lines = (",".join(_csv_field(_csv_text(cell)) for cell in row) for row in rows)
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8-sig")


def write_xlsx(rows: Iterable[Row], title: str) -> bytes:
    """One sheet with its first row frozen; numbers are numbers, text is never a formula."""
    import xlsxwriter  # type: ignore[import-untyped]  # loaded by whoever writes a workbook

    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"created": _MADE})
        sheet = book.add_worksheet(title[:31])
        formats = [book.add_format({"num_format": code}) for code in ("#,##0.00;(#,##0.00)", "0.0#%")]
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, MOST_COLUMNS, 14)
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                _put(sheet, at, column, cell, formats)
    return content.getvalue()


def _put(sheet: Any, row: int, column: int, cell: Cell, formats: Sequence[Any]) -> None:
    match cell:
        case None:
            pass
        case Decimal():
            sheet.write_number(row, column, cell, formats[0])
        case Percent(value):
            sheet.write_number(row, column, value / 100, formats[1])
        case _:
            sheet.write_string(row, column, str(cell))


def _csv_field(text: str) -> str:
    """In quotes also where only another system's separator is in it: behind one that counts, a formula could begin."""
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if _QUOTED.search(text) else text


def _csv_text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case Decimal():
            return f"{cell:f}"
        case Percent(value):
            return f"{value:f}%"
        case str() if cell.startswith(_SPARK):
            return f"'{cell}"
        case _:
            return str(cell)


def _csv_rows(content: bytes) -> Iterator[Row]:
    text = _decoded(content)
    if "\0" in text:
        raise SheetError("This is not a CSV file or Excel workbook (.xlsx). Save it as one of them.")
    heading = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t", key=heading.count)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)):
            yield _within_limits(number, [_csv_cell(cell) for cell in row])
    except csv.Error as problem:
        raise SheetError(f"The CSV file cannot be read: {problem}. Save it again as CSV UTF-8.") from problem


def _csv_cell(text: str) -> Cell:
    text = text.strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(_SPARK) else text or None


def _decoded(content: bytes) -> str:
    """As spreadsheet programs save CSV: UTF-8, UTF-16 with its mark, else Windows' Western."""
    encodings = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetError("The file's letters cannot be read. Save it again as CSV UTF-8.")


def _xlsx_rows(content: bytes) -> Iterator[Row]:
    try:
        _check_parts(content)
        results, formulas = (_cells(content, data_only=data_only) for data_only in (True, False))
        for number, (row, formula_row) in enumerate(zip(results, formulas, strict=True)):
            cells = (_xlsx_cell(*pair) for pair in zip(row, formula_row, strict=True))
            yield _within_limits(number, list(cells))
    except SheetError:
        raise
    except Exception as problem:  # whatever a broken workbook makes its reader raise
        raise SheetError("The Excel workbook cannot be read. Open it, save it again as .xlsx, or as CSV.") from problem


def _check_parts(content: bytes) -> None:
    """Refuse what unpacks too large, and XML that defines entities: no spreadsheet program writes any."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = package.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES_UNPACKED:
            raise SheetError("The Excel workbook is too large once unpacked. Keep only the sheet with the figures.")
        for part in parts:
            raw = package.read(part).replace(b"\0", b"")
            if part.filename.endswith((".xml", ".rels", ".vml")) and (b"<!DOCTYPE" in raw or b"<!ENTITY" in raw):
                raise SheetError("The Excel workbook holds definitions no spreadsheet needs. Save it again.")


def _cells(content: bytes, *, data_only: bool) -> Iterator[Sequence[Any]]:
    import openpyxl  # loaded by whoever reads a workbook

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=data_only, keep_links=False)
    sheet: Any = book.worksheets[0]
    sheet.reset_dimensions()  # some programs write a wrong one
    yield from sheet.iter_rows(max_col=MOST_COLUMNS + 1)


def _xlsx_cell(result: Any, formula: Any) -> Cell:
    value = formula.value if result.value is None else result.value
    match value:
        case None:
            return None
        case bool():
            return str(value)
        case int() | float():
            exact = Decimal(repr(value))
            return Percent(exact * 100) if "%" in str(result.number_format) else exact
        case datetime.datetime():
            return value.date()
        case datetime.date():
            return value
        case _:
            return str(value).strip() or None


def _within_limits(number: int, row: list[Cell]) -> Row:
    while row and row[-1] is None:
        row.pop()
    if number >= (MOST_ROWS if row else MOST_ROWS_PASSED) or len(row) > MOST_COLUMNS:
        raise SheetError(f"The file has more than {MOST_ROWS:,} rows or {MOST_COLUMNS} columns. Split it.")
    return tuple(row)


def _without_blank_end(rows: Iterable[Row]) -> tuple[Row, ...]:
    kept = list(rows)
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)
