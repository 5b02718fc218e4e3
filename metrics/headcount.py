"""How many people worked for the company at the end of a month, from hire and release dates."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from metrics.months import Month


@dataclass(frozen=True)
class Employee:
    """What head count needs of an employee, as EmployeeQuery told it; any date may be missing.

    created_date and modified_date are the dates of TimeCreated and TimeModified of the record, not of the person.
    """

    list_id: str
    is_active: bool
    employee_type: str
    hired_date: datetime.date | None
    released_date: datetime.date | None
    created_date: datetime.date | None
    modified_date: datetime.date | None


@dataclass(frozen=True)
class HeadCount:
    """A number of people; estimated when somebody's count rests on a record's date instead of a real one."""

    count: int
    is_estimated: bool


@dataclass(frozen=True)
class _Stay:
    """First and last day with the company; None is open. An estimated end is the latest it can have been."""

    start: datetime.date | None
    end: datetime.date | None
    start_is_estimated: bool
    end_is_estimated: bool


def head_count(employees: Iterable[Employee], month: Month, as_of: datetime.date) -> HeadCount:
    """Count who was employed on the month's last day; in the running month, on as_of.

    Employed = started on or before that day, and not released before it (a release on the day itself still
    counts). Owners and officers count like everybody; a rehire counts from the latest hire only, because
    QuickBooks does not keep the gap.
    """
    day = min(month.last_day, as_of)
    stays = [_stay(employee) for employee in employees]
    return HeadCount(
        count=sum(_is_employed(stay, day) for stay in stays),
        is_estimated=any(_is_guess(stay, day) for stay in stays),
    )


def _stay(employee: Employee) -> _Stay:
    released = employee.released_date
    if released is not None and employee.hired_date is not None and released < employee.hired_date:
        released = None  # the release of an earlier stay: hired again since
    end, end_is_estimated = released, False
    if released is None and not employee.is_active:
        # Often people are made inactive to hide them; the record was last touched then, or later.
        end, end_is_estimated = employee.modified_date or datetime.date.min, True
    start = employee.hired_date or employee.created_date
    return _Stay(start, end, employee.hired_date is None, end_is_estimated)


def _is_employed(stay: _Stay, day: datetime.date) -> bool:
    return (stay.start is None or stay.start <= day) and (stay.end is None or stay.end >= day)


def _is_guess(stay: _Stay, day: datetime.date) -> bool:
    """Whether an estimated date decided: not when the person was surely gone, or surely not there yet."""
    if stay.end == datetime.date.min:
        return True  # inactive, and nothing says since when
    if stay.end is not None and stay.end < day:
        return False
    if stay.start_is_estimated:
        return True
    return stay.end_is_estimated and _is_employed(stay, day)
