"""A call comes in: read, judged, compared with earlier ones, and put into the queue in one commit."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError
from django.db import transaction as database

from accounts.models import ApiKey, Company
from accounts.permissions import Caller
from passthrough import callbacks, idempotency, withdrawal
from passthrough.contract import ErrorCode
from passthrough.models import Transaction
from passthrough.problems import Problem
from passthrough.purposes import QUERY, WRITE
from passthrough.requests import AcceptedRequest, RefusedRequest, accept, fingerprint
from passthrough.schema import RequestSchema, load_schema
from qbwc import limits, live, prepared, queue
from qbwc.models import CompanyFile
from qbwc.prepared import Parameter, Rows

Status = Transaction.Status

_REJECTED_TEXT = 20_000  # characters of a refused request that are kept
_KEPT_REFUSALS = (ErrorCode.INVALID_XML, ErrorCode.INVALID_REQUEST, ErrorCode.FORBIDDEN)
_TRIES = 3


class Kind(Enum):
    NEW = "new"
    ATTACHED = "attached"
    REPLAY = "replay"


@dataclass(frozen=True)
class Call:
    """What an edge has read. `seconds` is how long the caller is held; 0: it does not wait."""

    qbxml: str | bytes
    seconds: float
    identifier: str = ""
    idempotency_key: str = ""
    callback_url: str = ""
    retry_of: int | None = None
    retry_count: int = 0


@dataclass(frozen=True, slots=True)
class Submitted:
    """Where the call's answer will be. `hold_end` is None when the transaction outlives the hold anyway."""

    pk: int
    kind: Kind
    transaction_id: str
    is_write: bool
    company_file_id: int
    hold_end: datetime | None
    seconds: float = 0.0


def read(call: Call) -> AcceptedRequest | Problem:
    """The call's qbXML, judged as far as that needs no database; a Problem is for `submit` to keep and raise."""
    try:
        return _accepted(call.qbxml)
    except Problem as problem:
        return problem


Expect = Callable[[int], None]
"""Called with the key of the transaction that will have the answer, before the commit that lets others answer it."""


def submit(
    call: Call,
    accepted: AcceptedRequest | Problem,
    caller: Caller,
    company: Company,
    now: datetime,
    expect: Expect = lambda pk: None,
) -> Submitted:
    """Queue the call, attach it to the running one, or find its answer. Problem; a refused call is kept as a line."""
    try:
        if isinstance(accepted, Problem):
            raise accepted
        return _submit(call, accepted, caller, company, now, expect)
    except Problem as problem:
        if not problem.transaction_id and problem.code in _KEPT_REFUSALS:
            problem.transaction_id = _keep_refused(call, caller, company, problem, now)
        raise


def _submit(
    call: Call, accepted: AcceptedRequest, caller: Caller, company: Company, now: datetime, expect: Expect
) -> Submitted:
    if accepted.is_write:
        _check_writing(caller, company)
    if call.callback_url:
        callbacks.check_url(call.callback_url)
    company_file = _connected(company)
    for _ in range(_TRIES):  # an earlier one may end between finding it and attaching to it
        try:
            done = _queue_or_attach(call, accepted, caller, company_file, now, expect)
        except IntegrityError:  # a constraint of Transaction: the same call came in at the same moment
            done = None
        if done is not None:
            return done
    raise Problem(ErrorCode.INTERNAL_ERROR, "The call met too many others with the same key. Nothing was sent.")


def _accepted(qbxml: str | bytes) -> AcceptedRequest:
    try:
        accepted = accept(qbxml, limit_bytes=limits.text_limit())
    except RefusedRequest as refused:
        raise _invalid(refused.code, str(refused), refused.line, refused.element, refused.expected) from None
    schema = _schema(settings.QBXML_SCHEMA_DIR)
    problem = schema.check(qbxml) if schema is not None else None
    if problem is not None:
        raise _invalid(ErrorCode.INVALID_XML, problem.message, problem.line, problem.element, problem.expected)
    return accepted


def _invalid(code: ErrorCode, message: str, line: int | None, element: str, expected: str) -> Problem:
    return Problem(code, message, details={"line": line, "element": element, "expected": expected})


@cache
def _schema(folder: str) -> RequestSchema | None:
    return load_schema(Path(folder)) if folder else None


def _check_writing(caller: Caller, company: Company) -> None:
    if caller.api_key is None or caller.api_key.scope != ApiKey.Scope.WRITE:
        words = "This key may only read, and the request changes the books. An administrator can issue a write key."
        raise Problem(ErrorCode.FORBIDDEN, words)
    if not company.allows_writes:
        words = (
            f"Changes to the books of {company.name} are switched off (allows writes). "
            "An administrator of this server can switch them on for the company."
        )
        raise Problem(ErrorCode.FORBIDDEN, words)


def _connected(company: Company) -> CompanyFile:
    # access.py has read it with the key
    company_file: CompanyFile | None = getattr(company, "company_file", None)
    if company_file is not None and company_file.is_active:
        return company_file
    words = (
        f"{company.name} has no QuickBooks company file connected to this server, or its connection is switched off. "
        "Nothing was sent. An administrator connects it."
    )
    raise Problem(ErrorCode.SHIM_UNREACHABLE, words)


def _queue_or_attach(
    call: Call, accepted: AcceptedRequest, caller: Caller, company_file: CompanyFile, now: datetime, expect: Expect
) -> Submitted | None:
    """None: the earlier call has just ended, so look again."""
    company, key = company_file.company, call.idempotency_key
    sign = idempotency.kept_fingerprint(key, fingerprint(company.pk, accepted.normalised))
    with database.atomic():
        if key or accepted.is_write:
            _LOCK.exists(company_file=company_file.pk)
        before = idempotency.earlier(company, key, sign, is_write=accepted.is_write, now=now)
        if before is None:
            done = _queue(call, accepted, caller, company_file, sign, now)
            expect(done.pk)
            return done
        if before.status == Status.PENDING:
            expect(before.pk)
            return _attach(call, before, company_file, now)
        _keep_duplicate(call, before, caller, now)
    return _submitted(before, Kind.REPLAY, company_file, None, 0)


_LOCK = Rows(lambda: CompanyFile.objects.select_for_update().filter(pk=Parameter("company_file")).only("pk").order_by())


def _queue(
    call: Call, accepted: AcceptedRequest, caller: Caller, company_file: CompanyFile, sign: str, now: datetime
) -> Submitted:
    hold_end = _hold_end(call, now)
    transaction_id = new_id()
    job = queue.enqueue(
        company_file=company_file,
        purpose=WRITE if accepted.is_write else QUERY,
        now=now,
        parameters={"transaction": transaction_id, "on_error": accepted.on_error},
        priority=queue.INTERACTIVE,
        deadline_at=hold_end,
    )
    row = _row(call, caller, company_file.company, now, transaction_id=transaction_id)
    row.job, row.held_until, row.fingerprint = job, hold_end, sign
    row.is_write, row.caller_ids = accepted.is_write, list(accepted.caller_ids)
    row.request_names = ", ".join(dict.fromkeys(accepted.names))[:500]
    row.qbxml_request = _text(call.qbxml, accepted)
    prepared.insert(row)
    live.note_interactive_use(company_file, now)
    return _submitted(row, Kind.NEW, company_file, hold_end, call.seconds)


def _hold_end(call: Call, now: datetime) -> datetime | None:
    """None: the job may wait for the Web Connector longer than its caller does."""
    is_detached = call.seconds <= 0 or bool(call.callback_url)
    return None if is_detached else now + timedelta(seconds=call.seconds)


def _attach(call: Call, before: Transaction, company_file: CompanyFile, now: datetime) -> Submitted | None:
    hold_end = _hold_end(call, now)
    if not withdrawal.extend(before, hold_end, now, callback_url=call.callback_url):
        return None
    return _submitted(before, Kind.ATTACHED, company_file, hold_end, call.seconds)


def _submitted(
    row: Transaction, kind: Kind, company_file: CompanyFile, hold_end: datetime | None, seconds: float
) -> Submitted:
    return Submitted(row.pk, kind, row.transaction_id, row.is_write, company_file.pk, hold_end, seconds)


def _text(qbxml: str | bytes, accepted: AcceptedRequest) -> str:
    """What is kept as the request: the caller's own text when it can be read again as text, else our writing of it."""
    if isinstance(qbxml, str):
        return qbxml
    text = qbxml.decode("utf-8", "replace").removeprefix("\ufeff")
    return text if qbxml.isascii() or _means(text) == accepted.normalised else accepted.normalised


def _means(text: str) -> str:
    try:
        return accept(text, limit_bytes=2 * limits.text_limit()).normalised
    except RefusedRequest:
        return ""


def _row(call: Call, caller: Caller, company: Company, now: datetime, *, transaction_id: str = "") -> Transaction:
    return Transaction(
        transaction_id=transaction_id or new_id(),
        company=company,
        api_key=caller.api_key,
        identifier=call.identifier,
        idempotency_key=call.idempotency_key,
        callback_url=call.callback_url,
        retry_of_id=call.retry_of,
        retry_count=call.retry_count,
        timestamp=now,
        created_at=now,
        updated_at=now,
    )


def new_id() -> str:
    return f"tx-{uuid.uuid4()}"


def _keep_refused(call: Call, caller: Caller, company: Company, problem: Problem, now: datetime) -> str:
    """A line without a fingerprint: its key may be used again for the corrected request."""
    row = _row(call, caller, company, now)
    text = call.qbxml if isinstance(call.qbxml, str) else call.qbxml[: 4 * _REJECTED_TEXT].decode("utf-8", "replace")
    text = text[:_REJECTED_TEXT].encode("utf-8", "replace").decode()  # a lone surrogate fits no column
    row.qbxml_request = text.replace("\0", "\ufffd")
    row.status, row.error_code, row.error_message = Status.ERROR, problem.name, str(problem)
    row.answered_at, row.processing_time_ms = now, 0
    row.callback_url = ""
    row.save(force_insert=True)
    return row.transaction_id


def _keep_duplicate(call: Call, before: Transaction, caller: Caller, now: datetime) -> None:
    row = _row(call, caller, before.company, now)
    row.status, row.duplicate_of, row.is_write = Status.DUPLICATE, before, before.is_write
    row.error_code, row.request_names = str(ErrorCode.DUPLICATE_REQUEST), before.request_names
    row.answered_at, row.processing_time_ms = now, 0
    row.callback_url = ""
    row.save(force_insert=True)


def retry(
    original: Transaction, caller: Caller, seconds: float, now: datetime, expect: Expect = lambda pk: None
) -> Submitted:
    """Run a failed transaction again as a new one that names it. Problem DUPLICATE_REQUEST when it has not failed."""
    if original.status != Status.ERROR or original.may_be_done:
        raise _not_again(original)
    if not original.qbxml_request:
        words = "The request is not kept any more, so it cannot be sent again. Send it as a new call."
        raise Problem(ErrorCode.DUPLICATE_REQUEST, words, transaction_id=original.transaction_id)
    call = Call(
        qbxml=original.qbxml_request,
        seconds=seconds,
        identifier=original.identifier,
        idempotency_key=original.idempotency_key,
        callback_url=original.callback_url,
        retry_of=original.pk,
        retry_count=original.retry_count + 1,
    )
    return submit(call, read(call), caller, original.company, now, expect)


def _not_again(original: Transaction) -> Problem:
    words = {
        Status.PENDING: "This transaction is still pending; running it again could carry it out twice.",
        Status.SUCCESS: "This transaction has succeeded; there is nothing to try again.",
        Status.DUPLICATE: "This line only names another transaction; look at that one.",
    }.get(Status(original.status), "All or a part of this transaction may be in the books; it is not run again.")
    return Problem(ErrorCode.DUPLICATE_REQUEST, words, transaction_id=original.transaction_id)
