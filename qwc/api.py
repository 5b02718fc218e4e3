"""REST of the set-up tools: the company's .qwc, the linter of any .qwc, and the reader of QWCLog.txt."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from ninja import Query, Router

from accounts import clock
from accounts.api_access import administered_company, caller_of
from accounts.authentication import ApiProblem
from qbwc import selectors
from qbwc.api_schemas import CompanyQuery, RefusalOut
from qbwc.models import CompanyFile
from qwc import document, lint, log_reader, set_up
from qwc.api_schemas import LintOut, LogOut, SetUpOut
from qwc.uploads import size_in_words

router = Router(tags=["Set-up"])

REFUSALS = {400: RefusalOut, 401: RefusalOut, 403: RefusalOut}
TAKING: dict[int, Any] = {**REFUSALS, 413: RefusalOut}
MULTIPART = "multipart/form-data"
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FILE = {"schema": {"type": "object", "properties": {"file": _BINARY["schema"]}, "required": ["file"]}}
LINT_BODY = {"requestBody": {"required": True, "content": {"application/x-qwc": _BINARY, MULTIPART: _FILE}}}
LOG_BODY = {"requestBody": {"required": True, "content": {"text/plain": _BINARY}}}
DOCUMENT = {"responses": {200: {"description": "The file", "content": {"application/x-qwc": _BINARY}}}}


@router.get(
    "/qwc/document",
    response={**REFUSALS, 404: RefusalOut, 409: RefusalOut},
    openapi_extra=DOCUMENT,
    summary="The company's .qwc file for its Web Connector",
)
def get_document(request: HttpRequest, query: Query[CompanyQuery]) -> HttpResponse:
    """The same bytes for as long as the registration and PUBLIC_URL stay the same. For administrators and write keys.

    409 REFUSED_BY_WEB_CONNECTOR: the Web Connector would not take it; the message says why and what to do.
    """
    company_file = _administered_file(request, query.company)
    try:
        content = set_up.hand_out(company_file, clock.now(), actor=caller_of(request).name)
    except document.BadConnection as problem:
        raise ApiProblem(409, "REFUSED_BY_WEB_CONNECTOR", str(problem)) from None
    name = f"tieout-{company_file.company.slug}.qwc"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type="application/x-qwc", headers=headers)


@router.get(
    "/qwc/set-up",
    response={200: SetUpOut} | REFUSALS | {404: RefusalOut},
    summary="How far the company's set-up has come: ten lights",
)
def get_set_up(request: HttpRequest, query: Query[CompanyQuery]) -> dict[str, Any]:
    """What was seen of each step and when, what is waited for, what failed and who mends it. For administrators and
    write keys."""
    company_file = _administered_file(request, query.company)
    found = set_up.checklist(company_file, clock.now())
    change = set_up.change_since_download(company_file)
    return {
        "company": company_file.company.slug,
        "is_complete": found.is_complete,
        "done": found.done,
        "steps": [_step(line) for line in found.lines],
        "document": {
            "was_downloaded": company_file.downloaded_qwc != "",
            "has_changed": change is not None,
            "needs_readding": change is not None and change.needs_readding,
            "because": change.because if change is not None else "",
        },
    }


def _step(line: set_up.Line) -> dict[str, Any]:
    moments = ("first_seen_at", "last_seen_at", "failed_at")
    texts = ("failure", "remedy", "who", "detail")
    named = {name: getattr(line, name) for name in (*moments, *texts)}
    codes = [code.code for code in line.codes]
    return {"key": line.step.key.value, "title": line.step.title, "state": line.state.value, "codes": codes, **named}


def _administered_file(request: HttpRequest, name: str | None) -> CompanyFile:
    """ApiProblem 403, 404."""
    company = administered_company(request, name, "Connecting a company")
    company_file = selectors.company_file_of(company)
    if company_file is None:
        raise ApiProblem(404, "NOT_CONNECTED", f"{company.name} has no QuickBooks company file yet: connect it first.")
    return company_file


@router.post(
    "/qwc/lint",
    response={200: LintOut} | TAKING,
    openapi_extra=LINT_BODY,
    summary="What is wrong with a .qwc file, ours or another's",
)
def post_lint(request: HttpRequest) -> dict[str, Any]:
    """The file as the body, or as `file` of a form; 64 KB at most. It is not kept, and nothing is fetched."""
    return lint.answer_of(lint.lint(_file_or_body(request, lint.LARGEST)))


@router.post(
    "/qwc/log",
    response={200: LogOut} | TAKING,
    openapi_extra=LOG_BODY,
    summary="What the Web Connector's log says, why, and who mends it",
)
def post_log(request: HttpRequest) -> dict[str, Any]:
    """QWCLog.txt as the body; 10 MB at most. Passwords, tickets, tax numbers and the contents of qbXML are dropped
    before anything is looked at, and nothing is kept."""
    if request.content_type == MULTIPART:
        raise ApiProblem(400, "INVALID_REQUEST", "Send the log itself as the body, as text/plain, not as a form.")
    return log_reader.answer_of(log_reader.read_log(_body(request, log_reader.LARGEST)))


def _file_or_body(request: HttpRequest, limit: int) -> bytes:
    if request.content_type != MULTIPART:
        return _body(request, limit)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > 2 * limit:
        raise _too_large(limit)
    try:
        file = request.FILES.get("file")
    except (MultiPartParserError, SuspiciousOperation):
        raise ApiProblem(400, "INVALID_REQUEST", "The form could not be read.") from None
    if file is None:
        raise ApiProblem(400, "INVALID_REQUEST", "The form has no file: send the .qwc as `file`.")
    raw = file.read(limit + 1)
    if len(raw) > limit:
        raise _too_large(limit)
    return bytes(raw)


def _body(request: HttpRequest, limit: int) -> bytes:
    # As a file, never request.body: Django's limit for forms is smaller than a log may be.
    raw: bytes = request.read(limit + 1)
    if len(raw) > limit:
        raise _too_large(limit)
    return raw


def _too_large(limit: int) -> ApiProblem:
    return ApiProblem(413, "TOO_LARGE", f"The body is larger than {size_in_words(limit)} and was not read.")
