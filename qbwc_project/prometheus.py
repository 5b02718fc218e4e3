"""GET /metrics in Prometheus' text format: aggregate figures, public as /health is; no company is named.

Each process gives the figures of the whole installation, counted from the database (call_counters.py), because calls
end in whichever process reads their answers. docs/monitoring.md says how to scrape several and what to ask them.
https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts import clock
from alerts.models import Alert
from alerts.sources import sources
from outbox.models import Message, State
from passthrough.models import Callback, Transaction
from qbwc.contact import CONTACT_FIELDS, contact_state
from qbwc.models import CompanyFile, Job
from qbwc_project.call_counters import BUCKETS_SECONDS, UNTIMED, Figures, Kind, counters

logger = logging.getLogger(__name__)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
CARRIED_OUT = ("success", "error")
OUTCOMES = (*CARRIED_OUT, "duplicate")
KINDS = {"read": False, "write": True}
STATES = ("never_seen", "online", "late", "disabled")
_TO_LOOK_AT = (Job.State.FAILED, Job.State.OUTCOME_UNKNOWN)

Labels = dict[str, str]
Sample = tuple[str, Labels, float]  # suffix of the name, labels, value


@dataclass(frozen=True)
class Family:
    name: str
    kind: str
    words: str
    samples: Iterable[Sample]


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """503 without a body to read when the database does not answer: a scrape that failed, not zeros."""
    try:
        text = "".join(_lines(_families(clock.now())))
    except DatabaseError:
        logger.exception("metrics: the database does not answer")
        return HttpResponse("the database does not answer\n", status=503, content_type="text/plain; charset=utf-8")
    return HttpResponse(text, content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})


def _families(now: datetime) -> Iterator[Family]:
    figures = counters.read(now)
    assert counters.since is not None
    yield Family("tieout_transactions_total", "counter", "Calls that have ended, by outcome.", _totals(figures))
    words = "From a call to its end, of calls that were not duplicates."
    yield Family("tieout_transaction_seconds", "histogram", words, _times(figures))
    words = "Calls that came in from this moment on are in the two above."
    since: list[Sample] = [("", {}, counters.since.timestamp())]
    yield Family("tieout_transactions_since_timestamp_seconds", "gauge", words, since)
    yield from _of_transactions(now)
    yield Family("tieout_jobs", "gauge", "Jobs of the queue that wait, are at QuickBooks, or need a look.", _jobs())
    yield from _of_connectors(now)
    words = "Mail and webhooks that wait, failed, or of which nobody knows whether they arrived."
    yield Family("tieout_outbox_messages", "gauge", words, _messages())
    yield Family("tieout_alerts", "gauge", "Alerts that are there and nobody has acknowledged.", _alerts())


def _messages() -> Iterator[Sample]:
    states = (State.DUE, State.FAILED, State.UNKNOWN)
    found = Message.objects.filter(state__in=states).order_by().values_list("state").annotate(Count("pk"))
    counts = dict(found)
    for state in states:
        yield "", {"state": str(state)}, counts.get(state, 0)


def _alerts() -> Iterator[Sample]:
    rows = Alert.objects.filter(ended_at=None, is_acknowledged=False).order_by().values_list("kind")
    counts = dict(rows.annotate(Count("pk")))
    for kind in sources():
        yield "", {"kind": kind}, counts.get(kind, 0)


def _totals(figures: Figures) -> Iterator[Sample]:
    """Every series is there from the beginning: what appears with its first error has no increase to alert on."""
    for outcome in OUTCOMES:
        for kind, is_write in KINDS.items():
            calls = (figures.calls[Kind(outcome, is_write, bucket)] for bucket in range(UNTIMED + 1))
            yield "", {"outcome": outcome, "kind": kind}, sum(calls)


def _times(figures: Figures) -> Iterator[Sample]:
    """Of calls that were carried out or refused; a duplicate takes no time."""
    for kind, is_write in KINDS.items():
        timed = [[Kind(outcome, is_write, bucket) for outcome in CARRIED_OUT] for bucket in range(UNTIMED)]
        count = 0
        for bucket, kinds in enumerate(timed):
            count += sum(figures.calls[each] for each in kinds)
            limit = f"{BUCKETS_SECONDS[bucket]:g}" if bucket < len(BUCKETS_SECONDS) else "+Inf"
            yield "_bucket", {"kind": kind, "le": limit}, count
        yield "_sum", {"kind": kind}, sum(figures.milliseconds[each] for kinds in timed for each in kinds) / 1000
        yield "_count", {"kind": kind}, count


def _of_transactions(now: datetime) -> Iterator[Family]:
    pending = Transaction.objects.filter(status=Transaction.Status.PENDING).aggregate(
        all=Count("pk"), held=Count("pk", filter=Q(held_until__gte=now))
    )
    owed = Callback.objects.filter(state=Callback.State.DUE).count()
    yield Family("tieout_pending_transactions", "gauge", "Calls that have not ended.", [("", {}, pending["all"])])
    yield Family("tieout_held_calls", "gauge", "Calls whose callers wait for the answer.", [("", {}, pending["held"])])
    yield Family("tieout_callbacks_due", "gauge", "Callbacks that are still to be delivered.", [("", {}, owed)])


def _jobs() -> Iterator[Sample]:
    """Each query is one of the partial indexes of the table; ended jobs are not counted."""
    for state in (Job.State.QUEUED, Job.State.IN_FLIGHT):
        yield "", {"state": str(state)}, Job.objects.filter(state=state).count()
    found = Job.objects.filter(state__in=_TO_LOOK_AT).order_by().values_list("state").annotate(Count("pk"))
    counts = dict(found)
    for state in _TO_LOOK_AT:
        yield "", {"state": str(state)}, counts.get(state, 0)


def _of_connectors(now: datetime) -> Iterator[Family]:
    files = list(CompanyFile.objects.only(*CONTACT_FIELDS))
    states = [contact_state(company_file, now) for company_file in files]
    yield Family(
        "tieout_company_files",
        "gauge",
        "Company files by how their Web Connector calls.",
        [("", {"state": state}, states.count(state)) for state in STATES],
    )
    seen = [(now - each.last_seen_at).total_seconds() for each in files if each.is_active and each.last_seen_at]
    words = "Seconds since a Web Connector called: the newest contact, and that of the file silent for longest."
    samples = [("", {"which": name}, max(0.0, age)) for name, age in _ends(seen)]
    yield Family("tieout_web_connector_last_contact_seconds", "gauge", words, samples)


def _ends(ages: list[float]) -> list[tuple[str, float]]:
    return [("newest", min(ages)), ("oldest", max(ages))] if ages else []


def _lines(families: Iterable[Family]) -> Iterator[str]:
    for family in families:
        yield f"# HELP {family.name} {family.words}\n# TYPE {family.name} {family.kind}\n"
        for suffix, labels, value in family.samples:
            inner = ",".join(f'{name}="{text}"' for name, text in labels.items())  # all texts are our own words
            yield f"{family.name}{suffix}{'{' + inner + '}' if inner else ''} {float(value):.15g}\n"
