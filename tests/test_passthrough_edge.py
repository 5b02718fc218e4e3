"""The path through the router of the server: hot threads, body limits, CORS, hang-ups, and the end of the process."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from pytest_django import Settings

from passthrough import holding
from passthrough.models import Transaction
from passthrough.tests.calling import CUSTOMERS, INVOICE, a_connected_company, a_key
from qbwc.limits import MEGABYTE
from qbwc.models import Job
from qbwc_project.handlers import Application, HotHandler, PageHandler, Threads
from qbwc_project.qbxml_handler import QbxmlHandler
from qbwc_project.routing import Router
from qbwc_project.static_files import build_static

pytestmark = pytest.mark.django_db(transaction=True)

T = TypeVar("T")
ORIGIN = "https://app.example.com"


@pytest.fixture
def hot() -> Threads:
    return Threads(1, "test-hot")


@pytest.fixture(params=["by Django", "directly"])
def app(hot: Threads, request: pytest.FixtureRequest) -> Iterator[Application]:
    """A call is answered by either."""
    qbxml = QbxmlHandler(hot) if request.param == "directly" else None
    yield Router(PageHandler(Threads(1, "test-pages")), HotHandler(hot), build_static(), "/static/", qbxml=qbxml)
    for executor in hot._executors:
        executor.submit(connections.close_all).result()
        executor.shutdown()


@pytest.fixture
def key() -> str:
    return a_key(a_connected_company())


class Caller:
    """One HTTP request to the application, whose client may leave."""

    def __init__(self, method: str, path: str, body: bytes = b"", **headers: str) -> None:
        self.leave = asyncio.Event()
        self.sent: list[Mapping[str, Any]] = []
        self._chunks = [body]
        path, _, query = path.partition("?")
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self.scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in names.items()],
        }

    async def receive(self) -> Mapping[str, Any]:
        if self._chunks:
            return {"type": "http.request", "body": self._chunks.pop(0), "more_body": False}
        await self.leave.wait()
        return {"type": "http.disconnect"}

    async def send(self, event: Mapping[str, Any]) -> None:
        self.sent.append(event)

    async def ask(self, app: Application) -> Caller:
        await app(self.scope, self.receive, self.send)
        return self

    @property
    def status(self) -> int:
        status = self.sent[0]["status"]
        assert isinstance(status, int)
        return status

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode().lower(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def body(self) -> Any:
        return json.loads(b"".join(event.get("body", b"") for event in self.sent[1:]))


def calling(key: str, qbxml: str = CUSTOMERS, **values: Any) -> Caller:
    body = json.dumps({"qbxml": qbxml, **values}).encode()
    headers = {"X_API_Key": key, "Content_Type": "application/json", "Content_Length": str(len(body))}
    return Caller("POST", "/api/qbxml", body, **headers)


def run(scenario: Coroutine[Any, Any, T]) -> T:
    async def whole() -> T:
        try:
            return await scenario
        finally:
            await sync_to_async(connections.close_all)()  # what ran outside of a request had a thread of its own

    return asyncio.run(whole())


async def until_held(count: int) -> None:
    for _ in range(1000):
        if holding.how_many() == count:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{holding.how_many()} are held, not {count}")


def test_a_hundred_held_calls_need_no_thread_each_and_leave_nothing_when_they_hang_up(
    app: Application, key: str
) -> None:
    async def scenario() -> int:
        before = threading.active_count()
        callers = [calling(key, idempotency_key=f"k{number}") for number in range(100)]
        tasks = [asyncio.create_task(caller.ask(app)) for caller in callers]
        await until_held(100)
        grown = threading.active_count() - before
        for caller in callers:
            caller.leave.set()
        await asyncio.gather(*tasks)
        return grown

    assert run(scenario()) <= 3
    assert holding.how_many() == 0
    assert set(Transaction.objects.values_list("status", "error_code")) == {("error", "SHIM_UNREACHABLE")}
    assert set(Job.objects.values_list("state", flat=True)) == {Job.State.CANCELLED}


def test_when_the_server_ends_held_callers_get_a_clean_answer(app: Application, key: str) -> None:
    async def scenario() -> Sequence[Caller]:
        callers = [calling(key, INVOICE.replace("Ann", f"Ann {number}")) for number in range(3)]
        tasks = [asyncio.create_task(caller.ask(app)) for caller in callers]
        await until_held(3)
        await holding.end_all()
        return await asyncio.gather(*tasks)

    for caller in run(scenario()):
        assert (caller.status, caller.body["error_code"]) == (503, "SHIM_UNREACHABLE")
        assert "retry-after" in caller.headers
    assert set(Job.objects.values_list("state", flat=True)) == {Job.State.CANCELLED}


def test_when_the_server_ends_a_write_that_has_left_is_pending(app: Application, key: str) -> None:
    async def scenario() -> Caller:
        caller = calling(key, INVOICE)
        task = asyncio.create_task(caller.ask(app))
        await until_held(1)
        await asyncio.to_thread(_as_if_sent)
        await holding.end_all()
        return await task

    caller = run(scenario())
    assert (caller.status, caller.body["error_code"]) == (202, "OUTCOME_PENDING")
    assert Transaction.objects.get().status == "pending"


def _as_if_sent() -> None:
    Job.objects.update(state=Job.State.IN_FLIGHT, attempts=1)
    connections.close_all()


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_is_too_large_is_413_in_the_shape_of_these_endpoints(
    app: Application, key: str, settings: Settings, announced: bool
) -> None:
    settings.MAX_QBXML_SIZE_MB = 1
    body = b"x" * (3 * MEGABYTE)
    length = {"Content_Length": str(len(body))} if announced else {}
    caller = run(Caller("POST", "/api/qbxml", body, X_API_Key=key, **length).ask(app))
    assert (caller.status, caller.body["error_code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert caller.body["success"] is False


def preflight() -> Caller:
    return Caller("OPTIONS", "/api/qbxml", Origin=ORIGIN, Access_Control_Request_Method="POST")


def test_without_the_setting_no_page_of_another_origin_may_call(app: Application) -> None:
    assert "access-control-allow-origin" not in run(preflight().ask(app)).headers
    caller = run(Caller("GET", "/api/errors", Origin=ORIGIN).ask(app))
    assert "access-control-allow-origin" not in caller.headers


def test_a_named_origin_may_call_and_read_the_answer(app: Application, key: str, settings: Settings) -> None:
    settings.ALLOWED_ORIGINS = [ORIGIN]
    asked = run(preflight().ask(app))
    assert (asked.status, asked.headers["access-control-allow-origin"]) == (204, ORIGIN)
    assert "x-api-key" in asked.headers["access-control-allow-headers"]
    caller = run(Caller("GET", "/api/transactions", Origin=ORIGIN, X_API_Key=key).ask(app))
    assert (caller.status, caller.headers["access-control-allow-origin"]) == (200, ORIGIN)
    assert "retry-after" in caller.headers["access-control-expose-headers"]
    refused = run(Caller("GET", "/api/transactions", Origin=ORIGIN).ask(app))
    assert (refused.status, refused.headers["access-control-allow-origin"]) == (401, ORIGIN)


def test_an_origin_that_is_not_named_gets_no_permission(app: Application, settings: Settings) -> None:
    settings.ALLOWED_ORIGINS = ["https://other.example.com"]
    asked = run(preflight().ask(app))
    assert asked.status == 403
    assert "access-control-allow-origin" not in asked.headers


def test_the_web_connector_and_the_pages_have_no_cors(app: Application, settings: Settings) -> None:
    settings.ALLOWED_ORIGINS = ["*"]
    assert "access-control-allow-origin" not in run(Caller("GET", "/api/qbwc", Origin=ORIGIN).ask(app)).headers
