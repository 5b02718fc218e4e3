"""REST: snapshots of periods as they were presented, and how they stand against today."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from accounts import clock
from accounts.api_access import administered_company, caller_of, seen_company
from accounts.authentication import ApiProblem
from accounts.models import Company
from metrics.api_schemas import CompanyQuery
from metrics.fiscal import Period, PeriodError
from metrics.models import Snapshot
from metrics.reporting.settings import reporting_of
from metrics.review import schemas
from metrics.review.answers import snapshot_json, snapshot_line
from metrics.review.api import REFUSALS, Refusal, RowId
from metrics.snapshots.compare import compare
from metrics.snapshots.freezing import BadSnapshot, NotReady, freeze, listed

router = Router(tags=["Reviews"])


@router.get("/snapshots", response={200: schemas.SnapshotsOut} | REFUSALS, summary="Snapshots, newest first")
def list_snapshots(request: HttpRequest, query: Query[schemas.SnapshotsQuery]) -> dict[str, Any]:
    company = seen_company(request, query.company)
    rows = Snapshot.objects.filter(company=company)
    page = listed(rows)[query.offset : query.offset + query.limit]
    return {"company": company.name, "total": rows.count(), "snapshots": [snapshot_line(row) for row in page]}


@router.post("/snapshots", response={201: schemas.SnapshotOut} | REFUSALS, summary="Freeze a period as it is now")
def create_snapshot(
    request: HttpRequest, query: Query[CompanyQuery], body: schemas.SnapshotIn
) -> Status[dict[str, Any]]:
    """Refused with its reasons when the period is not ready to present, unless `forced_because` says why."""
    company = administered_company(request, query.company, "Freezing a period")
    try:
        period = Period.parse(body.period, reporting_of(company).calendar)
        snapshot = freeze(
            company,
            period,
            body.basis.value,
            body.name,
            body.note,
            body.presented_on,
            actor=caller_of(request).name,
            now=clock.now(),
            forced_because=body.forced_because,
        )
    except PeriodError as problem:
        raise ApiProblem(400, "BAD_PERIOD", str(problem)) from problem
    except NotReady as problem:
        detail = [{"where": one.code.value, "why": one.message} for one in problem.readiness.reasons]
        raise Refusal("NOT_READY", f"The period is not ready to present. {problem}", detail) from problem
    except BadSnapshot as bad:
        detail = [{"where": field, "why": why} for field, why in bad.problems.items()]
        raise Refusal("BAD_SNAPSHOT", str(bad), detail) from bad
    return Status(201, snapshot_json(snapshot, None))


@router.get("/snapshots/{snapshot_id}", response={200: schemas.SnapshotOut} | REFUSALS, summary="One snapshot")
def get_snapshot(request: HttpRequest, query: Query[schemas.SnapshotQuery], snapshot_id: RowId) -> dict[str, Any]:
    """With `compare=now`, what is different today and why."""
    snapshot = _snapshot(seen_company(request, query.company), snapshot_id)
    if query.compare not in (None, "", "now"):
        raise ApiProblem(400, "BAD_COMPARE", f"compare is “{query.compare}”; it can only be now.")
    return snapshot_json(snapshot, compare(snapshot, clock.now()) if query.compare else None)


def _snapshot(company: Company, snapshot_id: int) -> Snapshot:
    snapshot = Snapshot.objects.filter(company=company, pk=snapshot_id).select_related("company").first()
    if snapshot is None:
        raise ApiProblem(404, "NO_SUCH_SNAPSHOT", f"{company.name} has no snapshot {snapshot_id}.")
    return snapshot
