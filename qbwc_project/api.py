"""The REST API: one NinjaAPI that mounts every app's router, with one shape of error."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from accounts import clock
from accounts.authentication import ApiProblem, KeyOrSession
from alerts.api import router as alerts_router
from metrics.api import router as metrics_router
from metrics.downloads.api import router as export_router
from metrics.explain.api import router as explain_router
from metrics.mappings.api import router as mapping_router
from metrics.review.action_api import router as action_router
from metrics.review.api import router as review_router
from metrics.scheduled_mail.api import router as mail_router
from metrics.snapshots.api import router as snapshot_router
from passthrough import answers
from passthrough.addresses import is_ours
from passthrough.api import answer_problem, respond
from passthrough.api import router as passthrough_router
from passthrough.contract import ErrorCode
from passthrough.problems import Problem
from qbwc.api import router as qbwc_router
from qbwc.live_api import router as live_router
from qwc.api import router as set_up_router
from qwc.connection_api import router as connection_router
from qwc.doctor_api import router as doctor_router

api = NinjaAPI(
    title="Tieout",
    version="1",
    description="QuickBooks in, numbers that tie out. Send your key as X-API-Key.",
    auth=KeyOrSession(),
    docs_url="/docs",
    openapi_url="/openapi.json",
)
api.add_router("", metrics_router)
api.add_router("", mapping_router)
api.add_router("", review_router)
api.add_router("", snapshot_router)
api.add_router("", export_router)
api.add_router("", mail_router)
api.add_router("", action_router)
api.add_router("", alerts_router)
api.add_router("", explain_router)
api.add_router("", qbwc_router)
api.add_router("", live_router)
api.add_router("", passthrough_router)
api.add_router("", set_up_router)
api.add_router("", connection_router)
api.add_router("", doctor_router)
api.add_exception_handler(Problem, answer_problem)


def _problem(request: HttpRequest, status: int, code: str, message: str, detail: object = None) -> HttpResponse:
    if is_ours(request.path):  # its callers match on another shape (passthrough.contract)
        known = ErrorCode(code) if code in ErrorCode.__members__ else ErrorCode.INVALID_REQUEST
        return respond(answers.of_problem(Problem(known, message, http_status=status), clock.now()))
    body: dict[str, object] = {"code": code, "message": message}
    if detail is not None:
        body["detail"] = detail
    return api.create_response(request, {"error": body}, status=status)


@api.exception_handler(ApiProblem)
def _api_problem(request: HttpRequest, problem: ApiProblem) -> HttpResponse:
    return _problem(request, problem.http_status, problem.code, problem.message, getattr(problem, "detail", None))


@api.exception_handler(AuthenticationError)
def _not_signed_in(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    message = "No valid API key came with the call: send one as the X-API-Key header, or sign in."
    return _problem(request, 401, "UNAUTHORIZED", message)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Which field is wrong and why; the value itself is not echoed."""
    detail = [{"where": ".".join(str(part) for part in e["loc"]), "why": e["msg"]} for e in error.errors]
    message = "; ".join(f"{row['where']}: {row['why']}" for row in detail) or "The request is not valid."
    return _problem(request, 400, "INVALID_REQUEST", message, detail)


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return _problem(request, error.status_code, "HTTP_ERROR", str(error))
