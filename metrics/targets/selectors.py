"""Targets and budgets as values: those of a span of months, and what a company has for a period."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounts.models import Company
from metrics.arithmetic import LINES
from metrics.cells import in_months
from metrics.fiscal import Period
from metrics.models import Target
from metrics.months import Month
from metrics.targets.rules import CENT, TargetKind, TargetSource, TargetValue, period_target


@dataclass(frozen=True)
class KeptTarget:
    """A target with who set it, and when."""

    value: TargetValue
    updated_by: str
    updated_at: datetime


def targets(
    company: Company, first: Month | None = None, last: Month | None = None, kind: str | None = None
) -> tuple[KeptTarget, ...]:
    """By metric in display order, then month; one query. A key that is no metric any more is left out."""
    rows = in_months(Target.objects.filter(company=company), first, last)
    if kind is not None:
        rows = rows.filter(kind=kind)
    places = {key: place for place, key in enumerate(LINES)}
    known = [row for row in rows if row.metric_key in places]
    known.sort(key=lambda row: (row.kind, places[row.metric_key], row.month))
    return tuple(KeptTarget(value_of(row), row.updated_by, row.updated_at) for row in known)


def values(
    company: Company, first: Month | None = None, last: Month | None = None, kind: str | None = None
) -> tuple[TargetValue, ...]:
    """The same without who and when."""
    return tuple(one.value for one in targets(company, first, last, kind))


def period_targets(company: Company, period: Period) -> dict[TargetKind, dict[str, Decimal]]:
    """What each metric should come to in the whole period, where every month of it has a target; one query."""
    found = values(company, period.first, period.last)
    return {kind: in_period([one for one in found if one.kind is kind], period) for kind in TargetKind}


def in_period(found: Iterable[TargetValue], period: Period) -> dict[str, Decimal]:
    """`found` is of one kind."""
    of_one_kind = tuple(found)
    sums = {key: period_target(of_one_kind, key, period) for key in {one.metric_key for one in of_one_kind}}
    return {key: amount for key, amount in sums.items() if amount is not None}


def digest_of(found: Iterable[TargetValue]) -> str:
    """Names what somebody looked at, so that a save can tell whether it has moved since."""
    lines = sorted(f"{one.kind} {one.metric_key} {one.month} {one.amount} {one.source}" for one in found)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def value_of(row: Target) -> TargetValue:
    return TargetValue(
        row.metric_key, Month.of(row.month), row.amount.quantize(CENT), TargetKind(row.kind), TargetSource(row.source)
    )
