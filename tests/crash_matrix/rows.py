"""The server's rows, prepared and read by a process of its own: a command a line in as JSON, its answer a line out.

It runs beside the server on the same database, so that the process of the matrix needs no Django and can watch
servers on two databases at once.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import F

from accounts import clock
from qbwc import payloads, queue
from qbwc.models import CompanyFile, Exchange, Job, Payload, SyncPlan, WebConnectorSession
from qwc.connect import connect
from tests.callers import companies as callers


def serve(commands: Mapping[str, Callable[..., Any]] | None = None) -> None:
    """Until standard input ends. An exception is the answer {"error": …}."""
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer: Any = {"answer": (commands or COMMANDS)[command.pop("do")](**command)}
        except Exception as error:
            answer = {"error": repr(error)}
        answers.write(json.dumps(answer, default=str) + "\n")
        answers.flush()


def prepare(companies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Connect these companies (name, password, jobs) without sync plans; their ids, identities and jobs."""
    return [_prepare(**company) for company in companies]


def _prepare(name: str, password: str, jobs: list[dict[str, Any]]) -> dict[str, Any]:
    # Four rounds: what bcrypt costs is no part of this.
    connected = connect(name=name, username=name, password=password, now=clock.now(), rounds=4)
    company_file = connected.company_file
    SyncPlan.objects.filter(company_file=company_file).update(is_enabled=False)
    return {
        "id": company_file.pk,
        "owner_id": f"{{{company_file.owner_id}}}",
        "file_id": f"{{{company_file.file_id}}}",
        "jobs": [add_job(company_file.pk, **job) for job in jobs],
    }


def add_job(company_file_id: int, purpose: str, request: str) -> int:
    company_file = CompanyFile.objects.get(pk=company_file_id)
    parameters = {"request": request}
    return queue.enqueue(company_file=company_file, purpose=purpose, now=clock.now(), parameters=parameters).pk


def cancel(job_id: int) -> bool:
    return queue.cancel(Job.objects.get(pk=job_id), clock.now())


def let_time_pass(company_file_id: int, seconds: float) -> None:
    """The open sessions fell silent so much earlier, and whatever waits for its next attempt may go now."""
    sessions = WebConnectorSession.objects.filter(company_file_id=company_file_id)
    sessions.update(last_call_at=F("last_call_at") - timedelta(seconds=seconds))
    waiting = Job.objects.filter(company_file_id=company_file_id, state=Job.State.QUEUED)
    waiting.update(available_at=F("created_at"))


def state(company_file_id: int) -> dict[str, Any]:
    """The jobs of a company file, their exchanges with what was sent and answered, and its sessions."""
    exchanges = Exchange.objects.filter(job__company_file_id=company_file_id).select_related(
        "request_payload", "response_payload"
    )
    company_file = CompanyFile.objects.get(pk=company_file_id)
    return {
        "jobs": list(Job.objects.filter(company_file_id=company_file_id).values()),
        "exchanges": [_exchange(exchange) for exchange in exchanges],
        "sessions": list(WebConnectorSession.objects.filter(company_file_id=company_file_id).order_by("pk").values()),
        "two_connectors_at": company_file.two_connectors_at,
    }


def _exchange(exchange: Exchange) -> dict[str, Any]:
    return {
        "id": exchange.pk,
        "job": exchange.job_id,
        "session": exchange.session_id,
        "is_answered": exchange.answered_at is not None,
        "is_delivered": exchange.delivered_at is not None,
        "hresult": exchange.hresult,
        "status_code": exchange.status_code,
        "reply": exchange.reply,
        "request": _payload(exchange.request_payload),
        "response": _payload(exchange.response_payload),
    }


def _payload(payload: Payload | None) -> dict[str, Any] | None:
    if payload is None:
        return None
    text = payloads.text_of(payload)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return {"text": text, "is_intact": digest == payload.sha256 and len(text.encode()) == payload.size}


COMMANDS: dict[str, Callable[..., Any]] = {
    "prepare": prepare,
    "add_job": add_job,
    "cancel": cancel,
    "let_time_pass": let_time_pass,
    "state": state,
    "make_callers": callers.make,
}
