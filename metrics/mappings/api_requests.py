"""What the mapping API's callers ask for, as sets of rules; and the two things they do with one: look and apply."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

from accounts import clock
from accounts.api_access import caller_of
from accounts.authentication import ApiProblem
from accounts.models import Company
from metrics.api_callers import month_in
from metrics.cells import SECTIONS
from metrics.columns import list_id_of
from metrics.mappings.api_answers import preview_answer, problems_answer
from metrics.mappings.api_schemas import ChangeIn, RuleIn, SetIn
from metrics.mappings.changes import BadMappings, MappingMoved
from metrics.mappings.edits import BadChange, Edit, PlacedAccount, edited
from metrics.mappings.preview import preview
from metrics.mappings.rows import rules_of
from metrics.mappings.sets import (
    NoSuchTemplate,
    TooSlow,
    apply_set,
    check_patience,
    difference_of,
    find_template,
    merge_template,
)
from metrics.mappings.values import KeptRule, from_json
from metrics.models import LedgerAccount, MappingVersion, MonthlyAmount
from metrics.reporting.settings import reporting_of

_PLAIN = {"action", "id", "account"}


class DeedProblem(ApiProblem):
    """A change that was not made; `detail` has its parts."""

    def __init__(self, status: int, code: str, message: str, detail: list[dict[str, Any]]) -> None:
        super().__init__(status, code, message)
        self.detail = detail

    @property
    def body(self) -> dict[str, Any]:
        return {"error": {"code": self.code, "message": self.message, "detail": self.detail}}


def rules_wanted(request: HttpRequest, company: Company, change: SetIn) -> tuple[KeptRule, ...]:
    """All the rules there would be after the change. ApiProblem."""
    given = [name for name in ("rules", "template", "changes") if getattr(change, name) is not None]
    if len(given) != 1:
        message = "Send exactly one of rules (all of them), template (its key) and changes (a list)."
        raise ApiProblem(422, "BAD_CHANGE", message)
    try:
        rules = _rules_wanted(request, company, change)
        check_patience(rules)
    except NoSuchTemplate as problem:
        raise ApiProblem(404, "NO_SUCH_TEMPLATE", str(problem)) from problem
    except (BadChange, TooSlow) as problem:
        raise ApiProblem(422, "BAD_CHANGE", str(problem)) from problem
    return rules


def _rules_wanted(request: HttpRequest, company: Company, change: SetIn) -> tuple[KeptRule, ...]:
    if change.template is not None:
        return merge_template(company, find_template(caller_of(request), company, change.template), change.mode)
    if change.changes is not None:
        return edited(rules_of(company), [_edit(company, one) for one in change.changes])
    return tuple(_rule(one) for one in change.rules or ())


def _rule(given: RuleIn) -> KeptRule:
    fields = given.dict(exclude={"id"})
    _check_months(fields)
    return KeptRule(given.id, from_json(fields))


def _edit(company: Company, change: ChangeIn) -> Edit:
    fields = {name: value for name, value in change.dict(exclude_unset=True).items() if name not in _PLAIN}
    _check_months(fields)
    account = _account(company, change.account) if change.action == "pin" else None
    return Edit(change.action, change.id, fields, account)


def _check_months(fields: dict[str, Any]) -> None:
    for name in ("effective_from", "effective_to"):
        month_in(name, fields.get(name))


def _account(company: Company, key: str) -> PlacedAccount:
    """By its account_key: in the chart of accounts, or among the amounts when the chart does not know it."""
    list_id = list_id_of(key)
    row = LedgerAccount.objects.filter(company=company, list_id=list_id, account_type__in=SECTIONS).first()
    if list_id and row is not None:
        return PlacedAccount(row.full_name, SECTIONS[row.account_type], row.list_id)
    amount = MonthlyAmount.objects.filter(company=company, account_key=key).order_by("-month").first()
    if not key or amount is None:
        raise BadChange(f"There is no profit and loss account “{key[:60]}” to pin; /accounts has every account_key.")
    return PlacedAccount(amount.full_name, SECTIONS[amount.account_type], list_id)


def basis_of(company: Company, basis: str | None) -> str:
    """The one asked for, else the company's own."""
    return str(basis or reporting_of(company).default_basis)


def previewed(company: Company, rules: tuple[KeptRule, ...], basis: str | None, months: int) -> dict[str, Any]:
    shown = preview(company, rules, basis=basis_of(company, basis), months=months)
    return preview_answer(company, shown, difference_of(rules_of(company), rules))


def applied(
    request: HttpRequest,
    company: Company,
    rules: tuple[KeptRule, ...],
    *,
    kind: MappingVersion.Kind,
    summary: str,
    digest: str,
) -> MappingVersion:
    """ApiProblem 409 when the mapping has moved since the preview, 422 when a rule cannot be saved."""
    try:
        return apply_set(
            company,
            rules,
            kind=kind,
            summary=summary,
            actor=caller_of(request).name,
            now=clock.now(),
            expected=digest or None,
        )
    except MappingMoved as moved:
        raise ApiProblem(409, "MAPPING_MOVED", str(moved)) from moved
    except BadMappings as bad:
        detail = problems_answer(bad.rows)
        first = f"{detail[0]['field']}: {detail[0]['problem']}"
        raise DeedProblem(422, "BAD_MAPPING", f"Nothing was saved. {bad} The first: {first}", detail) from bad


def file_in(request: HttpRequest) -> bytes:
    """The body itself, or the only file of a form. ApiProblem."""
    try:
        if not (request.content_type or "").startswith("multipart/"):
            return request.body
        files = [one for name in request.FILES for one in request.FILES.getlist(name)]
    except (MultiPartParserError, SuspiciousOperation, BadRequest, ValueError) as problem:
        raise ApiProblem(400, "BAD_FILE", "The file cannot be taken out of the request: send it again.") from problem
    if len(files) != 1:
        raise ApiProblem(400, "BAD_FILE", f"The form has {len(files)} files; send one, as the part “file”.")
    return bytes(files[0].read())


def uploaded_file_body() -> dict[str, Any]:
    """`openapi_extra`: the file as it is, or in a form."""
    example = "priority,match_type,pattern,metric\n10,contains,managed services,mrr\n"
    form = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}, "required": ["file"]}
    return {
        "requestBody": {
            "required": True,
            "content": {
                "text/csv": {"schema": {"type": "string"}, "example": example},
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {
                    "schema": {"type": "string", "format": "binary"}
                },
                "multipart/form-data": {"schema": form},
            },
        }
    }
