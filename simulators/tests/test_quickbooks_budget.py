"""The simulated QuickBooks prints a Budget vs. Actual for the years that have a budget, and says so for the others."""

import datetime
from decimal import Decimal

import pytest
from lxml import etree

from simulators.budget import budgeted
from simulators.company import Company, make_company
from simulators.date_ranges import Span
from simulators.options import NoBudgetForm
from simulators.quickbooks import QuickBooks

AS_OF = datetime.date(2026, 6, 17)
REQUEST = """<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">
<BudgetSummaryReportQueryRq requestID="b"><BudgetSummaryReportType>{report}</BudgetSummaryReportType>
<FiscalYear>{year}</FiscalYear>{period}<SummarizeBudgetColumnsBy>Date</SummarizeBudgetColumnsBy>
<SummarizeBudgetRowsBy>Account</SummarizeBudgetRowsBy></BudgetSummaryReportQueryRq></QBXMLMsgsRq></QBXML>"""
WHOLE_YEAR = (
    "<ReportPeriod><FromReportDate>2026-01-01</FromReportDate><ToReportDate>2026-12-31</ToReportDate></ReportPeriod>"
)


@pytest.fixture(scope="module")
def company() -> Company:
    return make_company(5, AS_OF, months=12)


def ask(
    quickbooks: QuickBooks, report: str = "ProfitAndLossBudgetVsActual", period: str = WHOLE_YEAR
) -> etree._Element:
    quickbooks.begin_session()
    answer = quickbooks.process(REQUEST.format(report=report, year=2026, period=period))
    quickbooks.end_session()
    found = etree.fromstring(answer.encode()).find(".//BudgetSummaryReportQueryRs")
    assert found is not None
    return found


def column(report: etree._Element, *titles: str) -> str:
    """The colID of the column with these titles."""
    for one in report.iter("ColDesc"):
        if tuple(title.get("value", "") for title in one.findall("ColTitle")) == titles:
            return str(one.get("colID"))
    raise AssertionError(f"no column {titles}")


def test_a_month_has_four_columns_and_the_budget_is_the_companys(company: Company) -> None:
    report = ask(QuickBooks(company, budget_years=(2026,)))
    assert report.get("statusCode") == "0"
    assert report.findtext(".//NumColumns") == str(1 + 13 * 4)
    assert len(report.findall(".//ReportData/*")) == int(report.findtext(".//NumRows", ""))
    march = column(report, "Mar 26", "Budget")
    printed = {
        row.find("RowData").get("value"): Decimal(cell.get("value", ""))  # type: ignore[union-attr]
        for row in report.iter("DataRow")
        for cell in row.findall(f"ColData[@colID='{march}']")
    }
    assert printed == budgeted(company, Span(datetime.date(2026, 3, 1), datetime.date(2026, 3, 31)))


def test_actual_less_budget_is_the_amount_over_budget_in_every_row(company: Company) -> None:
    report = ask(QuickBooks(company, budget_years=(2026,)))
    titles = ("", "Budget", "$ Over Budget")
    actual, budget, over = (column(report, "Feb 26", title) for title in titles)
    compared = 0
    for row in report.iter("DataRow", "SubtotalRow", "TotalRow"):
        cells = {
            str(cell.get("colID")): Decimal(str(cell.get("value")).rstrip("%")) for cell in row.findall("ColData")[1:]
        }
        if budget in cells:
            assert cells[over] == cells[actual] - cells[budget]
            compared += 1
    assert compared > 20


def test_titles_may_stand_in_one_row(company: Company) -> None:
    report = ask(QuickBooks(company, budget_years=(2026,), budget_titles="one_row"))
    titles = [one.find("ColTitle").get("value", "") for one in report.iter("ColDesc")]  # type: ignore[union-attr]
    assert titles[:6] == ["", "Jan 26", "Budget", "$ Over Budget", "% of Budget", "Feb 26"]
    assert titles[-4:] == ["TOTAL", "Budget", "$ Over Budget", "% of Budget"]


def test_without_a_period_the_running_year_ends_today(company: Company) -> None:
    report = ask(QuickBooks(company, budget_years=(2026,)), period="")
    assert column(report, "Jun 1 - 17, 26", "Budget")


@pytest.mark.parametrize(("form", "code"), [("status", "1"), ("no_data", "0"), ("error", "3120")])
def test_a_year_without_a_budget(company: Company, form: NoBudgetForm, code: str) -> None:
    report = ask(QuickBooks(company, budget_years=(2025,), no_budget_form=form))
    assert report.get("statusCode") == code
    assert report.find(".//ReportData") is None


def test_other_budget_reports_are_said_not_to_be_simulated(company: Company) -> None:
    report = ask(QuickBooks(company, budget_years=(2026,)), report="ProfitAndLossBudgetOverview")
    assert report.get("statusCode") == "1030"
