"""When a period's figures are mailed: so many days after its end, at an hour of a time zone. Pure.

Each period has a window: from the moment it is due to the end of the next period of its sort. Windows never overlap,
so at any moment at most one period is to be sent, and a server that was off never sends a flood of old ones.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from metrics.figure_words import day_words
from metrics.fiscal import CALENDAR_YEAR, FiscalCalendar, Period
from metrics.months import Month


class Every(enum.Enum):
    """After the end of what."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


# The next period of the sort must still run when one is due: February has 28 days, the shortest quarter 90.
MOST_DAYS = {Every.MONTH: 27, Every.QUARTER: 80, Every.YEAR: 300}


class BadTiming(ValueError):
    """No such timing; `field` says what is wrong."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True)
class Timing:
    """`days_after` 1: on the first day after the period's end. `zone` is a name of the IANA database. BadTiming.

    `books_zone` is the company's own: by its clock a period is over, wherever the letter is to be read.
    """

    every: Every
    days_after: int
    hour: int
    zone: str
    calendar: FiscalCalendar = CALENDAR_YEAR
    books_zone: str = "UTC"

    def __post_init__(self) -> None:
        most = MOST_DAYS[self.every]
        if not 1 <= self.days_after <= most:
            raise BadTiming("days_after", f"After a {self.every.value} choose 1 to {most} days.")
        if not 0 <= self.hour <= 23:
            raise BadTiming("hour", "Choose an hour from 0 to 23.")
        if not is_zone(self.zone):
            raise BadTiming("time_zone", "Write a time zone such as Europe/Vienna or America/Denver.")


def is_zone(name: str) -> bool:
    """Whether this system knows the time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def zones() -> list[str]:
    """Every time zone to choose from."""
    return sorted(name for name in available_timezones() if "/" in name or name == "UTC")


def period_of(timing: Timing, month: Month) -> Period:
    """The period of this sort in which the month lies."""
    match timing.every:
        case Every.MONTH:
            return Period.month(month)
        case Every.QUARTER:
            return Period.quarter(month, timing.calendar)
        case Every.YEAR:
            return Period.year(month, timing.calendar)


def due_at(timing: Timing, period: Period) -> datetime:
    """In UTC. An hour that the clocks skip is the moment after; one that comes twice is the first.

    Never before the period is over in the company itself.
    """
    return max(
        _moment(timing, period.last.last_day + timedelta(days=timing.days_after), timing.hour), _end(timing, period)
    )


def closes_at(timing: Timing, period: Period) -> datetime:
    """When the next period is over, on the company's clock: from then on this one is old."""
    return _end(timing, period_of(timing, period.last.plus(1)))


def open_period(timing: Timing, now: datetime) -> Period | None:
    """The one period that is due and not old yet."""
    period = newest_over(timing, now)
    return next(
        (one for one in (period, _before(timing, period)) if due_at(timing, one) <= now < closes_at(timing, one)), None
    )


def next_period(timing: Timing, now: datetime) -> Period:
    """The one whose moment comes next."""
    period = _before(timing, newest_over(timing, now))
    while due_at(timing, period) <= now:
        period = period_of(timing, period.last.plus(1))
    return period


def newest_over(timing: Timing, now: datetime) -> Period:
    """The newest period that has ended, on the company's clock."""
    return _before(timing, period_of(timing, Month.of(now.astimezone(ZoneInfo(timing.books_zone)))))


def try_again_at(timing: Timing, now: datetime) -> datetime:
    """The next time it is the hour, on another day."""
    today = now.astimezone(ZoneInfo(timing.zone)).date()
    return _moment(timing, today + timedelta(days=1), timing.hour)


def date_words(timing: Timing, moment: datetime) -> str:
    """ "10 Jan 2027, 08:00 Europe/Vienna"."""
    there = moment.astimezone(ZoneInfo(timing.zone))
    return f"{day_words(there)}, {there:%H:%M} {timing.zone}"


def _before(timing: Timing, period: Period) -> Period:
    return period_of(timing, period.first.plus(-1))


def _end(timing: Timing, period: Period) -> datetime:
    return datetime.combine(period.last.plus(1).first_day, time(0), ZoneInfo(timing.books_zone)).astimezone(UTC)


def _moment(timing: Timing, day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), ZoneInfo(timing.zone)).astimezone(UTC)
