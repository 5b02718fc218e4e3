"""REST: the files of a snapshot, and its pack, which is made in the background."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from accounts import audit, clock
from accounts.api_access import caller_of, seen_company
from accounts.authentication import ApiProblem
from metrics.api_schemas import CompanyQuery
from metrics.background import ask
from metrics.downloads.files import (
    WORK_KIND,
    WasChanged,
    file_of,
    pack_parameters,
    review_of_snapshot,
    told_what_changed,
)
from metrics.downloads.views import answer
from metrics.exports.document import CannotSet
from metrics.models import Snapshot
from metrics.review import schemas
from metrics.review.answers import work_json
from metrics.review.api import REFUSALS, RowId

router = Router(tags=["Reviews"])

FileKind = Literal["csv", "xlsx", "pdf", "pptx"]


# Before the files by kind: the first address that fits is taken.
@router.post(
    "/snapshots/{snapshot_id}/files/pack",
    response={202: schemas.WorkOut} | REFUSALS,
    summary="Make the pack of PDF, PowerPoint and Excel",
)
def order_pack(request: HttpRequest, query: Query[CompanyQuery], snapshot_id: RowId) -> Status[dict[str, Any]]:
    """Then GET /api/work/{id} until it is done, and /api/work/{id}/file. Asking twice meanwhile is the same work."""
    snapshot = _snapshot(request, query.company, snapshot_id)
    actor = caller_of(request).name
    work = ask(snapshot.company, WORK_KIND, pack_parameters(snapshot), actor=actor, now=clock.now())
    return Status(202, work_json(work))


@router.get(
    "/snapshots/{snapshot_id}/files/{kind}",
    response=REFUSALS,
    summary="A snapshot as CSV, Excel, PDF or PowerPoint",
)
def get_snapshot_file(
    request: HttpRequest, query: Query[CompanyQuery], snapshot_id: RowId, kind: FileKind
) -> HttpResponse:
    """The figures as they were frozen; 422 when the snapshot's hash does not fit any more."""
    snapshot = _snapshot(request, query.company, snapshot_id)
    try:
        made = file_of(kind, told_what_changed(review_of_snapshot(snapshot), snapshot))
    except (WasChanged, CannotSet) as problem:
        raise ApiProblem(422, "NO_FILE", str(problem)) from problem
    audit.record(
        action="review.downloaded",
        success=True,
        now=clock.now(),
        actor=caller_of(request).name,
        company=snapshot.company,
        kind=kind,
        snapshot=snapshot.pk,
        sha256=snapshot.sha256,
    )
    return answer(made)


def _snapshot(request: HttpRequest, name: str | None, snapshot_id: int) -> Snapshot:
    company = seen_company(request, name)
    snapshot = Snapshot.objects.select_related("company").filter(company=company, pk=snapshot_id).first()
    if snapshot is None:
        raise ApiProblem(404, "NO_SUCH_SNAPSHOT", f"{company.name} has no snapshot {snapshot_id}.")
    return snapshot
