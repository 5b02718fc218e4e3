"""What a period is compared with: the period before it and the same one last year, as JSON for a snapshot's content."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.models import Company
from metrics.canonical import text_of
from metrics.company_time import read_too_early, running_month, zone_name_of
from metrics.derived import Figure
from metrics.fiscal import Period, PeriodError
from metrics.months import Month
from metrics.periods import like_for_like, previous, same_period_last_year, sum_period
from metrics.selectors import monthly_report

CENT = Decimal("0.01")


def earlier_json(company: Company, basis: str, period: Period, now: datetime) -> dict[str, Any]:
    """`previous` and `last_year`: label, figures and derived; None where a month of it was not read since it was over.

    A period that still runs is held against as many months as it has.
    """
    return {
        "previous": _of(company, basis, period, _before(period), now),
        "last_year": _of(company, basis, period, same_period_last_year(period), now),
    }


def _before(period: Period) -> Period:
    try:
        return previous(period)
    except PeriodError:
        return same_period_last_year(period)


def _of(company: Company, basis: str, period: Period, other: Period, now: datetime) -> dict[str, Any] | None:
    running = running_month(company, now)
    last = min(period.last, running)
    if last < period.first:
        return None
    _, other = like_for_like(period, other, last)
    columns = monthly_report(company, basis, other.first, other.last).months
    months: Mapping[Month, Mapping[str, Figure]] = {
        column.month: {
            **column.figures,
            "unmapped_revenue": column.unmapped_revenue,
            "unmapped_expenses": column.unmapped_expenses,
        }
        for column in columns
    }
    whole = sum_period(months, other, running)
    read_at = {column.month: column.synced_at for column in columns}
    if whole.months_missing or read_too_early(read_at, running, zone_name_of(company)):
        return None
    return {"label": other.label, "text": str(other), "figures": _json(whole.figures), "derived": _json(whole.derived)}


def _json(figures: Mapping[str, Figure]) -> dict[str, str | int | None]:
    return {
        key: text_of(value.quantize(CENT) if isinstance(value, Decimal) and -value.as_tuple().exponent > 2 else value)  # type: ignore[operator]
        for key, value in figures.items()
    }
