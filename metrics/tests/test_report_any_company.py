"""For any generated company: the nine printed totals and the budget, renamed or not, equal its own arithmetic."""

from __future__ import annotations

from datetime import date
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from metrics.months import Month, months_between
from metrics.profit_and_loss import section_checks
from metrics.sources.desktop import ChartAccount, read_profit_and_loss
from metrics.sources.desktop_budget import Budget, read_budget_answer
from qbwc.qbxml import requests
from qbwc.qbxml.message_set import MessageSet, Request, render
from qbwc.qbxml.reports import parse_report
from qbwc.qbxml.responses import Response, parse_answer, read_accounts
from simulators.budget import budgeted
from simulators.company import make_company
from simulators.date_ranges import Span
from simulators.quickbooks import QuickBooks

AS_OF = date(2026, 6, 17)
MONTHS = months_between(Month(2025, 7), Month(2026, 6))
BRITISH = {
    "Income": "Turnover",
    "Total Income": "Total Turnover",
    "Cost of Goods Sold": "Direct Costs",
    "Total COGS": "Total Direct Costs",
    "Gross Profit": "Margin",
    "Expense": "Overheads",
    "Total Expense": "Total Overheads",
    "Net Ordinary Income": "Operating Profit",
    "Net Other Income": "Other, Net",
    "Net Income": "Profit for the Period",
}


def ask(quickbooks: QuickBooks, element: etree._Element) -> Response:
    quickbooks.begin_session("")
    text = quickbooks.process(render(MessageSet((Request("1", element),))))
    quickbooks.end_session()
    return parse_answer(text).responses[0]


def chart_of(quickbooks: QuickBooks) -> list[ChartAccount]:
    accounts = read_accounts(ask(quickbooks, requests.account_query()))
    return [ChartAccount(a.list_id, a.name, a.full_name, a.number, a.account_type, a.special_type) for a in accounts]


@settings(max_examples=6, deadline=None, print_blob=True)
@given(seed=st.integers(0, 10_000), is_renamed=st.booleans(), has_row_data=st.booleans(), has_numbers=st.booleans())
def test_every_printed_total_is_found_and_is_the_companys(
    seed: int, is_renamed: bool, has_row_data: bool, has_numbers: bool
) -> None:
    company = make_company(seed, AS_OF, months=12, uses_account_numbers=has_numbers)
    form: Literal["full_name", "none"] = "full_name" if has_row_data else "none"
    quickbooks = QuickBooks(company, headings=BRITISH if is_renamed else {}, row_data_form=form)
    query = requests.profit_and_loss_query(MONTHS[0].first_day, MONTHS[-1].last_day, "Accrual")
    report = read_profit_and_loss(parse_report(ask(quickbooks, query).element), MONTHS, chart_of(quickbooks), "accrual")
    for month in MONTHS:
        totals = company.section_totals(month.first_day, month.last_day, "Accrual")
        printed = report.printed[month]
        assert None not in printed.by_key().values()
        assert printed == report.computed(month)
        assert (printed.income, printed.cost_of_goods_sold) == (totals["Income"], totals["CostOfGoodsSold"])
        assert (printed.expense, printed.other_expense) == (totals["Expense"], totals["OtherExpense"])
        assert all(check.is_tied for check in section_checks(printed, report.computed(month)))


@settings(max_examples=4, deadline=None, print_blob=True)
@given(seed=st.integers(0, 10_000), has_two_rows=st.booleans(), has_row_data=st.booleans())
def test_the_budget_read_is_the_companys(seed: int, has_two_rows: bool, has_row_data: bool) -> None:
    company = make_company(seed, AS_OF, months=6, uses_account_numbers=True)
    quickbooks = QuickBooks(
        company,
        budget_years=(2026,),
        budget_titles="two_rows" if has_two_rows else "one_row",
        row_data_form="full_name" if has_row_data else "none",
    )
    year = months_between(Month(2026, 1), Month(2026, 12))
    budget = read_budget_answer(ask(quickbooks, requests.budget_query(2026)), 2026, year, chart_of(quickbooks))
    assert isinstance(budget, Budget)
    assert (budget.months, budget.discrepancies) == (year, ())
    for month in year:
        read = {one.full_name: one.amount for one in budget.amounts if one.month == month}
        assert read == budgeted(company, Span(month.first_day, month.last_day))
