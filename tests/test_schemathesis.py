"""Whatever fits the published OpenAPI, and much that does not: the server never fails on it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, TypeAlias

import pytest
import requests
from django.http import StreamingHttpResponse
from django.test import AsyncClient
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from pytest_django import DjangoDbBlocker
from schemathesis import APIOperation, Case, GenerationMode, openapi
from schemathesis.core.result import Ok

from accounts import clock
from accounts.authentication import HEADER
from alerts.models import Alert
from metrics import background
from metrics.default_setup import install_default_mappings
from metrics.mappings.changes import newest_version
from metrics.mappings.sets import save_template
from metrics.models import AccountMapping, MonthlyMetric
from metrics.months import Month
from metrics.periods import Period
from metrics.review import action_items
from metrics.review.notes import add_note
from metrics.scheduled_mail.schedules import Wanted, create_schedule
from metrics.snapshots.freezing import freeze
from passthrough import holding
from passthrough.contract import ERRORS, ErrorCode
from passthrough.models import Transaction
from passthrough.tests.calling import CUSTOMERS, INVOICE, Platform, a_connected_company, a_key, run
from passthrough.throttle import buckets
from qbwc import queue, raw
from qbwc_project.api import api

pytestmark = [pytest.mark.django_db, pytest.mark.long]

Operation: TypeAlias = APIOperation[Any, Any, Any, Any]
AnyCase: TypeAlias = Case[Any]

EXAMPLES, MORE_EXAMPLES = 6, 40  # of each kind and operation; --thorough tries more
SEED = 20260701
ORIGIN = "http://testserver"
# Statuses that say how it stands with QuickBooks: no failure of this server.
NO_FAILURES = {(row.http_status, str(code)) for code, row in ERRORS.items() if code is not ErrorCode.INTERNAL_ERROR}
WITHOUT_KEY = {"GET /api/errors"}

SCHEMA = openapi.from_dict(api.get_openapi_schema(path_prefix="/api/"))
OPERATIONS = {
    f"{found.ok().method.upper()} {found.ok().path}": found.ok()
    for found in SCHEMA.get_all_operations()
    if isinstance(found, Ok)
}


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every hold is over at once, whatever the call asks for."""

    async def at_once(*_: Any) -> holding.Reason:
        return holding.Reason.TIME

    monkeypatch.setattr(holding, "until_ended", at_once)
    yield
    buckets.forget()


def test_every_operation_of_the_document_is_tried() -> None:
    assert len(OPERATIONS) == sum(len(methods) for methods in SCHEMA.raw_schema["paths"].values())


@pytest.fixture(scope="module")
def made(rows_of_the_file: DjangoDbBlocker) -> tuple[str, dict[str, Any]]:
    with rows_of_the_file.unblock():
        key = a_key(a_connected_company())
        return key, _what_exists(key)


@pytest.fixture
def key(made: tuple[str, dict[str, Any]]) -> str:
    return made[0]


@pytest.fixture
def known(made: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """Values of path parameters that exist."""
    return made[1]


def _what_exists(key: str) -> dict[str, Any]:
    run(lambda: Platform(key).post(CUSTOMERS, wait=0))
    row = Transaction.objects.get()
    install_default_mappings(row.company)
    assert row.job is not None
    company_file = row.job.company_file
    job = queue.enqueue(company_file=company_file, purpose=raw.QUERY, now=clock.now(), parameters={"request": "<a/>"})
    mapping = AccountMapping.objects.filter(company=row.company).first()
    assert mapping is not None
    company, now = row.company, clock.now()
    MonthlyMetric.objects.create(
        company=company,
        basis="accrual",
        month=date(2026, 1, 1),
        tie_out_status="tied",
        quickbooks_net_income=0,
        synced_at=now,
    )
    january = Period.month(Month(2026, 1))
    monthly = Wanted("month", "link", "accrual", 5, 8, "UTC", ("ana@example.com",))
    moments = dict.fromkeys(("since", "opened_at", "last_seen_at", "updated_at"), now)
    alert = {"kind": "untied", "subject": "2026-01:accrual", "fingerprint": "1", "tone": "bad", "words": "untied"}
    return {
        "transaction_id": row.transaction_id,
        "job_id": job.pk,
        "mapping_id": mapping.pk,
        "number": newest_version(company, now).number,
        "template_id": save_template(company, "Ours", "", actor="test", now=now).pk,
        "snapshot_id": freeze(company, january, "accrual", "Q1", actor="test", now=now, forced_because="test").pk,
        "alert_id": Alert.objects.create(company=company, **alert, **moments).pk,
        "note_id": add_note(company, "A note.", january.first, "mrr", actor="test", now=now).pk,
        "item_id": action_items.add(company, january.first, "To do", "Ana", None, actor="test", now=now).pk,
        "schedule_id": create_schedule(company, monthly, actor="test", now=now).pk,
        "work_id": background.ask(company, "reread", {}, actor="test", now=now).pk,
        "month": "2026-01",
        "metric_key": "mrr",
    }


def prepared(case: AnyCase) -> requests.PreparedRequest | None:
    """None: no HTTP client can send it."""
    try:
        return requests.Request(**case.as_transport_kwargs(base_url=ORIGIN)).prepare()
    except (requests.RequestException, UnicodeError, ValueError):
        return None


def ask(sent: requests.PreparedRequest, key: str) -> tuple[int, bytes]:
    """Status and body, from the views as the server runs them."""
    assert sent.url is not None
    assert sent.method is not None
    body = sent.body.encode() if isinstance(sent.body, str) else sent.body or b""
    own = {"content-type", "content-length", HEADER.lower()}
    headers = {name: str(value) for name, value in sent.headers.items() if name.lower() not in own}
    given = headers | ({HEADER: key} if key else {})
    content_type = str(sent.headers.get("Content-Type", "application/json"))
    method, path = sent.method, sent.url.removeprefix(ORIGIN)

    async def answered() -> tuple[int, bytes]:
        answer: object = await AsyncClient().generic(method, path, body, content_type, headers=given)
        if isinstance(answer, StreamingHttpResponse):
            return answer.status_code, b"".join([part async for part in answer])
        status, content = getattr(answer, "status_code", 0), getattr(answer, "content", b"")
        return int(status), bytes(content)

    return run(answered)


def make_reachable(case: AnyCase, known: Mapping[str, Any], document: str) -> None:
    """It names what exists, in the key's own company, and carries qbXML that can be read."""
    for name in set(case.path_parameters or ()) & set(known):
        case.path_parameters[name] = known[name]
    for name in {"company", "callback_url"} & set(case.query or ()):
        del case.query[name]
    if isinstance(case.body, dict) and "qbxml" in case.body:
        case.body |= {"qbxml": document, "callback_url": "", "client": "make"}


def check(operation: Operation, mode: GenerationMode, key: str, known: dict[str, Any], examples: int) -> None:
    """Some cases name what exists, and carry qbXML that can be read: they come further."""

    @seed(SEED)
    @settings(
        max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=False
    )
    @given(operation.as_strategy(generation_mode=mode), st.booleans(), st.sampled_from((CUSTOMERS, INVOICE)))
    def never_fails(case: AnyCase, exists: bool, document: str) -> None:
        if exists:
            make_reachable(case, known, document)
        sent = prepared(case)
        if sent is None:
            return
        status, body = ask(sent, key)
        code = json.loads(body).get("error_code", "") if status >= 500 else ""
        assert status < 500 or (status, code) in NO_FAILURES, f"{case.as_curl_command()}\n{status} {body[:2000]!r}"

    never_fails()


def has_parameters(operation: Operation) -> bool:
    """Something that can be wrong."""
    return bool(operation.definition.raw.get("parameters") or operation.definition.raw.get("requestBody"))


TRIED = [
    (name, mode)
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    for name, operation in OPERATIONS.items()
    if mode is GenerationMode.POSITIVE or has_parameters(operation)
]


@pytest.mark.parametrize(("name", "mode"), TRIED)
def test_no_call_makes_the_server_fail(
    name: str, mode: GenerationMode, key: str, known: dict[str, Any], is_thorough: bool
) -> None:
    check(OPERATIONS[name], mode, key, known, MORE_EXAMPLES if is_thorough else EXAMPLES)


@pytest.mark.parametrize("name", OPERATIONS)
def test_without_a_key_nothing_is_told(name: str) -> None:
    method, _, path = name.partition(" ")
    for parameter in ("mapping_id", "job_id", "transaction_id"):
        path = path.replace(f"{{{parameter}}}", "1")
    status, _ = ask(requests.Request(method, ORIGIN + path, json={}).prepare(), "")
    assert status == (200 if name in WITHOUT_KEY else 401)
