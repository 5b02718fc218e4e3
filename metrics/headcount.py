"""How many people worked for the company at the end of a month, from hire and release dates.

Rule for months: QuickBooks only ever has today's list, so a month is frozen by the first employee list read after its
last day (`is_closed`), counted by type, so that the settings can still change what counts. Months that were over
before the first list was read are counted from today's list. `is_estimated` says that somebody's date was guessed;
that a count was made long after its month is a doubt of another kind, and `is_hindsight` tells it.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from metrics.months import Month

HINDSIGHT_AFTER = datetime.timedelta(days=45)
REGULAR, OFFICER, OWNER = "Regular", "Officer", "Owner"
_PART_TIME = ":part-time"  # behind the type: so a frozen month still knows who counts half


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
    is_part_time: bool = False  # PartOrFullTime is told by US company files only (qbXML 13); not asked for yet


@dataclass(frozen=True)
class HeadCountSettings:
    """Who counts. A type nobody gave counts as a regular employee."""

    counts_owners: bool = True
    counts_officers: bool = True
    part_time_is_half: bool = False


@dataclass(frozen=True)
class HeadCountByType:
    """People per EmployeeType, and of how many of each type it is a guess whether they belong in the count.

    A guessed person need not be counted: `estimated` can hold a type that `counts` does not have.
    """

    counts: Mapping[str, int]
    estimated: Mapping[str, int]


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


def head_count(
    employees: Iterable[Employee], month: Month, as_of: datetime.date, settings: HeadCountSettings | None = None
) -> HeadCount:
    """Count who was employed on the month's last day; in the running month, on as_of. See head_count_by_type."""
    return count(head_count_by_type(employees, month, as_of), settings or HeadCountSettings())


def head_count_by_type(employees: Iterable[Employee], month: Month, as_of: datetime.date) -> HeadCountByType:
    """Who was employed on the month's last day, by type; in the running month, on as_of.

    Employed = started on or before that day, and not released before it (a release on the day itself still
    counts). A rehire counts from the latest hire only, because QuickBooks does not keep the gap.
    """
    day = min(month.last_day, as_of)
    stays = [(_type(employee), _stay(employee)) for employee in employees]
    return HeadCountByType(
        counts=Counter(kind for kind, stay in stays if _is_employed(stay, day)),
        estimated=Counter(kind for kind, stay in stays if _is_guess(stay, day)),
    )


def count(by_type: HeadCountByType, settings: HeadCountSettings) -> HeadCount:
    """One number under these settings; half people are rounded up."""
    halves = sum(
        number * (1 if settings.part_time_is_half and kind.endswith(_PART_TIME) else 2)
        for kind, number in by_type.counts.items()
        if _counts(kind, settings)
    )
    is_estimated = any(number and _counts(kind, settings) for kind, number in by_type.estimated.items())
    return HeadCount((halves + 1) // 2, is_estimated)


def is_closed(month: Month, as_of: datetime.date) -> bool:
    """Whether the month's last day is past: the next employee list read freezes it."""
    return as_of > month.last_day


def is_hindsight(month: Month, read_on: datetime.date) -> bool:
    """Whether a list read on that day is too late to be that month's own: more than 45 days after its end.

    By then people may have been rehired (QuickBooks keeps the latest hire only) or retyped.
    """
    return read_on > month.last_day + HINDSIGHT_AFTER


def _type(employee: Employee) -> str:
    return (employee.employee_type or REGULAR) + (_PART_TIME if employee.is_part_time else "")


def _counts(kind: str, settings: HeadCountSettings) -> bool:
    of_type = kind.removesuffix(_PART_TIME)
    return (settings.counts_owners or of_type != OWNER) and (settings.counts_officers or of_type != OFFICER)


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
