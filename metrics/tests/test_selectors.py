"""What pages and the API read."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Company
from metrics import selectors
from metrics.arithmetic import METRICS
from metrics.models import SyncHistory
from metrics.months import Month
from metrics.tests.factories import (
    NOW,
    AccountMappingFactory,
    CompanyFactory,
    CompanyFileFactory,
    MonthlyAmountFactory,
    MonthlyMetricFactory,
)
from qbwc.models import SyncPlan

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create(currency="CAD")


def history(company: Company, sync_type: str, hours: int, *, success: bool = True, message: str = "Read.") -> None:
    SyncHistory.objects.create(
        company=company,
        sync_type=sync_type,
        success=success,
        message=message,
        created_at=NOW + timedelta(hours=hours),
    )


def test_months_come_in_order_with_every_metric(company: Company) -> None:
    for month in (3, 1, 2):
        MonthlyMetricFactory.create(company=company, month=date(2026, month, 1), mrr=month, employees=month)
    MonthlyMetricFactory.create(company=company, basis="cash")
    MonthlyMetricFactory.create()
    report = selectors.monthly_report(company)
    assert [str(column.month) for column in report.months] == ["2026-01", "2026-02", "2026-03"]
    assert list(report.months[0].figures) == [metric.key for metric in METRICS]
    assert (report.months[1].figures["mrr"], report.months[1].figures["employees"]) == (Decimal("2.00"), 2)
    assert (report.currency, report.basis, report.months_tied) == ("CAD", "accrual", 3)


def test_a_range_of_months_includes_both_ends(company: Company) -> None:
    for month in (1, 2, 3, 4):
        MonthlyMetricFactory.create(company=company, month=date(2026, month, 1))
    report = selectors.monthly_report(company, "accrual", Month(2026, 2), Month(2026, 3))
    assert [column.month.month for column in report.months] == [2, 3]


def test_unmapped_accounts_come_biggest_first_with_their_months(company: Company) -> None:
    AccountMappingFactory.create(company=company)
    MonthlyAmountFactory.create(company=company)
    for month, amount in ((1, "-70.00"), (2, "-80.50")):
        MonthlyAmountFactory.create(
            company=company,
            month=date(2026, month, 1),
            full_name="Odd",
            account_type="Expense",
            number="6900",
            amount=Decimal(amount),
        )
    MonthlyAmountFactory.create(company=company, full_name="Small", amount=Decimal("1.00"))
    MonthlyAmountFactory.create(full_name="Elsewhere")
    report = selectors.monthly_report(company)
    assert report.unmapped_accounts == (
        selectors.UnmappedAccount("Odd", "Expense", "6900", Decimal("-150.50"), 2, Month(2026, 2)),
        selectors.UnmappedAccount("Small", "Income", "", Decimal("1.00"), 1, Month(2026, 1)),
    )


def test_unmapped_accounts_are_those_of_the_asked_months(company: Company) -> None:
    MonthlyAmountFactory.create(company=company)
    assert selectors.monthly_report(company, first=Month(2026, 2)).unmapped_accounts == ()


def test_an_untied_month_says_why_and_what_is_shown(company: Company) -> None:
    row = {"row": "40", "label": "Net Income", "printed": "1234.00", "computed": "1233.00"}
    MonthlyMetricFactory.create(
        company=company,
        tie_out_status="untied",
        quickbooks_net_income=Decimal("1234.00"),
        difference=Decimal("-1.00"),
        discrepancies=[row],
    )
    mark = selectors.monthly_report(company).months[0].tie_out
    assert not mark.is_tied
    assert mark.discrepancies == (selectors.DiscrepancyLine(40, "Net Income", Decimal("1234.00"), Decimal("1233.00")),)
    assert "1,234.00 for Jan 2026, but its own rows add up to 1,233.00: a difference of (1.00)." in mark.message
    assert "the last ones that tied out" in mark.message


def test_a_wrong_section_total_is_told_apart_from_a_wrong_net_income(company: Company) -> None:
    row = {"row": "40", "label": "Total Expense", "printed": "1.00", "computed": "2.00"}
    MonthlyMetricFactory.create(
        company=company, tie_out_status="untied", discrepancies=[row], figures_are_from_untied=True
    )
    message = selectors.monthly_report(company).months[0].tie_out.message
    assert "1 total that its own rows do not add up to; Net Income agrees." in message
    assert "No reading of this month has tied out yet" in message


def test_the_sync_state_has_a_line_for_each_kind_of_reading(company: Company) -> None:
    company_file = CompanyFileFactory.create(company=company)
    SyncPlan.objects.create(company_file=company_file, purpose="profit_loss", next_due_at=NOW)
    SyncPlan.objects.create(company_file=company_file, purpose="profit_loss", parameters={"basis": "cash"})
    SyncPlan.objects.create(company_file=company_file, purpose="accounts", next_due_at=NOW + timedelta(hours=1))
    history(company, "profit_loss", 1, message="Read 24 months.")
    history(company, "profit_loss", 2, success=False, message="QuickBooks is busy.")
    history(company, "accounts", 1, success=False, message="Refused.")
    history(company, "accounts", 3)
    accounts, profit_loss, employees = selectors.sync_state(company)
    assert (accounts.sync_type, accounts.failure, accounts.last_success_at) == (
        "accounts",
        "",
        NOW + timedelta(hours=3),
    )
    assert accounts.next_due_at == NOW + timedelta(hours=1)
    assert (profit_loss.message, profit_loss.failure) == ("Read 24 months.", "QuickBooks is busy.")
    assert (profit_loss.last_success_at, profit_loss.last_attempt_at) == (
        NOW + timedelta(hours=1),
        NOW + timedelta(hours=2),
    )
    assert (profit_loss.next_due_at, profit_loss.is_planned) == (None, True)
    assert (employees.last_attempt_at, employees.is_planned) == (None, False)


def test_an_account_that_a_rule_knows_from_some_month_on_is_unmapped_before_it(company: Company) -> None:
    AccountMappingFactory.create(company=company, pattern="*", match_type="wildcard", effective_from=date(2026, 3, 1))
    for month in (1, 2, 3, 4):
        MonthlyAmountFactory.create(company=company, month=date(2026, month, 1), amount=Decimal("0.10"))
    (account,) = selectors.monthly_report(company).unmapped_accounts
    assert (account.amount_total, account.months, account.last_month) == (Decimal("0.20"), 2, Month(2026, 2))


def test_unmapped_amounts_are_added_up_to_the_cent(company: Company) -> None:
    amounts = [Decimal("9999999999999.99"), Decimal("-9999999999999.98"), Decimal("0.10"), Decimal("0.20")]
    for month, amount in enumerate(amounts, start=1):
        MonthlyAmountFactory.create(company=company, month=date(2026, month, 1), amount=amount)
    (account,) = selectors.monthly_report(company).unmapped_accounts
    assert str(account.amount_total) == "0.31"


def test_mappings_come_in_the_order_in_which_they_are_tried(company: Company) -> None:
    second = AccountMappingFactory.create(company=company, priority=20)
    first = AccountMappingFactory.create(company=company, priority=10, is_active=False)
    AccountMappingFactory.create()
    assert selectors.mappings(company) == (first, second)


def test_the_number_of_queries_is_constant(company: Company) -> None:
    for step in range(24):
        month = Month(2024, 1).plus(step).first_day
        MonthlyMetricFactory.create(company=company, month=month)
        MonthlyAmountFactory.create(company=company, month=month)
    for read, most in (
        (lambda: selectors.monthly_report(company), 4),
        (lambda: selectors.sync_state(company), 3),
    ):
        with CaptureQueriesContext(connection) as context:
            read()
        assert len(context) <= most
