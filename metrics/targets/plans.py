"""A year of targets from another year: what was, or what was aimed for, and a percentage more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from metrics.arithmetic import LINES, Unit
from metrics.derived import Figures
from metrics.months import Month
from metrics.targets.rules import CENT, TargetKind, TargetValue, monthly_targets, season

GROWS = (Unit.MONEY, Unit.MONEY_PER_PERSON, Unit.COUNT)


def grown(key: str, amount: Decimal, percent: Decimal) -> Decimal:
    """Money and head counts grow by the percentage, people as whole ones; a margin, share or ratio stays."""
    unit = LINES[key].unit
    if unit not in GROWS:
        return amount.quantize(CENT, ROUND_HALF_UP)
    place = Decimal(1) if unit is Unit.COUNT else CENT
    return (amount * (100 + percent) / 100).quantize(place, ROUND_HALF_UP).quantize(CENT)


def from_targets(last_year: Iterable[TargetValue], percent: Decimal) -> tuple[TargetValue, ...]:
    """The same targets a year later."""
    return tuple(
        TargetValue(one.metric_key, one.month.plus(12), grown(one.metric_key, one.amount, percent), one.kind)
        for one in last_year
    )


def from_figures(
    last_year: Mapping[Month, Figures], keys: Sequence[str], percent: Decimal, kind: TargetKind
) -> tuple[TargetValue, ...]:
    """What was, as the target of the same month a year later; a figure that is not there makes no target."""
    return tuple(
        TargetValue(key, month.plus(12), grown(key, Decimal(figure), percent), kind)
        for key in keys
        for month, figures in last_year.items()
        if (figure := figures.get(key)) is not None
    )


def by_season(
    key: str, annual: Decimal, months: Sequence[Month], last_year: Mapping[Month, Figures], kind: TargetKind
) -> tuple[TargetValue, ...]:
    """A year's amount over its months as the same months went a year before. Raises TargetError."""
    known = [last_year.get(month.plus(-12), {}).get(key) for month in months]
    weights = season([None if figure is None else Decimal(figure) for figure in known])
    return monthly_targets(key, annual, months, weights, kind)
