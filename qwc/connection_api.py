"""REST: how the company's connection is doing."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from accounts import clock
from accounts.api_access import seen_company
from accounts.authentication import ApiProblem
from qbwc import selectors
from qbwc.api_schemas import CompanyQuery, RefusalOut
from qwc.connection_states import State, connection_state

router = Router(tags=["Web Connector"])


class ConnectionOut(Schema):
    """A connection's state by its own rhythm."""

    company: str
    state: State
    why: str = Field(description="One sentence about the state")
    remedy: str = Field(description="What to do, and where; empty when nothing is to be done")
    since: datetime | None = Field(description="Since when the state is this one; null when it is newer than a minute")
    last_contact_at: datetime | None
    expected_at: datetime | None = Field(description="When the Web Connector will next call, by its own rhythm")
    rhythm_seconds: int = Field(description="The median of the last intervals between its calls")
    quiet_until: datetime | None = Field(description="The end of the quiet hours, when they are now")


@router.get(
    "/qbwc/connection",
    response={200: ConnectionOut, 400: RefusalOut, 401: RefusalOut, 403: RefusalOut, 404: RefusalOut},
    summary="How the connection is doing, by its own rhythm",
)
def get_connection(request: HttpRequest, query: Query[CompanyQuery]) -> ConnectionOut:
    """never_seen, online, late, offline, wrong_file, quickbooks_unavailable or disabled; quiet hours are no silence."""
    company = seen_company(request, query.company)
    company_file = selectors.company_file_of(company)
    if company_file is None:
        raise ApiProblem(404, "NOT_CONNECTED", f"{company.name} has no QuickBooks company file yet: connect it first.")
    found = connection_state(company_file, clock.now())
    return ConnectionOut(
        company=company.name,
        state=found.state,
        why=found.why,
        remedy=found.remedy,
        since=found.since,
        last_contact_at=found.last_contact_at,
        expected_at=found.expected_at,
        rhythm_seconds=round(found.rhythm.total_seconds()),
        quiet_until=found.quiet_until,
    )
