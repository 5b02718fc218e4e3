"""REST of the live window: let another application have QuickBooks now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from accounts import audit, clock
from accounts.api_access import administered_company, caller_of
from accounts.authentication import ApiProblem
from qbwc import live, selectors
from qbwc.api_schemas import CompanyQuery, RefusalOut

router = Router(tags=["Web Connector"])


class ReleaseOut(Schema):
    company: str
    released_until: datetime = Field(description="Until then no session of this company waits for work.")
    message: str


@router.post(
    "/qbwc/release",
    response={200: ReleaseOut, 400: RefusalOut, 401: RefusalOut, 403: RefusalOut, 404: RefusalOut},
    summary="End the live window now, so that another application gets QuickBooks",
)
def release(request: HttpRequest, query: Query[CompanyQuery]) -> dict[str, Any]:
    """A waiting session ends at once; one that is in the middle of its work ends when that is done."""
    caller, company = caller_of(request), administered_company(request, query.company, "Releasing QuickBooks")
    company_file, now = selectors.company_file_of(company), clock.now()
    if company_file is None:
        raise ApiProblem(404, "NOT_CONNECTED", f"{company.name} has no QuickBooks company file yet: connect it first.")
    until = live.release(company_file, now)
    audit.record(action="live_window.released", success=True, now=now, actor=caller.name, company=company)
    message = "QuickBooks is free as soon as the Web Connector has closed its session, in a second or two."
    return {"company": company.name, "released_until": until, "message": message}
