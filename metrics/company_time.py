"""Which day it is in a company: its days, months and periods end on its own clock, not on the server's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings

from accounts.models import Company
from metrics.months import Month

_UNSET = ("", "UTC")


def zone_name(said: str | None) -> str:
    """The company's time zone as its connection says it; the server's where none was chosen, or nobody knows it."""
    for name in (said or "", str(settings.TIME_ZONE)):
        if name not in _UNSET and _is_known(name):
            return name
    return "UTC"


def zone_name_of(company: Company) -> str:
    """The same of a company. One query, unless its company file was read already."""
    company_file = getattr(company, "company_file", None)
    return zone_name(company_file.time_zone if company_file is not None else None)


def running_in(zone: str, now: datetime) -> Month:
    """The month that still runs there; every earlier one is over."""
    return Month.of(now.astimezone(ZoneInfo(zone)))


def running_month(company: Company, now: datetime) -> Month:
    """What every page, alert and letter judges by: a period is over when its last month lies before this one."""
    return running_in(zone_name_of(company), now)


def local_day(company: Company, at: datetime) -> date:
    """The date there."""
    return at.astimezone(ZoneInfo(zone_name_of(company))).date()


def end_of(month: Month, zone: str) -> datetime:
    """The first moment after it."""
    return datetime.combine(month.plus(1).first_day, time(0), ZoneInfo(zone))


def read_since_over(month: Month, read_at: datetime, zone: str) -> bool:
    """Whether its last reading came after its end: an earlier one misses whatever was booked later."""
    return read_at >= end_of(month, zone)


def read_too_early(read_at: Mapping[Month, datetime], running: Month, zone: str) -> tuple[Month, ...]:
    """Of the months that are over, those last read before their end, in order."""
    return tuple(
        month for month, at in sorted(read_at.items()) if month < running and not read_since_over(month, at, zone)
    )


def _is_known(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
