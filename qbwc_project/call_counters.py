"""Counts of the passthrough calls for /metrics: of the whole installation, from the database, cheap at any table size.

They begin at midnight (UTC) of the day on which the process started, and only grow while it lives. What has ended is
added up once and remembered; a scrape reads the calls of the last minutes and those that were pending, both by index.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import Case, Count, F, Q, Sum, Value, When

from passthrough.models import Transaction

BUCKETS_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 35, 60, 300)
UNTIMED = len(BUCKETS_SECONDS) + 1  # a call without a time has a bucket of its own, behind the one without an end
# A row is in the database long before its timestamp is as old as this, whichever process wrote it.
SETTLING = timedelta(minutes=2)
_AT_ONCE = 500
_PENDING = Transaction.Status.PENDING


class Kind(NamedTuple):
    """What is counted together: `bucket` is the place in BUCKETS_SECONDS, one more for longer ones, or UNTIMED."""

    status: str
    is_write: bool
    bucket: int


@dataclass
class Figures:
    """How many calls there were of each kind, and how many milliseconds they took together."""

    calls: Counter[Kind] = field(default_factory=Counter)
    milliseconds: Counter[Kind] = field(default_factory=Counter)

    def add(self, rows: Iterable[tuple[Kind, int, int]]) -> None:
        for kind, calls, milliseconds in rows:
            self.calls[kind] += calls
            self.milliseconds[kind] += milliseconds

    def __add__(self, other: Figures) -> Figures:
        return Figures(self.calls + other.calls, self.milliseconds + other.milliseconds)


class CallCounters:
    """One a process. A call counts when it has ended, by the moment at which it came in."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.since: datetime | None = None
        self._until = datetime.min.replace(tzinfo=UTC)  # what came in before it is in `_settled`, or in `_pending`
        self._settled = Figures()
        self._pending: set[int] = set()

    def read(self, now: datetime) -> Figures:
        """The figures as of now. Raises DatabaseError, and then has forgotten nothing."""
        with self._lock:
            if self.since is None:
                self.since = self._until = now.replace(hour=0, minute=0, second=0, microsecond=0)
            self._settle(max(self._until, now - SETTLING))
            self._look_at_pending()
            latest = Figures()
            latest.add(_counted(Q(timestamp__gte=self._until))[0])
            return self._settled + latest

    def _settle(self, until: datetime) -> None:
        """Take over what came in since the last time and can get no company any more."""
        if until == self._until:
            return
        ended, pending = _counted(Q(timestamp__gte=self._until, timestamp__lt=until))
        self._settled.add(ended)
        self._pending |= pending
        self._until = until

    def _look_at_pending(self) -> None:
        pks = sorted(self._pending)
        for first in range(0, len(pks), _AT_ONCE):
            asked = pks[first : first + _AT_ONCE]
            rows = Transaction.objects.filter(pk__in=asked).order_by()
            found = list(rows.values_list("pk", "status", "is_write", "processing_time_ms"))
            self._settled.add(
                (Kind(status, is_write, _bucket(ms)), 1, ms or 0)
                for _, status, is_write, ms in found
                if status != _PENDING
            )
            still = {pk for pk, status, _, _ in found if status == _PENDING}
            self._pending -= set(asked) - still  # a row that is gone went with its company


_BUCKET = Case(
    When(processing_time_ms=None, then=Value(UNTIMED)),
    *(
        When(processing_time_ms__lte=int(seconds * 1000), then=Value(place))
        for place, seconds in enumerate(BUCKETS_SECONDS)
    ),
    default=Value(len(BUCKETS_SECONDS)),
)


def _counted(which: Q) -> tuple[list[tuple[Kind, int, int]], set[int]]:
    """The ended ones by kind, and the ids of the pending ones: one question, so that none is in both or in neither."""
    rows = Transaction.objects.filter(which).order_by()
    named = rows.annotate(bucket=_BUCKET, waits=Case(When(status=_PENDING, then=F("pk"))))
    grouped = named.values_list("status", "is_write", "bucket", "waits").annotate(
        Count("pk"), Sum("processing_time_ms")
    )
    found = list(grouped)
    ended = [(Kind(status, write, place), calls, ms or 0) for status, write, place, pk, calls, ms in found if not pk]
    return ended, {row[3] for row in found if row[3]}


def _bucket(milliseconds: int | None) -> int:
    if milliseconds is None:
        return UNTIMED
    places = enumerate(BUCKETS_SECONDS)
    return next((place for place, seconds in places if milliseconds <= seconds * 1000), len(BUCKETS_SECONDS))


counters = CallCounters()
