"""A window on the calls: everything can be seen, nothing is edited; running one again is on its page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin_base import ReadOnlyAdmin
from passthrough import listing
from passthrough.history import DOCUMENTS
from passthrough.models import Transaction


@admin.register(Transaction)
class TransactionAdmin(ReadOnlyAdmin):
    list_display = [
        "transaction_id",
        "company",
        "timestamp",
        "identifier",
        "is_write",
        "status",
        "error_code",
        "processing_time_ms",
    ]
    list_filter = ["status", "is_write", "error_code", "company"]
    list_select_related = ["company"]
    search_fields = ["transaction_id", "identifier", "idempotency_key"]
    exclude = DOCUMENTS
    readonly_fields = ["request_text", "response_text"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the documents: a list of fifty must not load fifty answers."""
        return super().get_queryset(request).defer(*DOCUMENTS)

    @admin.display(description="Request")
    def request_text(self, row: Transaction) -> str:
        text = listing.documents_of(row, with_texts=True).request
        return text.shown if text is not None else ""

    @admin.display(description="Answer")
    def response_text(self, row: Transaction) -> str:
        text = listing.documents_of(row, with_texts=True).response
        return text.shown if text is not None else ""
