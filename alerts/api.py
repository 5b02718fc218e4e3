"""REST: a company's alerts, and acknowledging them."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router

from accounts import clock
from accounts.api_access import administered_company, caller_of, seen_company
from accounts.authentication import ApiProblem
from alerts import api_schemas as schemas
from alerts.acknowledging import acknowledge
from alerts.answers import alert_json
from alerts.models import Alert
from alerts.selectors import alerts_of

router = Router(tags=["Alerts"])
REFUSALS: dict[int, Any] = dict.fromkeys((400, 401, 403, 404), schemas.ProblemOut)
AlertId = Annotated[int, Path(ge=1, le=schemas.LARGEST_ID)]


@router.get("/alerts", response={200: schemas.AlertsOut} | REFUSALS, summary="What somebody should look at")
def list_alerts(request: HttpRequest, query: Query[schemas.AlertsQuery]) -> dict[str, Any]:
    """What is bad first, then the newest; ended ones are kept."""
    company = seen_company(request, query.company)
    since = query.updated_since
    if since is not None and since.tzinfo is None:
        raise ApiProblem(400, "BAD_MOMENT", "Write updated_since with its zone, like 2026-05-01T00:00:00Z.")
    rows = alerts_of(company, state=query.state or "", kind=query.kind or "", updated_since=since)
    found = rows[query.offset : query.offset + query.limit]
    return {"company": company.name, "total": rows.count(), "alerts": [alert_json(alert) for alert in found]}


@router.post(
    "/alerts/{alert_id}/acknowledge",
    response={200: schemas.AlertOut, 409: schemas.ProblemOut} | REFUSALS,
    summary="Acknowledge an alert",
)
def acknowledge_alert(
    request: HttpRequest, query: Query[schemas.CompanyQuery], body: schemas.AcknowledgeIn, alert_id: AlertId
) -> dict[str, Any]:
    """Twice is harmless: who was first stays. One that has ended stays ended. With `fingerprint`, only what was read is
    acknowledged: 409 when it has become another thing since."""
    company = administered_company(request, query.company, "Acknowledging alerts")
    rows = Alert.objects.filter(company=company, pk=alert_id)
    if not rows.exists():
        raise ApiProblem(404, "NO_SUCH_ALERT", f"{company.name} has no alert {alert_id}.")
    seen = {} if body.fingerprint is None else {alert_id: body.fingerprint}
    acknowledge(company, [alert_id], note=body.note, actor=caller_of(request).name, now=clock.now(), seen=seen)
    alert = rows.get()
    if alert.state == "open":
        raise ApiProblem(409, "ALERT_CHANGED", f"It has become another thing since you read it: {alert.words}")
    return alert_json(alert)
