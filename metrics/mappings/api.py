"""REST around mappings: templates, preview and apply, versions, files, and the accounts with what catches them."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router, Status

from accounts import clock
from accounts.api_access import administered_company, caller_of, seen_company
from accounts.authentication import ApiProblem
from accounts.models import Company
from metrics.api_callers import month_in
from metrics.api_schemas import LARGEST_ID, CompanyQuery, ProblemOut
from metrics.arithmetic import UNMAPPED
from metrics.mappings import sets as mapping_sets
from metrics.mappings.api_answers import (
    accounts_answer,
    difference_answer,
    errors_answer,
    slow_answer,
    suggestion_answer,
    template_answer,
    version_answer,
)
from metrics.mappings.api_requests import (
    DeedProblem,
    applied,
    basis_of,
    file_in,
    previewed,
    rules_wanted,
    uploaded_file_body,
)
from metrics.mappings.api_schemas import (
    AccountsOut,
    AccountsQuery,
    AllAccountsQuery,
    AppliedOut,
    ApplyIn,
    ExportQuery,
    FileQuery,
    ImportOut,
    PreviewOut,
    RollBackQuery,
    SetIn,
    TemplateIn,
    TemplateOut,
    TemplatesOut,
    TemplatesQuery,
    UnmappedOut,
    VersionsOut,
    VersionsQuery,
    WholeVersionOut,
    with_body,
)
from metrics.mappings.rows import rules_of
from metrics.mappings.rule_catches import slow_rules_of
from metrics.mappings.values import KeptRule, digest_of, rules_as_json, rules_from_json
from metrics.mappings.words import counts_of
from metrics.models import MappingTemplate, MappingVersion
from metrics.workspace.accounts import Workspace, biggest_first, suggestions_for, workspace

router = Router(tags=["Mappings"])

REFUSALS = {400: ProblemOut, 401: ProblemOut, 403: ProblemOut, 404: ProblemOut, 422: ProblemOut}
CONFLICTS = {**REFUSALS, 409: ProblemOut}
Kind = MappingVersion.Kind

# Larger numbers do not fit a column.
TemplateId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
VersionNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]
FILE_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


@router.get("/mappings/templates", response={200: TemplatesOut} | REFUSALS, summary="Templates for mappings")
def templates(request: HttpRequest, query: Query[TemplatesQuery]) -> dict[str, Any]:
    """The shipped ones, then what people saved: the company's own, and those shared with everybody."""
    company = seen_company(request, query.company)
    found = mapping_sets.templates_for(caller_of(request), company)
    return {"company": company.name, "templates": [template_answer(one, with_rules=query.rules) for one in found]}


@router.post(
    "/mappings/templates",
    response={201: TemplateOut} | REFUSALS,
    summary="Save the company's rules as a template",
    openapi_extra=with_body({"name": "Our managed services", "description": "As agreed in 2026", "is_shared": False}),
)
def save_template(request: HttpRequest, query: Query[CompanyQuery], template: TemplateIn) -> Status[dict[str, Any]]:
    """Without the rules that are pinned to one ledger account: those fit no other company."""
    company, caller = administered_company(request, query.company, "Saving a template"), caller_of(request)
    try:
        row = mapping_sets.save_template(
            company,
            template.name,
            template.description,
            actor=caller.name,
            now=clock.now(),
            is_shared=template.is_shared,
            user=caller.user,
        )
    except mapping_sets.BadTemplate as bad:
        detail = [{"where": field, "why": problem} for field, problem in bad.problems.items()]
        raise DeedProblem(422, "BAD_TEMPLATE", f"The template was not saved. {bad}", detail) from bad
    saved = mapping_sets.find_template(caller, company, str(row.pk))
    return Status(201, template_answer(saved, with_rules=True))


@router.delete("/mappings/templates/{template_id}", response={204: None} | REFUSALS, summary="Delete a saved template")
def delete_template(request: HttpRequest, query: Query[CompanyQuery], template_id: TemplateId) -> Status[None]:
    """Companies that were given its rules keep them."""
    company = seen_company(request, query.company)
    known = {one.key for one in mapping_sets.templates_for(caller_of(request), company)}
    row = MappingTemplate.objects.filter(pk=template_id).select_related("company").first()
    if row is None or str(row.pk) not in known:
        raise ApiProblem(404, "NO_SUCH_TEMPLATE", f"There is no saved template {template_id}, or you may not see it.")
    if not caller_of(request).may_administer(row.company):
        raise ApiProblem(403, "FORBIDDEN", "Deleting a template needs an administrator of the company it comes from.")
    mapping_sets.delete_template(row, actor=caller_of(request).name, now=clock.now())
    return Status(204, None)


@router.post(
    "/mappings/preview",
    response={200: PreviewOut} | REFUSALS,
    summary="What a change of the mapping would do",
    openapi_extra=with_body({"changes": [{"action": "pin", "account": "80000012-1", "qbr_metric_key": "mrr"}]}),
)
def preview_mapping(request: HttpRequest, query: Query[CompanyQuery], change: SetIn) -> dict[str, Any]:
    """Each metric before and after, month by month, and every account that would move. Nothing is saved."""
    company = administered_company(request, query.company, "Previewing a change of the mapping")
    return previewed(company, rules_wanted(request, company, change), change.basis, change.months)


@router.post(
    "/mappings/apply",
    response={200: AppliedOut} | CONFLICTS,
    summary="Make a previewed change of the mapping",
    openapi_extra=with_body({"template": "managed_services", "mode": "replace", "digest": "the preview's digest"}),
)
def apply_mapping(request: HttpRequest, query: Query[CompanyQuery], change: ApplyIn) -> dict[str, Any]:
    """One version, whatever its size; the figures are computed again at once. 409 when somebody else was faster."""
    company = administered_company(request, query.company, "Changing mappings")
    rules = rules_wanted(request, company, change)
    kind = Kind.TEMPLATE if change.template else Kind.EDIT
    summary = " ".join(change.summary.split()) or _summary(company, rules, f"Template {change.template}")
    version = applied(request, company, rules, kind=kind, summary=summary, digest=change.digest)
    return _applied_answer(company, version)


@router.get("/mappings/versions", response={200: VersionsOut} | REFUSALS, summary="Every version of the mapping")
def versions(request: HttpRequest, query: Query[VersionsQuery]) -> dict[str, Any]:
    """Newest first."""
    company = seen_company(request, query.company)
    rows = MappingVersion.objects.filter(company=company).order_by("-number")
    page = rows[query.offset : query.offset + query.limit]
    return {"company": company.name, "total": rows.count(), "versions": [version_answer(row) for row in page]}


@router.get(
    "/mappings/versions/{number}", response={200: WholeVersionOut} | REFUSALS, summary="One version and what it changed"
)
def version(request: HttpRequest, query: Query[CompanyQuery], number: VersionNumber) -> dict[str, Any]:
    company = seen_company(request, query.company)
    row = _version(company, number)
    before = MappingVersion.objects.filter(company=company, number__lt=number).order_by("-number").first()
    rules = rules_from_json(row.rules)
    difference = mapping_sets.difference_of(rules_from_json(before.rules) if before else (), rules)
    return {
        **version_answer(row),
        "company": company.name,
        "rules": rules_as_json(rules),
        "difference": difference_answer(difference),
    }


@router.post(
    "/mappings/versions/{number}/rollback",
    response={200: PreviewOut | AppliedOut} | CONFLICTS,
    summary="Put an earlier version back",
)
def roll_back(request: HttpRequest, query: Query[RollBackQuery], number: VersionNumber) -> dict[str, Any]:
    """As a new version, so that nothing is lost. `?dry_run=1` only shows what it would do."""
    company = administered_company(request, query.company, "Changing mappings")
    rules = rules_from_json(_version(company, number).rules)
    if query.dry_run:
        return previewed(company, rules, None, 12)
    summary = f"Back to version {number}"
    made = applied(request, company, rules, kind=Kind.ROLLBACK, summary=summary, digest=query.digest)
    return _applied_answer(company, made)


@router.get("/mappings/export", response={200: None} | REFUSALS, summary="The mapping as a file")
def export(request: HttpRequest, query: Query[ExportQuery]) -> HttpResponse:
    """CSV and XLSX can be edited and imported again; JSON is what /mappings/preview takes."""
    company = seen_company(request, query.company)
    body = mapping_sets.export(company, query.format)
    headers = {"Content-Disposition": f'attachment; filename="mappings-{company.slug}.{query.format}"'}
    return HttpResponse(body, content_type=FILE_TYPES[query.format], headers=headers)


@router.post(
    "/mappings/import",
    response={200: ImportOut} | CONFLICTS,
    summary="Read the mapping from a CSV or XLSX file",
    openapi_extra=uploaded_file_body(),
)
def import_mappings(request: HttpRequest, query: Query[FileQuery]) -> dict[str, Any]:
    """The file is the body, or the part `file` of a form. `?dry_run=1` shows what it would change, and every error."""
    company = administered_company(request, query.company, "Changing mappings")
    plan = mapping_sets.from_file(company, file_in(request), query.mode)
    answer: dict[str, Any] = {"company": company.name, "errors": errors_answer(plan)}
    if query.dry_run:
        return answer | {"preview": previewed(company, plan.rules, None, 12) if plan.is_sound else None}
    if not plan.is_sound:
        message = f"Nothing was imported: the file has {len(plan.errors)} errors. The first: {plan.errors[0].message}"
        raise DeedProblem(422, "BAD_FILE", message, answer["errors"])
    summary = f"Imported a file ({query.mode}): {counts_of(plan.difference)}"
    made = applied(request, company, plan.rules, kind=Kind.IMPORT, summary=summary, digest=query.digest)
    return answer | {"version": version_answer(made)}


@router.get("/accounts", response={200: AccountsOut} | REFUSALS, summary="The ledger accounts and their metrics")
def accounts(request: HttpRequest, query: Query[AllAccountsQuery]) -> dict[str, Any]:
    """Every profit and loss account: its amounts, the rule that catches it, and what is noteworthy about it."""
    company = seen_company(request, query.company)
    found = _lines(company, query)
    lines = [
        line
        for line in found.accounts
        if query.metric in (None, "", line.metric_key)
        and (not query.flag or query.flag in {flag.value for flag in line.flags})
    ]
    slow = [slow_answer(one) for one in slow_rules_of(company)]
    return accounts_answer(company, found, lines) | {"slow_rules": slow}


@router.get("/unmapped", response={200: UnmappedOut} | REFUSALS, summary="The accounts that no rule sends to a metric")
def unmapped(request: HttpRequest, query: Query[AccountsQuery]) -> dict[str, Any]:
    """Biggest first, each with up to three suggestions and their reasons. Their amounts are counted in the totals."""
    company = seen_company(request, query.company)
    found = _lines(company, query)
    lines = biggest_first(line for line in found.accounts if line.metric_key == UNMAPPED)
    suggestions = suggestions_for(found, lines)
    answer = accounts_answer(company, found, lines)
    for line, account in zip(lines, answer["accounts"], strict=True):
        account["suggestions"] = [suggestion_answer(one) for one in suggestions[line.account_key]]
    return answer


def _lines(company: Company, query: AccountsQuery) -> Workspace:
    basis, last = basis_of(company, query.basis), month_in("to", query.last)
    return workspace(company, basis, now=clock.now(), count=query.months, last=last)


def _version(company: Company, number: int) -> MappingVersion:
    row = MappingVersion.objects.filter(company=company, number=number).first()
    if row is None:
        raise ApiProblem(404, "NO_SUCH_VERSION", f"{company.name} has no mapping version {number}.")
    return row


def _summary(company: Company, rules: tuple[KeptRule, ...], template: str) -> str:
    counts = counts_of(mapping_sets.difference_of(rules_of(company), rules))
    return f"{template}: {counts}" if template != "Template None" else f"Changed through the API: {counts}"


def _applied_answer(company: Company, version: MappingVersion) -> dict[str, Any]:
    return {"company": company.name, "version": version_answer(version), "digest": digest_of(rules_of(company))}
