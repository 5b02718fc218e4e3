"""What a report was asked for is read back from the request that was sent; what it does not say is refused."""

from datetime import date

import pytest

from metrics.months import Month, months_between
from metrics.reading.request_window import BudgetWindow, RequestWindow, UnknownWindow, budget_window_of, window_of
from qbwc.qbxml import requests
from qbwc.qbxml.message_set import MessageSet, Request, render

ASKED = """<QBXML><QBXMLMsgsRq onError="stopOnError"><GeneralSummaryReportQueryRq requestID="1">
<GeneralSummaryReportType>ProfitAndLossStandard</GeneralSummaryReportType>
<ReportPeriod><FromReportDate>2024-01-01</FromReportDate><ToReportDate>2024-03-31</ToReportDate></ReportPeriod>
<SummarizeColumnsBy>Month</SummarizeColumnsBy><ReportBasis>Cash</ReportBasis>
</GeneralSummaryReportQueryRq></QBXMLMsgsRq></QBXML>"""


def test_months_and_basis_are_the_requests() -> None:
    assert window_of(ASKED) == RequestWindow("cash", months_between(Month(2024, 1), Month(2024, 3)))


def test_fiscal_year_and_months_of_a_budget_are_the_requests() -> None:
    sent = render(MessageSet((Request("1", requests.budget_query(2026, 7)),)))
    assert budget_window_of(sent) == BudgetWindow(2026, months_between(Month(2025, 7), Month(2026, 6)))
    assert requests.fiscal_year_dates(2026, 7) == (date(2025, 7, 1), date(2026, 6, 30))


@pytest.mark.parametrize(
    ("old", "new", "seen"),
    [
        (">Cash<", ">None<", "basis “None”"),
        (">Month<", ">Quarter<", "one column a month"),
        ("2024-03-31", "2024-03-30", "2024-01-01 to 2024-03-30, which are not whole months"),
        ("2024-03-31", "2023-12-31", "not whole months"),
        ("2024-01-01", "soon", "“soon” as FromReportDate"),
        ("GeneralSummary", "CustomSummary", "holds no GeneralSummaryReportQueryRq"),
        ("</QBXML>", "", "is not XML"),
    ],
)
def test_a_request_that_does_not_say_is_refused_with_what_was_seen_and_what_to_do(
    old: str, new: str, seen: str
) -> None:
    assert old in ASKED
    with pytest.raises(UnknownWindow) as refused:
        window_of(ASKED.replace(old, new))
    assert seen in str(refused.value)
    assert "Ask for a refresh" in str(refused.value)


def test_a_budget_request_without_a_year_is_refused() -> None:
    budget = render(MessageSet((Request("1", requests.budget_query(2026)),)))
    with pytest.raises(UnknownWindow, match="“next” as FiscalYear"):
        budget_window_of(budget.replace(">2026<", ">next<"))
    with pytest.raises(UnknownWindow, match="holds no BudgetSummaryReportQueryRq"):
        budget_window_of(ASKED)
