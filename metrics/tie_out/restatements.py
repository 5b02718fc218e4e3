"""Which past months QuickBooks changed, by account and amount: since a date, since a review, still unseen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet

from accounts import audit
from accounts.models import Company
from alerts.looking import ask_look
from metrics.columns import list_id_of
from metrics.mapping import Mapper
from metrics.mappings.rows import mapper_of
from metrics.models import AmountChange, Restatement, Snapshot
from metrics.months import Month
from metrics.profit_and_loss import ZERO, Section


@dataclass(frozen=True)
class ChangedCell:
    """A ledger account in a month, before and after, as printed; 0.00 for a row that was not there."""

    account_key: str
    full_name: str
    number: str
    section: Section
    metric_key: str
    before: Decimal
    after: Decimal

    @property
    def difference(self) -> Decimal:
        return self.after - self.before


@dataclass(frozen=True)
class RestatedMonth:
    """One restatement with its cells, biggest change first. `presented_in` names the reviews that showed the old
    figures."""

    restatement: Restatement
    month: Month
    cells: tuple[ChangedCell, ...]
    presented_in: tuple[str, ...]

    @property
    def net_income_difference(self) -> Decimal:
        before, after = self.restatement.net_income_before, self.restatement.net_income_after
        return Decimal(after - before)


def restatements(
    company: Company,
    *,
    basis: str | None = None,
    month: Month | None = None,
    since: datetime | None = None,
    only_open: bool = False,
) -> QuerySet[Restatement]:
    """Newest first; to be sliced."""
    rows = Restatement.objects.filter(company=company)
    if basis is not None:
        rows = rows.filter(basis=basis)
    if month is not None:
        rows = rows.filter(month=month.first_day)
    if since is not None:
        rows = rows.filter(detected_at__gt=since)
    if only_open:
        rows = rows.filter(acknowledged_at=None)
    return rows.order_by("-detected_at", "-month", "-pk")


def open_months(company: Company, basis: str) -> dict[Month, Decimal]:
    """Months with restatements that nobody has acknowledged, and what these make of net income; one query."""
    found: dict[Month, Decimal] = {}
    rows = Restatement.objects.filter(company=company, basis=basis, acknowledged_at=None).order_by("month")
    for day, before, after in rows.values_list("month", "net_income_before", "net_income_after"):
        month = Month.of(day)
        found[month] = found.get(month, ZERO) + after - before
    return found


def with_cells(company: Company, found: Iterable[Restatement]) -> tuple[RestatedMonth, ...]:
    """The restatements with what changed in each; three queries whatever their number."""
    rows = list(found)
    mapper = mapper_of(company)
    changes: dict[int, list[ChangedCell]] = {row.pk: [] for row in rows}
    for change in AmountChange.objects.filter(restatement__in=rows):
        if change.restatement_id is not None:
            changes[change.restatement_id].append(_cell(change, mapper))
    shown = list(Snapshot.objects.filter(company=company).order_by("created_at"))
    return tuple(
        RestatedMonth(
            row,
            Month.of(row.month),
            _biggest(changes[row.pk]),
            tuple(snapshot.name for snapshot in shown if _showed(snapshot, row)),
        )
        for row in rows
    )


def changed_since(
    company: Company, basis: str, moment: datetime, first: Month | None = None, last: Month | None = None
) -> Mapping[Month, tuple[ChangedCell, ...]]:
    """What changed in past months since that moment, netted: an account that went back is not in it; two queries."""
    rows = AmountChange.objects.filter(company=company, basis=basis, changed_at__gt=moment, restatement__isnull=False)
    if first is not None:
        rows = rows.filter(month__gte=first.first_day)
    if last is not None:
        rows = rows.filter(month__lte=last.first_day)
    mapper = mapper_of(company)
    netted: dict[Month, dict[str, ChangedCell]] = {}
    for change in rows.order_by("changed_at", "pk"):
        cell, of_month = _cell(change, mapper), netted.setdefault(Month.of(change.month), {})
        before = of_month[cell.account_key].before if cell.account_key in of_month else cell.before
        of_month[cell.account_key] = ChangedCell(
            cell.account_key, cell.full_name, cell.number, cell.section, cell.metric_key, before, cell.after
        )
    left = {month: _biggest(one for one in found.values() if one.difference) for month, found in netted.items()}
    return {month: changed for month, changed in sorted(left.items()) if changed}


def _biggest(found: Iterable[ChangedCell]) -> tuple[ChangedCell, ...]:
    return tuple(sorted(found, key=lambda cell: (-abs(cell.difference), cell.full_name)))


def acknowledge(company: Company, ids: Iterable[int], *, note: str, actor: str, now: datetime) -> int:
    """A person has seen these restatements; how many were still open."""
    count = Restatement.objects.filter(company=company, pk__in=list(ids), acknowledged_at=None).update(
        acknowledged_at=now, acknowledged_by=actor, note=note[:500]
    )
    if count:
        audit.record(
            action="restatement.acknowledged",
            success=True,
            now=now,
            actor=actor,
            company=company,
            count=count,
            note=note,
        )
        ask_look(company.pk)
    return count


def _showed(snapshot: Snapshot, row: Restatement) -> bool:
    """Whether the snapshot showed this month's figures as they were before."""
    in_period = snapshot.first_month <= row.month <= snapshot.last_month
    return in_period and snapshot.basis == row.basis and snapshot.created_at < row.detected_at


def _cell(change: AmountChange, mapper: Mapper) -> ChangedCell:
    section = Section(change.account_type)
    match = mapper.match(
        change.full_name, section, change.number, list_id_of(change.account_key), Month.of(change.month)
    )
    return ChangedCell(
        account_key=change.account_key,
        full_name=change.full_name,
        number=change.number,
        section=section,
        metric_key=match.metric_key,
        before=ZERO if change.before is None else change.before,
        after=ZERO if change.after is None else change.after,
    )
