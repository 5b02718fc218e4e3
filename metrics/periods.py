"""Figures of a period added up from its months, and one period against another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from metrics.arithmetic import LINES, METRICS, UNMAPPED_FIGURES
from metrics.changes import Change as Change
from metrics.changes import change as change
from metrics.derived import AVERAGE_EMPLOYEES, DERIVED, MONTH_COUNT, Figure, Figures, derived
from metrics.fiscal import CALENDAR_YEAR as CALENDAR_YEAR
from metrics.fiscal import FiscalCalendar as FiscalCalendar
from metrics.fiscal import Period as Period
from metrics.fiscal import PeriodError as PeriodError
from metrics.fiscal import PeriodKind as PeriodKind
from metrics.months import Month

_NOT_ADDED = frozenset(("employees", AVERAGE_EMPLOYEES, MONTH_COUNT, *(metric.key for metric in DERIVED)))
_ALWAYS = (*(metric.key for metric in METRICS), *UNMAPPED_FIGURES)
_PROFITS = frozenset(("net_profit", "net_profit_before_owner", "gross_profit"))


@dataclass(frozen=True)
class PeriodFigures:
    """A period's figures by key, and how much of the period they are.

    Money is the sum of the months present. `employees` is the count at the end of the last of them,
    `average_employees` the average of their month ends (what figures per person are measured against), `month_count`
    how many they are. None: no month is there, or one of them does not have the figure.
    """

    period: Period
    figures: Figures
    months_present: tuple[Month, ...]
    months_missing: tuple[Month, ...]
    is_partial_current: bool
    months_to_come: tuple[Month, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Every month is there, and none of them still runs."""
        return not self.months_missing and not self.is_partial_current

    @property
    def derived(self) -> dict[str, Decimal | None]:
        """Every derived metric of the whole period: worked out from its sums, not averaged from its months."""
        return derived(self.figures)


def sum_period(months: Mapping[Month, Figures], period: Period, current: Month | None = None) -> PeriodFigures:
    """Add up the months of the period. `current` is the month that still runs: it makes its period partial.

    Any money figure is added, of whatever key; derived ones among the months' figures are left out.
    """
    present = tuple(month for month in period.months if month in months)
    missing = tuple(month for month in period.months if month not in months)
    return PeriodFigures(
        period=period,
        figures=_added([months[month] for month in present]),
        months_present=present,
        months_missing=missing,
        is_partial_current=current is not None and current in period,
        months_to_come=tuple(month for month in missing if current is not None and month > current),
    )


def previous(period: Period) -> Period:
    """The same sort of period right before. Before a year to date lies last year's to the same month."""
    return _moved(period, -12 if period.kind is PeriodKind.YEAR_TO_DATE else -len(period))


def same_period_last_year(period: Period) -> Period:
    """The same months a year earlier."""
    return _moved(period, -12)


def like_for_like(period: Period, other: Period, last: Month) -> tuple[Period, Period]:
    """Both cut to the months of `period` up to `last`: a quarter of two months against two months of another.

    They come back unchanged when `last` is the end of `period` or later; PeriodError when it lies before it.
    """
    if last >= period.last:
        return period, other
    if last < period.first:
        raise PeriodError(f"{period.label} has not begun in {last.label}: choose {previous(period).label}.")
    count = len(Period.custom(period.first, last))
    end = min(other.last, other.first.plus(count - 1))
    return Period.custom(period.first, last), Period.custom(other.first, end)


def changes(now: PeriodFigures, before: PeriodFigures) -> dict[str, Change]:
    """The change of every metric, derived ones included, by key."""
    these, those = {**now.figures, **now.derived}, {**before.figures, **before.derived}
    return {key: change(these[key], those[key], line.unit, is_profit=key in _PROFITS) for key, line in LINES.items()}


def _moved(period: Period, count: int) -> Period:
    last = period.last.plus(count)
    match period.kind:
        case PeriodKind.MONTH:
            return Period.month(last)
        case PeriodKind.QUARTER:
            return Period.quarter(last, period.calendar)
        case PeriodKind.YEAR:
            return Period.year(last, period.calendar)
        case PeriodKind.YEAR_TO_DATE:
            return Period.ytd(last, period.calendar)
        case PeriodKind.TRAILING_YEAR:
            return Period.ttm(last)
        case PeriodKind.CUSTOM:
            return Period.custom(period.first.plus(count), last)


def _added(months: Sequence[Figures]) -> dict[str, Figure]:
    keys = dict.fromkeys((*_ALWAYS, *(key for month in months for key in month)))
    added: dict[str, Figure] = {
        key: _sum([month.get(key) for month in months]) for key in keys if key not in _NOT_ADDED
    }
    heads = [month.get("employees") for month in months]
    total = _sum(heads)
    added["employees"] = heads[-1] if heads else None
    added[AVERAGE_EMPLOYEES] = None if total is None else total / len(heads)
    added[MONTH_COUNT] = len(months)
    return added


def _sum(values: Sequence[Figure]) -> Decimal | None:
    """None as soon as one is missing: a part is not the sum."""
    known = [Decimal(value) for value in values if value is not None]
    return sum(known, Decimal(0)) if values and len(known) == len(values) else None
