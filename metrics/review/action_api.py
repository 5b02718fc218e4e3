"""REST: the action items of quarterly reviews."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from accounts import clock
from accounts.api_access import administered_company, caller_of, seen_company
from accounts.authentication import ApiProblem
from accounts.models import Company
from metrics.api_schemas import CompanyQuery, ProblemOut
from metrics.fiscal import Period, PeriodError
from metrics.models import ActionItem
from metrics.months import Month
from metrics.reporting.settings import reporting_of
from metrics.review import action_items as items
from metrics.review import action_schemas as schemas
from metrics.review.action_items import BadActionItem, ItemWasChanged
from metrics.review.action_schemas import item_json
from metrics.review.api import REFUSALS, Refusal, RowId

router = Router(tags=["Reviews"])


@router.get("/action-items", response={200: schemas.ActionItemsOut} | REFUSALS, summary="Action items of reviews")
def list_action_items(request: HttpRequest, query: Query[schemas.ActionItemsQuery]) -> dict[str, Any]:
    """In the order in which they were agreed."""
    company = seen_company(request, query.company)
    quarter = _quarter(company, query.quarter) if query.quarter else None
    return _list(company, items.action_items(company, quarter, only_open=query.open))


@router.post("/action-items", response={201: schemas.ActionItemOut} | REFUSALS, summary="Add an action item")
def add_action_item(
    request: HttpRequest, query: Query[CompanyQuery], body: schemas.ActionItemIn
) -> Status[dict[str, Any]]:
    company = administered_company(request, query.company, "Changing action items")
    quarter, actor = _quarter(company, body.quarter), caller_of(request).name
    try:
        item = items.add(company, quarter, body.text, body.owner, body.due_on, actor=actor, now=clock.now())
    except BadActionItem as bad:
        raise _refusal(bad) from bad
    return Status(201, item_json(item))


@router.post(
    "/action-items/carry-forward", response={200: schemas.ActionItemsOut} | REFUSALS, summary="Carry open ones forward"
)
def carry_action_items(request: HttpRequest, query: Query[CompanyQuery], body: schemas.CarryIn) -> dict[str, Any]:
    """What earlier quarters left open, each once; answers what was carried now."""
    company = administered_company(request, query.company, "Changing action items")
    quarter = _quarter(company, body.quarter)
    return _list(company, items.carry_forward(company, quarter, actor=caller_of(request).name, now=clock.now()))


@router.patch(
    "/action-items/{item_id}", response={200: schemas.ActionItemOut, 409: ProblemOut} | REFUSALS, summary="Change one"
)
def change_action_item(
    request: HttpRequest, query: Query[CompanyQuery], body: schemas.ActionItemPatch, item_id: RowId
) -> dict[str, Any]:
    """Fields that are left out stay as they are; `due_on` null: no date any more."""
    item = _item(administered_company(request, query.company, "Changing action items"), item_id)
    sent, actor, now = body.dict(exclude_unset=True), caller_of(request).name, clock.now()
    if sent.keys() & {"text", "owner", "due_on"}:
        text = item.text if sent.get("text") is None else sent["text"]
        owner = sent.get("owner", item.owner) or ""
        try:
            due = sent.get("due_on", item.due_on)
            items.change(item, text, owner, due, actor=actor, now=now, seen=body.version)
        except BadActionItem as bad:
            raise _refusal(bad) from bad
        except ItemWasChanged as problem:
            raise ApiProblem(409, "ACTION_ITEM_CHANGED", str(problem)) from problem
    if body.done is not None:
        items.set_done(item, is_done=body.done, actor=actor, now=now)
    return item_json(item)


@router.delete("/action-items/{item_id}", response={204: None} | REFUSALS, summary="Delete one")
def delete_action_item(request: HttpRequest, query: Query[CompanyQuery], item_id: RowId) -> Status[None]:
    item = _item(administered_company(request, query.company, "Changing action items"), item_id)
    items.delete(item, actor=caller_of(request).name, now=clock.now())
    return Status(204, None)


def _list(company: Company, found: Any) -> dict[str, Any]:
    return {"company": company.name, "action_items": [item_json(item) for item in found]}


def _quarter(company: Company, text: str) -> Month:
    calendar = reporting_of(company).calendar
    try:
        return items.quarter_of(Period.parse(text, calendar).last, calendar)
    except PeriodError as problem:
        raise ApiProblem(400, "BAD_PERIOD", str(problem)) from problem


def _item(company: Company, item_id: int) -> ActionItem:
    item = ActionItem.objects.filter(company=company, pk=item_id).select_related("company").first()
    if item is None:
        raise ApiProblem(404, "NO_SUCH_ACTION_ITEM", f"{company.name} has no action item {item_id}.")
    return item


def _refusal(bad: BadActionItem) -> Refusal:
    detail = [{"where": field, "why": why} for field, why in bad.problems.items()]
    return Refusal("BAD_ACTION_ITEM", str(bad), detail)
