"""Reading a Profit & Loss: amounts, figures, history; failures leave everything as it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Company
from metrics.ingest import read_accounts, read_profit_and_loss
from metrics.models import MonthlyAmount, MonthlyMetric, SyncHistory
from metrics.months import Month
from metrics.tests.deliveries import delivered
from metrics.tests.factories import NOW, AccountMappingFactory, CompanyFactory
from metrics.tests.qbxml_texts import accounts, profit_and_loss, profit_and_loss_request, response
from qbwc.purposes import Delivered

pytestmark = pytest.mark.django_db

INCOME = {"Managed Services": ["1000.00", "1100.00"], "Odd Jobs": ["50.25", ""]}
EXPENSE = {"Rent": ["300.00", "300.00"]}
REPORT = profit_and_loss(INCOME, EXPENSE)
CHART = accounts(("80-1", "Managed Services", "Income"), ("80-2", "Odd Jobs", "Income"), ("80-3", "Rent", "Expense"))


@pytest.fixture
def company() -> Company:
    company = CompanyFactory.create()
    AccountMappingFactory.create(company=company, pattern="managed services", qbr_metric_key="mrr")
    AccountMappingFactory.create(company=company, pattern="rent", qbr_metric_key="other_expenses")
    return company


def answer(company: Company, text: str = REPORT, request: str | None = None, now: datetime = NOW) -> Delivered:
    return delivered(company, "profit_loss", text, request=request or profit_and_loss_request(), now=now)


def figures(company: Company, month: int, basis: str = "accrual") -> MonthlyMetric:
    return MonthlyMetric.objects.get(company=company, basis=basis, month=date(2026, month, 1))


def everything(company: Company) -> Mapping[str, list[Any]]:
    return {
        model.__name__: list(model.objects.filter(company=company).order_by("pk").values())
        for model in (MonthlyAmount, MonthlyMetric, SyncHistory)
    }


def test_a_report_becomes_amounts_figures_and_a_tie_out(company: Company) -> None:
    read_accounts(delivered(company, "accounts", CHART))
    read_profit_and_loss(answer(company))
    amounts = MonthlyAmount.objects.filter(month=date(2026, 1, 1)).order_by("row_number")
    assert [(row.account_key, row.account_type, row.amount) for row in amounts] == [
        ("80-1", "Income", Decimal("1000.00")),
        ("80-2", "Income", Decimal("50.25")),
        ("80-3", "Expense", Decimal("300.00")),
    ]
    january = figures(company, 1)
    assert (january.mrr, january.unmapped_revenue, january.other_expenses) == (1000, Decimal("50.25"), 300)
    assert (january.total_revenue, january.total_expenses, january.net_profit) == (
        Decimal("1050.25"),
        Decimal("300.00"),
        Decimal("750.25"),
    )
    assert (january.tie_out_status, january.quickbooks_net_income, january.difference) == (
        "tied",
        Decimal("750.25"),
        0,
    )
    assert (january.synced_at, january.employees, january.figures_are_from_untied) == (NOW, None, False)


def test_the_history_tells_what_was_read(company: Company) -> None:
    exchange = answer(company)
    read_profit_and_loss(exchange)
    line = SyncHistory.objects.get(exchange=exchange.exchange)
    assert line.success
    assert line.message == "Read 2 months, Jan 2026 to Feb 2026, accrual basis: every month ties out."
    assert (line.parsed_data["accounts"], line.parsed_data["basis"]) == (3, "accrual")
    assert line.parsed_data["months"][0] == {
        "month": "2026-01",
        "tied": True,
        "net_income": "750.25",
        "difference": "0.00",
        "discrepancies": [],
        "untied_totals": [],
    }


def test_reading_the_same_answer_twice_changes_nothing(company: Company) -> None:
    exchange = answer(company)
    read_profit_and_loss(exchange)
    before = everything(company)
    read_profit_and_loss(exchange)
    assert everything(company) == before


def test_months_and_basis_come_from_the_request_not_from_the_titles(company: Company) -> None:
    text = profit_and_loss(INCOME, EXPENSE, titles=("janv. 26", "févr. 26"), basis="Cash")
    read_profit_and_loss(answer(company, text, profit_and_loss_request(basis="Cash")))
    assert figures(company, 2, "cash").mrr == 1100
    assert not MonthlyMetric.objects.filter(basis="accrual").exists()


def test_the_two_bases_are_kept_apart(company: Company) -> None:
    read_profit_and_loss(answer(company))
    cash = profit_and_loss({"Managed Services": ["7.00", "8.00"]}, {}, basis="Cash")
    read_profit_and_loss(answer(company, cash, profit_and_loss_request(basis="Cash")))
    assert (figures(company, 1).mrr, figures(company, 1, "cash").mrr) == (1000, 7)


def test_a_month_read_again_takes_the_new_amounts_and_drops_accounts_that_vanished(company: Company) -> None:
    read_profit_and_loss(answer(company))
    newer = profit_and_loss({"Managed Services": ["1000.00", "900.00"]}, EXPENSE)
    read_profit_and_loss(answer(company, newer, now=NOW + timedelta(hours=6)))
    assert not MonthlyAmount.objects.filter(full_name="Odd Jobs").exists()
    assert (figures(company, 1).unmapped_revenue, figures(company, 2).mrr) == (0, 900)
    assert figures(company, 2).synced_at == NOW + timedelta(hours=6)


def test_months_outside_the_window_stay_as_they_are(company: Company) -> None:
    read_profit_and_loss(answer(company))
    window = profit_and_loss_request("2026-02-01", "2026-02-28")
    text = profit_and_loss({"Managed Services": ["5.00"]}, {}, titles=["Feb 26"])
    read_profit_and_loss(answer(company, text, window))
    assert (figures(company, 1).mrr, figures(company, 2).mrr) == (1000, 5)


def test_a_late_answer_does_not_overwrite_a_newer_one(company: Company) -> None:
    older = answer(company, profit_and_loss({"Managed Services": ["1.00", "2.00"]}, {}))
    read_profit_and_loss(answer(company))
    before = everything(company)
    read_profit_and_loss(older)
    after = everything(company)
    assert (after["MonthlyAmount"], after["MonthlyMetric"]) == (before["MonthlyAmount"], before["MonthlyMetric"])


def test_the_chart_may_be_read_after_the_report(company: Company) -> None:
    other = CompanyFactory.create()
    read_profit_and_loss(answer(company))
    assert MonthlyAmount.objects.filter(account_key="name:Rent").count() == 2
    read_accounts(delivered(company, "accounts", CHART))
    read_accounts(delivered(other, "accounts", CHART))
    read_profit_and_loss(answer(other))
    columns = ("month", "account_key", "full_name", "account_type", "amount")
    first, second = (
        list(MonthlyAmount.objects.filter(company=one).order_by("month", "account_key").values_list(*columns))
        for one in (company, other)
    )
    assert first == second
    assert {row[1] for row in first} == {"80-1", "80-2", "80-3"}


def test_a_stored_report_read_again_knows_an_account_by_its_former_name(company: Company) -> None:
    read_accounts(delivered(company, "accounts", accounts(("80-1", "Managed Services", "Income"))))
    read_profit_and_loss(answer(company))
    renamed = accounts(("80-1", "Agreements", "Income"), ("80-2", "Odd Jobs", "Income"), ("80-3", "Rent", "Expense"))
    read_accounts(delivered(company, "accounts", renamed))
    keys = set(MonthlyAmount.objects.values_list("account_key", "full_name"))
    assert keys == {("80-1", "Managed Services"), ("80-2", "Odd Jobs"), ("80-3", "Rent")}


def test_an_accounts_answer_loses_no_figures(company: Company) -> None:
    read_accounts(delivered(company, "accounts", CHART))
    read_profit_and_loss(answer(company))
    before = everything(company)["MonthlyMetric"]
    read_accounts(delivered(company, "accounts", accounts(("80-9", "Else", "Bank"))))
    assert everything(company)["MonthlyMetric"] == before


@pytest.mark.parametrize(
    ("text", "request_text", "words"),
    [
        ("", None, "not well-formed"),
        (
            response("GeneralSummaryReportQueryRs", "", 3260, "Insufficient permission."),
            None,
            "Insufficient permission",
        ),
        (response("GeneralSummaryReportQueryRs", ""), None, "no report"),
        (REPORT.replace("<NumRows>11<", "<NumRows>99<"), None, "99"),
        (REPORT, "<QBXML/>", "GeneralSummaryReportQueryRq"),
        (REPORT, "nothing", "not XML"),
        (REPORT, profit_and_loss_request("2026-01-15", "2026-02-28"), "whole months"),
        (REPORT, profit_and_loss_request(basis="None"), "neither Accrual nor Cash"),
        (REPORT, profit_and_loss_request(last="2026-01-31"), "cannot be used"),
        (REPORT, profit_and_loss_request(basis="Cash"), "basis"),
    ],
)
def test_a_report_that_cannot_be_used_is_a_failure_and_the_last_good_figures_stay(
    company: Company, text: str, request_text: str | None, words: str
) -> None:
    read_profit_and_loss(answer(company))
    before = everything(company)
    broken = answer(company, text, request_text)
    read_profit_and_loss(broken)
    line = SyncHistory.objects.get(exchange=broken.exchange)
    assert not line.success
    assert words in line.message
    after = everything(company)
    assert (after["MonthlyAmount"], after["MonthlyMetric"]) == (before["MonthlyAmount"], before["MonthlyMetric"])


def test_a_request_that_is_no_longer_stored_is_said_so(company: Company) -> None:
    exchange = answer(company)
    exchange.exchange.request_payload = None
    read_profit_and_loss(exchange)
    assert "no longer stored" in SyncHistory.objects.get().message


def test_quickbooks_own_words_are_kept_on_failure(company: Company) -> None:
    failed = delivered(company, "profit_loss", failure="QuickBooks is busy: a modal dialog box is open.")
    read_profit_and_loss(failed)
    line = SyncHistory.objects.get()
    assert (line.success, line.message) == (False, "QuickBooks is busy: a modal dialog box is open.")


def test_an_empty_report_is_a_tied_month_of_zero(company: Company) -> None:
    read_profit_and_loss(answer(company, profit_and_loss({}, {})))
    assert (figures(company, 1).tie_out_status, figures(company, 1).net_profit) == ("tied", 0)


def large(accounts_count: int, months: int) -> tuple[str, str]:
    """A report and its request, ending with February 2026."""
    window = [Month(2026, 2).plus(step) for step in range(1 - months, 1)]
    rows = {f"Account {n}": [f"{n + month}.25" for month in range(months)] for n in range(accounts_count)}
    names = list(rows)
    income = {name: rows[name] for name in names[: accounts_count // 2]}
    expense = {name: rows[name] for name in names[accounts_count // 2 :]}
    text = profit_and_loss(income, expense, titles=[f"{month.label[:4]}{month.label[-2:]}" for month in window])
    return text, profit_and_loss_request(str(window[0].first_day), str(window[-1].last_day))


def queries_to_read(company: Company, accounts_count: int, months: int) -> int:
    text, request = large(accounts_count, months)
    exchange = answer(company, text, request)
    with CaptureQueriesContext(connection) as context:
        read_profit_and_loss(exchange)
    assert SyncHistory.objects.get(exchange=exchange.exchange).success
    return len(context)


def test_the_number_of_queries_does_not_grow_with_the_report() -> None:
    small = queries_to_read(CompanyFactory.create(), 8, 2)
    assert small <= 30
    big = CompanyFactory.create()
    written = 300 * 24
    # SQLite takes 999 values in one statement, so the one upsert of new rows is split there; nothing else grows.
    statements = -(-written * 11 // 900) if connection.vendor == "sqlite" else 1
    assert queries_to_read(big, 300, 24) <= small + statements
    assert queries_to_read(big, 300, 24) <= small
