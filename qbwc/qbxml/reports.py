"""A ReportRet as QuickBooks sent it: columns by colID, rows of every kind in display order, texts untouched.

Nothing is interpreted here: which column is a month and which row a total is for the reader of one report type.
Shape: qbXML 13.0 schema, and captures of real answers.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

_AGAIN = (
    "Nothing of it was used. Run the update again; if the next answer says the same, verify the company file in "
    "QuickBooks (File, Utilities, Verify Data)."
)


class MalformedReport(ValueError):
    """A report that is not whole or not well formed; the message says what was found and what to do."""


class RowKind(enum.Enum):
    """The four kinds of report row; the value is the element's name."""

    DATA = "DataRow"
    TEXT = "TextRow"
    SUBTOTAL = "SubtotalRow"
    TOTAL = "TotalRow"


@dataclass(frozen=True)
class Column:
    """One ColDesc. titles has one text per title row, "" where the row has none for this column."""

    col_id: int
    data_type: str
    titles: tuple[str, ...]
    col_type: str


@dataclass(frozen=True)
class Row:
    """One row. row_type and row_value are RowData's ("" without RowData).

    label is the text in the label column (for a TextRow its value); cells are the other columns that carry a
    value, by colID: QuickBooks leaves out cells without one.
    """

    kind: RowKind
    row_number: int
    row_type: str
    row_value: str
    label: str
    cells: Mapping[int, str]


@dataclass(frozen=True)
class Report:
    """A report; rows are sorted by rowNumber and columns by colID. basis is QuickBooks' text, "" when not said.

    currency is what a CurrencyRef in it names, "" without one: the schema has none, and reports are in the home
    currency; one that says otherwise must not be taken for such a report.
    """

    title: str
    subtitle: str
    basis: str
    number_of_rows: int
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    currency: str = ""


def label_column(columns: tuple[Column, ...]) -> int | None:
    """The colID of the column with the row labels: the first with text; None without columns.

    Its ColType is Label or Blank in real answers, so that word decides nothing.
    """
    texts = [column for column in columns if column.data_type == "STRTYPE"]
    return (texts or list(columns))[0].col_id if columns else None


def parse_report(element: etree._Element) -> Report:
    """Read a ReportRet, or the ...QueryRs around it; MalformedReport when it is broken or cut short.

    An answer with statusCode 1 (nothing found) and no ReportRet is a report without rows.
    """
    found = element if element.tag == "ReportRet" else element.find("ReportRet")
    if found is None:
        if element.get("statusCode") == "1":
            return Report("", "", "", 0, (), ())
        raise MalformedReport(f"The answer holds no report (no ReportRet element). {_AGAIN}")
    columns = _columns(found)
    rows = _rows(found, columns)
    return Report(
        title=found.findtext("ReportTitle", ""),
        subtitle=found.findtext("ReportSubtitle", ""),
        basis=found.findtext("ReportBasis", ""),
        number_of_rows=_checked_number_of_rows(found, rows),
        columns=columns,
        rows=rows,
        currency=_currency(found),
    )


def _currency(report: etree._Element) -> str:
    return next((text.strip() for ref in report.iter("CurrencyRef") if (text := ref.findtext("FullName", ""))), "")


_MOST_TITLE_ROWS = 50  # classes nest five deep


def _columns(report: etree._Element) -> tuple[Column, ...]:
    title_rows = _whole_number(report.findtext("NumColTitleRows", "1"), "NumColTitleRows")
    columns = sorted((_column(one, title_rows) for one in report.findall("ColDesc")), key=lambda one: one.col_id)
    _refuse_repeats([column.col_id for column in columns], "column number (colID)")
    stated = report.findtext("NumColumns")
    if stated is not None and _whole_number(stated, "NumColumns") != len(columns):
        raise MalformedReport(
            f"The report says it has {stated} columns, but describes {len(columns)}: it is not whole. {_AGAIN}"
        )
    return tuple(columns)


def _column(element: etree._Element, title_rows: int) -> Column:
    titles: dict[int, str] = {}
    for title in element.findall("ColTitle"):
        # The text is in the attribute; the element itself is empty.
        titles[_whole_number(title.get("titleRow", "1"), "titleRow")] = title.get("value", "")
    height = max([title_rows, *titles])
    if height > _MOST_TITLE_ROWS:
        raise MalformedReport(
            f"The report says its columns have {height} rows of titles; QuickBooks prints a few. {_AGAIN}"
        )
    return Column(
        col_id=_whole_number(element.get("colID", ""), "colID"),
        data_type=element.get("dataType", ""),
        titles=tuple(titles.get(row, "") for row in range(1, height + 1)),
        col_type=element.findtext("ColType", "").strip(),
    )


_KINDS = {kind.value: kind for kind in RowKind}


def _rows(report: etree._Element, columns: tuple[Column, ...]) -> tuple[Row, ...]:
    data = report.find("ReportData")
    if data is None:
        return ()
    label_id = label_column(columns)
    known = {str(column.col_id): column.col_id for column in columns}
    rows = sorted((_row(one, label_id, known) for one in data.iterchildren("*")), key=lambda row: row.row_number)
    _refuse_repeats([row.row_number for row in rows], "row number")
    return tuple(rows)


def _row(element: etree._Element, label_id: int | None, known: Mapping[str, int]) -> Row:
    kind = _KINDS.get(str(element.tag))
    if kind is None:
        raise MalformedReport(f"The report holds a row of an unknown kind, {element.tag}. {_AGAIN}")
    number = _whole_number(element.get("rowNumber", ""), "rowNumber")
    cells = _cells(element, number, known)
    label = cells.pop(label_id, "") if label_id is not None else ""
    row_data = element.find("RowData")
    return Row(
        kind=kind,
        row_number=number,
        row_type="" if row_data is None else row_data.get("rowType", ""),
        row_value="" if row_data is None else row_data.get("value", ""),
        label=element.get("value", "") if kind is RowKind.TEXT else label,
        cells=cells,
    )


def _cells(element: etree._Element, row_number: int, known: Mapping[str, int]) -> dict[int, str]:
    """known is every described column: colID as it is nearly always written → colID."""
    cells: dict[int, str] = {}
    for cell in element.iterchildren("ColData"):
        text = cell.get("colID", "")
        col_id = known.get(text)
        if col_id is None:
            col_id = _described(_whole_number(text, "colID"), row_number, known)
        if col_id in cells:
            raise MalformedReport(f"Row {row_number} has two cells in column {col_id}. {_AGAIN}")
        value = cell.get("value")
        if value is not None:
            cells[col_id] = value
    return cells


def _described(col_id: int, row_number: int, known: Mapping[str, int]) -> int:
    if str(col_id) not in known:
        raise MalformedReport(
            f"Row {row_number} has a cell in column {col_id}, which the report does not describe. {_AGAIN}"
        )
    return col_id


def _checked_number_of_rows(report: etree._Element, rows: tuple[Row, ...]) -> int:
    """NumRows counts the rows of all four kinds and is the last rowNumber, so it shows a report cut short."""
    stated = _whole_number(report.findtext("NumRows", ""), "NumRows")
    last = rows[-1].row_number if rows else 0
    if stated != len(rows) or stated != last:
        raise MalformedReport(
            f"The report says it has {stated} rows, but {len(rows)} arrived and the last is number {last}: "
            f"it was cut short. {_AGAIN} If it stays short, ask for fewer months at a time."
        )
    return stated


def _whole_number(text: str, what: str) -> int:
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise MalformedReport(f"The report's {what} is {text[:40]!r}, which is not a number. {_AGAIN}")
    return int(digits)


def _refuse_repeats(numbers: list[int], what: str) -> None:
    repeated = [number for number, count in Counter(numbers).items() if count > 1]
    if repeated:
        raise MalformedReport(f"The report uses the {what} {min(repeated)} twice. {_AGAIN}")
