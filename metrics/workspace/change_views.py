"""Changes of the mapping: the preview of each, saving it, its versions, and sets of rules as templates and files."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import clock
from accounts.models import Company
from accounts.page_access import administered, caller_of, visible
from metrics.mappings import sets as mapping_sets
from metrics.mappings.admin_pages import difference_context, rule_lines
from metrics.mappings.changes import BadMappings, MappingMoved
from metrics.mappings.file_row import RowError
from metrics.mappings.rows import rules_of
from metrics.mappings.sets import BadTemplate, Mode, row_of, templates_for
from metrics.mappings.values import digest_of, rules_from_json
from metrics.mappings.words import counts_of
from metrics.models import MappingVersion
from metrics.workspace.forms import ImportForm, SaveTemplateForm, TemplateForm
from metrics.workspace.proposals import (
    Asked,
    NotProposable,
    Proposal,
    VersionStep,
    of_file,
    proposal_of,
    save,
    shown,
    steps,
    steps_since,
    whole,
)
from metrics.workspace.session import draft_of, keep_draft
from metrics.workspace.views import address, base_context, choice_sent, space_of

VERSIONS_A_PAGE = 25
MOST_MOVES = 200
FILE_TYPES: dict[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


@never_cache
@login_required
@require_safe
def mapping_preview(request: HttpRequest, slug: str) -> HttpResponse:
    """Administrators: what a draft, a template or an earlier version would do, with a button that saves it."""
    company = administered(request, slug)
    try:
        proposal = proposal_of(_asked(request, company, request.GET.dict()))
    except NotProposable as problem:
        messages.warning(request, str(problem))
        return redirect(address(company, choice_sent(request)))
    return _preview(request, company, proposal)


@never_cache
@login_required
@require_POST
def mapping_save(request: HttpRequest, slug: str) -> HttpResponse:
    """Administrators: save what was shown. If somebody else was quicker, nothing is saved and both are shown."""
    company, now = administered(request, slug), clock.now()
    sent = request.POST.dict()
    try:
        proposal = proposal_of(_asked(request, company, sent))
    except NotProposable as problem:
        messages.error(request, f"Nothing was saved. {problem}")
        return redirect(address(company, choice_sent(request)))
    digest, _, base = sent.get("shown", "").partition(":")
    try:
        version = save(company, proposal, digest=digest, actor=caller_of(request).name, now=now)
    except MappingMoved:
        others = steps_since(company, whole(base))
        return _preview(request, company, proposal, others, status=409)
    except BadMappings:
        return _preview(request, company, proposal, status=422)
    if proposal.draft:
        keep_draft(request, company, ())
    _tell(request, company, version, is_new=version.created_at == now and version.kind == proposal.kind)
    return redirect(address(company, choice_sent(request)))


@never_cache
@login_required
@require_safe
def mapping_versions(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody: who changed the mapping when, newest first."""
    company = visible(request, slug)
    rows = MappingVersion.objects.filter(company=company).order_by("-number")
    before = whole(request.GET.get("before", ""))
    if before:
        rows = rows.filter(number__lt=before)
    found = list(rows[: VERSIONS_A_PAGE + 1])
    more = found[VERSIONS_A_PAGE:]
    told = steps(found[:VERSIONS_A_PAGE], more[0] if more else None)
    context = base_context(request, company) | {
        "steps": [(step, counts_of(step.difference) if step.difference else "") for step in told],
        "older": told[-1].version.number if more else None,
        "is_newest_page": not before,
    }
    return render(request, "metrics/workspace_versions.html", context)


@never_cache
@login_required
@require_safe
def mapping_version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Everybody: a version's rules and what it changed; administrators put it back."""
    company = visible(request, slug)
    rows = MappingVersion.objects.filter(company=company)
    version = rows.filter(number=number).first() if number < 10**9 else None
    if version is None:
        raise Http404
    before = rows.filter(number__lt=number).order_by("-number").first()
    step = steps([version], before)[0]
    rules = rules_from_json(version.rules)
    context = base_context(request, company) | {
        "version": version,
        "difference": difference_context(step.difference) if step.difference else None,
        "since": before,
        "rules": rule_lines(row_of(rule.values) for rule in rules),
        "is_current": digest_of(rules_of(company)) == version.sha256,
    }
    return render(request, "metrics/workspace_version.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mapping_files(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody exports; administrators import a file, give a template, save one."""
    if request.method != "POST":
        return _files(request, visible(request, slug))
    company = administered(request, slug)
    if request.POST.get("do") == "save":
        return _save_template(request, company)
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _files(request, company, {"import_form": form}, status=422)
    mode: Mode = "add" if form.cleaned_data["mode"] == "add" else "replace"
    file = form.cleaned_data["file"]
    plan = mapping_sets.from_file(company, file.read(), mode)
    if not plan.is_sound:
        return _files(request, company, {"import_form": form}, plan.errors, status=422)
    return _preview(request, company, of_file(file.name, plan.rules, counts_of(plan.difference)))


@never_cache
@login_required
@require_safe
def mapping_export(request: HttpRequest, slug: str, form: mapping_sets.Format) -> HttpResponse:
    """All rules in the order in which they are tried."""
    company = visible(request, slug)
    headers = {
        "Content-Disposition": f'attachment; filename="mappings-{company.slug}.{form}"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(mapping_sets.export(company, form), content_type=FILE_TYPES[form], headers=headers)


def _asked(request: HttpRequest, company: Company, fields: dict[str, str]) -> Asked:
    return Asked(company, caller_of(request), fields, draft_of(request, company))


def _preview(
    request: HttpRequest,
    company: Company,
    proposal: Proposal,
    others: tuple[VersionStep, ...] | None = None,
    status: int = 200,
) -> HttpResponse:
    """`others`: what somebody else saved in the meantime; then nothing was."""
    space = space_of(company)
    found = shown(company, proposal, space.basis, space)
    context = base_context(request, company) | {
        "shown": found,
        "moves": found.moves[:MOST_MOVES],
        "more_moves": max(0, len(found.moves) - MOST_MOVES),
        "difference": difference_context(found.difference),
        "moved": others is not None,
        "others": [(one.version, difference_context(one.difference)) for one in others or () if one.difference],
        "query": choice_sent(request).as_query(),
    }
    return render(request, "metrics/workspace_preview.html", context, status=status)


def _tell(request: HttpRequest, company: Company, version: MappingVersion, *, is_new: bool) -> None:
    if not is_new:
        messages.info(request, "Nothing was different; nothing was saved.")
        return
    undo = f"{reverse('mapping-preview', args=[company.slug])}?what=version&version={version.number - 1}"
    words = 'Saved as version {}; every month was computed again. <a href="{}">Undo</a>'
    messages.success(request, format_html(words, version.number, undo))


def _files(
    request: HttpRequest,
    company: Company,
    forms: dict[str, Any] | None = None,
    errors: tuple[RowError, ...] = (),
    status: int = 200,
) -> HttpResponse:
    context = base_context(request, company)
    if context["may_administer"]:
        templates = templates_for(caller_of(request), company)
        context |= {
            "templates": templates,
            "import_form": ImportForm(),
            "template_form": TemplateForm(templates),
            "save_form": SaveTemplateForm(),
            "errors": errors,
        } | (forms or {})
    return render(request, "metrics/workspace_files.html", context, status=status)


def _save_template(request: HttpRequest, company: Company) -> HttpResponse:
    form = SaveTemplateForm(request.POST)
    if form.is_valid():
        caller, typed = caller_of(request), form.cleaned_data
        try:
            row = mapping_sets.save_template(
                company,
                typed["name"],
                typed["description"],
                actor=caller.name,
                now=clock.now(),
                is_shared=typed["is_shared"],
                user=caller.user,
            )
        except BadTemplate as bad:
            for field, problem in bad.problems.items():
                form.add_error(field, problem)
        else:
            messages.success(request, f"The template “{row.name}” was saved with {len(row.rules)} rules.")
            return redirect("mapping-files", slug=company.slug)
    return _files(request, company, {"save_form": form}, status=422)
