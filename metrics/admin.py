"""Admin pages: account mappings to edit; what was read and computed to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import clock
from accounts.admin_base import ReadOnlyAdmin, TieoutModelAdmin
from metrics.forms import AccountMappingForm, MappingInListForm
from metrics.mapping_changes import delete_mapping, save_mapping
from metrics.mapping_rows import values_of
from metrics.models import AccountMapping, LedgerAccount, MonthlyAmount, MonthlyMetric, SyncHistory


@admin.register(AccountMapping)
class AccountMappingAdmin(TieoutModelAdmin):
    """Every change goes the same way as the API's: checked, audited, figures computed again after the commit."""

    form = AccountMappingForm
    list_display = [
        "pattern",
        "match_type",
        "qbr_metric_key",
        "types_shown",
        "priority",
        "is_active",
        "company",
        "note",
    ]
    list_editable = ["priority", "is_active"]
    list_filter = ["company", "qbr_metric_key", "match_type", "is_active"]
    list_select_related = ["company"]
    search_fields = ["pattern", "note", "qbr_metric_key"]
    ordering = ["company__name", "priority", "pk"]
    readonly_fields = ["created_at", "updated_at"]
    fieldsets = [
        (None, {"fields": ["company", "match_type", "pattern", "account_types"]}),
        ("Where it goes", {"fields": ["qbr_metric_key", "priority", "is_active", "note"]}),
        ("Dates", {"fields": ["created_at", "updated_at"]}),
    ]

    @admin.display(description="Account types")
    def types_shown(self, row: AccountMapping) -> str:
        return ", ".join(row.account_types) or "every"

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        """The list's own editable columns are checked too."""
        return super().get_changelist_form(request, **{**kwargs, "form": MappingInListForm})

    def get_readonly_fields(self, request: HttpRequest, obj: AccountMapping | None = None) -> list[str]:
        """A mapping stays with its company: moving it would change the figures of two."""
        return [*self.readonly_fields, "company"] if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: AccountMapping, form: Any, change: bool) -> None:
        save_mapping(obj, values_of(obj), actor=request.user.get_username(), now=clock.now())

    def delete_model(self, request: HttpRequest, obj: AccountMapping) -> None:
        delete_mapping(obj, actor=request.user.get_username(), now=clock.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[AccountMapping]) -> None:
        for row in queryset.select_related("company"):
            self.delete_model(request, row)


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
    list_display = ["full_name", "number", "account_type", "special_type", "is_active", "company"]
    list_filter = ["company", "account_type", "is_active"]
    list_select_related = ["company"]
    search_fields = ["full_name", "number"]
