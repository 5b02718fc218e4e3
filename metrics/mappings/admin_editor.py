"""The editor of account mappings: list, form, actions, files and templates; every change can be looked at first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path

from accounts import audit, clock
from accounts.admin_base import TieoutModelAdmin
from accounts.models import AuditEvent, Company
from metrics.mappings.admin_files import ask_for_metric, export_selected, files_page
from metrics.mappings.admin_filters import CatchAllFilter, EffectiveFilter, MetricFilter, is_catch_all
from metrics.mappings.admin_list import (
    LONGEST_NOTE,
    LONGEST_PATTERN,
    MappingChangeList,
    catch_in_words,
    rules_in_words,
    short,
    two_lines,
)
from metrics.mappings.admin_pages import Proposal, apply_proposal, events_of, propose
from metrics.mappings.changes import BadMappings, delete_mapping, save_mapping
from metrics.mappings.edits import Edit, edited, in_order
from metrics.mappings.forms import AccountMappingForm, MappingInListForm
from metrics.mappings.rows import rules_of, values_of
from metrics.mappings.sets import apply_set, row_of
from metrics.mappings.values import KeptRule, as_json
from metrics.mappings.words import MATCH_LABELS, conditions_of, metric_label
from metrics.models import AccountMapping, MappingVersion

Kind = MappingVersion.Kind


@admin.register(AccountMapping)
class AccountMappingAdmin(TieoutModelAdmin):
    """Every change goes the same way as the API's: checked, versioned, audited, figures computed again at once."""

    form = AccountMappingForm
    list_display = [
        "pattern_shown",
        "match_shown",
        "metric",
        "conditions",
        "catches",
        "priority",
        "is_active",
        "company",
    ]
    list_editable = ["priority", "is_active"]
    list_filter = ["company", MetricFilter, "match_type", "is_active", CatchAllFilter, EffectiveFilter]
    list_select_related = ["company"]
    list_per_page = 100
    list_fullwidth = True
    list_before_template = "admin/metrics/mapping_list_before.html"
    list_after_template = "admin/metrics/mapping_list_after.html"
    change_form_after_template = "admin/metrics/mapping_form_after.html"
    object_history_template = "admin/metrics/mapping_history.html"
    search_fields = ["pattern", "note", "qbr_metric_key", "account_numbers", "list_id"]
    ordering = ["company__name", "priority", "pk"]
    readonly_fields = ["created_at", "updated_at"]
    actions = ["activate", "deactivate", "move", "export_csv", "export_xlsx"]
    fieldsets = [
        (None, {"fields": ["company", ("match_type", "pattern"), "list_id"]}),
        ("Only accounts that", {"fields": ["account_types", "account_numbers"]}),
        ("Where it goes", {"fields": ["qbr_metric_key", ("priority", "is_active"), "note"]}),
        ("In force", {"fields": [("effective_from", "effective_to")]}),
        ("Dates", {"fields": [("created_at", "updated_at")]}),
    ]

    # The list

    @two_lines
    @admin.display(description="Pattern and note", ordering="pattern")
    def pattern_shown(self, row: AccountMapping) -> list[str]:
        return [short(row.pattern, LONGEST_PATTERN), short(row.note, LONGEST_NOTE)]

    @admin.display(description="Match", ordering="match_type")
    def match_shown(self, row: AccountMapping) -> str:
        words = MATCH_LABELS.get(row.match_type, row.match_type)
        return f"{words} (catch-all)" if row.match_type in ("wildcard", "regex") and is_catch_all(row) else words

    @admin.display(description="Only", empty_value="")
    def conditions(self, row: AccountMapping) -> str:
        return conditions_of(row_of(values_of(row))) or "every account"

    @admin.display(description="Metric", ordering="qbr_metric_key")
    def metric(self, row: AccountMapping) -> str:
        return metric_label(row.qbr_metric_key)

    @admin.display(description="Catches in 12 months")
    def catches(self, row: AccountMapping) -> str:
        return catch_in_words(row)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Whose rules they are need not be said of each once the list is one company's."""
        shown = super().get_list_display(request)
        is_of_one = "company__id__exact" in request.GET
        return [column for column in shown if not (is_of_one and column == "company")]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Any]:
        return MappingChangeList

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        """The list's own editable columns are checked too."""
        return super().get_changelist_form(request, **{**kwargs, "form": MappingInListForm})

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Several changed rows make one version and one recompute; `_preview` shows first what they do."""
        if request.method != "POST":
            return super().changelist_view(request, extra_context)
        if "_preview" in request.POST:
            shown = self._preview_of_list(request)
            if shown is not None:
                return shown
            posted = request.POST.copy()
            posted["_save"] = "Save"  # it cannot be saved: the list then says what is wrong
            request.POST = posted  # type: ignore[assignment]
        try:
            with transaction.atomic():
                answer = super().changelist_view(request, extra_context)
                self._save_listed(request)
        except BadMappings as bad:
            messages.error(request, f"Nothing was saved. {bad}")
            return HttpResponseRedirect(request.get_full_path())
        return answer

    def _preview_of_list(self, request: HttpRequest) -> HttpResponse | None:
        self.get_changelist_instance(request)
        formset_class = self.get_changelist_formset(request)
        rows = self._get_list_editable_queryset(request, formset_class.get_default_prefix())
        formset = formset_class(request.POST, request.FILES, queryset=rows)
        if not formset.is_valid():
            return None
        changed = [form.instance for form in formset.forms if form.has_changed()]
        return self._propose_rows(request, changed, f"Changed {rules_in_words(len(changed))} in the list")

    def _propose_rows(self, request: HttpRequest, rows: Sequence[AccountMapping], summary: str) -> HttpResponse:
        """Rows with their new values, of one company."""
        companies = {row.company_id: row.company for row in rows}
        if len(companies) != 1:
            words = "Change something first." if not rows else "Choose rules of one company at a time."
            messages.warning(request, words)
            return HttpResponseRedirect(request.get_full_path())
        (company,) = companies.values()
        rules = _with_rows(company, rows)
        return propose(request, Proposal(company, rules, Kind.EDIT, summary, request.get_full_path()))

    def _save_listed(self, request: HttpRequest) -> None:
        by_company: dict[Company, list[AccountMapping]] = defaultdict(list)
        for row in vars(request).pop("listed_mappings", []):
            by_company[row.company].append(row)
        for company, rows in by_company.items():
            words = f"Changed {rules_in_words(len(rows))} in the list"
            self._apply(request, company, _with_rows(company, rows), words)

    def _apply(self, request: HttpRequest, company: Company, rules: tuple[KeptRule, ...], summary: str) -> None:
        apply_set(
            company,
            rules,
            kind=Kind.EDIT,
            summary=summary,
            actor=request.user.get_username(),
            now=clock.now(),
            expected=None,
        )

    # The form

    def get_readonly_fields(self, request: HttpRequest, obj: AccountMapping | None = None) -> list[str]:
        """A mapping stays with its company: moving it would change the figures of two."""
        return [*self.readonly_fields, "company"] if obj else self.readonly_fields

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        if request.method == "POST" and "_preview" in request.POST:
            shown = self._preview_of_form(request, object_id)
            if shown is not None:
                return shown
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _preview_of_form(self, request: HttpRequest, object_id: str | None) -> HttpResponse | None:
        """None when the form has errors, which the form's own page then tells."""
        row = self.get_object(request, object_id) if object_id else None
        form = self.get_form(request, row, change=row is not None)(request.POST, instance=row)
        if (object_id and row is None) or not form.is_valid():
            return None
        changed: AccountMapping = form.instance
        words = f"{'Changed' if row else 'Added'} “{changed.pattern}” → {changed.qbr_metric_key}"
        proposal = Proposal(
            changed.company, _with_rows(changed.company, [changed]), Kind.EDIT, words, request.get_full_path()
        )
        return propose(request, proposal)

    def save_model(self, request: HttpRequest, obj: AccountMapping, form: Any, change: bool) -> None:
        if isinstance(form, MappingInListForm):
            vars(request).setdefault("listed_mappings", []).append(obj)
            return
        save_mapping(obj, values_of(obj), actor=request.user.get_username(), now=clock.now())

    def delete_model(self, request: HttpRequest, obj: AccountMapping) -> None:
        delete_mapping(obj, actor=request.user.get_username(), now=clock.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[AccountMapping]) -> None:
        """One version for each company, whatever their number."""
        by_company: dict[Company, list[AccountMapping]] = defaultdict(list)
        for row in queryset.select_related("company"):
            by_company[row.company].append(row)
        with transaction.atomic():
            for company, rows in by_company.items():
                rules = edited(rules_of(company), [Edit("delete", row.pk) for row in rows])
                self._apply(request, company, rules, f"Deleted {rules_in_words(len(rows))}")
                for row in rows:
                    _audit_deletion(request, row)

    # Actions

    @admin.action(description="Activate…")
    def activate(self, request: HttpRequest, chosen: QuerySet[AccountMapping]) -> HttpResponse:
        return self._propose_changed(request, chosen, "Activated", is_active=True)

    @admin.action(description="Deactivate…")
    def deactivate(self, request: HttpRequest, chosen: QuerySet[AccountMapping]) -> HttpResponse:
        return self._propose_changed(request, chosen, "Deactivated", is_active=False)

    @admin.action(description="Move to a metric…")
    def move(self, request: HttpRequest, chosen: QuerySet[AccountMapping]) -> HttpResponse:
        form, page = ask_for_metric(request, chosen)
        if page is not None:
            return page
        key = form.cleaned_data["metric"]
        return self._propose_changed(request, chosen, f"Moved to {metric_label(key)}:", qbr_metric_key=key)

    @admin.action(description="Export as CSV")
    def export_csv(self, request: HttpRequest, chosen: QuerySet[AccountMapping]) -> HttpResponse:
        return export_selected(chosen, "csv")

    @admin.action(description="Export as Excel workbook")
    def export_xlsx(self, request: HttpRequest, chosen: QuerySet[AccountMapping]) -> HttpResponse:
        return export_selected(chosen, "xlsx")

    def _propose_changed(
        self, request: HttpRequest, chosen: QuerySet[AccountMapping], deed: str, **values: Any
    ) -> HttpResponse:
        rows = list(chosen.select_related("company"))
        for row in rows:
            for column, value in values.items():
                setattr(row, column, value)
        return self._propose_rows(request, rows, f"{deed} {rules_in_words(len(rows))}")

    # Pages beside the list

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("files/", view(files_page), name="metrics_accountmapping_files"),
            path("apply/", view(apply_proposal), name="metrics_accountmapping_apply"),
            *super().get_urls(),
        ]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        """What each version changed about the rule, and its lines of the audit trail."""
        row = self.get_object(request, object_id)
        if row is not None:
            lines = AuditEvent.objects.filter(
                company=row.company, action__startswith="mapping.", details__mapping=row.pk
            )
            own = {"rule_events": events_of(row.company, row.pk), "audit_lines": lines.order_by("-pk")[:50]}
            extra_context = {**own, **(extra_context or {})}
        return super().history_view(request, object_id, extra_context)


def _with_rows(company: Company, rows: Sequence[AccountMapping]) -> tuple[KeptRule, ...]:
    """The company's rules with these rows as they would be."""
    changed = {row.pk: KeptRule(row.pk, values_of(row)) for row in rows if row.pk is not None}
    new = [KeptRule(None, values_of(row)) for row in rows if row.pk is None]
    return in_order([*(changed.get(rule.pk or 0, rule) for rule in rules_of(company)), *new])


def _audit_deletion(request: HttpRequest, row: AccountMapping) -> None:
    audit.record(
        action="mapping.deleted",
        success=True,
        now=clock.now(),
        actor=request.user.get_username(),
        company=row.company,
        mapping=row.pk,
        **as_json(values_of(row)),
    )
