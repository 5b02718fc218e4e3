"""The rows of the Web Connector conversation: company files, sessions, sync plans, jobs, exchanges, payloads.

Only queue.py writes Job.state and Exchange; only sessions.py writes WebConnectorSession.
"""

from __future__ import annotations

import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Company


class LiveWindow(models.TextChoices):
    """When a session waits for work instead of ending."""

    OFF = "off", "Never"
    AFTER_USE = "after_use", "For a while after a program asked for something"
    BUSINESS_HOURS = "business_hours", "During business hours"


class CompanyFile(models.Model):
    """A .QBW file on a PC and its registration here: identity, password, and what was seen of it."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="company_file")
    username = models.CharField(max_length=100, unique=True, help_text="UserName in the .qwc; one per company file.")
    password_hash = models.CharField(max_length=200, help_text="bcrypt, as in QBWC_PASSWORD_HASH.")
    owner_id = models.UUIDField(help_text="OwnerID in the .qwc: one per installation.")
    file_id = models.UUIDField(unique=True, help_text="FileID in the .qwc: one per company file.")
    app_name = models.CharField(max_length=100, help_text="AppName in the .qwc; QuickBooks shows it.")
    run_every_minutes = models.PositiveIntegerField(default=15, help_text="Scheduler in the .qwc.")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # What QuickBooks told us (HCP answer and sendRequestXML arguments); no personal or tax data.
    company_name_seen = models.CharField(max_length=200, blank=True)
    file_path_seen = models.CharField(max_length=500, blank=True)
    product_name = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=10, blank=True)
    qbxml_version = models.CharField(max_length=10, blank=True, help_text="Chosen from SupportedQBXMLVersion.")
    file_mode = models.CharField(max_length=20, blank=True)
    fiscal_year_first_month = models.CharField(max_length=12, blank=True)
    file_id_confirmed_at = models.DateTimeField(null=True, blank=True, help_text="When the FileID was first seen.")
    client_version = models.CharField(max_length=40, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    permissions_seen = models.CharField(
        max_length=60,
        blank=True,
        help_text="What QuickBooks allows: unattended, personal_data, none; empty: unknown.",
    )
    downloaded_qwc = models.TextField(blank=True, help_text="The .qwc as it was last handed out.")
    # When it may be read, and how long a call may be held open for work to come.
    time_zone = models.CharField(
        max_length=64, default="UTC", help_text="Of the hours below and of the months, as America/Denver."
    )
    quiet_from = models.TimeField(null=True, blank=True, help_text="From then on the Web Connector is sent away …")
    quiet_until = models.TimeField(null=True, blank=True, help_text="… until then. Empty: no quiet hours.")
    minimum_run_seconds = models.PositiveIntegerField(
        null=True, blank=True, help_text="The Web Connector raises a shorter interval to this. Empty: its own."
    )
    live_window = models.CharField(max_length=16, choices=LiveWindow, default=LiveWindow.OFF)
    live_hold_seconds = models.PositiveSmallIntegerField(default=20, help_text="One call is held so long at most.")
    live_minutes = models.PositiveSmallIntegerField(default=10, help_text="A session stays live so long at most.")
    business_from = models.TimeField(default=datetime.time(8))
    business_until = models.TimeField(default=datetime.time(18))
    last_interactive_at = models.DateTimeField(null=True, blank=True, help_text="When a program last asked for work.")
    release_requested_at = models.DateTimeField(null=True, blank=True, help_text="Another application must run now.")
    # What an administrator should see.
    wrong_file = models.JSONField(null=True, blank=True, help_text="The refused file: company_name, file_id, path, at.")
    two_connectors_at = models.DateTimeField(null=True, blank=True, help_text="Two used this user name at once.")
    # How the connection is doing, as the look of each minute last found it (qwc/connection_states.py).
    connection_state = models.CharField(max_length=24, blank=True)
    connection_state_since = models.DateTimeField(null=True, blank=True)
    recent_calls = models.JSONField(
        default=list, blank=True, help_text="When it last called, to the minute: its rhythm."
    )
    paused_plans = models.JSONField(default=list, blank=True, help_text="The plans that Pause switched off.")

    class Meta:
        ordering = ["company__name"]

    def __str__(self) -> str:
        return f"{self.username} ({self.company})"


class SetUpStep(models.Model):
    """When a step of connecting a company file was first and last seen, and why it failed last (qwc/set_up.py)."""

    company_file = models.ForeignKey(CompanyFile, on_delete=models.CASCADE, related_name="set_up_steps")
    step = models.CharField(max_length=20, help_text="A key of qwc/set_up_steps.py.")
    first_seen_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    failure = models.TextField(blank=True)
    detail = models.CharField(max_length=500, blank=True, help_text="What was seen, for administrators only.")

    class Meta:
        ordering = ["company_file_id", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["company_file", "step"], name="set_up_step_once")]

    def __str__(self) -> str:
        return f"{self.step} of {self.company_file_id}"


class SetUpLink(models.Model):
    """A link without sign-in to the set-up of one company file, for the person at the QuickBooks PC."""

    company_file = models.ForeignKey(CompanyFile, on_delete=models.CASCADE, related_name="set_up_links")
    token_digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token; it is kept nowhere.")
    created_by = models.CharField(max_length=200, help_text="As the audit trail names people.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_opened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"set-up link {self.pk} of {self.company_file_id}"


class WebConnectorSession(models.Model):
    """authenticate … closeConnection."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed by the Web Connector"
        SUPERSEDED = "superseded", "Superseded by a newer sign-in"
        EXPIRED = "expired", "Expired: the Web Connector went silent"
        REFUSED = "refused", "Refused"

    class Step(models.TextChoices):
        """What the Web Connector is expected to call next (guide p42)."""

        OPENING = "opening", "Opening the company file"
        SEND = "send", "Waiting for sendRequestXML"
        RECEIVE = "receive", "Waiting for receiveResponseXML"
        CLOSE = "close", "Waiting for closeConnection"

    company_file = models.ForeignKey(CompanyFile, on_delete=models.CASCADE, related_name="sessions")
    ticket = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    step = models.CharField(max_length=8, choices=Step, default=Step.OPENING)
    verdict = models.CharField(max_length=500, blank=True, help_text="authenticate's second string.")
    started_at = models.DateTimeField()
    last_call_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    client_version = models.CharField(max_length=40, blank=True)
    qbxml_version = models.CharField(max_length=10, blank=True)
    jobs_planned = models.PositiveIntegerField(default=0)
    jobs_finished = models.PositiveIntegerField(default=0)
    progress = models.PositiveSmallIntegerField(default=0, help_text="Highest percentage answered; never goes back.")
    live_since = models.DateTimeField(null=True, blank=True, help_text="Since when it has waited for work.")
    connection_attempts = models.PositiveSmallIntegerField(default=0, help_text="connectionError calls so far.")
    last_error = models.TextField(blank=True, help_text="What getLastError says.")

    class Meta:
        db_table = "qbwc_sync_sessions"
        ordering = ["-started_at"]
        indexes: ClassVar = [
            models.Index(fields=["company_file", "-started_at"], name="session_by_file"),
            models.Index(fields=["state", "last_call_at"], name="session_by_state"),
            models.Index(fields=["company_file"], condition=Q(state="open"), name="session_open_by_file"),
        ]

    def __str__(self) -> str:
        return f"{self.company_file.username} {self.started_at:%Y-%m-%d %H:%M:%S} {self.state}"


class SyncPlan(models.Model):
    """What to read from a company file, how often and how far back; turned into jobs when the Web Connector calls."""

    company_file = models.ForeignKey(CompanyFile, on_delete=models.CASCADE, related_name="sync_plans")
    purpose = models.CharField(max_length=40, help_text="A name in the registry of purposes.")
    every_minutes = models.PositiveIntegerField(default=360)
    parameters = models.JSONField(default=dict, blank=True, help_text="For the purpose: basis, months at first, …")
    priority = models.SmallIntegerField(default=100, help_text="Lower goes first.")
    is_enabled = models.BooleanField(default=True)
    next_due_at = models.DateTimeField(null=True, blank=True, help_text="Empty: due at once.")

    class Meta:
        ordering = ["company_file_id", "priority", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company_file", "purpose", "parameters"], name="sync_plan_once"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} of {self.company_file.username} every {self.every_minutes} min"


class Payload(models.Model):
    """A large text exactly as it crossed the wire, compressed, with its SHA-256."""

    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveBigIntegerField(help_text="Bytes of the UTF-8 text before compression.")
    body = models.BinaryField(help_text="zlib-compressed UTF-8.")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"payload {self.pk} ({self.size} bytes)"


class Job(models.Model):
    """A unit of the queue: one message set for a purpose."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        IN_FLIGHT = "in_flight", "At QuickBooks"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        OUTCOME_UNKNOWN = "outcome_unknown", "Outcome unknown: a person must look"

    company_file = models.ForeignKey(CompanyFile, on_delete=models.CASCADE, related_name="jobs")
    plan = models.ForeignKey(SyncPlan, null=True, blank=True, on_delete=models.SET_NULL, related_name="jobs")
    purpose = models.CharField(max_length=40)
    parameters = models.JSONField(default=dict, blank=True)
    is_write = models.BooleanField(default=False)
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    priority = models.SmallIntegerField(default=100, help_text="Lower goes first; interactive 10, sync 100.")
    created_at = models.DateTimeField()
    available_at = models.DateTimeField(help_text="Not before this moment (back-off).")
    deadline_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=5)
    session = models.ForeignKey(
        WebConnectorSession, null=True, blank=True, on_delete=models.SET_NULL, related_name="jobs"
    )
    message_set_id = models.CharField(max_length=23, blank=True, help_text="newMessageSetID of a write.")
    acknowledges = models.CharField(max_length=23, blank=True, help_text="oldMessageSetID its message set drops.")
    iterator_id = models.CharField(max_length=64, blank=True, help_text="The next page's iteratorID.")
    pages = models.PositiveIntegerField(default=0, help_text="Pages of the iterator answered in its session.")
    status_code = models.IntegerField(null=True, blank=True, help_text="QuickBooks' statusCode of the last answer.")
    failure = models.TextField(blank=True, help_text="Why it failed, in words for a person; empty when it has not.")

    class Meta:
        ordering = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company_file"], condition=Q(state="in_flight"), name="one_job_in_flight_per_company_file"
            ),
            models.UniqueConstraint(
                fields=["plan"], condition=Q(state__in=["queued", "in_flight"]), name="one_open_job_per_sync_plan"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["company_file", "priority", "id"], condition=Q(state="queued"), name="job_next_in_queue"
            ),
            models.Index(fields=["company_file", "-created_at"], name="job_by_file"),
            models.Index(
                fields=["company_file", "state", "-id"],
                condition=Q(state__in=["failed", "outcome_unknown"]),
                name="job_to_look_at",
            ),
            models.Index(
                fields=["company_file", "deadline_at"],
                condition=Q(state="queued", deadline_at__isnull=False),
                name="job_with_deadline",
            ),
        ]

    def __str__(self) -> str:
        return f"job {self.pk}: {self.purpose} ({self.state})"


class Exchange(models.Model):
    """One trip: request sent, answer or HRESULT back."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="exchanges")
    session = models.ForeignKey(
        WebConnectorSession, null=True, blank=True, on_delete=models.SET_NULL, related_name="exchanges"
    )
    request_payload = models.ForeignKey(Payload, null=True, on_delete=models.SET_NULL, related_name="+")
    response_payload = models.ForeignKey(Payload, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    qbxml_request_id = models.CharField(max_length=50, help_text="requestID we wrote into the request.")
    sent_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    hresult = models.CharField(max_length=20, blank=True)
    message = models.TextField(blank=True, help_text="QuickBooks' own words that came with hresult or statusCode.")
    status_code = models.IntegerField(null=True, blank=True)
    reply = models.SmallIntegerField(null=True, blank=True, help_text="What receiveResponseXML answered; repeated.")
    delivered_at = models.DateTimeField(null=True, blank=True, help_text="When its purpose had read the answer.")
    delivery_attempts = models.PositiveSmallIntegerField(default=0)
    delivery_error = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        indexes: ClassVar = [
            models.Index(
                fields=["id"],
                condition=Q(answered_at__isnull=False, delivered_at__isnull=True),
                name="exchange_undelivered",
            ),
        ]

    def __str__(self) -> str:
        return f"exchange {self.pk} of job {self.job_id}"
