"""The rows that remember: what each reading said of a month, which cells it changed, and frozen head counts."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Company
from metrics.columns import Basis, money
from qbwc.models import Exchange


class MonthReading(models.Model):
    """What QuickBooks printed for a month, each time it was not what it had printed before; append-only."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="month_readings")
    basis = models.CharField(max_length=8, choices=Basis)
    month = models.DateField()
    exchange = models.ForeignKey(Exchange, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField(help_text="When QuickBooks answered.")
    is_tied = models.BooleanField()
    quickbooks_net_income = money()
    difference = money(default=0)
    printed_totals = models.JSONField(default=dict, help_text="QuickBooks' printed totals by name; null: not printed.")
    discrepancies = models.JSONField(default=list, blank=True)
    took_figures = models.BooleanField(help_text="Whether the month's figures were taken from it.")

    class Meta:
        ordering = ["company_id", "basis", "month", "exchange_id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "basis", "month", "exchange"], name="month_reading_once"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} as read {self.read_at:%Y-%m-%d %H:%M}"


class Restatement(models.Model):
    """A past month whose figures changed in QuickBooks after we had read it."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="restatements")
    basis = models.CharField(max_length=8, choices=Basis)
    month = models.DateField()
    exchange = models.ForeignKey(Exchange, on_delete=models.CASCADE, related_name="+")
    previous_exchange = models.ForeignKey(Exchange, null=True, on_delete=models.SET_NULL, related_name="+")
    detected_at = models.DateTimeField(help_text="When QuickBooks answered with the new figures.")
    net_income_before = money()
    net_income_after = money()
    revenue_before = money()
    revenue_after = money()
    cells = models.PositiveIntegerField(help_text="How many ledger accounts changed.")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-detected_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["exchange", "basis", "month"], name="restatement_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "-detected_at"], name="restatement_newest"),
            models.Index(fields=["company"], name="restatement_open", condition=Q(acknowledged_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} restated {self.detected_at:%Y-%m-%d}"


class AmountChange(models.Model):
    """One cell that a later reading changed. Undone backwards from the newest, the figures of any date come out."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="amount_changes")
    basis = models.CharField(max_length=8, choices=Basis)
    month = models.DateField()
    account_key = models.CharField(max_length=510)
    full_name = models.CharField(max_length=500)
    label = models.CharField(max_length=300)
    number = models.CharField(max_length=20, blank=True)
    account_type = models.CharField(max_length=30)
    before = money(null=True, blank=True, help_text="Empty: the account had no row in that month.")
    after = money(null=True, blank=True, help_text="Empty: its row is gone.")
    row_before = models.PositiveIntegerField(null=True, blank=True, help_text="rowNumber in the previous report.")
    row_after = models.PositiveIntegerField(null=True, blank=True)
    changed_at = models.DateTimeField(help_text="When QuickBooks answered with the new amount.")
    exchange = models.ForeignKey(Exchange, on_delete=models.CASCADE, related_name="+")
    previous_exchange = models.ForeignKey(Exchange, null=True, on_delete=models.SET_NULL, related_name="+")
    restatement = models.ForeignKey(Restatement, null=True, on_delete=models.CASCADE, related_name="changes")

    class Meta:
        ordering = ["-changed_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "basis", "month", "account_key", "exchange"], name="amount_change_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "basis", "changed_at"], name="amount_change_when"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.full_name}: {self.before} → {self.after}"


class MonthlyHeadCount(models.Model):
    """How many people a closed month had, by EmployeeType, as the first list after it told; or as a person said."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="head_counts")
    month = models.DateField()
    counts = models.JSONField(default=dict, help_text="EmployeeType → people; the empty one is Regular.")
    estimated = models.JSONField(default=dict, help_text="EmployeeType → how many of them rest on a guessed date.")
    exchange = models.ForeignKey(Exchange, null=True, on_delete=models.SET_NULL, related_name="+")
    frozen_at = models.DateTimeField()
    entered = models.PositiveIntegerField(null=True, blank=True, help_text="A person's own count; it wins.")
    entered_by = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["company_id", "month"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "month"], name="head_count_once"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}: {self.entered if self.entered is not None else sum(self.counts.values())}"
