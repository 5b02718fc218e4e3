"""A Budget vs. Actual report: the budgeted amounts and nothing else, or a plain "there is no budget"."""

from __future__ import annotations

from decimal import Decimal

import pytest

from metrics.months import Month, months_between
from metrics.profit_and_loss import Section, UnreadableReport
from metrics.sources.desktop_budget import Budget, NoBudget, read_budget_answer
from metrics.tests.report_files import FEB, JAN, account, text_of
from qbwc.qbxml.responses import parse_answer

YEAR = months_between(JAN, Month(2024, 12))
CHART = [
    account("Sales", "Income", "40000"),
    account("Payroll", "Expense"),
    account("Payroll:Wages", "Expense"),
    account("Training", "Expense"),
]


def budget_in(text: str, months: tuple[Month, ...] = YEAR, home_currency: str = "") -> Budget | NoBudget:
    return read_budget_answer(parse_answer(text).responses[0], 2024, months, CHART, home_currency)


def changed(name: str, *changes: tuple[str, str]) -> str:
    text = text_of(name)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def amounts(budget: Budget | NoBudget, month: Month) -> dict[str, Decimal]:
    assert isinstance(budget, Budget)
    return {one.full_name: one.amount for one in budget.amounts if one.month == month}


def test_only_the_budget_of_each_account_and_month_is_read() -> None:
    budget = budget_in(text_of("budget_two_title_rows"))
    assert amounts(budget, JAN) == {
        "Sales": Decimal("1000.00"),
        "Payroll:Wages": Decimal("300.00"),
        "Payroll": Decimal("25.00"),
    }
    assert amounts(budget, FEB) == {
        "Sales": Decimal("1100.00"),
        "Payroll:Wages": Decimal("300.00"),
        "Training": Decimal("75.50"),
    }
    assert isinstance(budget, Budget)
    assert (budget.fiscal_year, budget.months, budget.discrepancies) == (2024, (JAN, FEB), ())


def test_budgeted_accounts_are_found_in_the_chart_as_in_a_profit_and_loss() -> None:
    budget = budget_in(text_of("budget_two_title_rows"))
    assert isinstance(budget, Budget)
    first = budget.amounts[0]
    assert (first.account_key, first.list_id, first.section) == ("id Sales", "id Sales", Section.INCOME)


def test_a_month_over_the_first_of_its_columns_holds_for_the_others() -> None:
    budget = budget_in(text_of("budget_one_title_row"))
    assert (amounts(budget, JAN), amounts(budget, FEB)) == ({"Sales": Decimal("100.00")}, {"Sales": Decimal("60.00")})


@pytest.mark.parametrize("title", ["Jan 24 Budget", "Jan 24 - Budget", "Budget"])
def test_the_month_may_stand_in_the_title_of_the_budget(title: str) -> None:
    columns = ('colID="3" dataType="AMTTYPE"><ColTitle titleRow="1" value="Budget"',)
    text = changed("budget_one_title_row", (columns[0], columns[0].replace("Budget", title)))
    assert amounts(budget_in(text), JAN) == {"Sales": Decimal("100.00")}


def test_titles_in_another_language_are_known_by_their_figures() -> None:
    words = [
        ("Jan 24", "janv. 24"),
        ("Feb 24", "f\u00e9vr. 24"),
        ('"Budget"', '"Pr\u00e9vu"'),
        ("$ Over Budget", "Exc."),
    ]
    text = changed("budget_one_title_row", *words, ("% of Budget", "Part"), ("TOTAL", "Somme"))
    budget = budget_in(text, (JAN, FEB))
    assert (amounts(budget, JAN), amounts(budget, FEB)) == ({"Sales": Decimal("100.00")}, {"Sales": Decimal("60.00")})
    not_a_difference = changed("budget_one_title_row", *words, ('value="-10.00"', 'value="-11.00"'))
    with pytest.raises(UnreadableReport, match="None of the report's 12 columns is the budget of a month"):
        budget_in(not_a_difference, (JAN, FEB))


def test_a_report_without_budget_columns_is_refused_with_what_was_seen() -> None:
    text = changed("budget_one_title_row", ('"Budget"', '"Last Year"'))
    with pytest.raises(UnreadableReport, match=r"they are “Jan 24”, “Last Year”.*ProfitAndLossBudgetVsActual"):
        budget_in(text)


def test_part_of_a_month_is_refused_because_quickbooks_cuts_its_budget() -> None:
    with pytest.raises(UnreadableReport, match="not the budget of a whole month"):
        budget_in(changed("budget_one_title_row", ("Feb 24", "Feb 1 - 19, 24")))


def test_a_month_of_another_year_or_twice_is_refused() -> None:
    with pytest.raises(UnreadableReport, match="from Jan 2024 to Dec 2024"):
        budget_in(changed("budget_one_title_row", ("Feb 24", "Feb 25")))
    with pytest.raises(UnreadableReport, match="Two columns of the report are the budget of Jan 2024"):
        budget_in(changed("budget_one_title_row", ("Feb 24", "Jan 24")))


def test_a_budget_in_another_currency_is_refused() -> None:
    foreign = ("<NumRows>", "<CurrencyRef><FullName>Euro</FullName></CurrencyRef><NumRows>")
    with pytest.raises(UnreadableReport, match="Euro"):
        budget_in(changed("budget_one_title_row", foreign), home_currency="US Dollar")


def test_budget_totals_that_do_not_add_up_are_told() -> None:
    wrong = ('value="675.00"', 'value="676.00"')
    budget = budget_in(changed("budget_two_title_rows", wrong))
    assert isinstance(budget, Budget)
    assert [(one.month, one.label, one.printed) for one in budget.discrepancies] == [
        (JAN, "Net Income", Decimal("676.00"))
    ]


EMPTY = (
    '<QBXML><QBXMLMsgsRs><BudgetSummaryReportQueryRs requestID="1" statusCode="{}" statusSeverity="{}" '
    'statusMessage="{}">{}</BudgetSummaryReportQueryRs></QBXMLMsgsRs></QBXML>'
)


def test_a_year_without_a_budget_is_said_in_words() -> None:
    nothing_found = EMPTY.format(1, "Info", "nothing found", "")
    no_rows = EMPTY.format(
        0, "Info", "Status OK", "<ReportRet><NumRows>0</NumRows><NumColTitleRows>1</NumColTitleRows></ReportRet>"
    )
    blank = changed("budget_one_title_row", *((f'value="{amount}"', 'value=""') for amount in ("100.00", "60.00")))
    for text in (nothing_found, no_rows, blank):
        answer = budget_in(text)
        assert isinstance(answer, NoBudget)
        assert (answer.fiscal_year, answer.status_code) == (2024, None)
        assert "no Profit & Loss budget by account for the fiscal year 2024" in answer.reason
        assert "Set Up Budgets" in answer.reason


def test_a_refusal_is_no_budget_either_and_keeps_quickbooks_words() -> None:
    answer = budget_in(EMPTY.format(3260, "Error", "Insufficient permission level", ""))
    assert isinstance(answer, NoBudget)
    assert answer.status_code == 3260
    assert "Insufficient permission level (statusCode 3260)" in answer.reason
