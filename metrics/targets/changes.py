"""The only writer of targets and budgets that people enter: what changes is told before, and audited after."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts import audit
from accounts.models import Company
from metrics.arithmetic import LINES, Unit
from metrics.models import Target
from metrics.months import Month
from metrics.recompute import lock
from metrics.targets.budget_rows import map_budget
from metrics.targets.rules import TargetKind, TargetSource, TargetValue
from metrics.targets.selectors import digest_of, values

Place = tuple[TargetKind, str, Month]  # kind, metric key, month
MOST_AUDITED = 100  # changes that are spelt out in one line of the audit trail


class TargetsMoved(ValueError):
    """Somebody else changed the targets since they were looked at; look again."""


@dataclass(frozen=True)
class TargetChange:
    """One target before and after; None: there was, or will be, none."""

    kind: TargetKind
    metric_key: str
    month: Month
    before: Decimal | None
    after: Decimal | None

    @property
    def label(self) -> str:
        return LINES[self.metric_key].label

    @property
    def unit(self) -> Unit:
        return LINES[self.metric_key].unit

    @property
    def words(self) -> str:
        return f"{self.kind} {self.metric_key} {self.month}: {_shown(self.before)} → {_shown(self.after)}"


@dataclass(frozen=True)
class TargetDifference:
    """What a save changes, or has changed; QuickBooks' own budget beside it does not count as there."""

    changes: tuple[TargetChange, ...]
    unchanged: int

    @property
    def added(self) -> tuple[TargetChange, ...]:
        return tuple(one for one in self.changes if one.before is None)

    @property
    def removed(self) -> tuple[TargetChange, ...]:
        return tuple(one for one in self.changes if one.after is None)

    @property
    def changed(self) -> tuple[TargetChange, ...]:
        return tuple(one for one in self.changes if one.before is not None and one.after is not None)

    @property
    def words(self) -> str:
        """ "3 added, 1 changed" or "nothing changes"."""
        counts = ((self.added, "added"), (self.changed, "changed"), (self.removed, "removed"))
        return ", ".join(f"{len(found)} {name}" for found, name in counts if found) or "nothing changes"


def difference(company: Company, wanted: Iterable[TargetValue], removed: Collection[Place] = ()) -> TargetDifference:
    """What saving these would change; a place that is both set and removed is set."""
    after: dict[Place, TargetValue] = {_place(one): one for one in wanted}
    before = {_place(one): one.amount for one in values(company) if one.source is not TargetSource.QUICKBOOKS}
    changes = [
        TargetChange(*place, before.get(place), value.amount)
        for place, value in after.items()
        if before.get(place) != value.amount
    ]
    gone = [TargetChange(*place, before[place], None) for place in removed if place in before and place not in after]
    order = {key: number for number, key in enumerate(LINES)}
    ordered = sorted((*changes, *gone), key=lambda one: (one.kind, order[one.metric_key], one.month))
    return TargetDifference(tuple(ordered), len(after) - len(changes))


def save_targets(
    company: Company,
    wanted: Sequence[TargetValue],
    removed: Collection[Place] = (),
    *,
    actor: str,
    now: datetime,
    expected: str | None = None,
    scope: tuple[TargetKind, Month, Month] | None = None,
) -> TargetDifference:
    """Set these and delete those, in one step.

    `expected` is the digest of the targets of `scope` as they were looked at. Raises TargetsMoved.
    """
    with transaction.atomic():
        lock(company)
        _refuse_if_moved(company, expected, scope)
        found = difference(company, wanted, removed)
        if found.changes:
            _write(company, found, {_place(one): one.source for one in wanted}, actor, now)
            # QuickBooks' own budget comes back where a person's was deleted.
            map_budget(company, now)
            _audit(company, found, actor, now)
    return found


def replace_targets(
    company: Company,
    kind: TargetKind,
    months: Sequence[Month],
    wanted: Sequence[TargetValue],
    *,
    actor: str,
    now: datetime,
) -> TargetDifference:
    """Make exactly these the targets of this kind in these months."""
    removed = {_place(one) for one in values(company, kind=kind) if one.month in months}
    return save_targets(company, wanted, removed, actor=actor, now=now)


def _refuse_if_moved(company: Company, expected: str | None, scope: tuple[TargetKind, Month, Month] | None) -> None:
    if expected is None or scope is None:
        return
    kind, first, last = scope
    if digest_of(values(company, first, last, kind)) != expected:
        raise TargetsMoved(
            "The targets were changed by somebody else, or read again from QuickBooks, since you opened the page."
        )


def _write(
    company: Company, found: TargetDifference, sources: dict[Place, TargetSource], actor: str, now: datetime
) -> None:
    for one in found.removed:
        Target.objects.filter(
            company=company, kind=one.kind, metric_key=one.metric_key, month=one.month.first_day
        ).exclude(source=Target.Source.QUICKBOOKS).delete()
    rows = [
        Target(
            company=company,
            kind=one.kind.value,
            metric_key=one.metric_key,
            month=one.month.first_day,
            amount=one.after,
            source=sources[one.kind, one.metric_key, one.month].value,
            updated_by=actor,
            updated_at=now,
        )
        for one in (*found.added, *found.changed)
        if one.after is not None
    ]
    Target.objects.bulk_create(
        rows,
        batch_size=100,
        update_conflicts=True,
        unique_fields=["company", "kind", "metric_key", "month"],
        update_fields=["amount", "source", "updated_by", "updated_at"],
    )


def _audit(company: Company, found: TargetDifference, actor: str, now: datetime) -> None:
    audit.record(
        action="targets.changed",
        success=True,
        now=now,
        actor=actor,
        company=company,
        added=len(found.added),
        changed=len(found.changed),
        removed=len(found.removed),
        changes=[one.words for one in found.changes[:MOST_AUDITED]],
    )


def _place(one: TargetValue) -> Place:
    return one.kind, one.metric_key, one.month


def _shown(amount: Decimal | None) -> str:
    return "none" if amount is None else str(amount)
