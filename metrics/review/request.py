"""Which period of which basis is to be reviewed, out of an address, and the periods a person can choose from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from accounts.models import Company
from metrics.columns import Basis
from metrics.company_time import running_month
from metrics.fiscal import FiscalCalendar, Period, PeriodError
from metrics.months import Month
from metrics.reporting.settings import Reporting, reporting_of
from metrics.review.page import Asked, Compare, default_period, span_of

CUSTOM = "custom"
COMPARISONS = (
    (Compare.PREVIOUS, "The period before"),
    (Compare.YEAR, "Same period last year"),
    (Compare.NOTHING, "Nothing"),
)


@dataclass(frozen=True)
class Choices:
    """What the picker offers: groups of (address form, label); what was asked for that cannot be, in words."""

    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    problem: str
    span: tuple[Month, Month] | None
    reporting: Reporting


def asked_of(company: Company, parameters: Mapping[str, str], now: datetime) -> tuple[Asked, Choices]:
    """Never raises: an address that makes no sense shows the last full quarter, and why."""
    reporting = reporting_of(company)
    calendar, running = reporting.calendar, running_month(company, now)
    basis = parameters.get("basis", "")
    basis = basis if basis in Basis.values else reporting.default_basis
    span = span_of(company, basis)
    fallback = default_period(span, calendar, running)
    problem = ""
    try:
        text = _text(parameters)
        period = Period.parse(text, calendar) if text else fallback
        if period.first > running:
            raise PeriodError(f"{period.label} has not begun yet.")
    except PeriodError as wrong:
        period, problem = fallback, f"{wrong} {fallback.label} is shown."
    wanted = parameters.get("compare", "")
    compare = Compare(wanted) if wanted in list(Compare) else Compare.PREVIOUS
    choices = Choices(_groups(period, calendar, running), problem, span, reporting)
    return Asked(company, period, basis, compare, now, reporting.unmapped_threshold_percent), choices


def address_of(asked: Asked, **other: str) -> str:
    """The parameters that show the same again, some of them changed."""
    kept = {"period": str(asked.period), "compare": asked.compare.value, "basis": asked.basis}
    return "?" + urlencode(kept | other, safe=":")


def last_full_quarter(calendar: FiscalCalendar, running: Month) -> Period:
    """The newest fiscal quarter that is over."""
    return Period.quarter(Period.quarter(running, calendar).first.plus(-1), calendar)


def _text(parameters: Mapping[str, str]) -> str:
    """As Period.parse reads it, "" for the usual one. PeriodError where two months make no period."""
    text = parameters.get("period", "").strip()[:40]
    first, last = (parameters.get(name, "").strip()[:20] for name in ("from", "to"))
    if text != CUSTOM or not (first or last):
        return "" if text == CUSTOM else text
    if not (first and last):
        raise PeriodError("Choose both months, the first and the last.")
    begins, ends = _month(first), _month(last)
    if ends < begins:
        words = f"{begins.label} to {ends.label} ends before it begins: choose {ends.label} to {begins.label}."
        raise PeriodError(words)
    return f"{first}..{last}"


def _month(text: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError as wrong:
        raise PeriodError(f"“{text}” is not a month: write it as 2026-01.") from wrong


def _groups(
    shown: Period, calendar: FiscalCalendar, running: Month
) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    last, quarter = running.plus(-1), last_full_quarter(calendar, running)
    year = calendar.fiscal_year_of(running)
    groups = (
        ("Quarters", [Period.quarter(running.plus(-3 * back), calendar) for back in range(9)]),
        ("To date", [Period.ytd(last, calendar), Period.ttm(last), Period.ytd(quarter.last, calendar)]),
        ("Fiscal years", [Period.year(calendar.last_month_of(year - back), calendar) for back in range(3)]),
        ("Months", [Period.month(running.plus(-back)) for back in range(13)]),
    )
    named = {str(period): (label, period.label) for label, periods in groups for period in periods}
    found = [(label, tuple({str(one): one.label for one in periods}.items())) for label, periods in groups]
    if str(shown) not in named:
        found.insert(0, ("Shown now", ((str(shown), shown.label),)))
    return tuple(found)
