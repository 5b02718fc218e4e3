"""Prints a Profit & Loss as the ReportRet that QuickBooks returns (qbXML sheet 4)."""

from collections.abc import Sequence
from decimal import Decimal

from lxml import etree

from simulators.answer_text import attribute, element
from simulators.company import Company
from simulators.date_ranges import column_title, subtitle
from simulators.options import Options
from simulators.records import Account
from simulators.report_request import ReportRequest, read_report_request
from simulators.report_rows import ZERO, Cells, ProfitAndLossRows, Row, RowKind


def profit_and_loss(query: etree._Element, company: Company, options: Options) -> list[str]:
    """The lines of the ReportRet that answers a GeneralSummaryReportQueryRq; raises RequestRefused."""
    request = read_report_request(query, company)
    statement = ProfitAndLossRows(company, request.columns, request.basis, request.return_rows, options)
    rows = statement.rows()
    if not rows and options.empty_form == "net_income_only":
        rows = statement.net_income_only()
    kept = _kept_columns(request, statement.own)
    printer = _Printer(statement, options, kept, has_total=len(kept) > 1)
    return ["<ReportRet>", *printer.head(request, len(rows)), *printer.data(rows), "</ReportRet>"]


def _kept_columns(request: ReportRequest, own: dict[str, Cells]) -> list[int]:
    """The columns that ReturnColumns leaves; all of them in a report in which nothing happened."""
    every = list(range(len(request.columns)))
    if request.return_columns == "All":
        return every
    if request.return_columns == "ActiveOnly":
        return [i for i in every if any(cells[i] is not None for cells in own.values())] or every
    return [i for i in every if any(cells[i] for cells in own.values())] or every


class _Printer:
    """Writes head and rows of one report for the columns that are left."""

    def __init__(self, statement: ProfitAndLossRows, options: Options, kept: Sequence[int], *, has_total: bool) -> None:
        self._statement = statement
        self._options = options
        self._kept = kept
        self._has_total = has_total

    def head(self, request: ReportRequest, number_of_rows: int) -> list[str]:
        """Title, counts and column descriptions; the label column is column 1 and counts."""
        titles = [(column_title(request.columns[place]), "Amount") for place in self._kept]
        if self._has_total:
            titles.append((self._options.headings.get("TOTAL", "TOTAL"), self._options.total_col_type))
        return [
            *element("ReportTitle", self._options.headings.get("Profit & Loss", "Profit & Loss")),
            *element("ReportSubtitle", subtitle(request.span)),
            *element("ReportBasis", request.basis),
            f"<NumRows>{number_of_rows}</NumRows>",
            f"<NumColumns>{len(titles) + 1}</NumColumns>",
            "<NumColTitleRows>1</NumColTitleRows>",
            *_column(1, "STRTYPE", '<ColTitle titleRow="1" />', "Label"),
            *(
                line
                for place, (title, kind) in enumerate(titles, start=2)
                for line in _column(place, "AMTTYPE", f'<ColTitle titleRow="1" value="{attribute(title)}" />', kind)
            ),
        ]

    def data(self, rows: Sequence[Row]) -> list[str]:
        """ReportData, left out altogether when there is no row."""
        if not rows:
            return []
        lines = (line for number, row in enumerate(rows, start=1) for line in self._row(number, row))
        return ["<ReportData>", *lines, "</ReportData>"]

    def _row(self, number: int, row: Row) -> list[str]:
        name = row.kind.value
        if row.kind is RowKind.TEXT:
            return [f'<{name} rowNumber="{number}" value="{attribute(row.label)}" />']
        return [
            f'<{name} rowNumber="{number}">',
            *row_data(row.account, self._statement, self._options),
            f'<ColData colID="1" value="{attribute(row.label)}" />',
            *self._cells(row.cells),
            f"</{name}>",
        ]

    def _cells(self, cells: Cells) -> list[str]:
        values = [cells[place] for place in self._kept]
        if self._has_total:
            values.append(_total(values))
        if self._options.zero_cells == "0.00":
            values = [value or ZERO for value in values]
        return [
            f'<ColData colID="{place}" value="{value:.2f}" />'
            for place, value in enumerate(values, start=2)
            if value is not None
        ]


def row_data(account: Account | None, statement: ProfitAndLossRows, options: Options) -> list[str]:
    """The RowData of a row about an account, in the form this QuickBooks uses."""
    if account is None or options.row_data_form == "none":
        return []
    path = account.full_name
    if options.row_data_form == "number_and_name":
        path = statement.labelled_path(account)
    return [f'<RowData rowType="account" value="{attribute(path)}" />']


def _total(values: Sequence[Decimal | None]) -> Decimal | None:
    given = [value for value in values if value is not None]
    return sum(given, ZERO) if given else None


def _column(place: int, data_type: str, title: str, kind: str) -> list[str]:
    return [f'<ColDesc colID="{place}" dataType="{data_type}">', title, f"<ColType>{kind}</ColType>", "</ColDesc>"]
