"""Whether a period's figures are fit to be presented, and if not, why not: each reason with what to do."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from accounts.models import Company
from metrics.company_time import read_too_early, zone_name_of
from metrics.derived import Unit, rounded
from metrics.figure_words import day_words
from metrics.fiscal import Period
from metrics.models import MonthlyMetric
from metrics.months import Month
from metrics.reporting.settings import reporting_of


class ReasonCode(enum.Enum):
    """What keeps a period from being presented."""

    NOT_SYNCED = "not_synced"
    STILL_RUNS = "still_runs"
    NOT_READ_SINCE = "not_read_since"
    UNTIED = "untied"
    UNMAPPED_REVENUE = "unmapped_revenue"


@dataclass(frozen=True)
class Reason:
    """`message` is for a person: what, where, and what to do."""

    code: ReasonCode
    message: str
    months: tuple[Month, ...]


@dataclass(frozen=True)
class Readiness:
    """Ready when there is no reason against it."""

    reasons: tuple[Reason, ...]

    @property
    def is_ready(self) -> bool:
        return not self.reasons


def readiness(company: Company, period: Period, basis: str, current: Month | None = None) -> Readiness:
    """`current` is the month that still runs: a period that holds it, or later ones, is not over. Four queries
    at most, one of them for the company's time zone."""
    rows = MonthlyMetric.objects.filter(
        company=company, basis=basis, month__gte=period.first.first_day, month__lte=period.last.first_day
    )
    months = {Month.of(row.month): row for row in rows}
    return judged(period, months, reporting_of(company).unmapped_threshold_percent, current, zone_name_of(company))


def readiness_by_month(
    company: Company, basis: str, months: Sequence[Month], current: Month, threshold: Decimal | None = None
) -> dict[Month, Readiness]:
    """Of each month by itself. Four queries whatever their number; two when the threshold is given; the time zone's is
    one of them, unless it is known already."""
    if not months:
        return {}
    limit = reporting_of(company).unmapped_threshold_percent if threshold is None else threshold
    rows = MonthlyMetric.objects.filter(
        company=company, basis=basis, month__gte=min(months).first_day, month__lte=max(months).first_day
    )
    known = {Month.of(row.month): row for row in rows}
    zone = zone_name_of(company)
    return {
        month: judged(Period.month(month), {month: known[month]} if month in known else {}, limit, current, zone)
        for month in months
    }


def judged(
    period: Period, months: Mapping[Month, MonthlyMetric], threshold: Decimal, current: Month | None, zone: str
) -> Readiness:
    """`readiness` of what was read already: the period's months, the percent of revenue that may be unmapped, and the
    company's time zone."""
    found = (
        _not_synced(period, months),
        _still_runs(period, current),
        _not_read_since(months, current, zone),
        _untied(months),
        _unmapped(months, threshold),
    )
    return Readiness(tuple(reason for reason in found if reason is not None))


def unmapped_share(unmapped_revenue: Decimal, total_revenue: Decimal) -> Decimal:
    """Percent of total revenue that no rule knows; all of it where there is no revenue to measure against."""
    if not unmapped_revenue:
        return Decimal(0)
    if total_revenue <= 0:
        return Decimal(100)
    return abs(unmapped_revenue) * 100 / total_revenue


def _not_synced(period: Period, months: Mapping[Month, MonthlyMetric]) -> Reason | None:
    missing = tuple(month for month in period.months if month not in months)
    if not missing:
        return None
    words = f"{named(missing)} {_was(missing)} not been read from QuickBooks. Sync the company, or choose other months."
    return Reason(ReasonCode.NOT_SYNCED, words, missing)


def _still_runs(period: Period, current: Month | None) -> Reason | None:
    if current is None or period.last < current:
        return None
    open_months = tuple(month for month in period.months if month >= current)
    words = f"{named(open_months)} {'is' if len(open_months) == 1 else 'are'} not over yet: the figures will change."
    return Reason(ReasonCode.STILL_RUNS, words, open_months)


def _not_read_since(months: Mapping[Month, MonthlyMetric], current: Month | None, zone: str) -> Reason | None:
    """A month that still runs is told as such; of the others, those whose last reading came before their end."""
    read_at = {month: row.synced_at for month, row in months.items()}
    found = read_too_early(read_at, current, zone) if current is not None else ()
    if not found:
        return None
    days = sorted({months[month].synced_at.astimezone(ZoneInfo(zone)).date() for month in found})
    when = f"on {day_words(days[0])}" if len(days) == 1 else f"from {day_words(days[0])} to {day_words(days[-1])}"
    verb, over_words = ("was", "it was over") if len(found) == 1 else ("were", "they were over")
    words = (
        f"{named(found)} {verb} last read from QuickBooks {when}, before {over_words}: what was booked later is "
        "missing. Sync the company."
    )
    return Reason(ReasonCode.NOT_READ_SINCE, words, found)


def _untied(months: Mapping[Month, MonthlyMetric]) -> Reason | None:
    found = tuple(
        sorted(month for month, row in months.items() if row.tie_out_status != MonthlyMetric.TieOutStatus.TIED)
    )
    if not found:
        return None
    verb = "does" if len(found) == 1 else "do"
    words = f"{named(found)} {verb} not tie out to QuickBooks' own totals."
    return Reason(ReasonCode.UNTIED, words, found)


def _unmapped(months: Mapping[Month, MonthlyMetric], threshold: Decimal) -> Reason | None:
    shares = {month: unmapped_share(row.unmapped_revenue, row.total_revenue) for month, row in months.items()}
    found = tuple(sorted(month for month, share in shares.items() if share > threshold))
    if not found:
        return None
    worst = max(found, key=lambda month: shares[month])
    words = (
        f"More than {threshold.normalize():f}% of revenue is not mapped to a metric in {named(found)} ("
        f"{rounded(shares[worst], Unit.PERCENT)}% in {worst.label}). Map those accounts; or, if that is as it should "
        "be, raise the threshold in the settings."
    )
    return Reason(ReasonCode.UNMAPPED_REVENUE, words, found)


def named(months: Sequence[Month]) -> str:
    """ "Jan 2026", "Jan and Feb 2026 …": at most three by name."""
    labels = [month.label for month in months[:3]]
    more = len(months) - len(labels)
    if more:
        return f"{', '.join(labels)} and {more} more"
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"


def _was(months: Sequence[Month]) -> str:
    return "has" if len(months) == 1 else "have"
