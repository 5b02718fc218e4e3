"""The rows behind a QBR: ledger accounts, sync history, monthly amounts, monthly metrics; and, re-exported, the rest.

Mappings are in mapping_models.py, what remembers in history_models.py, what a review needs in review_models.py.

Money is in the company's home currency, two decimals, within ±999,999,999,999.99 (exact on SQLite too).
A `month` column holds the month's first day. Totals are never summed in SQL.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models import Company
from metrics.columns import Basis as Basis
from metrics.columns import money as money
from metrics.history_models import AmountChange as AmountChange
from metrics.history_models import MonthlyHeadCount as MonthlyHeadCount
from metrics.history_models import MonthReading as MonthReading
from metrics.history_models import Restatement as Restatement
from metrics.mapping_models import AccountMapping as AccountMapping
from metrics.mapping_models import MappingTemplate as MappingTemplate
from metrics.mapping_models import MappingVersion as MappingVersion
from metrics.review_models import ActionItem as ActionItem
from metrics.review_models import BackgroundWork as BackgroundWork
from metrics.review_models import Branding as Branding
from metrics.review_models import BudgetAmount as BudgetAmount
from metrics.review_models import Note as Note
from metrics.review_models import ReportingSettings as ReportingSettings
from metrics.review_models import SharedLink as SharedLink
from metrics.review_models import Snapshot as Snapshot
from metrics.review_models import Target as Target
from metrics.schedule_models import MailFile as MailFile
from metrics.schedule_models import MailLetter as MailLetter
from metrics.schedule_models import MailRun as MailRun
from metrics.schedule_models import MailSchedule as MailSchedule
from qbwc.models import Exchange


class LedgerAccount(models.Model):
    """A line of the chart of accounts, as AccountQuery last told it."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="ledger_accounts")
    list_id = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    full_name = models.CharField(max_length=500, help_text="Colon path from the top, without account numbers.")
    number = models.CharField(max_length=20, blank=True)
    account_type = models.CharField(max_length=30, help_text="QuickBooks' AccountType.")
    special_type = models.CharField(max_length=40, blank=True, help_text="QuickBooks' SpecialAccountType.")
    is_active = models.BooleanField(default=True)
    updated_at = models.DateTimeField()
    first_seen_at = models.DateTimeField(null=True, blank=True)
    former_full_name = models.CharField(max_length=500, blank=True, help_text="Before it was renamed or moved.")
    renamed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["full_name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "list_id"], name="ledger_account_once"),
        ]

    def __str__(self) -> str:
        return f"{self.full_name} ({self.account_type})"


class SyncHistory(models.Model):
    """One answer read (or refused), with what came of it; queried by hand in existing deployments."""

    class SyncType(models.TextChoices):
        PROFIT_LOSS = "profit_loss", "Profit & Loss"
        EMPLOYEES = "employees", "Employees"
        ACCOUNTS = "accounts", "Chart of accounts"
        BUDGET = "budget", "QuickBooks' budget"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="sync_history")
    sync_type = models.CharField(max_length=20, choices=SyncType)
    exchange = models.OneToOneField(
        Exchange, null=True, blank=True, on_delete=models.SET_NULL, related_name="sync_history"
    )
    success = models.BooleanField()
    message = models.TextField(blank=True, help_text="What happened, for a person; QuickBooks' own words on failure.")
    parsed_data = models.JSONField(default=dict, blank=True, help_text="Summary: rows, months, totals, discrepancies.")
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "qbwc_sync_history"
        ordering = ["-created_at", "-pk"]
        verbose_name_plural = "sync history"

    def __str__(self) -> str:
        return f"{self.sync_type} {self.created_at:%Y-%m-%d %H:%M}"


class MonthlyAmount(models.Model):
    """A ledger account's amount in one month, as QuickBooks printed it: income and expense both positive."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="monthly_amounts")
    basis = models.CharField(max_length=8, choices=Basis)
    month = models.DateField()
    account_key = models.CharField(max_length=510, help_text="ListID, or `name:` and the full name if unresolved.")
    full_name = models.CharField(max_length=500)
    label = models.CharField(max_length=300, help_text="The row's label in the report.")
    number = models.CharField(max_length=20, blank=True)
    account_type = models.CharField(max_length=30, help_text="One of the five profit and loss AccountTypes.")
    amount = money()
    row_number = models.PositiveIntegerField(help_text="rowNumber in the stored report.")
    exchange = models.ForeignKey(Exchange, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "basis", "month", "account_key"], name="monthly_amount_once_per_account"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.full_name} {self.amount}"


class EmployeeRecord(models.Model):
    """What head count needs of an employee, and nothing personal: no name."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="employee_records")
    list_id = models.CharField(max_length=40)
    is_active = models.BooleanField()
    employee_type = models.CharField(max_length=20, blank=True)
    hired_date = models.DateField(null=True, blank=True)
    released_date = models.DateField(null=True, blank=True)
    created_date = models.DateField(null=True, blank=True, help_text="Date of TimeCreated.")
    modified_date = models.DateField(null=True, blank=True, help_text="Date of TimeModified.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "list_id"], name="employee_record_once"),
        ]

    def __str__(self) -> str:
        return f"employee {self.list_id}"


class MonthlyMetric(models.Model):
    """A company's month: fourteen metrics from the last import that tied out, and the tie-out of the newest."""

    class TieOutStatus(models.TextChoices):
        TIED = "tied", "Tied"
        UNTIED = "untied", "Untied"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="monthly_metrics")
    basis = models.CharField(max_length=8, choices=Basis)
    month = models.DateField()
    nrr = money(default=0)
    mrr = money(default=0)
    orr = money(default=0)
    product_sales = money(default=0)
    misc_revenue = money(default=0)
    employee_expense = money(default=0)
    owner_comp = money(default=0)
    owner_comp_taxes = money(default=0)
    product_cogs = money(default=0)
    other_expenses = money(default=0)
    unmapped_revenue = money(default=0, help_text="Counted in total_revenue.")
    unmapped_expenses = money(default=0, help_text="Counted in total_expenses.")
    total_revenue = money(default=0)
    total_expenses = money(default=0)
    net_profit = money(default=0)
    employees = models.PositiveIntegerField(null=True, blank=True, help_text="Empty until employees were read.")
    employees_estimated = models.BooleanField(default=False)
    employees_frozen = models.BooleanField(default=False, help_text="Counted when the month closed, and kept.")
    tie_out_status = models.CharField(max_length=8, choices=TieOutStatus)
    quickbooks_net_income = money(help_text="Net Income as QuickBooks printed it in the newest import.")
    difference = money(default=0, help_text="Our sum of the newest import's rows minus QuickBooks' Net Income.")
    discrepancies = models.JSONField(default=list, blank=True, help_text="Rows that do not add up: row, label, …")
    printed_totals = models.JSONField(default=dict, blank=True, help_text="QuickBooks' printed totals by name.")
    figures_are_from_untied = models.BooleanField(
        default=False, help_text="No import of this month has tied out yet; the figures are the untied one's."
    )
    exchange = models.ForeignKey(Exchange, null=True, on_delete=models.SET_NULL, related_name="+")
    synced_at = models.DateTimeField(help_text="When the newest import was read.")

    class Meta:
        db_table = "qbr_metrics_monthly"
        ordering = ["company_id", "basis", "month"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "basis", "month"], name="monthly_metric_once"),
        ]

    def __str__(self) -> str:
        return f"{self.company} {self.month:%Y-%m} ({self.basis})"
