"""GET /api/doctor: what is wrong, for monitors and dashboards."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from accounts import clock
from accounts.api_access import caller_of
from accounts.authentication import ApiProblem
from accounts.models import Company
from accounts.permissions import Caller, company_of
from qbwc.api_schemas import CompanyQuery, RefusalOut
from qwc.doctor_checks import examination
from qwc.doctor_report import as_json, companies_for, sees_details

router = Router(tags=["Doctor"])


class DoctorQuery(CompanyQuery):
    public_url: Annotated[
        bool, Field(True, description="false: do not call PUBLIC_URL, tell what was last seen there.")
    ]


class FindingOut(Schema):
    check: str
    group: str
    title: str
    level: Annotated[str, Field(description="ok, note, warning or error")]
    company: str | None
    what: str
    why: str
    fix: str
    actor: Annotated[str, Field(description="Who can put it right.")]
    details: Annotated[dict[str, str], Field(description="For superusers only; empty for everybody else.")]


class DoctorOut(Schema):
    level: Annotated[str, Field(description="The worst one.")]
    checked_at: datetime
    public_url_checked_at: datetime | None
    counts: dict[str, int]
    findings: list[FindingOut]


@router.get(
    "/doctor",
    response={200: DoctorOut, 400: RefusalOut, 401: RefusalOut, 403: RefusalOut, 404: RefusalOut},
    summary="What is wrong with this installation, and who mends it",
)
def doctor(request: HttpRequest, query: Query[DoctorQuery]) -> dict[str, Any]:
    """Worst first. PUBLIC_URL is called at most once in five minutes; that takes about five seconds, never over twenty.

    A key gets its own company's findings and the server's without details; an administrator those of the companies
    they administer; a superuser everything.
    """
    caller = caller_of(request)
    companies, now = _companies(caller, query.company), clock.now()
    plan = examination.plan_of(now) if query.public_url else None
    found = examination.examine(companies, now, plan=plan, oldest=now - examination.KEPT_FOR)
    return as_json(found, with_details=sees_details(caller))


def _companies(caller: Caller, name: str | None) -> list[Company]:
    """ApiProblem 403 for somebody who administers nothing."""
    companies = companies_for(caller)
    if not companies and not sees_details(caller):
        raise ApiProblem(403, "FORBIDDEN", "Doctor is for administrators and for API keys.")
    if not name:
        return companies
    named = company_of(caller, name)
    if named not in companies:
        raise ApiProblem(403, "FORBIDDEN", "Doctor needs an administrator of the company.")
    return [named]
