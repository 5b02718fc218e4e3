"""What a metric should come to: what can have a target, a year's spread over its months, and how a month did."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from metrics.arithmetic import LINES, Direction, Unit
from metrics.derived import percent_of, rounded
from metrics.fiscal import Period
from metrics.months import Month

TARGET_KEYS: tuple[str, ...] = tuple(LINES)  # the fourteen metrics, then every derived one
CENT = Decimal("0.01")
LARGEST = Decimal("999999999999.99")
DEFAULT_TOLERANCE = Decimal(5)  # percent of the target
MOST_PERCENT = 1000  # beyond it a percentage tells nobody how far a figure is off


class TargetError(ValueError):
    """A target that cannot be; the message says why and what would be right."""


class TargetKind(enum.StrEnum):
    """What the company aims for, or what it planned."""

    TARGET = "target"
    BUDGET = "budget"


class TargetSource(enum.StrEnum):
    """Where it came from."""

    PERSON = "person"
    FILE = "file"
    QUICKBOOKS = "quickbooks"


class Light(enum.Enum):
    """How a figure did against its target."""

    GOOD = "good"
    NEAR = "near"
    MISSED = "missed"
    NONE = "none"


@dataclass(frozen=True)
class TargetValue:
    """What one metric should come to in one month: money, percent (35.5) or people, to two places."""

    metric_key: str
    month: Month
    amount: Decimal
    kind: TargetKind = TargetKind.TARGET
    source: TargetSource = TargetSource.PERSON

    def __post_init__(self) -> None:
        if self.metric_key not in LINES:
            raise TargetError(f"{self.metric_key[:40]!r} is not a metric: {', '.join(TARGET_KEYS)}.")
        if not self.amount.is_finite() or abs(self.amount) > LARGEST:
            raise TargetError(f"A target lies between −{LARGEST:,} and {LARGEST:,}.")
        if self.amount != self.amount.quantize(CENT):
            raise TargetError(f"{self.amount} has more than two decimals: round it to {_cents(self.amount)}.")
        if LINES[self.metric_key].unit is Unit.COUNT and self.amount < 0:
            raise TargetError("A number of people is 0 or more.")


@dataclass(frozen=True)
class Assessment:
    """How a figure did: the light, actual − target, attainment in percent (None: not meaningful), and in words."""

    light: Light
    difference: Decimal | None
    attainment: Decimal | None
    words: str


def spread(
    annual: Decimal, months: Sequence[Month], how: Literal["equal"] | Sequence[Decimal] = "equal"
) -> dict[Month, Decimal]:
    """An amount over months, equally or by weights (one per month, in their order), to the exact cent.

    The parts always add up to the amount, and each is within a cent of its exact share. Raises TargetError.
    """
    weights = [Decimal(1)] * len(months) if isinstance(how, str) else list(how)
    _check_spread(annual, months, weights)
    whole, so_far, given = sum(weights), Decimal(0), Decimal(0)
    parts = {}
    for month, weight in zip(months, weights, strict=True):
        so_far += weight
        parts[month] = _cents(annual * so_far / whole) - given
        given += parts[month]
    return parts


def season(last_year: Sequence[Decimal | None]) -> tuple[Decimal, ...]:
    """Weights for spread from last year's months; TargetError where they do not tell a season."""
    known = tuple(amount for amount in last_year if amount is not None)
    if len(known) < len(last_year) or not known or min(known) < 0 or not any(known):
        raise TargetError(
            "Last year's months tell no season: each must have a figure, none below zero. Spread equally instead."
        )
    return known


def monthly_targets(
    metric_key: str,
    annual: Decimal,
    months: Sequence[Month],
    how: Literal["equal"] | Sequence[Decimal] = "equal",
    kind: TargetKind = TargetKind.TARGET,
    source: TargetSource = TargetSource.PERSON,
) -> tuple[TargetValue, ...]:
    """A year's target per month: money is spread; a percentage, a ratio or a head count is the same every month."""
    if metric_key not in LINES:
        raise TargetError(f"{metric_key[:40]!r} is not a metric: {', '.join(TARGET_KEYS)}.")
    parts = spread(annual, months, how) if LINES[metric_key].is_additive else dict.fromkeys(months, annual)
    return tuple(TargetValue(metric_key, month, amount, kind, source) for month, amount in parts.items())


def period_target(values: Iterable[TargetValue], metric_key: str, period: Period) -> Decimal | None:
    """The target of a whole period; None unless every month of it has one. `values` are of one kind.

    Money adds up, a head count is the last month's, a percentage or ratio is the average of the months'.
    """
    by_month: Mapping[Month, Decimal] = {
        value.month: value.amount for value in values if value.metric_key == metric_key and value.month in period
    }
    if len(by_month) < len(period):
        return None
    line = LINES[metric_key]
    if line.unit is Unit.COUNT:
        return by_month[period.last]
    total = sum(by_month.values(), Decimal(0))
    return total if line.is_additive else rounded(total / len(period), line.unit)


def light(
    actual: Decimal | int | None,
    target: Decimal | None,
    direction: Direction,
    tolerance: Decimal = DEFAULT_TOLERANCE,
) -> Light:
    """`tolerance` is in percent of the target: missed by no more than that is near.

    Where no way is good news (NEUTRAL), within the tolerance on either side is good, within twice of it near.
    """
    if actual is None or target is None:
        return Light.NONE
    room = abs(target) * tolerance / 100
    shortfall = _shortfall(actual - target, direction) - (room if direction is Direction.NEUTRAL else 0)
    if shortfall <= 0:
        return Light.GOOD
    return Light.NEAR if shortfall <= room else Light.MISSED


def attainment(actual: Decimal | int | None, target: Decimal | None) -> Decimal | None:
    """The actual figure in percent of its target; None when there is none, or it is not more than zero."""
    return None if actual is None or target is None else percent_of(Decimal(actual), target)


def assess(
    actual: Decimal | int | None,
    target: Decimal | None,
    direction: Direction,
    tolerance: Decimal = DEFAULT_TOLERANCE,
    kind: TargetKind = TargetKind.TARGET,
    unit: Unit = Unit.MONEY,
) -> Assessment:
    """The light with the words to stand beside it: colour is never the only sign."""
    found = light(actual, target, direction, tolerance)
    if actual is None or target is None:
        return Assessment(found, None, None, f"no {kind}" if target is None else "no figure yet")
    step = actual - target
    return Assessment(found, step, attainment(actual, target), _words(found, step, target, kind, unit))


_JUDGEMENTS = {
    Light.GOOD: "on {kind}",
    Light.NEAR: "close to {kind}",
    Light.MISSED: "{kind} missed",
}


def _words(found: Light, step: Decimal, target: Decimal, kind: TargetKind, unit: Unit) -> str:
    judgement = _JUDGEMENTS[found].format(kind=kind.value)
    if not step:
        return judgement
    return f"{judgement}, {_size(step, target, unit)}{'over' if step > 0 else 'under'}"


def _size(step: Decimal, target: Decimal, unit: Unit) -> str:
    """A percentage differs by points: a margin of 18% against one of 0.9% is not 1,900% over."""
    if unit is Unit.PERCENT:
        points = rounded(abs(step), unit)
        return f"{points:,} points " if points else "less than 0.1 points "
    percent = percent_of(abs(step), target)
    if percent is None:
        return ""
    if percent > MOST_PERCENT:
        return "more than 10 times "
    return f"{percent:,}% " if percent else "less than 0.1% "


def _shortfall(step: Decimal, direction: Direction) -> Decimal:
    """How far on the wrong side of the target, negative on the right one."""
    match direction:
        case Direction.UP_IS_GOOD:
            return -step
        case Direction.DOWN_IS_GOOD:
            return step
        case Direction.NEUTRAL:
            return abs(step)


def _check_spread(annual: Decimal, months: Sequence[Month], weights: Sequence[Decimal]) -> None:
    if not months or len(set(months)) < len(months):
        raise TargetError("Give the months to spread over, each once.")
    if len(weights) != len(months):
        raise TargetError(f"Give one weight per month: {len(months)}, not {len(weights)}.")
    if not all(weight.is_finite() and weight >= 0 for weight in weights) or not any(weights):
        raise TargetError("Weights are numbers of zero or more, and not all zero.")
    if not annual.is_finite() or abs(annual) > LARGEST:
        raise TargetError(f"A target lies between −{LARGEST:,} and {LARGEST:,}.")
    if annual != _cents(annual):
        raise TargetError(f"{annual} has more than two decimals: round it to {_cents(annual)}.")


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
