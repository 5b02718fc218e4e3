"""What a job's exchanges say about a transaction: its answer, QuickBooks' refusal, whether anything was carried out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from passthrough.models import Transaction
from passthrough.pages import joined
from passthrough.requests import give_back_ids
from qbwc import payloads
from qbwc.models import Exchange, Job, WebConnectorSession
from qbwc.prepared import Parameter, Rows
from qbwc.qbxml.statuses import FIRST_ERROR, MalformedAnswer, read_statuses

if TYPE_CHECKING:
    from django.db.models import QuerySet

# The priority that only an interrupted job has: nobody knows what became of the request that was sent.
INTERRUPTED = -100


def first_sent_at(job: Job) -> datetime | None:
    """When it first left for QuickBooks."""
    first = _FIRST.first(job=job.pk)
    return first.sent_at if first is not None else None


_FIRST = Rows(lambda: Exchange.objects.filter(job=Parameter("job")).order_by("pk").only("sent_at"))


def last_exchange(job: Job) -> Exchange | None:
    return job.exchanges.order_by("-pk").first()


def last_answered(job: Job) -> Exchange | None:
    return _answered(job).select_related("response_payload").order_by("-pk").first()


def answer_text(transaction: Transaction, job: Job) -> str:
    """The final answer as the caller expects it: its own requestIDs, all pages in one; "" when there is none."""
    good = _answered(job).filter(status_code__lt=FIRST_ERROR, hresult="").select_related("response_payload")
    last_pages = list(good.order_by("-pk")[: job.pages + 1])
    return joined([with_caller_ids(transaction, exchange) for exchange in reversed(last_pages)])


def with_caller_ids(transaction: Transaction, exchange: Exchange) -> str:
    """An exchange's answer with the caller's requestIDs; "" for an HRESULT."""
    callers = tuple(transaction.caller_ids)
    # Ours is the job and the request's place, and for a later page something more (qbwc.messages.request_id).
    page = exchange.qbxml_request_id.removeprefix(f"{exchange.job_id}-0")
    ours = tuple(f"{exchange.job_id}-{index}{page}" for index in range(len(callers)))
    return give_back_ids(text_of(exchange), ours, callers)


def text_of(exchange: Exchange) -> str:
    """The answer as it came; "" for an HRESULT."""
    return payloads.text_of(exchange.response_payload) if exchange.response_payload is not None else ""


def carried_out(job: Job) -> tuple[int, int]:
    """Of a write: how many requests of its last answer changed the books, and how many were answered."""
    last = last_answered(job) if job.is_write else None
    if last is None:
        return 0, 0
    try:
        responses = read_statuses(text_of(last)).responses
    except MalformedAnswer:
        return 0, 0
    done = [each for each in responses if not each.is_error and not each.name.endswith("QueryRs")]
    return len(done), len(responses)


def is_unsure(job: Job) -> bool:
    """Whether a write was sent and nobody knows what became of it: it must not be withdrawn."""
    return job.is_write and job.priority <= INTERRUPTED


def refused_opening(job: Job, since: datetime) -> str:
    """What QuickBooks said when the Web Connector could not open the company file meanwhile; "" when it did not try."""
    tried = WebConnectorSession.objects.filter(
        company_file=job.company_file_id, last_call_at__gte=since, connection_attempts__gt=0
    )
    return tried.order_by("-pk").values_list("last_error", flat=True).first() or ""


def refused_companies(company_ids: Collection[int], since: datetime | None) -> set[int]:
    """Those of which the Web Connector could not open the company file since then."""
    if since is None:
        return set()
    tried = WebConnectorSession.objects.filter(
        company_file__company__in=company_ids, last_call_at__gte=since, connection_attempts__gt=0
    )
    return set(tried.values_list("company_file__company", flat=True))


def _answered(job: Job) -> QuerySet[Exchange]:
    return job.exchanges.filter(answered_at__isnull=False)
