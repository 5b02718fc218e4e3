"""Reads about reading: when each kind of answer last came, what went wrong, what is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from accounts.models import Company
from metrics.models import SyncHistory
from qbwc.models import SyncPlan

# Beyond its due time by this much, a reading is called late: a PC that is off overnight is nothing to worry about.
LATE = timedelta(hours=36)


@dataclass(frozen=True)
class SyncLine:
    """The state of one kind of reading. `message` is the last success's; `failure` is empty unless the newest
    attempt failed. `next_due_at` None with `is_planned`: due at once."""

    sync_type: str
    label: str
    last_success_at: datetime | None
    last_attempt_at: datetime | None
    message: str
    failure: str
    next_due_at: datetime | None
    is_planned: bool

    def is_late(self, now: datetime) -> bool:
        """Due for so long that somebody should see to it."""
        return self.is_planned and self.next_due_at is not None and self.next_due_at + LATE < now


def sync_state(company: Company) -> tuple[SyncLine, ...]:
    """One line for each kind of reading, planned or not, in the order in which they are read; the budget's only when
    it is planned or was read. Three queries at most."""
    newest = {row.sync_type: row for row in _newest(SyncHistory.objects.filter(company=company))}
    good = newest
    if not all(row.success for row in newest.values()):
        good = {row.sync_type: row for row in _newest(SyncHistory.objects.filter(company=company, success=True))}
    plans = list(SyncPlan.objects.filter(company_file__company=company, is_enabled=True))
    return tuple(
        _sync_line(sync_type, newest.get(sync_type), good.get(sync_type), [p for p in plans if p.purpose == sync_type])
        for sync_type in _READING_ORDER
        if sync_type != SyncHistory.SyncType.BUDGET or sync_type in newest or any(p.purpose == sync_type for p in plans)
    )


# The chart first, because the report's rows are resolved with it.
_READING_ORDER = (
    SyncHistory.SyncType.ACCOUNTS,
    SyncHistory.SyncType.PROFIT_LOSS,
    SyncHistory.SyncType.EMPLOYEES,
    SyncHistory.SyncType.BUDGET,
)


def _newest(rows: QuerySet[SyncHistory]) -> list[SyncHistory]:
    """The newest row of each company and kind."""
    rank = Window(
        RowNumber(), partition_by=[F("company_id"), F("sync_type")], order_by=[F("created_at").desc(), F("id").desc()]
    )
    return list(rows.annotate(rank=rank).filter(rank=1).order_by("sync_type").defer("parsed_data"))


def _sync_line(
    sync_type: SyncHistory.SyncType, newest: SyncHistory | None, good: SyncHistory | None, plans: list[SyncPlan]
) -> SyncLine:
    due = [plan.next_due_at for plan in plans]
    return SyncLine(
        sync_type=sync_type.value,
        label=str(sync_type.label),
        last_success_at=None if good is None else good.created_at,
        last_attempt_at=None if newest is None else newest.created_at,
        message="" if good is None else good.message,
        failure="" if newest is None or newest.success else newest.message,
        next_due_at=None if None in due else min((moment for moment in due if moment is not None), default=None),
        is_planned=bool(plans),
    )
