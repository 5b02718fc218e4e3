"""A month is a value: read, written, compared, counted."""

from datetime import UTC, date, datetime

import pytest

from metrics.months import Month, months_between


def test_a_month_is_read_and_written_as_year_and_month() -> None:
    assert Month.parse("2026-01") == Month(2026, 1)
    assert str(Month(2026, 1)) == "2026-01"
    assert Month(2026, 1).label == "Jan 2026"


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-1", "2026-13", "2026-00", "26-01", "2026-01-01", " 2026-01", "٢٠٢٦-٠١"]
)
def test_anything_else_is_not_a_month(text: str) -> None:
    with pytest.raises(ValueError, match="month"):
        Month.parse(text)


def test_months_are_ordered_across_years() -> None:
    assert sorted([Month(2025, 1), Month(2024, 12), Month(2024, 2)]) == [
        Month(2024, 2),
        Month(2024, 12),
        Month(2025, 1),
    ]
    assert Month(2024, 12) < Month(2025, 1)


def test_a_date_lies_in_its_month() -> None:
    assert Month.of(date(2024, 2, 29)) == Month(2024, 2)
    assert Month.of(datetime(2024, 2, 29, 23, 59, tzinfo=UTC)) == Month(2024, 2)


def test_a_month_has_a_first_and_a_last_day_also_in_leap_years() -> None:
    assert Month(2024, 2).first_day == date(2024, 2, 1)
    assert Month(2024, 2).last_day == date(2024, 2, 29)
    assert Month(2023, 2).last_day == date(2023, 2, 28)
    assert Month(2024, 12).last_day == date(2024, 12, 31)


def test_months_are_counted_forward_and_back() -> None:
    assert Month(2024, 12).plus(1) == Month(2025, 1)
    assert Month(2024, 1).plus(-1) == Month(2023, 12)
    assert Month(2024, 5).plus(-29) == Month(2021, 12)
    assert Month(2024, 5).plus(0) == Month(2024, 5)


def test_months_between_include_both_ends() -> None:
    assert months_between(Month(2023, 11), Month(2024, 2)) == (
        Month(2023, 11),
        Month(2023, 12),
        Month(2024, 1),
        Month(2024, 2),
    )
    assert months_between(Month(2024, 2), Month(2024, 2)) == (Month(2024, 2),)
    assert months_between(Month(2024, 2), Month(2024, 1)) == ()
