"""The page of files and templates, the page that asks for a metric, and the chosen rules as a file."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts import clock
from accounts.page_access import caller_of
from metrics.admin_forms import ExportForm, ImportForm, MoveForm, SaveTemplateForm, TemplateForm
from metrics.mappings import sets as mapping_sets
from metrics.mappings.admin_pages import Proposal, propose
from metrics.mappings.file_row import RowError
from metrics.mappings.files import mappings_csv, mappings_xlsx
from metrics.mappings.rows import values_of
from metrics.mappings.sets import Format
from metrics.mappings.words import counts_of
from metrics.models import AccountMapping, MappingVersion

FILE_TYPES: dict[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
Forms = dict[str, Any]
Kind = MappingVersion.Kind


def files_page(request: HttpRequest) -> HttpResponse:
    """Export, import, give a template, save a template: four forms, each says in `do` what it is."""
    wanted = request.POST.get("do", "") if request.method == "POST" else ""
    forms = _forms(request, wanted)
    if wanted in _DEEDS and forms[wanted].is_valid():
        answer = _DEEDS[wanted](request, forms[wanted].cleaned_data)
        if not isinstance(answer, list):
            return answer
        return _page(request, forms, answer)
    return _page(request, forms, [])


def _forms(request: HttpRequest, wanted: str) -> Forms:
    def data(name: str) -> Any:
        return request.POST if name == wanted else None

    initial = {"company": request.GET.get("company")}
    return {
        "export": ExportForm(data("export"), initial=initial, prefix="export"),
        "import": ImportForm(
            data("import"), request.FILES if wanted == "import" else None, initial=initial, prefix="import"
        ),
        "template": TemplateForm(data("template"), initial=initial, prefix="template", caller=caller_of(request)),
        "save": SaveTemplateForm(data("save"), initial=initial, prefix="save"),
    }


def _page(request: HttpRequest, forms: Forms, errors: list[RowError]) -> HttpResponse:
    cards = [
        ("export", "Export", "All rules of a company as a file, in the order in which they are tried.", "Export"),
        ("import", "Import", "Nothing is saved before you have seen what the file changes.", "Preview the import"),
        ("template", "Apply a template", "Rules that are shipped, or that people saved.", "Preview the template"),
        (
            "save",
            "Save as template",
            "The company's rules under a name, without those pinned to one ledger account.",
            "Save the template",
        ),
    ]
    context = {
        **admin.site.each_context(request),
        "title": "Import, export and templates",
        "cards": [(*card, forms[card[0]]) for card in cards],
        "file_errors": errors,
        "templates_url": reverse("admin:metrics_mappingtemplate_changelist"),
    }
    return TemplateResponse(request, "admin/metrics/mapping_files.html", context)


def _export(request: HttpRequest, chosen: dict[str, Any]) -> HttpResponse:
    company, format = chosen["company"], chosen["format"]
    return _file(mapping_sets.export(company, format), f"mappings-{company.slug}", format)


def _import(request: HttpRequest, chosen: dict[str, Any]) -> HttpResponse | list[RowError]:
    plan = mapping_sets.from_file(chosen["company"], chosen["file"].read(), chosen["mode"])
    if not plan.is_sound:
        return list(plan.errors)
    words = f"Imported {chosen['file'].name[:80]}: {counts_of(plan.difference)}"
    return propose(request, Proposal(chosen["company"], plan.rules, Kind.IMPORT, words, request.get_full_path()))


def _give_template(request: HttpRequest, chosen: dict[str, Any]) -> HttpResponse:
    template = mapping_sets.find_template(caller_of(request), chosen["company"], chosen["template"])
    rules = mapping_sets.merge_template(chosen["company"], template, chosen["mode"])
    words = f"Template “{template.name}” {'added' if chosen['mode'] == 'add' else 'applied'}"
    return propose(request, Proposal(chosen["company"], rules, Kind.TEMPLATE, words, request.get_full_path()))


def _save_template(request: HttpRequest, chosen: dict[str, Any]) -> HttpResponse:
    try:
        row = mapping_sets.save_template(
            chosen["company"],
            chosen["name"],
            chosen["description"],
            actor=request.user.get_username(),
            now=clock.now(),
            is_shared=chosen["is_shared"],
            user=caller_of(request).user,
        )
    except mapping_sets.BadTemplate as bad:
        messages.error(request, f"The template was not saved. {bad}")
    else:
        messages.success(request, f"The template “{row.name}” was saved with {len(row.rules)} rules.")
    return HttpResponseRedirect(request.get_full_path())


_DEEDS = {"export": _export, "import": _import, "template": _give_template, "save": _save_template}


def export_selected(chosen: QuerySet[AccountMapping], format: Format) -> HttpResponse:
    rows = [mapping_sets.row_of(values_of(row)) for row in chosen.order_by("company__name", "priority", "pk")]
    return _file(mappings_csv(rows) if format == "csv" else mappings_xlsx(rows), "mappings", format)


def _file(body: bytes, name: str, format: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.{format}"'}
    return HttpResponse(body, content_type=FILE_TYPES[format], headers=headers)


def ask_for_metric(request: HttpRequest, chosen: QuerySet[AccountMapping]) -> tuple[MoveForm, HttpResponse | None]:
    """The page that asks where the chosen rules go; None once the form says it."""
    form = MoveForm(request.POST if "metric" in request.POST else None)
    if form.is_bound and form.is_valid():
        return form, None
    context = {
        **admin.site.each_context(request),
        "title": "Move rules to a metric",
        "form": form,
        "rows": chosen.select_related("company"),
        "checkbox_name": helpers.ACTION_CHECKBOX_NAME,
    }
    return form, TemplateResponse(request, "admin/metrics/mapping_move.html", context)
