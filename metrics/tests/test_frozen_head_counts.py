"""A closed month keeps the head count it closed with; settings and people's own counts apply to it all the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from accounts.models import Company
from metrics.ingest import read_employees
from metrics.models import MonthlyHeadCount, MonthlyMetric
from metrics.months import Month
from metrics.recompute import recompute
from metrics.reporting.settings import BadSettings, reporting_of, save_reporting
from metrics.tests.deliveries import delivered
from metrics.tests.factories import CompanyFactory, MonthlyMetricFactory
from metrics.tests.qbxml_texts import employees
from qbwc.models import CompanyFile, SyncPlan
from qbwc.purposes import Delivered

pytestmark = pytest.mark.django_db

JANUARY_LIST = datetime(2026, 1, 20, 12, tzinfo=UTC)
FEBRUARY_LIST = datetime(2026, 2, 3, 12, tzinfo=UTC)
MARCH_LIST = datetime(2026, 3, 3, 12, tzinfo=UTC)


@pytest.fixture
def company() -> Company:
    company = CompanyFactory.create()
    for step in range(-2, 3):
        MonthlyMetricFactory.create(company=company, month=Month(2026, 1).plus(step).first_day)
    return company


def person(number: int, hired: str, kind: str = "Regular", released: str = "") -> dict[str, str]:
    found = {
        "ListID": f"8-{number}",
        "TimeCreated": f"{hired}T08:00:00-06:00",
        "TimeModified": f"{hired}T08:00:00-06:00",
        "IsActive": "true",
        "EmployeeType": kind,
        "HiredDate": hired,
    }
    return found | ({"ReleasedDate": released} if released else {})


def answer(company: Company, people: Sequence[dict[str, str]], at: datetime) -> Delivered:
    return delivered(company, "employees", employees(*people), now=at)


def counts(company: Company) -> dict[str, tuple[int | None, bool]]:
    rows = MonthlyMetric.objects.filter(company=company).order_by("month")
    return {str(Month.of(row.month)): (row.employees, row.employees_frozen) for row in rows}


ONE = person(1, "2020-05-01")
TWO = person(2, "2021-05-01")


def test_the_first_list_after_a_month_freezes_it(company: Company) -> None:
    read_employees(answer(company, [ONE, TWO], JANUARY_LIST))
    read_employees(answer(company, [ONE, TWO], FEBRUARY_LIST))
    assert counts(company)["2026-01"] == (2, True)
    read_employees(answer(company, [ONE], MARCH_LIST))  # the second was deleted since
    assert counts(company)["2026-01"] == (2, True)
    assert counts(company)["2026-02"] == (1, True)
    assert counts(company)["2026-03"] == (1, False)


def test_months_before_the_first_list_follow_the_newest_one(company: Company) -> None:
    read_employees(answer(company, [ONE], JANUARY_LIST))
    assert counts(company)["2025-11"] == (1, False)
    read_employees(answer(company, [ONE, TWO], MARCH_LIST))
    assert counts(company)["2025-11"] == (2, False)
    assert not MonthlyHeadCount.objects.filter(month__lt=Month(2026, 1).first_day).exists()


def test_the_order_in_which_lists_are_read_does_not_matter(company: Company) -> None:
    first, second, third = (
        answer(company, people, at)
        for people, at in (([ONE], JANUARY_LIST), ([ONE, TWO], FEBRUARY_LIST), ([ONE], MARCH_LIST))
    )
    for one in (first, third, second):
        read_employees(one)
    assert counts(company)["2026-01"] == (2, True)
    assert MonthlyHeadCount.objects.get(month=Month(2026, 1).first_day).exchange_id == second.exchange.pk


def test_owners_are_left_out_of_frozen_months_too_when_the_setting_says_so(company: Company) -> None:
    people = [ONE, person(3, "2019-01-01", "Owner"), person(4, "2019-01-01", "Officer")]
    read_employees(answer(company, people, JANUARY_LIST))
    read_employees(answer(company, people, FEBRUARY_LIST))
    assert counts(company)["2026-01"] == (3, True)
    save_reporting(company, {"counts_owners": False}, actor="dana", now=FEBRUARY_LIST)
    assert (counts(company)["2026-01"], counts(company)["2025-12"]) == ((2, True), (2, False))
    save_reporting(company, {"counts_officers": False}, actor="dana", now=FEBRUARY_LIST)
    assert counts(company)["2026-01"] == (1, True)


def test_a_count_that_a_person_entered_wins(company: Company) -> None:
    read_employees(answer(company, [ONE], JANUARY_LIST))
    MonthlyHeadCount.objects.create(
        company=company, month=Month(2025, 12).first_day, entered=11, entered_by="dana", frozen_at=JANUARY_LIST
    )
    recompute(company, as_of=JANUARY_LIST.date())
    assert counts(company)["2025-12"] == (11, True)


def test_cash_basis_is_planned_when_it_is_switched_on_and_rests_when_off(company: Company) -> None:
    answer(company, [], JANUARY_LIST)  # makes the company file
    file = CompanyFile.objects.get(company=company)
    save_reporting(company, {"reads_cash": True}, actor="dana", now=JANUARY_LIST)
    plan = SyncPlan.objects.get(company_file=file, purpose="profit_loss")
    assert (plan.parameters["basis"], plan.is_enabled, plan.next_due_at) == ("cash", True, None)
    save_reporting(company, {"reads_cash": False}, actor="dana", now=JANUARY_LIST)
    plan.refresh_from_db()
    assert not plan.is_enabled


def test_the_fiscal_year_is_quickbooks_until_a_person_chooses(company: Company) -> None:
    answer(company, [], JANUARY_LIST)
    CompanyFile.objects.filter(company=company).update(fiscal_year_first_month="July")
    assert reporting_of(company).calendar.first_month == 7
    assert (
        save_reporting(company, {"fiscal_year_first_month": 10}, actor="d", now=JANUARY_LIST).calendar.first_month == 10
    )


def test_settings_that_cannot_be_are_refused_with_words(company: Company) -> None:
    for changes, field in (
        ({"fiscal_year_first_month": 13}, "fiscal_year_first_month"),
        ({"unmapped_threshold_percent": Decimal("100.01")}, "unmapped_threshold_percent"),
        ({"default_basis": "cash"}, "default_basis"),
    ):
        with pytest.raises(BadSettings) as refusal:
            save_reporting(company, changes, actor="dana", now=JANUARY_LIST)
        assert list(refusal.value.problems) == [field]
    assert reporting_of(company).default_basis == "accrual"
