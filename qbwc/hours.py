"""The hours an administrator has set for a company file, said in words."""

from __future__ import annotations

from datetime import time

from qbwc.models import CompanyFile, LiveWindow


def in_words(company_file: CompanyFile) -> tuple[str, ...]:
    """What the Web Connector will do: quiet hours, least interval, live window; one sentence or two for each."""
    return (_quiet(company_file), _interval(company_file), _live(company_file))


def span(start: time, end: time, time_zone: str) -> str:
    """ "between 20:00 and 06:00 America/Denver"."""
    return f"between {start:%H:%M} and {end:%H:%M} {time_zone}"


def _quiet(company_file: CompanyFile) -> str:
    start, end = company_file.quiet_from, company_file.quiet_until
    if start is None or end is None:
        return "There are no quiet hours: the Web Connector may read QuickBooks at any time."
    words = span(start, end, company_file.time_zone)
    return (
        f"{words[0].upper()}{words[1:]} the Web Connector is sent away and comes back by itself at {end:%H:%M}; "
        "QuickBooks is left alone until then."
    )


def _interval(company_file: CompanyFile) -> str:
    if not company_file.minimum_run_seconds:
        return "How often it calls is decided in the Web Connector, in the column “Every Min” of its row."
    minutes = _minutes(company_file.minimum_run_seconds)
    return f"It calls at most every {minutes}: a shorter interval in the Web Connector is raised to this."


def _live(company_file: CompanyFile) -> str:
    if company_file.live_window == LiveWindow.OFF:
        return "When there is nothing to read, it leaves QuickBooks at once."
    length = f"{company_file.live_minutes} minute{_s(company_file.live_minutes)}"
    if company_file.live_window == LiveWindow.AFTER_USE:
        return (
            f"After a program has asked for something, it stays in QuickBooks for up to {length}, so that the next "
            "request is answered within moments; then it leaves."
        )
    hours = span(company_file.business_from, company_file.business_until, company_file.time_zone)
    return (
        f"{hours[0].upper()}{hours[1:]} it waits in QuickBooks for new work, for up to {length} at a time, so that "
        "requests are answered within moments; then it leaves until its next call."
    )


def _minutes(seconds: int) -> str:
    if seconds % 60:
        return f"{seconds} seconds"
    return "minute" if seconds == 60 else f"{seconds // 60} minutes"


def _s(count: int) -> str:
    return "" if count == 1 else "s"
