"""When a period's mail is due: so many days after its end, at the hour of a place, once, and never a flood."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.fiscal import FiscalCalendar, Period
from metrics.months import Month
from metrics.scheduled_mail.dates import (
    MOST_DAYS,
    BadTiming,
    Every,
    Timing,
    closes_at,
    date_words,
    due_at,
    newest_over,
    next_period,
    open_period,
    period_of,
    try_again_at,
)

ZONES = (
    *("UTC", "Europe/Vienna", "America/Denver", "Pacific/Auckland", "Pacific/Kiritimati", "Pacific/Pago_Pago"),
    *("Asia/Kathmandu", "America/St_Johns", "Africa/Cairo", "Australia/Lord_Howe"),
)
moments = st.integers(946_684_800, 2_840_140_800).map(
    lambda second: datetime.fromtimestamp(second, UTC)
)  # 2000 to 2060


@st.composite
def timings(draw: st.DrawFn) -> Timing:
    every = draw(st.sampled_from(Every))
    days = draw(st.integers(1, MOST_DAYS[every]))
    calendar = FiscalCalendar(draw(st.integers(1, 12)))
    return Timing(every, days, draw(st.integers(0, 23)), draw(st.sampled_from(ZONES)), calendar)


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def quarterly(days: int = 10, hour: int = 8, zone: str = "Europe/Vienna", first_month: int = 1) -> Timing:
    return Timing(Every.QUARTER, days, hour, zone, FiscalCalendar(first_month))


Q4 = Period.quarter(Month(2026, 12))


def test_ten_days_after_a_quarter_at_the_hour_of_the_place() -> None:
    assert due_at(quarterly(), Q4) == at("2027-01-10T07:00")
    assert date_words(quarterly(), due_at(quarterly(), Q4)) == "10 Jan 2027, 08:00 Europe/Vienna"


@pytest.mark.parametrize(
    ("month", "days", "day"), [(1, 27, "02-27"), (1, 3, "02-03"), (2, 1, "03-01"), (4, 27, "05-27")]
)
def test_months_have_the_days_they_have(month: int, days: int, day: str) -> None:
    timing = Timing(Every.MONTH, days, 8, "UTC")
    assert due_at(timing, Period.month(Month(2027, month))) == at(f"2027-{day}T08:00")
    assert due_at(Timing(Every.MONTH, 1, 8, "UTC"), Period.month(Month(2028, 2))) == at("2028-03-01T08:00")


def test_summer_time_moves_the_moment_and_not_the_hour() -> None:
    first = due_at(quarterly(), Period.quarter(Month(2027, 3)))
    assert (first, first.astimezone(ZoneInfo("Europe/Vienna")).hour) == (at("2027-04-10T06:00"), 8)


def test_an_hour_that_the_clocks_skip_is_the_moment_after_and_one_twice_is_the_first() -> None:
    march, october = Period.month(Month(2027, 2)), Period.month(Month(2027, 9))
    skipped = Timing(Every.MONTH, 27, 2, "Europe/Vienna")
    assert due_at(Timing(Every.MONTH, 14, 2, "America/Denver"), march) == at("2027-03-14T09:00")  # 03:00 there
    assert due_at(Timing(Every.MONTH, 27, 2, "Europe/Vienna"), Period.month(Month(2026, 9))) == at("2026-10-27T01:00")
    assert due_at(skipped, october).astimezone(ZoneInfo("Europe/Vienna")).hour == 2
    twice = Timing(Every.MONTH, 25, 2, "Europe/Vienna")
    assert due_at(twice, Period.month(Month(2026, 9))) == at("2026-10-25T00:00")  # the first 02:00, summer time still


def test_nothing_is_due_before_the_month_is_over_as_the_server_counts() -> None:
    june = Period.month(Month(2026, 6))
    assert due_at(Timing(Every.MONTH, 1, 8, "Pacific/Auckland"), june) == at("2026-07-01T00:00")


def test_a_fiscal_year_from_july_ends_in_june() -> None:
    timing = Timing(Every.YEAR, 30, 9, "UTC", FiscalCalendar(7))
    assert due_at(timing, newest_over(timing, at("2026-08-01T00:00"))) == at("2026-07-30T09:00")
    assert next_period(timing, at("2026-08-01T00:00")).label == "FY2027"


def test_after_an_outage_only_the_newest_is_open() -> None:
    monthly = Timing(Every.MONTH, 10, 8, "UTC")
    assert open_period(monthly, at("2026-04-12T00:00")) == Period.month(Month(2026, 3))
    assert open_period(monthly, at("2026-04-09T00:00")) is None  # February's time has run out, March is not due
    assert open_period(monthly, at("2026-03-31T23:59")) == Period.month(Month(2026, 2))


@pytest.mark.parametrize(
    ("every", "days", "hour", "zone", "field"),
    [
        (Every.MONTH, 28, 8, "UTC", "days_after"),
        (Every.QUARTER, 0, 8, "UTC", "days_after"),
        (Every.QUARTER, 10, 24, "UTC", "hour"),
        (Every.QUARTER, 10, 8, "Europe/Wien", "time_zone"),
        (Every.QUARTER, 10, 8, "../etc/passwd", "time_zone"),
        (Every.QUARTER, 10, 8, "", "time_zone"),
    ],
)
def test_what_is_no_timing_is_refused(every: Every, days: int, hour: int, zone: str, field: str) -> None:
    with pytest.raises(BadTiming) as refused:
        Timing(every, days, hour, zone)
    assert refused.value.field == field


@given(timings(), moments)
def test_windows_follow_each_other_and_never_overlap(timing: Timing, now: datetime) -> None:
    period = next_period(timing, now)
    following = period_of(timing, period.last.plus(1))
    assert now < due_at(timing, period) < closes_at(timing, period) <= due_at(timing, following)


@given(timings(), moments)
def test_it_is_the_chosen_hour_of_the_chosen_day_unless_there_is_none(timing: Timing, now: datetime) -> None:
    period = next_period(timing, now)
    due = due_at(timing, period)
    there = due.astimezone(ZoneInfo(timing.zone))
    expected = period.last.last_day + timedelta(days=timing.days_after)
    if due != datetime.combine(period.last.plus(1).first_day, datetime.min.time(), UTC):
        assert there.date() == expected
        assert (there.hour - timing.hour) in (0, 1)  # one later where the clocks skip it


@given(timings(), moments)
def test_what_is_open_is_over_due_and_the_only_one(timing: Timing, now: datetime) -> None:
    period = open_period(timing, now)
    if period is not None:
        assert due_at(timing, period) <= now < closes_at(timing, period)
        assert period.last < Month.of(now)
        assert period_of(timing, period.last) == period


@given(timings(), moments)
def test_the_next_one_is_open_at_its_moment_and_not_before(timing: Timing, now: datetime) -> None:
    period = next_period(timing, now)
    due = due_at(timing, period)
    assert open_period(timing, due) == period
    assert open_period(timing, due - timedelta(seconds=1)) != period


@given(timings(), moments)
def test_it_is_tried_again_within_about_a_day(timing: Timing, now: datetime) -> None:
    assert timedelta(0) < try_again_at(timing, now) - now <= timedelta(hours=49)
