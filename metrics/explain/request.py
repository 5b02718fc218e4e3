"""Which figure is to be explained, out of an address: the metric, the period, the basis, the moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from accounts.models import Company
from metrics.columns import Basis
from metrics.explain.explained import Explanation
from metrics.explain.explanations import explain
from metrics.fiscal import Period
from metrics.reporting.settings import reporting_of
from metrics.since import BadSince, day_or_moment


class BadMoment(ValueError):
    """A moment that is none; the message says what would be right."""


@dataclass(frozen=True)
class Wanted:
    """What was asked for, read."""

    metric_key: str
    period: Period
    basis: str
    moment: datetime | None


def wanted_of(company: Company, metric_key: str, period: str, basis: str, as_of: str) -> Wanted:
    """`basis` empty: the company's own. Raises PeriodError, BadMoment."""
    reporting = reporting_of(company)
    chosen = basis if basis in Basis.values else reporting.default_basis
    return Wanted(metric_key, Period.parse(period, reporting.calendar), chosen, moment_of(as_of))


def moment_of(text: str) -> datetime | None:
    """ "2026-03-01" is the end of that day (UTC); a moment may carry its zone, else it is UTC's; "" is now."""
    if not text:
        return None
    try:
        moment = day_or_moment(text, "as_of")
    except BadSince as problem:
        raise BadMoment(str(problem)) from problem
    if len(text) <= len("2026-03-01"):
        moment = moment.replace(hour=23, minute=59, second=59, microsecond=999999)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def explained(company: Company, wanted: Wanted) -> Explanation:
    """Raises UnknownMetric."""
    return explain(company, wanted.metric_key, wanted.period, wanted.basis, wanted.moment)
