"""REST: the account mappings of a company, and the history of what was read."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router, Status

from accounts import clock
from accounts.api_access import administered_company, caller_of, seen_company
from accounts.authentication import ApiProblem
from accounts.models import Company
from metrics import selectors
from metrics.api_callers import month_in
from metrics.api_schemas import (
    LARGEST_ID,
    CompanyQuery,
    HistoryOut,
    HistoryQuery,
    MappingIn,
    MappingOut,
    MappingPatch,
    MappingsOut,
    ProblemOut,
)
from metrics.figures.api import router as figures_router
from metrics.mappings import changes as mapping_changes
from metrics.mappings.changes import BadMapping
from metrics.mappings.values import MappingValues, as_json, from_json, values_of
from metrics.models import AccountMapping

router = Router(tags=["Metrics"])
router.add_router("", figures_router)

REFUSALS = {400: ProblemOut, 401: ProblemOut, 403: ProblemOut, 404: ProblemOut, 422: ProblemOut}


# Larger numbers do not fit a column: SQLite would raise instead of finding nothing.
MappingId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


class MappingProblem(ApiProblem):
    """A mapping that cannot be saved; `detail` says for each field what is wrong."""

    def __init__(self, bad: BadMapping) -> None:
        super().__init__(422, "BAD_MAPPING", f"The mapping was not saved. {bad}")
        self.detail = [{"where": field, "why": problem} for field, problem in bad.problems.items()]

    @property
    def body(self) -> dict[str, Any]:
        return {"error": {"code": self.code, "message": self.message, "detail": self.detail}}


@router.get("/qbwc/history", response={200: HistoryOut} | REFUSALS, summary="What was read from QuickBooks")
def history(request: HttpRequest, query: Query[HistoryQuery]) -> dict[str, Any]:
    """Newest first."""
    company = seen_company(request, query.company)
    rows = selectors.history(company, query.sync_type, query.success)
    page = list(rows[query.offset : query.offset + query.limit])
    return {"company": company.name, "total": rows.count(), "history": page}


@router.get("/qbwc/mappings", response={200: MappingsOut} | REFUSALS, summary="The account mappings")
def list_mappings(request: HttpRequest, query: Query[CompanyQuery]) -> dict[str, Any]:
    """In the order in which they are tried."""
    company = seen_company(request, query.company)
    rows = selectors.mappings(company)
    return {"company": company.name, "total": len(rows), "mappings": rows}


@router.post("/qbwc/mappings", response={201: MappingOut} | REFUSALS, summary="Add a mapping")
def create_mapping(request: HttpRequest, query: Query[CompanyQuery], mapping: MappingIn) -> Status[AccountMapping]:
    """The figures are computed again at once, from what is stored."""
    company = administered_company(request, query.company, "Changing mappings")
    return Status(201, _saved(request, AccountMapping(company=company), _values(mapping.dict())))


@router.get("/qbwc/mappings/{mapping_id}", response={200: MappingOut} | REFUSALS, summary="One mapping")
def get_mapping(request: HttpRequest, query: Query[CompanyQuery], mapping_id: MappingId) -> AccountMapping:
    return _mapping(seen_company(request, query.company), mapping_id)


@router.put("/qbwc/mappings/{mapping_id}", response={200: MappingOut} | REFUSALS, summary="Replace a mapping")
def replace_mapping(
    request: HttpRequest,
    query: Query[CompanyQuery],
    mapping: MappingIn,
    mapping_id: MappingId,
) -> AccountMapping:
    """Fields that are left out take their default."""
    row = _mapping(administered_company(request, query.company, "Changing mappings"), mapping_id)
    return _saved(request, row, _values(mapping.dict()))


@router.patch("/qbwc/mappings/{mapping_id}", response={200: MappingOut} | REFUSALS, summary="Change a mapping")
def change_mapping(
    request: HttpRequest,
    query: Query[CompanyQuery],
    mapping: MappingPatch,
    mapping_id: MappingId,
) -> AccountMapping:
    """Fields that are left out stay as they are."""
    row = _mapping(administered_company(request, query.company, "Changing mappings"), mapping_id)
    changes = mapping.dict(exclude_unset=True)
    if not changes:
        raise ApiProblem(422, "BAD_MAPPING", f"Nothing to change: send at least one of {', '.join(mapping.dict())}.")
    return _saved(request, row, _values(as_json(values_of(row)) | changes))


@router.delete("/qbwc/mappings/{mapping_id}", response={204: None} | REFUSALS, summary="Delete a mapping")
def delete_mapping(request: HttpRequest, query: Query[CompanyQuery], mapping_id: MappingId) -> Status[None]:
    row = _mapping(administered_company(request, query.company, "Changing mappings"), mapping_id)
    mapping_changes.delete_mapping(row, actor=caller_of(request).name, now=clock.now())
    return Status(204, None)


def _mapping(company: Company, mapping_id: int) -> AccountMapping:
    row = AccountMapping.objects.filter(company=company, pk=mapping_id).select_related("company").first()
    if row is None:
        raise ApiProblem(404, "NO_SUCH_MAPPING", f"{company.name} has no mapping {mapping_id}.")
    return row


def _values(fields: dict[str, Any]) -> MappingValues:
    for name in ("effective_from", "effective_to"):
        month_in(name, fields[name])
    return from_json(fields)


def _saved(request: HttpRequest, row: AccountMapping, values: MappingValues) -> AccountMapping:
    try:
        return mapping_changes.save_mapping(row, values, actor=caller_of(request).name, now=clock.now())
    except BadMapping as bad:
        raise MappingProblem(bad) from bad
