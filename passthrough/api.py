"""REST of the synchronous path: POST qbXML and be held, transactions, their retry, the table of errors."""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Annotated, Any, Concatenate, ParamSpec

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Path, Query, Router

from accounts import clock
from accounts.api_access import caller_of
from accounts.permissions import Caller
from passthrough import answers, direct, history, holding, replies, service
from passthrough.access import KeyOnly, company_for
from passthrough.answers import Answer
from passthrough.api_schemas import (
    CALL_DOCUMENTATION,
    RETRY_DOCUMENTATION,
    CatalogueOut,
    CompanyQuery,
    ErrorOut,
    PendingOut,
    SuccessOut,
    TransactionDetailOut,
    TransactionsOut,
    TransactionsQuery,
)
from passthrough.call_reading import LONGEST_WAIT, Asked, body_of, seconds_to_wait
from passthrough.contract import ErrorCode, catalogue
from passthrough.heartbeat import with_heartbeat
from passthrough.holding import Held
from passthrough.models import Transaction
from passthrough.problems import Problem, bad_call, not_found

router = Router(tags=["Passthrough"], auth=KeyOnly())

logger = logging.getLogger(__name__)

# Threads of their own: the handler's may be one, and must not be kept from other companies by one's 50 MB.
_readers = ThreadPoolExecutor(2, thread_name_prefix="read-qbxml")

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], Coroutine[Any, Any, HttpResponseBase]]

READING = {400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 429: ErrorOut, 500: ErrorOut}
CALLING: dict[int, Any] = {
    200: SuccessOut,
    202: PendingOut,
    **READING,
    **dict.fromkeys((409, 413, 415, 422, 503, 504), ErrorOut),
}
TransactionId = Annotated[str, Path(max_length=40)]


def respond(answer: Answer) -> HttpResponse:
    body = json.dumps(answer.body, default=str).encode()
    response = HttpResponse(body, status=answer.status, content_type="application/json", headers=answer.headers)
    # Django logs each 5xx as an error of the server; here they are documented outcomes, kept in the history.
    setattr(response, "_has_been_logged", True)  # noqa: B010 - Django's own mark, which its stubs do not know
    return response


def answer_problem(_request: HttpRequest, problem: Any) -> HttpResponse:
    """For `api.add_exception_handler(Problem, answer_problem)`."""
    return respond(answers.of_problem(problem, clock.now()))


def _shaped(view: View[P]) -> View[P]:
    """What nobody expected is INTERNAL_ERROR in the caller's shape, not a page of HTML."""

    async def shaped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return await view(request, *args, **kwargs)
        except Problem:
            raise
        except Exception:
            logger.exception("%s %s failed", request.method, request.path)
            raise Problem(ErrorCode.INTERNAL_ERROR) from None

    functools.update_wrapper(shaped, view)  # django-ninja reads the parameters from the view itself
    return shaped


@router.post("/qbxml", response=CALLING, openapi_extra=CALL_DOCUMENTATION, summary="qbXML in, QuickBooks' answer out")
@_shaped
async def post_qbxml(request: HttpRequest) -> HttpResponseBase:
    """The call is held until QuickBooks has answered, at most `wait` seconds (35).

    Only requests whose names end in QueryRq are queries; every other one is a write and needs a write key. A repeated
    `idempotency_key` never carries out anything twice: 409 with the original answer and `Idempotent-Replay: true`.
    With `heartbeat=1` a call held for more than ten seconds is answered 200 at once, then white space, then the body
    with `http_status` in it.
    """
    asked, call = Asked.of(request), Held()
    prepared = await _prepared(request, asked)  # of a held call no documents are kept in memory
    submitting = partial(direct.submit, asked, caller_of(request), prepared, call.expect)
    del prepared
    if request.GET.get("heartbeat", "") not in ("", "0"):
        return await with_heartbeat(_reply(submitting, call), respond)
    return respond(await _reply(submitting, call))


async def _reply(submitting: Callable[[], service.Submitted], call: Held) -> Answer:
    try:
        submitted = await direct.certainly(holding.in_thread(submitting))
        del submitting
        return await replies.reply(submitted, call)
    finally:
        call.forget()


async def _prepared(request: HttpRequest, asked: Asked) -> direct.Prepared:
    length = request.META.get("CONTENT_LENGTH") or ""
    if length.isascii() and length.isdigit() and int(length) <= direct.SMALL_BODY:
        return _prepare(request, asked)
    return await sync_to_async(_prepare, thread_sensitive=False, executor=_readers)(request, asked)


def _prepare(request: HttpRequest, asked: Asked) -> direct.Prepared:
    return direct.prepare(asked, body_of(request))


@router.get("/transactions", response={200: TransactionsOut} | READING, summary="The calls of a company, newest first")
@_shaped
async def list_transactions(request: HttpRequest, query: Query[TransactionsQuery]) -> HttpResponseBase:
    return respond(await sync_to_async(_list)(caller_of(request), query))


def _list(caller: Caller, query: TransactionsQuery) -> Answer:
    company = company_for(caller, query.company)
    try:
        page = history.page(
            company,
            limit=query.limit,
            offset=query.offset,
            status=query.status or "",
            since=query.since,
            identifier=(query.identifier or "").replace("\0", ""),
            cursor=query.cursor or "",
        )
    except history.BadCursor:
        raise bad_call("cursor is not one that this server has given. Leave it out for the first page.") from None
    return Answer(
        200,
        {
            "company": company.name,
            "total": page.total,
            "limit": query.limit,
            "offset": query.offset,
            "next_cursor": page.next_cursor,
            "transactions": [answers.line_of(row) for row in page.rows],
        },
    )


@router.get(
    "/transactions/{transaction_id}",
    response={200: TransactionDetailOut} | READING,
    openapi_extra={"parameters": RETRY_DOCUMENTATION["parameters"][:1]},
    summary="One call with its request, answer and timeline; with wait= as soon as it has ended",
)
@_shaped
async def get_transaction(
    request: HttpRequest, transaction_id: TransactionId, query: Query[CompanyQuery]
) -> HttpResponseBase:
    """`wait=30`: answered when it has ended, after 30 seconds at most."""
    seconds = seconds_to_wait(Asked.of(request), {}) if request.GET.get("wait") else 0.0
    row = await sync_to_async(_find)(caller_of(request), query.company, transaction_id)
    if row.status == Transaction.Status.PENDING and seconds > 0:
        await _until_ended(row, min(seconds, LONGEST_WAIT))
    return respond(await sync_to_async(_detail)(caller_of(request), query.company, transaction_id))


async def _until_ended(row: Transaction, seconds: float) -> None:
    call = Held()
    call.company_file_id = row.job.company_file_id if row.job is not None else 0
    call.expect(row.pk)
    try:
        await holding.until_ended(call, seconds, False)
    finally:
        call.forget()


def _find(caller: Caller, company_name: str | None, transaction_id: str) -> Transaction:
    company = company_for(caller, company_name)
    row = history.find(company, transaction_id) if transaction_id.isprintable() else None
    if row is None:
        raise not_found(f"{company.name} has no such transaction.")
    return row


def _detail(caller: Caller, company_name: str | None, transaction_id: str) -> Answer:
    row, now = _find(caller, company_name, transaction_id), clock.now()
    return Answer(200, replies.detail_of(row, now))


@router.post(
    "/transactions/{transaction_id}/retry",
    response=CALLING,
    openapi_extra=RETRY_DOCUMENTATION,
    summary="Run a failed call again, as a new transaction that names it",
)
@_shaped
async def retry_transaction(request: HttpRequest, transaction_id: TransactionId) -> HttpResponseBase:
    """Held as the first one was. 409 when it is pending, has succeeded, or may be in the books in part."""
    call = Held()
    return respond(await _reply(partial(_retry, Asked.of(request), caller_of(request), transaction_id, call), call))


def _retry(asked: Asked, caller: Caller, transaction_id: str, call: Held) -> service.Submitted:
    row = _find(caller, asked.query.get("company"), transaction_id)
    return service.retry(row, caller, seconds_to_wait(asked, {}), clock.now(), call.expect)


@router.get("/errors", auth=None, response={200: CatalogueOut}, summary="Every error code with its cause and its fix")
@_shaped
async def errors(request: HttpRequest) -> HttpResponseBase:
    """The codes of this server, QuickBooks' HRESULTs and its status codes: what each means and who can mend it."""
    return respond(Answer(200, {"errors": catalogue()}, {"Cache-Control": f"max-age={_an_hour()}"}))


def _an_hour() -> int:
    return int(timedelta(hours=1).total_seconds())
