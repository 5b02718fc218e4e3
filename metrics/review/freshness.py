"""How old figures are: what was read when, what was due and did not come, which months changed after a freeze."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from accounts.models import Company
from metrics.figure_words import moment_words
from metrics.models import Restatement, Snapshot
from metrics.months import Month
from metrics.periods import Period
from metrics.reading.sync_selectors import SyncLine, sync_state


@dataclass(frozen=True)
class ChangedSince:
    """A freeze of the period, and the months of it that QuickBooks changed afterwards."""

    snapshot_id: int
    name: str
    frozen_at: datetime
    months: tuple[Month, ...]


@dataclass(frozen=True)
class Freshness:
    """`failed`: the newest try went wrong; `late`: due, and not read since. `silent_since` None: never called."""

    failed: tuple[SyncLine, ...]
    late: tuple[SyncLine, ...]
    silent_since: datetime | None
    read_at: datetime | None

    @property
    def is_stale(self) -> bool:
        return bool(self.failed or self.late)

    @property
    def cautions(self) -> tuple[str, ...]:
        """The same in sentences that stay true on paper: moments, not how long ago."""
        told = [_failed_words(line) for line in self.failed]
        called = f"last called {_stamp(self.silent_since)}" if self.silent_since else "has not called yet"
        told += [f"{_late_words(line)} The Web Connector {called}." for line in self.late if line not in self.failed]
        return tuple(told)


def freshness_of(company: Company, now: datetime) -> Freshness:
    """Four queries."""
    lines = sync_state(company)
    file = getattr(company, "company_file", None)
    return Freshness(
        failed=tuple(line for line in lines if line.failure and line.last_success_at is not None),
        late=tuple(line for line in lines if line.is_late(now)),
        silent_since=getattr(file, "last_seen_at", None),
        read_at=next((line.last_success_at for line in lines if line.sync_type == "profit_loss"), None),
    )


def changed_since(company: Company, period: Period, basis: str) -> ChangedSince | None:
    """Of the newest freeze of exactly this period; None without one, or when nothing changed after it."""
    days = {"first_month": period.first.first_day, "last_month": period.last.first_day}
    rows = Snapshot.objects.filter(company=company, basis=basis, **days).order_by("-created_at", "-pk")
    snapshot = rows.only("pk", "name", "created_at").first()
    if snapshot is None:
        return None
    months = months_changed(company, basis, period.first, period.last, snapshot.created_at)
    return ChangedSince(snapshot.pk, snapshot.name, snapshot.created_at, months) if months else None


def months_changed(company: Company, basis: str, first: Month, last: Month, since: datetime) -> tuple[Month, ...]:
    """Those of the span that QuickBooks changed after the moment."""
    rows = Restatement.objects.filter(
        company=company, basis=basis, detected_at__gt=since, month__range=(first.first_day, last.first_day)
    )
    return tuple(sorted({Month.of(day) for day in rows.values_list("month", flat=True)}))


def change_caution(months: tuple[Month, ...]) -> str:
    """For files that are made of a freeze after months of it changed."""
    named = ", ".join(month.label for month in months)
    return f"QuickBooks has changed {named} since this was frozen: the figures here are those that were presented."


def _failed_words(line: SyncLine) -> str:
    since = f"; the figures are from {_stamp(line.last_success_at)}" if line.last_success_at else ""
    return f"{line.label} could not be read at the last try{since}."  # why is for the pages: files go out of the house


def _late_words(line: SyncLine) -> str:
    read = f"was last read {_stamp(line.last_success_at)}" if line.last_success_at else "was never read"
    return f"{line.label} {read}; it was due {_stamp(line.next_due_at)}."


def _stamp(moment: datetime | None) -> str:
    return moment_words(moment.astimezone(UTC)) if moment else "never"
