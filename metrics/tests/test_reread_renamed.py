"""An account renamed in QuickBooks, its report read before the chart that knows the new name: nothing is restated."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import Company
from metrics.ingest import read_accounts, read_profit_and_loss
from metrics.models import AmountChange, MonthlyAmount, Restatement
from metrics.tests.deliveries import delivered
from metrics.tests.factories import NOW, CompanyFactory
from metrics.tests.qbxml_texts import accounts, profit_and_loss, profit_and_loss_request
from qbwc.purposes import Delivered

pytestmark = pytest.mark.django_db

LATER, LAST = NOW + timedelta(days=1), NOW + timedelta(days=2)
RENT = {"Rent": ["300.00", "300.00"]}
CHART = accounts(("80-1", "Services", "Income"), ("80-3", "Rent", "Expense"))
RENAMED = accounts(("80-1", "Managed IT", "Income"), ("80-3", "Rent", "Expense"))


@pytest.fixture
def company() -> Company:
    company = CompanyFactory.create()
    read_accounts(delivered(company, "accounts", CHART))
    read_profit_and_loss(report(company, {"Services": ["1000.00", "1100.00"]}))
    return company


def report(company: Company, income: dict[str, list[str]]) -> Delivered:
    text = profit_and_loss(income, RENT)
    return delivered(company, "profit_loss", text, request=profit_and_loss_request(), now=LATER)


def changes() -> list[tuple[str, object, object, object, object]]:
    rows = AmountChange.objects.order_by("month", "account_key")
    return list(rows.values_list("account_key", "before", "after", "row_before", "row_after"))


def test_a_renamed_account_whose_chart_comes_after_the_report_restates_nothing(company: Company) -> None:
    chart = delivered(company, "accounts", RENAMED, now=LATER)
    read_profit_and_loss(report(company, {"Managed IT": ["1000.00", "1100.00"]}))
    assert Restatement.objects.exists()  # as far as anybody can tell: one account gone, another one new
    read_accounts(chart)
    assert (AmountChange.objects.count(), Restatement.objects.count()) == (0, 0)
    keys = MonthlyAmount.objects.values_list("account_key", "full_name").distinct().order_by("account_key")
    assert list(keys) == [("80-1", "Managed IT"), ("80-3", "Rent")]


def test_a_renamed_account_that_changed_too_is_one_changed_cell(company: Company) -> None:
    chart = delivered(company, "accounts", RENAMED, now=LATER)
    read_profit_and_loss(report(company, {"Managed IT": ["1000.00", "900.00"]}))
    read_accounts(chart)
    assert changes() == [("80-1", 1100, 900, 3, 3)]
    restated = Restatement.objects.get()
    assert (restated.cells, restated.net_income_before, restated.net_income_after) == (1, 800, 600)


def test_a_chart_that_comes_two_reports_later_still_mends_the_history(company: Company) -> None:
    read_profit_and_loss(report(company, {"Managed IT": ["1000.00", "900.00"]}))
    read_profit_and_loss(report(company, {"Managed IT": ["1000.00", "950.00"]}))
    read_accounts(delivered(company, "accounts", RENAMED, now=LAST))
    assert changes() == [("80-1", 1100, 900, 3, 3), ("80-1", 900, 950, 3, 3)] or changes() == [
        ("80-1", 900, 950, 3, 3),
        ("80-1", 1100, 900, 3, 3),
    ]
    assert list(Restatement.objects.order_by("exchange").values_list("cells", flat=True)) == [1, 1]
