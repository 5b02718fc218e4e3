"""From figures to places: round steps for an axis, and the height of a value. Floats are for drawing only. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True)
class Scale:
    """Values from `low` to `high` onto pixels from `bottom` up to `top`."""

    low: Decimal
    high: Decimal
    bottom: float
    top: float
    ticks: tuple[Decimal, ...]

    def at(self, value: Decimal | int) -> float:
        """The pixel of a value."""
        share = float((Decimal(value) - self.low) / (self.high - self.low))
        return self.bottom - share * (self.bottom - self.top)


def scale(
    values: Iterable[Decimal], bottom: float, top: float, *, from_zero: bool, is_count: bool = False, most: int = 5
) -> Scale:
    """Round steps around the values. `from_zero`: bars stand on zero, so it is always there."""
    known = list(values)
    low, high = (min(known), max(known)) if known else (Decimal(0), Decimal(0))
    if from_zero or low == high:
        low, high = min(low, Decimal(0)), max(high, Decimal(0))
    if low == high:
        return Scale(Decimal(0), Decimal(1), bottom, top, (Decimal(0),))
    step = round_step((high - low) / most, is_count)
    first, last = low // step * step, -(-high // step) * step
    if first > low:  # integer division of a Decimal goes towards zero
        first -= step
    if last < high:
        last += step
    count = int((last - first) / step)
    ticks = tuple(first + step * place for place in range(count + 1))
    if from_zero and first < 0 and low - first > step / 2:  # a little below zero needs no whole step of room
        first, ticks = low - step / 10, ticks[1:]
    return Scale(first, last, bottom, top, ticks)


def round_step(least: Decimal, is_count: bool = False) -> Decimal:
    """1, 2 or 5 times a power of ten, not below `least`; whole where people are counted."""
    power = Decimal(1).scaleb(least.adjusted())
    step = next(power * times for times in _STEPS if power * times >= least)
    return max(step, Decimal(1)) if is_count else step
