"""The rows of scheduled mail: what is sent to whom, each period's run, its files and its letters."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from accounts.models import Company
from metrics.columns import Basis
from metrics.review_models import SharedLink, Snapshot
from outbox.models import Message


class MailSchedule(models.Model):
    """A pack, or a link to the frozen figures, so many days after each period's end."""

    class Every(models.TextChoices):
        QUARTER = "quarter", "Quarter"
        MONTH = "month", "Month"
        YEAR = "year", "Fiscal year"

    class Sends(models.TextChoices):
        PACK = "pack", "The QBR pack: PDF, slides and workbook"
        LINK = "link", "A link to the frozen figures"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="mail_schedules")
    every = models.CharField(max_length=8, choices=Every, default=Every.QUARTER)
    sends = models.CharField(max_length=4, choices=Sends, default=Sends.LINK)
    basis = models.CharField(max_length=8, choices=Basis, default=Basis.ACCRUAL)
    days_after = models.PositiveSmallIntegerField(default=10, help_text="Days after the period's end.")
    hour = models.PositiveSmallIntegerField(default=8, validators=[MaxValueValidator(23)])
    time_zone = models.CharField(max_length=64, default="UTC", help_text="Of the hour, as America/Denver.")
    recipients = models.JSONField(default=list, help_text="Mail addresses.")
    watchers = models.JSONField(default=list, blank=True, help_text="Addresses told when a period is not ready.")
    message = models.TextField(max_length=2000, blank=True)
    link_days = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(1), MaxValueValidator(365)], help_text="Days a link is valid."
    )
    shows_notes = models.BooleanField(default=False, help_text="Whether people's notes go with it.")
    sends_unready = models.BooleanField(default=False, help_text="Also when the period is not ready to present.")
    is_on = models.BooleanField(default=True)
    starts_at = models.DateTimeField(help_text="What was due before is not sent by itself.")
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["company_id", "pk"]

    def __str__(self) -> str:
        return f"{self.sends} to {len(self.recipients)} after each {self.every} of {self.company}"


class MailRun(models.Model):
    """One period's mail of a schedule, or a test of it: how far it is, and what stands in the way."""

    class State(models.TextChoices):
        DUE = "due", "Waiting for its turn"
        NOT_READY = "not_ready", "Not ready"
        TRYING = "trying", "Tried again soon"
        SENT = "sent", "Handed over"
        FAILED = "failed", "Failed"
        GIVEN_UP = "given_up", "Not sent"

    schedule = models.ForeignKey(MailSchedule, on_delete=models.CASCADE, related_name="runs")
    period_text = models.CharField(max_length=40)
    period_label = models.CharField(max_length=60)
    last_month = models.DateField(help_text="The period's last month.")
    is_test = models.BooleanField(default=False)
    test_address = models.CharField(max_length=254, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.DUE)
    reasons = models.JSONField(default=list, blank=True, help_text="Why it is not ready, or what failed.")
    forced_by = models.CharField(max_length=200, blank=True, help_text="Who said: send it all the same.")
    left_out = models.CharField(max_length=20, blank=True, help_text="Size of files too large for a letter.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Failed ones.")
    # Without a constraint in the database: a snapshot may be deleted, and the record of its mail stays.
    snapshot = models.ForeignKey(
        Snapshot, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    created_at = models.DateTimeField()
    next_try_at = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-last_month", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["schedule", "period_text"], condition=Q(is_test=False), name="mail_run_once_per_period"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period_label}: {self.state}"


class MailFile(models.Model):
    """One file of a run: made once, attached for each recipient, dropped when it has served."""

    run = models.ForeignKey(MailRun, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    body = models.BinaryField()

    class Meta:
        ordering = ["pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "name"], name="mail_file_once")]

    def __str__(self) -> str:
        return self.name


class MailLetter(models.Model):
    """One recipient's letter of a run; whether it was sent is the outbox's to say."""

    class About(models.TextChoices):
        FIGURES = "figures", "The figures"
        NOT_READY = "not_ready", "Not ready"
        FAILED = "failed", "Failed"
        GIVEN_UP = "given_up", "Not sent"

    run = models.ForeignKey(MailRun, on_delete=models.CASCADE, related_name="letters")
    about = models.CharField(max_length=10, choices=About, default=About.FIGURES)
    address = models.CharField(max_length=254)
    nonce = models.CharField(max_length=43, blank=True, help_text="With the server's key it gives the link's token.")
    link = models.ForeignKey(SharedLink, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    message = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+")
    posted_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "about", "address"], name="mail_letter_once"),
        ]

    def __str__(self) -> str:
        return f"{self.about} to {self.address}"
