"""Prints a Profit & Loss Budget vs. Actual by month: four columns a month, as QuickBooks' screen shows them."""

import datetime
import zlib
from collections.abc import Sequence
from decimal import Decimal

from lxml import etree

from simulators import statuses
from simulators.answer_text import attribute, element
from simulators.company import Company
from simulators.date_ranges import MONTH_NAMES, Span, column_title, plus_months, split, subtitle
from simulators.options import Options
from simulators.report import row_data
from simulators.report_request import read_span
from simulators.report_rows import ZERO, Cells, ProfitAndLossRows, Row, RowKind
from simulators.statuses import RequestRefused

# Title, dataType and ColType of the four columns of a period; the first has no title of its own.
_SUBCOLUMNS = (
    ("", "AMTTYPE", "Amount"),
    ("Budget", "AMTTYPE", "Amount"),
    ("$ Over Budget", "AMTTYPE", "AmountDifference"),
    ("% of Budget", "PERCENTTYPE", "Percent"),
)


def budget_against_actual(query: etree._Element, company: Company, options: Options) -> list[str]:
    """The lines of the ReportRet that answers a BudgetSummaryReportQueryRq; raises RequestRefused."""
    _refuse_what_is_not_simulated(query)
    year = int(query.findtext("FiscalYear", "0"))
    first_month = MONTH_NAMES.index(company.first_month_fiscal_year) + 1
    span = _span(query, company, year, first_month)
    columns = tuple(split(span, 1, first_month))
    if year not in options.budget_years:
        if options.no_budget_form == "no_data":
            return _report(columns, span, [], options)
        raise RequestRefused(statuses.NO_MATCH if options.no_budget_form == "status" else statuses.no_budget(year))
    statement = BudgetRows(company, columns, options)
    rows = [line for number, row in enumerate(statement.rows(), 1) for line in _row(number, row, statement, options)]
    return _report(columns, span, rows, options)


def budgeted(company: Company, month: Span) -> dict[str, Decimal]:
    """Full name -> whole dollars budgeted in that month, for two thirds of the accounts without sub-accounts.

    From the names alone, so that a company has the same budget on every day of its life.
    """
    amounts: dict[str, Decimal] = {}
    for account in company.profit_and_loss_accounts():
        seed = zlib.crc32(f"{company.name}/{account.full_name}/{month.first.year}".encode())
        if seed % 3 and not company.children(account.full_name):
            amounts[account.full_name] = Decimal(100 + seed % 900 * 10 + month.first.month * 5).quantize(ZERO)
    return amounts


class BudgetRows(ProfitAndLossRows):
    """The rows of a Profit & Loss whose cells are the actual amounts of every month, then the budgets."""

    def __init__(self, company: Company, columns: Sequence[Span], options: Options) -> None:
        super().__init__(company, columns, company.summary_report_basis, "ActiveOnly", options)
        budgets = [budgeted(company, month) for month in columns]
        nothing: Cells = (None,) * len(columns)
        names = {*self.own, *(name for month in budgets for name in month)}
        self.own = {
            name: (*self.own.get(name, nothing), *(month.get(name) for month in budgets)) for name in sorted(names)
        }
        self._width = 2 * len(columns)


def _refuse_what_is_not_simulated(query: etree._Element) -> None:
    wanted = {
        "BudgetSummaryReportType": "ProfitAndLossBudgetVsActual",
        "BudgetCriterion": "Accounts",
        "SummarizeBudgetColumnsBy": "Date",
        "SummarizeBudgetRowsBy": "Account",
    }
    for name, only in wanted.items():
        if (said := query.findtext(name, only)) != only:
            raise RequestRefused(statuses.not_simulated(f"{name} {said}"))
    if query.find("ReportClassFilter") is not None:
        raise RequestRefused(statuses.not_simulated("ReportClassFilter"))


def _span(query: etree._Element, company: Company, year: int, first_month: int) -> Span:
    """What is asked for; else a past year whole and the running one to date (sheet 4.6)."""
    if query.find("ReportPeriod") is not None or query.find("ReportDateMacro") is not None:
        return read_span(query, company)
    first = datetime.date(year - (first_month != 1), first_month, 1)
    last = plus_months(first, 12) - datetime.timedelta(days=1)
    return Span(first, min(last, max(company.as_of, first)))


def _report(columns: Sequence[Span], span: Span, rows: list[str], options: Options) -> list[str]:
    periods = [*(column_title(month) for month in columns), options.headings.get("TOTAL", "TOTAL")]
    title_rows = 2 if options.budget_titles == "two_rows" else 1
    described = [
        line
        for place, (period, (name, data_type, kind)) in enumerate(
            ((period, one) for period in periods for one in _SUBCOLUMNS), start=2
        )
        for line in _column(place, data_type, _titles(period, options.headings.get(name, name), title_rows), kind)
    ]
    return [
        "<ReportRet>",
        *element("ReportTitle", "Profit & Loss Budget vs. Actual"),
        *element("ReportSubtitle", subtitle(span)),
        *element("ReportBasis", "Accrual"),
        f"<NumRows>{sum(' rowNumber=' in line for line in rows)}</NumRows>",
        f"<NumColumns>{len(periods) * len(_SUBCOLUMNS) + 1}</NumColumns>",
        f"<NumColTitleRows>{title_rows}</NumColTitleRows>",
        *_column(1, "STRTYPE", ("",) * title_rows, "Label"),
        *described,
        *(["<ReportData>", *rows, "</ReportData>"] if rows else []),
        "</ReportRet>",
    ]


def _titles(period: str, name: str, title_rows: int) -> tuple[str, ...]:
    return (period, name) if title_rows == 2 else (name or period,)


def _column(place: int, data_type: str, titles: Sequence[str], kind: str) -> list[str]:
    printed = [
        f'<ColTitle titleRow="{row}" value="{attribute(title)}" />' if title else f'<ColTitle titleRow="{row}" />'
        for row, title in enumerate(titles, start=1)
    ]
    return [f'<ColDesc colID="{place}" dataType="{data_type}">', *printed, f"<ColType>{kind}</ColType>", "</ColDesc>"]


def _row(number: int, row: Row, statement: BudgetRows, options: Options) -> list[str]:
    name = row.kind.value
    if row.kind is RowKind.TEXT:
        return [f'<{name} rowNumber="{number}" value="{attribute(row.label)}" />']
    return [
        f'<{name} rowNumber="{number}">',
        *row_data(row.account, statement, options),
        f'<ColData colID="1" value="{attribute(row.label)}" />',
        *_cells(row.cells),
        f"</{name}>",
    ]


def _cells(cells: Cells) -> list[str]:
    months = len(cells) // 2
    pairs = list(zip(cells[:months], cells[months:], strict=True))
    pairs.append((_sum(cells[:months]), _sum(cells[months:])))
    texts = [text for actual, budget in pairs for text in _four(actual, budget)]
    return [f'<ColData colID="{place}" value="{text}" />' for place, text in enumerate(texts, start=2) if text]


def _four(actual: Decimal | None, budget: Decimal | None) -> tuple[str, str, str, str]:
    if budget is None:
        return ("" if actual is None else f"{actual:.2f}", "", "", "")
    percent = f"{(actual or ZERO) * 100 / budget:.1f}%" if budget else ""
    return f"{actual or ZERO:.2f}", f"{budget:.2f}", f"{(actual or ZERO) - budget:.2f}", percent


def _sum(cells: Cells) -> Decimal | None:
    given = [cell for cell in cells if cell is not None]
    return sum(given, ZERO) if given else None
