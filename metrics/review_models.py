"""The rows around a review: how figures are reported, targets, notes, snapshots, and work that takes a while."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from accounts.models import Company
from metrics.columns import Basis, money
from metrics.mapping_models import MappingVersion
from qbwc.models import Exchange


class ReportingSettings(models.Model):
    """How a company's figures are read and shown. A company without a row has the defaults."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="reporting")
    default_basis = models.CharField(max_length=8, choices=Basis, default=Basis.ACCRUAL)
    reads_cash = models.BooleanField("read cash basis too", default=False, help_text="A second report at every sync.")
    reads_budget = models.BooleanField("read QuickBooks' budgets", default=False)
    counts_owners = models.BooleanField("count owners as employees", default=True)
    counts_officers = models.BooleanField("count officers as employees", default=True)
    fiscal_year_first_month = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
        help_text="1 to 12. Empty: as QuickBooks says.",
    )
    unmapped_threshold_percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=Decimal("1.00"),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="More unmapped revenue than this share of total revenue, and a month is not ready to present.",
    )

    class Meta:
        verbose_name_plural = "reporting settings"

    def __str__(self) -> str:
        return f"reporting settings of {self.company}"


class Target(models.Model):
    """What a metric should come to in a month."""

    class Kind(models.TextChoices):
        TARGET = "target", "Target"
        BUDGET = "budget", "Budget"

    class Source(models.TextChoices):
        PERSON = "person", "Entered"
        FILE = "file", "Imported from a file"
        QUICKBOOKS = "quickbooks", "QuickBooks' budget"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="targets")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.TARGET)
    metric_key = models.CharField(max_length=60)
    month = models.DateField()
    amount = models.DecimalField(max_digits=17, decimal_places=4, help_text="Money, a percentage or a count.")
    source = models.CharField(max_length=10, choices=Source, default=Source.PERSON)
    updated_by = models.CharField(max_length=200, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["company_id", "metric_key", "month"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "kind", "metric_key", "month"], name="target_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.metric_key} {self.month:%Y-%m}: {self.amount}"


class BudgetAmount(models.Model):
    """What QuickBooks' own budget gives a ledger account in one month; budgets by metric are worked out from it."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="budget_amounts")
    month = models.DateField()
    account_key = models.CharField(max_length=510, help_text="ListID, or `name:` and the full name if unresolved.")
    full_name = models.CharField(max_length=500)
    account_type = models.CharField(max_length=30, help_text="One of the five profit and loss AccountTypes.")
    amount = money()
    exchange = models.ForeignKey(Exchange, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["company_id", "month", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "month", "account_key"], name="budget_amount_once"),
        ]

    def __str__(self) -> str:
        return f"budget {self.month:%Y-%m} {self.full_name}: {self.amount}"


class Note(models.Model):
    """What a person wrote beside a month, a metric, or both; a snapshot keeps what was there."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="notes")
    month = models.DateField(null=True, blank=True)
    metric_key = models.CharField(max_length=60, blank=True)
    text = models.TextField(max_length=4000)
    author = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.text[:60]


class Snapshot(models.Model):
    """A period as it was presented: frozen, with its hash. Only its name, note and presentation date may change."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="snapshots")
    name = models.CharField(max_length=200)
    basis = models.CharField(max_length=8, choices=Basis)
    first_month = models.DateField()
    last_month = models.DateField()
    presented_on = models.DateField(null=True, blank=True, help_text="When it was shown to the client.")
    note = models.TextField(max_length=10_000, blank=True)
    content = models.JSONField(help_text="Figures, accounts, tie-outs, targets, notes, mapping, as presented.")
    sha256 = models.CharField(max_length=64, help_text="Of the content in its canonical form.")
    mapping_version = models.ForeignKey(MappingVersion, null=True, on_delete=models.SET_NULL, related_name="+")
    net_profit = money(help_text="Of the period, for lists.")
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.name


class ActionItem(models.Model):
    """What was agreed in a quarterly review: who does it, by when. What is still open goes on to the next quarter."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="action_items")
    quarter_first_month = models.DateField(help_text="First day of the quarter in whose review it stands.")
    text = models.CharField(max_length=1000)
    owner = models.CharField(max_length=200, blank=True, help_text="Who does it, as the review names them.")
    due_on = models.DateField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    carried_from = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="carried_to"
    )
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["company_id", "quarter_first_month", "pk"]
        indexes: ClassVar = [
            models.Index(fields=["company", "quarter_first_month"], name="action_item_quarter"),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class BackgroundWork(models.Model):
    """Something that takes longer than a page may: its progress, and what came of it."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="background_work")
    kind = models.CharField(max_length=40, help_text="A name in the registry of work.")
    parameters = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    progress = models.PositiveSmallIntegerField(default=0, help_text="Percent.")
    message = models.CharField(max_length=500, blank=True)
    result = models.JSONField(default=dict, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    file_type = models.CharField(max_length=100, blank=True)
    file_body = models.BinaryField(null=True, blank=True)
    requested_by = models.CharField(max_length=200)
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-requested_at", "-pk"]
        verbose_name_plural = "background work"

    def __str__(self) -> str:
        return f"{self.kind} for {self.company}: {self.state}"


class SharedLink(models.Model):
    """A way for a client without an account to look at one snapshot; only the digest of its token is kept."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="shared_links")
    token_digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token in the address.")
    note = models.CharField(max_length=200, blank=True, help_text="Whom it is for.")
    shows_notes = models.BooleanField(default=False, help_text="Whether people's notes are shown too.")
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    opened_count = models.PositiveIntegerField(default=0)
    last_opened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"link to {self.snapshot}" + (f" for {self.note}" if self.note else "")


class Branding(models.Model):
    """How this installation's files look: one row for all companies, or none."""

    firm_name = models.CharField(max_length=100, blank=True)
    accent = models.CharField(
        max_length=6, default="0F5C78", help_text="Six hexadecimal digits, dark enough for white."
    )
    logo = models.BinaryField(null=True, blank=True, help_text="PNG or JPEG.")
    updated_by = models.CharField(max_length=200, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "branding"
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(pk=1), name="branding_once")]

    def __str__(self) -> str:
        return self.firm_name or "branding"
