"""Admin pages: what was read and computed, to look at; the editors are in the modules imported here."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_base import ReadOnlyAdmin
from metrics import admin_history as admin_history
from metrics.downloads import admin_branding as admin_branding
from metrics.mappings import admin_editor as admin_editor
from metrics.models import LedgerAccount, MonthlyAmount, MonthlyMetric, SyncHistory


@admin.register(SyncHistory)
class SyncHistoryAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "company", "sync_type", "success", "message"]
    list_filter = ["company", "sync_type", "success"]
    list_select_related = ["company"]
    search_fields = ["message"]
    date_hierarchy = "created_at"


@admin.register(MonthlyMetric)
class MonthlyMetricAdmin(ReadOnlyAdmin):
    list_display = [
        "month",
        "company",
        "basis",
        "total_revenue",
        "total_expenses",
        "net_profit",
        "employees",
        "tie_out_status",
        "difference",
        "synced_at",
    ]
    list_filter = ["company", "basis", "tie_out_status"]
    list_select_related = ["company"]
    date_hierarchy = "month"
    ordering = ["company__name", "basis", "-month"]


@admin.register(MonthlyAmount)
class MonthlyAmountAdmin(ReadOnlyAdmin):
    list_display = ["month", "full_name", "account_type", "number", "amount", "row_number", "company", "basis"]
    list_filter = ["company", "basis", "account_type"]
    list_select_related = ["company"]
    search_fields = ["full_name", "number"]
    date_hierarchy = "month"
    ordering = ["-month", "full_name"]


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ReadOnlyAdmin):
    list_display = [
        "full_name",
        "number",
        "account_type",
        "special_type",
        "is_active",
        "first_seen_at",
        "former_full_name",
        "company",
    ]
    list_filter = ["company", "account_type", "is_active"]
    list_select_related = ["company"]
    search_fields = ["full_name", "number"]
