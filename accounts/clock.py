"""The one place that reads the clock; edges call it and pass `now` inward."""

from datetime import UTC, date, datetime


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(tz=UTC)  # noqa: TID251 - the edge of time itself


# What was being said when this process began was cut off.
STARTED_AT = now()


def today() -> date:
    """Today's date in UTC."""
    return now().date()
