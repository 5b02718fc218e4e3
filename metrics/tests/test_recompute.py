"""From stored amounts to figures: whatever the mapping, nothing is lost and the tie-out is left alone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Company
from metrics.mappings.rows import METRIC_KEYS
from metrics.models import AccountMapping, EmployeeRecord, MonthlyAmount, MonthlyMetric
from metrics.months import Month
from metrics.profit_and_loss import Section
from metrics.recompute import recompute
from metrics.tests.factories import (
    AccountMappingFactory,
    CompanyFactory,
    MonthlyAmountFactory,
    MonthlyMetricFactory,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 15)


@pytest.fixture
def company() -> Company:
    company = CompanyFactory.create()
    MonthlyMetricFactory.create(company=company)
    return company


def january(company: Company) -> MonthlyMetric:
    return MonthlyMetric.objects.get(company=company, basis="accrual", month=date(2026, 1, 1))


def test_a_mapped_account_goes_to_its_metric_and_the_rest_stays_unmapped(company: Company) -> None:
    MonthlyAmountFactory.create(company=company)
    MonthlyAmountFactory.create(company=company, full_name="Rent", account_type="Expense", amount=Decimal("30.10"))
    AccountMappingFactory.create(company=company)
    recompute(company, as_of=TODAY)
    row = january(company)
    assert (row.mrr, row.unmapped_revenue, row.unmapped_expenses) == (100, 0, Decimal("30.10"))
    assert (row.total_revenue, row.total_expenses, row.net_profit) == (100, Decimal("30.10"), Decimal("69.90"))


def test_the_tie_out_is_left_alone(company: Company) -> None:
    columns = ("tie_out_status", "quickbooks_net_income", "difference", "discrepancies", "synced_at", "exchange_id")
    MonthlyMetric.objects.update(tie_out_status="untied", difference=Decimal("-3.00"), discrepancies=[{"row": "1"}])
    before = MonthlyMetric.objects.values_list(*columns, "pk").get()
    MonthlyAmountFactory.create(company=company)
    recompute(company, as_of=TODAY)
    assert MonthlyMetric.objects.values_list(*columns, "pk").get() == before
    assert january(company).total_revenue == 100


def test_the_first_rule_by_priority_wins(company: Company) -> None:
    MonthlyAmountFactory.create(company=company)
    AccountMappingFactory.create(company=company, priority=20, qbr_metric_key="mrr")
    AccountMappingFactory.create(company=company, priority=10, qbr_metric_key="orr")
    recompute(company, as_of=TODAY)
    assert (january(company).mrr, january(company).orr) == (0, 100)


def test_an_inactive_rule_and_a_rule_of_another_company_do_not_count(company: Company) -> None:
    MonthlyAmountFactory.create(company=company)
    AccountMappingFactory.create(company=company, is_active=False)
    AccountMappingFactory.create()
    recompute(company, as_of=TODAY)
    assert january(company).unmapped_revenue == 100


@pytest.mark.parametrize(
    "bad",
    [
        {"match_type": "regex", "pattern": "("},
        {"match_type": "nonsense"},
        {"qbr_metric_key": "net_profit"},
        {"account_types": ["Bank"]},
        {"pattern": ""},
    ],
)
def test_a_bad_rule_written_past_our_checks_is_left_out(company: Company, bad: dict[str, object]) -> None:
    MonthlyAmountFactory.create(company=company)
    AccountMappingFactory.create(company=company)
    AccountMapping.objects.bulk_create(
        [AccountMapping(**({"company": company, "pattern": "managed"} | bad), priority=1)]
    )
    recompute(company, as_of=TODAY)
    assert january(company).mrr == 100


def test_a_month_without_amounts_is_zero(company: Company) -> None:
    MonthlyMetric.objects.update(mrr=5, total_revenue=5)
    recompute(company, as_of=TODAY)
    assert (january(company).mrr, january(company).total_revenue) == (0, 0)


def test_only_the_asked_months_and_basis_are_written(company: Company) -> None:
    MonthlyMetricFactory.create(company=company, basis="cash")
    MonthlyMetricFactory.create(company=company, month=date(2026, 2, 1))
    MonthlyMetric.objects.update(mrr=5)
    recompute(company, as_of=TODAY, basis="accrual", months=[Month(2026, 1)])
    rows = MonthlyMetric.objects.order_by("basis", "month").values_list("mrr", flat=True)
    assert list(rows) == [0, 5, 5]


def test_a_company_without_months_is_fine() -> None:
    recompute(CompanyFactory.create(), as_of=TODAY)


def test_another_companys_amounts_stay_out(company: Company) -> None:
    MonthlyAmountFactory.create()
    recompute(company, as_of=TODAY)
    assert january(company).total_revenue == 0


def test_the_running_months_head_count_is_todays(company: Company) -> None:
    MonthlyMetricFactory.create(company=company, month=date(2026, 3, 1))
    for number, hired in enumerate([date(2025, 1, 1), date(2026, 3, 10), date(2026, 3, 20)]):
        EmployeeRecord.objects.create(company=company, list_id=str(number), is_active=True, hired_date=hired)
    recompute(company, as_of=TODAY)
    counts = MonthlyMetric.objects.order_by("month").values_list("employees", "employees_estimated")
    assert list(counts) == [(1, False), (2, False)]


def test_twice_changes_nothing(company: Company) -> None:
    MonthlyAmountFactory.create(company=company)
    recompute(company, as_of=TODAY)
    before = list(MonthlyMetric.objects.values())
    recompute(company, as_of=TODAY)
    assert list(MonthlyMetric.objects.values()) == before


MONEY = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
RULES = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(METRIC_KEYS)), max_size=4)
AMOUNTS = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(list(Section)), MONEY), max_size=8)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rules=RULES, amounts=AMOUNTS)
def test_whatever_the_mapping_the_parts_add_up_to_net_income(
    company: Company, rules: list[tuple[str, str]], amounts: list[tuple[str, Section, Decimal]]
) -> None:
    AccountMapping.objects.all().delete()
    MonthlyAmount.objects.all().delete()
    for pattern, key in rules:
        AccountMappingFactory.create(company=company, match_type="exact", pattern=pattern, qbr_metric_key=key)
    for number, (name, section, amount) in enumerate(amounts):
        MonthlyAmountFactory.create(
            company=company, full_name=name, account_key=str(number), account_type=section.value, amount=amount
        )
    recompute(company, as_of=TODAY)
    row = january(company)
    assert row.net_profit == sum((section.sign * amount for _, section, amount in amounts), Decimal(0))
    assert row.net_profit == row.total_revenue - row.total_expenses
    revenue = row.nrr + row.mrr + row.orr + row.product_sales + row.misc_revenue + row.unmapped_revenue
    assert row.total_revenue == revenue


def test_the_number_of_queries_does_not_grow_with_accounts_and_months(company: Company) -> None:
    for step in range(1, 24):
        MonthlyMetricFactory.create(company=company, month=Month(2026, 1).plus(-step).first_day)
    for number in range(50):
        MonthlyAmountFactory.create(company=company, account_key=str(number))
    with CaptureQueriesContext(connection) as context:
        recompute(company, as_of=TODAY)
    assert len(context) <= 10  # eight, and the transaction's own two
