"""A moment out of an address: a day begins at midnight UTC, a moment may carry its zone. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

# Far enough for any books, and near enough that no time zone leads out of the calendar.
_YEARS = range(1990, 9000)


class BadSince(ValueError):
    """A moment that is none; the message says what would be right."""


def since_of(text: str, name: str = "since") -> datetime | None:
    """ "2026-03-01" is the beginning of that day (UTC); "" is no limit. Raises BadSince."""
    if not text:
        return None
    moment = day_or_moment(text, name)
    check_year(moment, name)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def day_or_moment(text: str, name: str) -> datetime:
    """As it is written, with its zone if it carries one; a day is its first moment. Raises BadSince."""
    try:
        # A plus sign in an address comes as a space.
        return datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError as problem:
        raise BadSince(
            f"{name} is “{text[:40]}”; write a day (2026-03-01) or a moment (2026-03-01T08:00Z)."
        ) from problem


def check_year(moment: datetime, name: str) -> None:
    """Raises BadSince for a year that no books have."""
    if moment.year not in _YEARS:
        raise BadSince(f"{name} lies in the year {moment.year}; write one from {_YEARS.start} on.")
