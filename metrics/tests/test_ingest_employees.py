"""Reading the employee list."""

from __future__ import annotations

from datetime import date

import pytest

from accounts.models import Company
from metrics.ingest import read_employees
from metrics.models import EmployeeRecord, MonthlyMetric, SyncHistory
from metrics.tests.deliveries import delivered
from metrics.tests.factories import CompanyFactory, MonthlyMetricFactory
from metrics.tests.qbxml_texts import employees, response
from qbwc.models import Job

pytestmark = pytest.mark.django_db

CREATED = "2020-05-01T09:00:00-07:00"
ANN = {
    "ListID": "E-1",
    "TimeCreated": CREATED,
    "TimeModified": CREATED,
    "IsActive": "true",
    "EmployeeType": "Officer",
    "HiredDate": "2019-01-07",
}
BOB = {
    "ListID": "E-2",
    "TimeCreated": CREATED,
    "TimeModified": "2026-02-10T09:00:00-07:00",
    "IsActive": "false",
    "EmployeeType": "Regular",
    "HiredDate": "2021-03-01",
    "ReleasedDate": "2026-02-09",
}
MINIMAL = {"fields": "minimal"}


def without_dates(employee: dict[str, str]) -> dict[str, str]:
    return {key: text for key, text in employee.items() if key in ("ListID", "TimeCreated", "TimeModified", "IsActive")}


@pytest.fixture
def company() -> Company:
    company = CompanyFactory.create()
    for month in (1, 2, 3):
        MonthlyMetricFactory.create(company=company, month=date(2026, month, 1))
    return company


def head_counts(company: Company) -> list[int | None]:
    return list(MonthlyMetric.objects.filter(company=company).order_by("month").values_list("employees", flat=True))


def test_an_answer_becomes_head_counts_at_each_months_end(company: Company) -> None:
    assert head_counts(company) == [None, None, None]
    read_employees(delivered(company, "employees", employees(ANN, BOB)))
    assert head_counts(company) == [2, 1, 1]
    row = EmployeeRecord.objects.get(list_id="E-2")
    assert (row.hired_date, row.released_date, row.modified_date) == (
        date(2021, 3, 1),
        date(2026, 2, 9),
        date(2026, 2, 10),
    )


def test_no_employees_at_all_is_a_head_count_of_zero(company: Company) -> None:
    read_employees(delivered(company, "employees", response("EmployeeQueryRs", "", 1, "No match.")))
    assert head_counts(company) == [0, 0, 0]


def test_reading_the_same_answer_twice_changes_nothing(company: Company) -> None:
    answer = delivered(company, "employees", employees(ANN, BOB))
    read_employees(answer)
    before = (
        list(EmployeeRecord.objects.values()),
        list(MonthlyMetric.objects.values()),
        list(SyncHistory.objects.values()),
    )
    read_employees(answer)
    after = (
        list(EmployeeRecord.objects.values()),
        list(MonthlyMetric.objects.values()),
        list(SyncHistory.objects.values()),
    )
    assert after == before


def test_an_employee_who_is_gone_from_the_list_is_forgotten(company: Company) -> None:
    read_employees(delivered(company, "employees", employees(ANN, BOB)))
    read_employees(delivered(company, "employees", employees(ANN)))
    assert list(EmployeeRecord.objects.values_list("list_id", flat=True)) == ["E-1"]


def test_a_late_answer_does_not_overwrite_a_newer_one(company: Company) -> None:
    older = delivered(company, "employees", employees(ANN))
    read_employees(delivered(company, "employees", employees(ANN, BOB)))
    read_employees(older)
    assert EmployeeRecord.objects.count() == 2


@pytest.mark.parametrize("code", [3260, 3261, 3262])
def test_for_lack_of_rights_the_minimal_fields_are_asked_for_once(company: Company, code: int) -> None:
    answer = delivered(company, "employees", failure="QuickBooks: Insufficient permission.", status_code=code)
    read_employees(answer)
    read_employees(answer)
    job = Job.objects.get(state=Job.State.QUEUED)
    assert (job.purpose, job.parameters, job.plan) == ("employees", MINIMAL, None)
    assert not SyncHistory.objects.get().success


def test_the_minimal_request_is_not_repeated_when_it_is_refused_too(company: Company) -> None:
    read_employees(delivered(company, "employees", failure="Refused.", status_code=3260, parameters=MINIMAL))
    assert not Job.objects.filter(state=Job.State.QUEUED).exists()


def test_another_failure_asks_for_nothing(company: Company) -> None:
    read_employees(delivered(company, "employees", failure="Busy.", status_code=3180))
    assert not Job.objects.filter(state=Job.State.QUEUED).exists()
    assert head_counts(company) == [None, None, None]


def test_a_minimal_answer_keeps_the_dates_that_were_known(company: Company) -> None:
    read_employees(delivered(company, "employees", employees(ANN, BOB)))
    minimal = employees(without_dates(ANN), without_dates(BOB))
    read_employees(delivered(company, "employees", minimal, parameters=MINIMAL))
    row = EmployeeRecord.objects.get(list_id="E-2")
    assert (row.hired_date, row.released_date) == (date(2021, 3, 1), date(2026, 2, 9))
    assert EmployeeRecord.objects.get(list_id="E-1").employee_type == "Officer"
    assert head_counts(company) == [2, 1, 1]


def test_a_minimal_answer_forgets_the_release_of_somebody_who_is_active_again(company: Company) -> None:
    read_employees(delivered(company, "employees", employees(ANN, BOB)))
    again = without_dates(BOB) | {"IsActive": "true"}
    read_employees(delivered(company, "employees", employees(without_dates(ANN), again), parameters=MINIMAL))
    assert EmployeeRecord.objects.get(list_id="E-2").released_date is None
    assert head_counts(company) == [2, 2, 2]


def test_a_minimal_answer_alone_gives_estimated_head_counts_and_says_why(company: Company) -> None:
    read_employees(delivered(company, "employees", employees(without_dates(ANN)), parameters=MINIMAL))
    assert head_counts(company) == [1, 1, 1]
    assert all(MonthlyMetric.objects.values_list("employees_estimated", flat=True))
    assert "Employees and Payroll" in SyncHistory.objects.get().message
