"""The rows of the synchronous path: transactions as their callers see them, and the callbacks that are owed.

Only outcomes.py ends a transaction; only callbacks.py changes a callback.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import ApiKey, Company
from qbwc.models import Job


class Transaction(models.Model):
    """One passthrough call. The table is queried by hand in existing installations: names and columns stay."""

    class Status(models.TextChoices):
        SUCCESS = "success", "Success"
        ERROR = "error", "Error"
        DUPLICATE = "duplicate", "Duplicate: another transaction has the answer"
        PENDING = "pending", "Pending"

    transaction_id = models.CharField(max_length=40, unique=True, help_text="“tx-…”, what the caller was given.")
    identifier = models.CharField(max_length=200, blank=True, help_text="The caller's own name for the call.")
    idempotency_key = models.CharField(max_length=255, blank=True)
    timestamp = models.DateTimeField(help_text="When the call came in.")
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    processing_time_ms = models.PositiveIntegerField(null=True, blank=True)
    qbxml_request = models.TextField(blank=True, help_text="As it came; empty after the retention time.")
    qbxml_response = models.TextField(blank=True, help_text="QuickBooks' answer with the caller's own requestIDs.")
    error_message = models.TextField(blank=True)
    error_code = models.CharField(max_length=30, blank=True, help_text="A name of passthrough.contract.ERRORS.")
    retry_count = models.PositiveSmallIntegerField(default=0, help_text="How often it was tried again.")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="transactions")
    api_key = models.ForeignKey(ApiKey, null=True, blank=True, on_delete=models.SET_NULL, related_name="transactions")
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="transactions")
    retry_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="retries")
    duplicate_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="duplicates"
    )
    is_write = models.BooleanField(default=False)
    request_names = models.CharField(max_length=500, blank=True, help_text="InvoiceAddRq, CustomerQueryRq, …")
    fingerprint = models.CharField(max_length=64, blank=True, help_text="Of company and normalised payload.")
    caller_ids = models.JSONField(default=list, blank=True, help_text="The caller's requestIDs, in order.")
    warnings = models.JSONField(default=list, blank=True, help_text="What the caller should know about the request.")
    # The caller's hold: empty when nobody waits, or when the job has left and is kept whatever happens.
    held_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When it first left for QuickBooks.")
    answered_at = models.DateTimeField(null=True, blank=True, help_text="When its outcome was known.")
    may_be_done = models.BooleanField(
        default=False, help_text="It failed, but all or a part of it may be in the books: its key never runs it again."
    )
    qb_error_code = models.CharField(max_length=20, blank=True, help_text="QuickBooks' HRESULT or statusCode.")
    qb_error_message = models.TextField(blank=True, help_text="QuickBooks' own words.")
    callback_url = models.CharField(max_length=2000, blank=True)

    class Meta:
        db_table = "transactions"
        ordering = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "idempotency_key"],
                condition=Q(status__in=["pending", "success"]) & ~Q(idempotency_key=""),
                name="one_live_transaction_per_key",
            ),
            models.UniqueConstraint(
                fields=["company", "fingerprint"],
                condition=Q(status="pending", is_write=True, idempotency_key="") & ~Q(fingerprint=""),
                name="one_pending_write_per_fingerprint",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "-id"], name="transaction_by_company"),
            models.Index(fields=["timestamp"], name="transaction_by_time"),
            models.Index(fields=["company", "idempotency_key"], name="transaction_by_key"),
            models.Index(fields=["company", "fingerprint"], name="transaction_by_fingerprint"),
            models.Index(fields=["id"], condition=Q(status="pending"), name="transaction_pending"),
        ]

    def __str__(self) -> str:
        return f"{self.transaction_id} ({self.status})"


class Callback(models.Model):
    """A POST that is owed to the caller of a transaction which has ended; the row is the queue."""

    class State(models.TextChoices):
        DUE = "due", "Will be sent"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Given up"

    transaction = models.OneToOneField(Transaction, on_delete=models.CASCADE, related_name="callback")
    url = models.CharField(max_length=2000)
    state = models.CharField(max_length=10, choices=State, default=State.DUE)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(help_text="Not before this moment.")
    delivered_at = models.DateTimeField(null=True, blank=True)
    last_status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="HTTP status of the last try.")
    last_error = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        indexes: ClassVar = [
            models.Index(fields=["next_at"], condition=Q(state="due"), name="callback_due"),
        ]

    def __str__(self) -> str:
        return f"callback of {self.transaction_id} ({self.state})"
