"""Windows on what remembers: mapping versions (put back from here), templates, settings, and rows only to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse

from accounts import clock
from accounts.admin_base import ReadOnlyAdmin, TieoutModelAdmin
from metrics.admin_forms import ReportingForm
from metrics.mappings.admin_pages import Proposal, propose, rule_lines, version_context
from metrics.mappings.sets import delete_template, row_of, template_rules
from metrics.mappings.values import rules_from_json
from metrics.models import (
    AmountChange,
    BackgroundWork,
    BudgetAmount,
    MappingTemplate,
    MappingVersion,
    MonthlyHeadCount,
    MonthReading,
    Note,
    ReportingSettings,
    Restatement,
    Snapshot,
    Target,
)
from metrics.reporting.settings import FIELDS, save_reporting


@admin.register(MappingVersion)
class MappingVersionAdmin(ReadOnlyAdmin):
    """Append-only; an earlier one is put back as a new one."""

    list_display = ["number", "company", "kind", "summary", "rules_shown", "actor", "created_at"]
    list_filter = ["company", "kind"]
    list_select_related = ["company"]
    search_fields = ["summary", "actor"]
    date_hierarchy = "created_at"
    ordering = ["company__name", "-number"]
    fields = [("company", "number"), ("kind", "summary"), ("actor", "created_at"), "sha256"]
    change_form_outer_after_template = "admin/metrics/mapping_version.html"

    @admin.display(description="Rules")
    def rules_shown(self, row: MappingVersion) -> int:
        return len(row.rules)

    def get_urls(self) -> list[URLPattern]:
        back = path(
            "<int:pk>/roll-back/", self.admin_site.admin_view(self.roll_back), name="metrics_mappingversion_rollback"
        )
        return [back, *super().get_urls()]

    def roll_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what putting it back does; the page's button then does it."""
        version = MappingVersion.objects.filter(pk=pk).select_related("company").first()
        if version is None:
            raise Http404
        back = reverse("admin:metrics_mappingversion_change", args=[pk])
        rules = rules_from_json(version.rules)
        words = f"Back to version {version.number}"
        return propose(request, Proposal(version.company, rules, MappingVersion.Kind.ROLLBACK, words, back))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        version = self.get_object(request, object_id) if object_id else None
        if version is not None:
            extra_context = {**version_context(version), **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, extra_context)


@admin.register(MappingTemplate)
class MappingTemplateAdmin(TieoutModelAdmin):
    """Saved from a company's rules on the page of files and templates; here it is renamed, shared, deleted."""

    list_display = ["name", "description", "company", "rules_shown", "is_shared", "created_by", "created_at"]
    list_filter = ["is_shared", "company"]
    list_select_related = ["company", "created_by"]
    search_fields = ["name", "description"]
    fields = ["name", "description", "is_shared", ("company", "created_by", "created_at")]
    readonly_fields = ["company", "created_by", "created_at"]
    change_form_outer_after_template = "admin/metrics/mapping_template.html"

    @admin.display(description="Rules")
    def rules_shown(self, row: MappingTemplate) -> int:
        return len(row.rules)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: MappingTemplate) -> None:
        delete_template(obj, actor=request.user.get_username(), now=clock.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[MappingTemplate]) -> None:
        for row in queryset.select_related("company"):
            self.delete_model(request, row)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        row = self.get_object(request, object_id) if object_id else None
        if row is not None:
            lines = rule_lines(row_of(rule.values) for rule in template_rules(row.pk))
            extra_context = {"template_rules": lines, **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, extra_context)


@admin.register(ReportingSettings)
class ReportingSettingsAdmin(TieoutModelAdmin):
    """Saved as everywhere: plans of what to read follow, and head counts are computed again at once."""

    form = ReportingForm
    list_display = ["company", *FIELDS]
    list_select_related = ["company"]
    fieldsets = [
        (None, {"fields": ["company"]}),
        ("What is read", {"fields": [("default_basis", "reads_cash", "reads_budget")]}),
        ("Who is counted", {"fields": [("counts_owners", "counts_officers")]}),
        ("Fiscal year and readiness", {"fields": [("fiscal_year_first_month", "unmapped_threshold_percent")]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return ["company"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The plans of what to read follow the settings: change them instead."""
        return False

    def save_model(self, request: HttpRequest, obj: ReportingSettings, form: Any, change: bool) -> None:
        changes = {field: getattr(obj, field) for field in FIELDS}
        save_reporting(obj.company, changes, actor=request.user.get_username(), now=clock.now())
        obj.pk = ReportingSettings.objects.get(company=obj.company).pk


@admin.register(Restatement)
class RestatementAdmin(ReadOnlyAdmin):
    list_display = [
        "month",
        "company",
        "basis",
        "net_income_before",
        "net_income_after",
        "cells",
        "detected_at",
        "acknowledged_by",
    ]
    list_filter = ["company", "basis", ("acknowledged_at", admin.EmptyFieldListFilter)]
    list_select_related = ["company"]
    search_fields = ["note", "acknowledged_by"]
    date_hierarchy = "detected_at"


@admin.register(AmountChange)
class AmountChangeAdmin(ReadOnlyAdmin):
    list_display = ["month", "full_name", "number", "before", "after", "changed_at", "company", "basis"]
    list_filter = ["company", "basis", "account_type"]
    list_select_related = ["company"]
    search_fields = ["full_name", "number"]
    date_hierarchy = "changed_at"


@admin.register(MonthReading)
class MonthReadingAdmin(ReadOnlyAdmin):
    list_display = [
        "month",
        "company",
        "basis",
        "read_at",
        "is_tied",
        "quickbooks_net_income",
        "difference",
        "took_figures",
    ]
    list_filter = ["company", "basis", "is_tied", "took_figures"]
    list_select_related = ["company"]
    date_hierarchy = "month"
    ordering = ["company__name", "basis", "-month", "-exchange_id"]


@admin.register(MonthlyHeadCount)
class MonthlyHeadCountAdmin(ReadOnlyAdmin):
    list_display = ["month", "company", "counted", "entered", "entered_by", "note", "frozen_at"]
    list_filter = ["company"]
    list_select_related = ["company"]
    date_hierarchy = "month"

    @admin.display(description="Counted")
    def counted(self, row: MonthlyHeadCount) -> int:
        return sum(row.counts.values())


@admin.register(Target)
class TargetAdmin(ReadOnlyAdmin):
    list_display = ["month", "metric_key", "kind", "amount", "source", "updated_by", "updated_at", "company"]
    list_filter = ["company", "kind", "source"]
    list_select_related = ["company"]
    search_fields = ["metric_key"]
    date_hierarchy = "month"


@admin.register(BudgetAmount)
class BudgetAmountAdmin(ReadOnlyAdmin):
    list_display = ["month", "full_name", "account_type", "amount", "company"]
    list_filter = ["company", "account_type"]
    list_select_related = ["company"]
    search_fields = ["full_name"]
    date_hierarchy = "month"


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    list_display = [
        "name",
        "company",
        "basis",
        "first_month",
        "last_month",
        "presented_on",
        "net_profit",
        "created_by",
        "created_at",
    ]
    list_filter = ["company", "basis"]
    list_select_related = ["company"]
    search_fields = ["name", "note"]
    exclude = ["content"]


@admin.register(Note)
class NoteAdmin(ReadOnlyAdmin):
    list_display = ["text", "month", "metric_key", "author", "updated_at", "company"]
    list_filter = ["company"]
    list_select_related = ["company"]
    search_fields = ["text", "author"]


@admin.register(BackgroundWork)
class BackgroundWorkAdmin(ReadOnlyAdmin):
    list_display = ["kind", "company", "state", "progress", "message", "requested_by", "requested_at", "finished_at"]
    list_filter = ["company", "state", "kind"]
    list_select_related = ["company"]
    exclude = ["file_body"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the files: a list of fifty must not load fifty of them."""
        return super().get_queryset(request).defer("file_body")
