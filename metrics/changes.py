"""One figure against an earlier one: the step, the percentage where it means something, and both in words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from metrics.derived import Figure, Unit, percent_of


@dataclass(frozen=True)
class Change:
    """now − before. `percent` is None where it would mislead: from nothing, from a loss or into one.

    A figure that is a percentage itself changes by points: `absolute` has them, `percent` stays empty and the
    change is meaningful all the same. `absolute` is None when one of the two is not there.
    """

    absolute: Decimal | None
    percent: Decimal | None
    is_meaningful: bool
    words: str


NO_CHANGE_KNOWN = Change(None, None, False, "nothing to compare with")


def change(now: Figure, before: Figure, unit: Unit = Unit.MONEY, *, is_profit: bool = True) -> Change:
    """Never raises. `is_profit` False: a figure below zero is not called a loss (discounts, credits)."""
    if now is None or before is None:
        return NO_CHANGE_KNOWN
    try:
        return _change(Decimal(now), Decimal(before), unit, is_profit)
    except ArithmeticError:  # not a number, or beyond what Decimal holds
        return NO_CHANGE_KNOWN


def _change(now: Decimal, before: Decimal, unit: Unit, is_profit: bool) -> Change:
    step = now - before
    if not (now.is_finite() and before.is_finite()):
        return NO_CHANGE_KNOWN
    if unit is Unit.PERCENT:
        return Change(step, None, True, _way(step, f"{abs(step):,} points"))
    if before <= 0 or now < 0:
        return Change(step, None, False, _across_zero(now, before, "a loss" if is_profit else "below zero"))
    percent = percent_of(step, before)
    assert percent is not None
    if unit is Unit.COUNT:
        return Change(step, percent, True, _way(step, f"{abs(step):,}"))
    return Change(step, percent, True, _way(step, f"{abs(percent):,}%" if percent else "less than 0.1%"))


def _way(step: Decimal, size: str) -> str:
    if not step:
        return "unchanged"
    return f"{'up' if step > 0 else 'down'} {size}"


def _across_zero(now: Decimal, before: Decimal, below: str) -> str:
    if now == before:
        return "unchanged"
    if before == 0:
        return "from nothing" if now > 0 else f"from nothing to {below}"
    if before > 0:
        return f"into {below}" if below == "a loss" else f"to {below}"
    if now >= 0:
        return f"from {below}"
    return f"still {'at ' if below == 'a loss' else ''}{below}, {'less' if now > before else 'more'} than before"
