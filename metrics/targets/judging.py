"""How a period did against its targets: one judgement for pages, files, links and alerts. Pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from metrics.arithmetic import LINES, Direction, Unit
from metrics.fiscal import Period
from metrics.months import Month
from metrics.targets.rules import DEFAULT_TOLERANCE, Assessment, Light, assess


class Extent(enum.StrEnum):
    """How much of a period its figures are."""

    WHOLE = "whole"
    RUNS = "runs"
    UNREAD = "unread"
    STALE = "stale"


_WAITS = {
    Extent.RUNS: "not over yet",
    Extent.UNREAD: "not every month was read",
    Extent.STALE: "not read since it was over",
}


def extent_of(period: Period, read: Mapping[Month, bool], running: Month) -> Extent:
    """`read`: of each month that was read, whether that was after its end; `running`: the month that still runs."""
    if period.last >= running:
        return Extent.RUNS
    if any(month not in read for month in period.months):
        return Extent.UNREAD
    return Extent.WHOLE if all(read[month] for month in period.months) else Extent.STALE


@dataclass(frozen=True)
class Judge:
    """`tolerance` in percent of the target: the company's own."""

    extent: Extent = Extent.WHOLE
    tolerance: Decimal = DEFAULT_TOLERANCE

    def of(self, key: str, actual: Decimal | int | None, target: Decimal | None) -> Assessment:
        """Two months against the target of three are no miss."""
        if target is not None and self.extent in _WAITS:
            return Assessment(Light.NONE, None, None, _WAITS[self.extent])
        line = LINES.get(key)
        direction, unit = (line.direction, line.unit) if line else (Direction.NEUTRAL, Unit.MONEY)
        return assess(actual, target, direction, self.tolerance, unit=unit)
