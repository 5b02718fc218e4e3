"""What is owed to people and programs outside: the row is written with its reason, and sent afterwards."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Company


class Channel(models.TextChoices):
    """How it goes out."""

    MAIL = "mail", "Mail"
    WEBHOOK = "webhook", "Webhook"


class State(models.TextChoices):
    """Only outbox.sending changes it."""

    DUE = "due", "Waiting to be sent"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Not sent"
    UNKNOWN = "unknown", "Nobody knows whether it arrived"
    DROPPED = "dropped", "Not needed any more"


class Message(models.Model):
    """One message to one recipient. What it says is built when it is sent, by its kind, from `argument`."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=40)
    # "Never" as long as the row is kept: sending.forget deletes it, half a year after it was owed.
    key = models.CharField(max_length=200, help_text="What it is about: the same key never goes twice to a recipient.")
    channel = models.CharField(max_length=8, choices=Channel)
    recipient = models.CharField(max_length=2000, help_text="A mail address, or the address of a webhook.")
    once = models.CharField(max_length=64, unique=True, help_text="SHA-256 of company, kind, key, channel, recipient.")
    argument = models.JSONField(default=dict)
    delivery = models.CharField(max_length=32, help_text="The same at every try; the receiver can drop repeats by it.")
    state = models.CharField(max_length=8, choices=State, default=State.DUE)
    next_at = models.DateTimeField(help_text="Due: not before. Being sent: when whoever took it counts as dead.")
    attempts = models.PositiveIntegerField(default=0)
    attempts_before = models.PositiveIntegerField(default=0, help_text="Of earlier rounds, before “Send again”.")
    last_status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="SMTP or HTTP status, if any.")
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes: ClassVar = [
            models.Index(fields=["next_at"], condition=Q(state__in=["due", "sending"]), name="message_open"),
            models.Index(fields=["company", "kind", "-id"], name="message_by_company"),
            models.Index(fields=["created_at"], name="message_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} to {self.recipient[:60]} ({self.state})"

    @property
    def tries(self) -> int:
        """Of this round: since “Send again”, and without those that found it was too early."""
        return self.attempts - self.attempts_before
