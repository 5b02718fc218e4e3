"""Who counts: head counts kept by type, so that a frozen month follows the settings for owners and officers."""

from datetime import date

import pytest
from lxml import etree

from metrics.headcount import (
    Employee,
    HeadCount,
    HeadCountByType,
    HeadCountSettings,
    count,
    head_count,
    head_count_by_type,
    is_closed,
    is_hindsight,
)
from metrics.months import Month
from qbwc.qbxml.responses import parse_answer, read_employees
from qbwc.tests.reference import sample

LATER = date(2030, 1, 1)
NO_OWNERS = HeadCountSettings(counts_owners=False)
NO_OFFICERS = HeadCountSettings(counts_officers=False)


def employee(kind: str, *, hired: date | None = date(2020, 1, 1), is_part_time: bool = False) -> Employee:
    return Employee("1", True, kind, hired, None, date(2019, 1, 1), None, is_part_time)


def of_the_sample() -> list[Employee]:
    text = sample("SYNTH_employee_query_active_inactive_released.xml")
    assert etree.fromstring(text.encode()).tag == "QBXML"
    answer = parse_answer(text).responses[0]
    return [
        Employee(
            one.list_id,
            one.is_active,
            one.employee_type,
            one.hired_date,
            one.released_date,
            one.created_date,
            one.modified_date,
        )
        for one in read_employees(answer)
    ]


@pytest.mark.parametrize(
    ("month", "regular", "officers", "owners"),
    [("2024-01", 3, 1, 1), ("2025-08", 5, 1, 1), ("2025-09", 4, 1, 1), ("2026-01", 3, 1, 1), ("2026-04", 2, 1, 1)],
)
def test_the_sample_is_counted_by_type(month: str, regular: int, officers: int, owners: int) -> None:
    found = head_count_by_type(of_the_sample(), Month.parse(month), LATER)
    assert found.counts == {"Regular": regular, "Officer": officers, "Owner": owners}
    assert found.estimated["Owner"] == 1  # no hire date
    everybody = regular + officers + owners
    assert count(found, HeadCountSettings()) == HeadCount(everybody, is_estimated=True)
    assert count(found, NO_OWNERS).count == everybody - owners
    assert count(found, NO_OFFICERS).count == everybody - officers


def test_a_guess_about_somebody_who_does_not_count_makes_no_estimate() -> None:
    staff = [employee("Regular"), employee("Owner", hired=None)]
    assert head_count(staff, Month(2026, 1), LATER) == HeadCount(2, is_estimated=True)
    assert head_count(staff, Month(2026, 1), LATER, NO_OWNERS) == HeadCount(1, is_estimated=False)


def test_a_kept_count_follows_the_settings_of_today() -> None:
    kept = HeadCountByType({"Regular": 4, "Owner": 2, "Officer": 1, "Statutory": 1}, {"Owner": 1, "Regular": 0})
    assert count(kept, HeadCountSettings()) == HeadCount(8, is_estimated=True)
    assert count(kept, NO_OWNERS) == HeadCount(6, is_estimated=False)
    assert count(kept, HeadCountSettings(counts_owners=False, counts_officers=False)).count == 5


def test_a_type_nobody_gave_is_a_regular_employee() -> None:
    found = head_count_by_type([employee(""), employee("Regular")], Month(2026, 1), LATER)
    assert found.counts == {"Regular": 2}
    assert found.estimated == {}


def test_part_timers_count_half_when_asked_and_half_people_are_rounded_up() -> None:
    staff = [employee("Regular"), *[employee("", is_part_time=True)] * 2, employee("Owner", is_part_time=True)]
    kept = head_count_by_type(staff, Month(2026, 1), LATER)
    assert count(kept, HeadCountSettings()).count == 4
    assert count(kept, HeadCountSettings(part_time_is_half=True)).count == 3  # 2.5
    assert count(kept, HeadCountSettings(counts_owners=False, part_time_is_half=True)).count == 2


def test_a_month_is_closed_the_day_after_its_last() -> None:
    assert not is_closed(Month(2026, 2), date(2026, 2, 28))
    assert is_closed(Month(2026, 2), date(2026, 3, 1))


def test_a_list_read_more_than_45_days_after_the_month_is_hindsight() -> None:
    assert not is_hindsight(Month(2026, 1), date(2026, 1, 31))
    assert not is_hindsight(Month(2026, 1), date(2026, 3, 17))
    assert is_hindsight(Month(2026, 1), date(2026, 3, 18))
