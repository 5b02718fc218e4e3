"""What several addresses of the REST API read out of a query."""

from __future__ import annotations

from accounts.problems import ApiProblem
from metrics.months import Month


def month_in(name: str, text: str | None) -> Month | None:
    """A query's month; None for an empty one. ApiProblem 400."""
    if not text:
        return None
    try:
        return Month.parse(text)
    except ValueError as problem:
        message = f"{name} is “{text[:40]}”, which is not a month; write it as 2026-01."
        raise ApiProblem(400, "BAD_MONTHS", message) from problem
