"""Who counts as employed at the end of a month, and when the number is an estimate."""

from datetime import date

import pytest
from lxml import etree

from metrics.headcount import Employee, HeadCount, head_count
from metrics.months import Month
from qbwc.tests.reference import sample

LATER = date(2030, 1, 1)


def employee(
    *,
    hired: date | None = None,
    released: date | None = None,
    created: date | None = None,
    modified: date | None = None,
    is_active: bool = True,
) -> Employee:
    return Employee("80000001-1700000000", is_active, "Regular", hired, released, created, modified)


def count(one: Employee, month: Month, as_of: date = LATER) -> HeadCount:
    return head_count([one], month, as_of)


IN, OUT = HeadCount(1, is_estimated=False), HeadCount(0, is_estimated=False)
MAYBE_IN, MAYBE_OUT = HeadCount(1, is_estimated=True), HeadCount(0, is_estimated=True)


def test_somebody_counts_from_the_month_of_the_hire() -> None:
    ann = employee(hired=date(2024, 2, 29))
    assert count(ann, Month(2024, 1)) == OUT
    assert count(ann, Month(2024, 2)) == IN
    assert count(ann, Month(2029, 12)) == IN


def test_somebody_released_on_the_last_day_still_counts_in_that_month() -> None:
    assert count(employee(hired=date(2020, 1, 1), released=date(2026, 3, 31)), Month(2026, 3)) == IN
    assert count(employee(hired=date(2020, 1, 1), released=date(2026, 3, 30)), Month(2026, 3)) == OUT
    assert count(employee(hired=date(2020, 1, 1), released=date(2026, 3, 31)), Month(2026, 4)) == OUT


def test_the_running_month_is_counted_today() -> None:
    leaving = employee(hired=date(2020, 1, 1), released=date(2026, 3, 20))
    assert count(leaving, Month(2026, 3), as_of=date(2026, 3, 10)) == IN
    assert count(leaving, Month(2026, 3), as_of=date(2026, 3, 25)) == OUT
    starting = employee(hired=date(2026, 3, 16))
    assert count(starting, Month(2026, 3), as_of=date(2026, 3, 10)) == OUT


def test_without_a_hire_date_the_record_counts_from_its_creation_as_an_estimate() -> None:
    di = employee(created=date(2024, 6, 15))
    assert count(di, Month(2024, 5)) == MAYBE_OUT
    assert count(di, Month(2024, 6)) == MAYBE_IN
    assert count(employee(), Month(2024, 6)) == MAYBE_IN


def test_somebody_who_surely_left_is_no_estimate_even_without_a_hire_date() -> None:
    assert count(employee(created=date(2020, 1, 1), released=date(2024, 5, 1)), Month(2024, 6)) == OUT


def test_an_inactive_record_without_release_date_ends_when_it_was_last_changed_at_the_latest() -> None:
    ed = employee(hired=date(2024, 2, 5), modified=date(2026, 1, 15), is_active=False)
    assert count(ed, Month(2024, 1)) == OUT
    assert count(ed, Month(2025, 12)) == MAYBE_IN
    assert count(ed, Month(2026, 1)) == OUT


def test_an_inactive_record_without_any_end_is_not_counted_and_not_certain() -> None:
    assert count(employee(hired=date(2024, 2, 5), is_active=False), Month(2024, 6)) == MAYBE_OUT


def test_a_release_before_the_hire_belongs_to_an_earlier_stay() -> None:
    back = employee(hired=date(2025, 4, 14), released=date(2020, 1, 31))
    assert count(back, Month(2025, 4)) == IN
    assert count(back, Month(2025, 3)) == OUT


def test_a_future_release_of_an_active_person_counts_until_then() -> None:
    gus = employee(hired=date(2020, 1, 6), released=date(2026, 3, 31))
    assert count(gus, Month(2026, 2), as_of=date(2026, 2, 10)) == IN


def test_nobody_is_nobody() -> None:
    assert head_count([], Month(2026, 1), LATER) == HeadCount(0, is_estimated=False)


def _day(element: etree._Element, name: str) -> date | None:
    text = element.findtext(name)
    return date.fromisoformat(text[:10]) if text else None


@pytest.mark.parametrize(
    ("month", "people"), [("2024-01", 5), ("2025-08", 7), ("2025-09", 6), ("2026-01", 5), ("2026-04", 4)]
)
def test_the_sample_has_the_head_count_worked_out_by_hand(month: str, people: int) -> None:
    answer = etree.fromstring(sample("SYNTH_employee_query_active_inactive_released.xml").encode())
    employees = [
        Employee(
            list_id=one.findtext("ListID", ""),
            is_active=one.findtext("IsActive") == "true",
            employee_type=one.findtext("EmployeeType", ""),
            hired_date=_day(one, "HiredDate"),
            released_date=_day(one, "ReleasedDate"),
            created_date=_day(one, "TimeCreated"),
            modified_date=_day(one, "TimeModified"),
        )
        for one in answer.iter("EmployeeRet")
    ]
    found = head_count(employees, Month.parse(month), LATER)
    assert found == HeadCount(people, is_estimated=True)  # one of them has no hire date
