"""Reads of transactions: lists, one with its timeline; and what the retention time leaves of old ones."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from accounts.models import Company
from passthrough.models import Callback, Transaction
from qbwc.models import Job

if TYPE_CHECKING:
    from django.db.models import QuerySet

DOCUMENTS = ("qbxml_request", "qbxml_response")
_ROWS_AT_ONCE = 500
_LARGEST_ID = 2**63 - 1


class BadCursor(ValueError):
    """Not a cursor of this server."""


@dataclass(frozen=True)
class Page:
    """Newest first. `next_cursor` is "" on the last page."""

    rows: list[Transaction]
    total: int
    next_cursor: str


@dataclass(frozen=True)
class Event:
    """A step in the life of a transaction, in words."""

    at: datetime
    event: str
    detail: str = ""


def page(
    company: Company,
    *,
    limit: int,
    offset: int = 0,
    status: str = "",
    since: datetime | None = None,
    identifier: str = "",
    cursor: str = "",
) -> Page:
    """Without the two documents. BadCursor."""
    rows = Transaction.objects.filter(company=company).defer(*DOCUMENTS).order_by("-pk")
    if status:
        rows = rows.filter(status=status)
    if since is not None:
        rows = rows.filter(timestamp__gte=since)
    if identifier:
        rows = rows.filter(identifier=identifier)
    total = rows.count()
    if cursor:
        rows = rows.filter(pk__lt=_pk_of(cursor))
    found = list(rows.select_related("retry_of", "duplicate_of", "job")[offset : offset + limit + 1])
    more = len(found) > limit
    return Page(found[:limit], total, _cursor_of(found[limit - 1].pk) if more else "")


def _cursor_of(pk: int) -> str:
    return base64.urlsafe_b64encode(f"pk:{pk}".encode()).decode().rstrip("=")


def _pk_of(cursor: str) -> int:
    try:
        text = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, UnicodeError) as error:
        raise BadCursor from error
    mark, _, number = text.partition(":")
    if mark != "pk" or not number.isdigit() or int(number) > _LARGEST_ID:
        raise BadCursor
    return int(number)


def find(company: Company, transaction_id: str) -> Transaction | None:
    """None for another company's, as for one that does not exist."""
    rows: QuerySet[Transaction] = Transaction.objects.select_related(
        "company", "job__company_file", "retry_of", "duplicate_of", "callback"
    )
    return rows.filter(company=company, transaction_id=transaction_id).first()


def timeline(row: Transaction) -> list[Event]:
    """What happened to it, in the order of time."""
    events = [Event(row.timestamp, "received", row.request_names)]
    for exchange in row.job.exchanges.order_by("pk") if row.job is not None else ():
        events.append(Event(exchange.sent_at, "sent_to_quickbooks"))
        if exchange.answered_at is not None:
            code = exchange.hresult or (str(exchange.status_code) if exchange.status_code is not None else "")
            events.append(Event(exchange.answered_at, "answered", f"{code} {exchange.message}".strip()))
    if row.job is not None and row.job.state == Job.State.OUTCOME_UNKNOWN:
        events.append(Event(row.job.finished_at or row.updated_at, "outcome_unknown", row.job.failure))
    if row.status != Transaction.Status.PENDING:
        events.append(Event(row.answered_at or row.updated_at, str(row.status), row.error_code))
    callback = callback_of(row)
    if callback is not None and callback.delivered_at is not None:
        events.append(Event(callback.delivered_at, "callback_delivered", callback.url))
    return sorted(events, key=lambda event: event.at)


def callback_of(row: Transaction) -> Callback | None:
    return Callback.objects.filter(transaction=row).first()


def latest(company: Company | None = None) -> Transaction | None:
    rows = Transaction.objects.defer(*DOCUMENTS).order_by("-pk")
    return (rows.filter(company=company) if company is not None else rows).first()


def strip(before: datetime) -> int:
    """Empty the documents of ended transactions older than `before` and free their keys; how many lines."""
    old = Transaction.objects.filter(timestamp__lt=before).exclude(status=Transaction.Status.PENDING)
    kept = old.exclude(qbxml_request="", qbxml_response="", idempotency_key="", fingerprint="")
    stripped = 0
    while pks := list(kept.order_by("pk").values_list("pk", flat=True)[:_ROWS_AT_ONCE]):
        stripped += Transaction.objects.filter(pk__in=pks).update(
            qbxml_request="", qbxml_response="", idempotency_key="", fingerprint=""
        )
    return stripped
