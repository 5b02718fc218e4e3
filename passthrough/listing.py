"""Reads for the pages about calls: the list with its search, and one call with the beginnings of its documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q
from django.db.models.functions import Length, Substr

from accounts.models import Company
from passthrough.history import DOCUMENTS
from passthrough.models import Transaction
from passthrough.pretty import SHOWN_CHARACTERS, Text, duration, text_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

ROWS = 50


@dataclass(frozen=True)
class Search:
    """What the list is narrowed to; "" is everything. `kind`: read or write. `before`: older than this line."""

    words: str = ""
    status: str = ""
    kind: str = ""
    code: str = ""
    before: int | None = None

    @property
    def is_narrow(self) -> bool:
        return bool(self.words or self.status or self.kind or self.code)


@dataclass(frozen=True)
class Line:
    row: Transaction
    took: str


@dataclass(frozen=True)
class Lines:
    """Newest first. `older`: what the next page is asked with, None on the last one."""

    lines: list[Line]
    older: int | None


@dataclass(frozen=True)
class Documents:
    """None for a text that is not kept, or is not for this reader."""

    is_request_kept: bool
    request: Text | None
    response: Text | None


def lines(company: Company, search: Search) -> Lines:
    """In two queries at most, without the documents."""
    found = list(_narrowed(company, search).defer(*DOCUMENTS).order_by("-pk")[: ROWS + 1])
    shown = [Line(row, duration(row.processing_time_ms)) for row in found[:ROWS]]
    return Lines(shown, shown[-1].row.pk if len(found) > ROWS else None)


def _narrowed(company: Company, search: Search) -> QuerySet[Transaction]:
    rows = Transaction.objects.filter(company=company)
    if search.words:
        within = Q(transaction_id__icontains=search.words) | Q(identifier__icontains=search.words)
        rows = rows.filter(within | Q(idempotency_key__icontains=search.words))
    if search.status:
        rows = rows.filter(status=search.status)
    if search.kind:
        rows = rows.filter(is_write=search.kind == "write")
    if search.code:
        rows = rows.filter(error_code=search.code)
    return rows if search.before is None else rows.filter(pk__lt=search.before)


def find(company: Company, transaction_id: str) -> Transaction | None:
    """Without its documents; None for another company's, as for one that does not exist."""
    rows = Transaction.objects.defer(*DOCUMENTS).select_related(
        "company", "api_key", "job__company_file", "retry_of", "duplicate_of"
    )
    return rows.filter(company=company, transaction_id=transaction_id).first()


def documents_of(row: Transaction, *, with_texts: bool) -> Documents:
    """Only their beginnings leave the database: an answer may have 50 MB."""
    shown = SHOWN_CHARACTERS if with_texts else 1
    rows = Transaction.objects.filter(pk=row.pk)
    request, response, request_size, response_size = rows.values_list(
        Substr("qbxml_request", 1, shown),
        Substr("qbxml_response", 1, shown),
        Length("qbxml_request"),
        Length("qbxml_response"),
    ).get()
    if not with_texts:
        return Documents(bool(request), None, None)
    return Documents(bool(request), _text(request, request_size), _text(response, response_size))


def _text(beginning: str, size: int) -> Text | None:
    return text_of(beginning, size) if beginning else None
