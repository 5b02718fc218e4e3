"""REST: why a figure is what it is, down to the row of QuickBooks' answer; as JSON, or as CSV for a spreadsheet."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router
from pydantic import Field, JsonValue

from accounts.api_access import seen_company
from accounts.authentication import ApiProblem
from metrics.api_schemas import CompanyQuery, ProblemOut
from metrics.explain.answers import explanation_answer, explanation_csv, file_name
from metrics.explain.explanations import UnknownMetric
from metrics.explain.request import BadMoment, explained, wanted_of
from metrics.fiscal import PeriodError
from metrics.models import Basis

router = Router(tags=["Metrics"])
REFUSALS = {400: ProblemOut, 401: ProblemOut, 403: ProblemOut, 404: ProblemOut}
MetricKey = Annotated[str, Path(max_length=60)]


class ExplainQuery(CompanyQuery):
    month: str | None = Field(None, max_length=20, description="As 2026-01.")
    period: str | None = Field(
        None,
        max_length=20,
        description="Instead of a month: 2026-Q1, fy:2026, ytd:2026-03, ttm:2026-03, 2025-01..2025-06.",
    )
    basis: Basis | None = Field(None, description="accrual or cash. Empty: the company's own.")
    as_of: str | None = Field(None, max_length=40, description="As known then: a day (UTC, its end) or a moment.")
    format: Literal["json", "csv"] = "json"


@router.get(
    "/metrics/{metric_key}/explain",
    response={200: dict[str, JsonValue]} | REFUSALS,
    summary="Why a figure is what it is",
)
def explain_metric(request: HttpRequest, metric_key: MetricKey, query: Query[ExplainQuery]) -> HttpResponse | object:
    """Formula, inputs, ledger accounts with the rule that mapped each, and the evidence of one month."""
    company = seen_company(request, query.company)
    text = query.month or query.period
    if not text or (query.month and query.period):
        raise ApiProblem(400, "BAD_PERIOD", "Say either month=2026-01 or period=2026-Q1.")
    try:
        found = explained(company, wanted_of(company, metric_key, text, query.basis or "", query.as_of or ""))
    except UnknownMetric as problem:
        raise ApiProblem(404, "NO_SUCH_METRIC", str(problem)) from problem
    except PeriodError as problem:
        raise ApiProblem(400, "BAD_PERIOD", str(problem)) from problem
    except BadMoment as problem:
        raise ApiProblem(400, "BAD_MOMENT", str(problem)) from problem
    if query.format == "csv":
        return csv_response(explanation_csv(found), file_name(found, "csv"))
    return explanation_answer(found)


def csv_response(content: bytes, name: str) -> HttpResponse:
    """A file to keep."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)
