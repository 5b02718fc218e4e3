"""The rows behind the mapping: its rules, every version it ever had, and the templates people saved."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.models import Company


class AccountMapping(models.Model):
    """A rule that sends ledger accounts to a metric; the first match by priority wins, a pinned account before all."""

    class MatchType(models.TextChoices):
        EXACT = "exact", "Full name is"
        STARTS_WITH = "starts_with", "Full name starts with"
        CONTAINS = "contains", "Full name contains"
        WILDCARD = "wildcard", "Full name matches, with * and ?"
        REGEX = "regex", "Regular expression"
        ACCOUNT = "account", "This one ledger account, whatever its name"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="account_mappings")
    match_type = models.CharField(max_length=12, choices=MatchType, default=MatchType.CONTAINS)
    pattern = models.CharField(max_length=500, help_text="For one ledger account: its name when it was pinned.")
    list_id = models.CharField("ListID", max_length=40, blank=True, help_text="Of the one ledger account, if pinned.")
    account_types = models.JSONField(
        default=list, blank=True, help_text="AccountTypes the rule looks at; empty: every profit and loss account."
    )
    account_numbers = models.CharField(
        max_length=200, blank=True, help_text="Only account numbers like 4000-4999, 41*, 6010; empty: any or none."
    )
    qbr_metric_key = models.CharField(max_length=40, help_text="A category metric, or `unmapped`: ask a person.")
    priority = models.IntegerField(default=100, help_text="Lower is tried first.")
    is_active = models.BooleanField(default=True)
    effective_from = models.DateField(null=True, blank=True, help_text="First month it is for. Empty: always.")
    effective_to = models.DateField(null=True, blank=True, help_text="Last month it is for. Empty: for good.")
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "qbwc_account_mappings"
        ordering = ["company_id", "priority", "pk"]

    def __str__(self) -> str:
        return f"{self.pattern} → {self.qbr_metric_key}"


class MappingVersion(models.Model):
    """All rules of a company after one change: append-only, so that any earlier mapping can be read or put back."""

    class Kind(models.TextChoices):
        START = "start", "Set up"
        EDIT = "edit", "Edited"
        IMPORT = "import", "Imported"
        TEMPLATE = "template", "Template applied"
        ROLLBACK = "rollback", "Rolled back"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="mapping_versions")
    number = models.PositiveIntegerField(help_text="1, 2, 3 … in each company.")
    kind = models.CharField(max_length=10, choices=Kind)
    summary = models.CharField(max_length=300, help_text="What was changed, for a person.")
    rules = models.JSONField(help_text="Every rule as it was then, in the order in which they are tried.")
    sha256 = models.CharField(max_length=64, help_text="Of the rules; two versions with the same one are the same.")
    actor = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["company_id", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "number"], name="mapping_version_once"),
        ]

    def __str__(self) -> str:
        return f"mapping {self.number} of {self.company}"


class MappingTemplate(models.Model):
    """Rules a person saved to give to other companies; no amounts, no ListIDs."""

    name = models.CharField(max_length=100, unique=True)
    description = models.CharField(max_length=300, blank=True)
    rules = models.JSONField()
    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, related_name="+", help_text="Where it comes from; its administrators see it."
    )
    is_shared = models.BooleanField(default=False, help_text="Administrators of every company see it.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
