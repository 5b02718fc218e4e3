"""Alerts, who is told of them, and from what size on. Only looking.py, telling.py and acknowledging.py write alerts."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Company


class Alert(models.Model):
    """One thing to look at. The row stays when it has ended: it is the memory that keeps it from being told twice."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="alerts")
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=200, help_text="What it is about, for ever.")
    fingerprint = models.CharField(max_length=200, help_text="Another one makes it a new thing.")
    size = models.BigIntegerField(default=0)
    tone = models.CharField(max_length=4)
    words = models.TextField(help_text="What happened.")
    why = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    link = models.CharField(max_length=500, blank=True)
    value = models.CharField(max_length=200, blank=True)
    change = models.CharField(max_length=500, blank=True, help_text="What it was before, when it has changed.")
    since = models.DateTimeField()
    opened_at = models.DateTimeField(help_text="When it was found, the last time it began.")
    last_seen_at = models.DateTimeField(help_text="To the hour.")
    updated_at = models.DateTimeField(help_text="When anything but last_seen_at changed.")
    ended_at = models.DateTimeField(null=True, blank=True)
    times = models.PositiveIntegerField(default=1, help_text="How often it has begun.")
    is_acknowledged = models.BooleanField(default=False)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=500, blank=True)
    acknowledged_fingerprint = models.CharField(max_length=200, blank=True)
    to_tell = models.BooleanField(default=True)
    told_at = models.DateTimeField(null=True, blank=True)
    told_fingerprints = models.JSONField(default=list, help_text="Never told again.")

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "kind", "subject"], name="alert_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company"], condition=Q(ended_at=None), name="alert_open"),
            models.Index(fields=["company"], condition=Q(to_tell=True), name="alert_to_tell"),
            models.Index(fields=["company", "updated_at"], name="alert_changed"),
        ]

    def __str__(self) -> str:
        return self.words[:80]

    @property
    def state(self) -> str:
        """open, acknowledged or ended."""
        if self.ended_at is not None:
            return "ended"
        return "acknowledged" if self.is_acknowledged else "open"


class Recipient(models.Model):
    """Somebody outside, or a program, that is told of a company's new alerts."""

    class Channel(models.TextChoices):
        MAIL = "mail", "Mail"
        WEBHOOK = "webhook", "Webhook"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="alert_recipients")
    channel = models.CharField(max_length=8, choices=Channel)
    address = models.CharField(max_length=500)
    kinds = models.JSONField(default=list, help_text="The kinds it wants.")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)

    class Meta:
        ordering = ["company_id", "channel", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "channel", "address"], name="alert_recipient_once"),
        ]

    def __str__(self) -> str:
        return self.address[:80]


class Thresholds(models.Model):
    """What a company has set: kind.key → a number as text. What is not in it has its default."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="alert_thresholds")
    values = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "thresholds"

    def __str__(self) -> str:
        return f"thresholds of {self.company}"


class SigningSecret(models.Model):
    """Which of its secrets a company's webhooks and callbacks are signed with; the secret itself is kept nowhere."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="signing_secret")
    number = models.PositiveIntegerField(default=0, help_text="How often a new one was made.")
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"secret {self.number} of {self.company}"
