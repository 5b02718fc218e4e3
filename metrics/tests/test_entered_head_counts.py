"""A head count that a person enters wins over QuickBooks' list, with its reason, and can be taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import AuditEvent, Company
from metrics.head_counts.changes import BadHeadCount, enter, take_back
from metrics.head_counts.selectors import head_counts
from metrics.ingest import read_employees
from metrics.models import MonthlyHeadCount, MonthlyMetric
from metrics.months import Month
from metrics.tests.deliveries import delivered
from metrics.tests.factories import NOW, CompanyFactory, MonthlyMetricFactory
from metrics.tests.qbxml_texts import employees

pytestmark = pytest.mark.django_db

JAN, FEB, MAR = Month(2026, 1), Month(2026, 2), Month(2026, 3)
PERSON = {
    "ListID": "8-1",
    "TimeCreated": "2020-01-01T08:00:00-06:00",
    "TimeModified": "2020-01-01T08:00:00-06:00",
    "IsActive": "true",
    "EmployeeType": "Regular",
    "HiredDate": "2020-01-01",
}


@pytest.fixture
def company() -> Company:
    company = CompanyFactory.create()
    for month in (JAN, FEB, MAR):
        MonthlyMetricFactory.create(company=company, month=month.first_day)
    read_employees(delivered(company, "employees", employees(PERSON), now=NOW - timedelta(days=25)))  # 18 February
    read_employees(delivered(company, "employees", employees(PERSON), now=NOW))
    return company


def shown(company: Company) -> dict[str, tuple[int | None, str]]:
    return {str(line.month): (line.employees, line.origin) for line in head_counts(company, NOW)}


def test_each_month_says_where_its_count_comes_from(company: Company) -> None:
    assert shown(company) == {"2026-03": (1, "running"), "2026-02": (1, "frozen"), "2026-01": (1, "hindsight")}


def test_an_entered_count_is_in_the_figures_at_once(company: Company) -> None:
    enter(company, FEB, 4, " Contractors. ", actor="dana", now=NOW)
    line = next(one for one in head_counts(company, NOW) if one.month == FEB)
    assert (line.employees, line.origin, line.entered_by, line.note) == (4, "entered", "dana", "Contractors.")
    row = MonthlyMetric.objects.get(company=company, month=FEB.first_day)
    assert (row.employees, row.employees_estimated) == (4, False)


def test_it_stays_when_the_next_list_is_read(company: Company) -> None:
    enter(company, FEB, 4, "", actor="dana", now=NOW)
    read_employees(delivered(company, "employees", employees(PERSON), now=NOW + timedelta(days=1)))
    assert shown(company)["2026-02"] == (4, "entered")


def test_taken_back_the_frozen_count_is_there_again(company: Company) -> None:
    enter(company, FEB, 4, "x", actor="dana", now=NOW)
    assert take_back(company, FEB, actor="lee", now=NOW)
    assert shown(company)["2026-02"] == (1, "frozen")
    assert not take_back(company, FEB, actor="lee", now=NOW)
    actions = AuditEvent.objects.filter(company=company, action__startswith="head_count.").order_by("pk")
    assert [(one.action, one.actor) for one in actions] == [
        ("head_count.entered", "dana"),
        ("head_count.taken_back", "lee"),
    ]


def test_a_month_no_list_was_frozen_for_leaves_no_row_behind(company: Company) -> None:
    enter(company, JAN, 4, "", actor="dana", now=NOW)
    take_back(company, JAN, actor="dana", now=NOW)
    assert not MonthlyHeadCount.objects.filter(month=JAN.first_day).exists()
    assert shown(company)["2026-01"] == (1, "hindsight")


@pytest.mark.parametrize(
    ("count", "note", "field"), [(-1, "", "employees"), (100_001, "", "employees"), (1, "x" * 301, "note")]
)
def test_what_cannot_be_is_refused_by_field(company: Company, count: int, note: str, field: str) -> None:
    with pytest.raises(BadHeadCount) as refusal:
        enter(company, JAN, count, note, actor="dana", now=NOW)
    assert list(refusal.value.problems) == [field]
    assert shown(company)["2026-01"] == (1, "hindsight")


def test_without_any_list_nothing_is_counted_until_a_person_does() -> None:
    company = CompanyFactory.create()
    for month in (JAN, FEB):
        MonthlyMetricFactory.create(company=company, month=month.first_day)
    assert shown(company) == {"2026-02": (None, "unread"), "2026-01": (None, "unread")}
