"""Callers' small calls take the short way, and are answered to the letter as Django's way answers them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

from passthrough import throttle
from passthrough.models import Transaction
from passthrough.tests.calling import CUSTOMERS, INVOICE, a_connected_company, a_key
from qbwc.models import CompanyFile, Job
from qbwc_project.handlers import Application, HotHandler, PageHandler, Receive, Scope, Send, Threads
from qbwc_project.qbxml_handler import QbxmlHandler
from qbwc_project.routing import Router
from qbwc_project.static_files import build_static
from tests.test_passthrough_edge import Caller, run, until_held

pytestmark = pytest.mark.django_db(transaction=True)

JSON, XML = "application/json", "application/xml"


class LongWay:
    """Django's handler, which notes that it was asked."""

    def __init__(self, handler: Application) -> None:
        self._handler, self.calls = handler, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.calls += 1
        await self._handler(scope, receive, send)


class Ways:
    """The same server twice: with the short way, and without it."""

    def __init__(self) -> None:
        self.threads = Threads(1, "test-hot")
        self.django = LongWay(HotHandler(self.threads))
        pages, static = PageHandler(Threads(1, "test-pages")), build_static()
        self.short = Router(pages, self.django, static, "/static/", qbxml=QbxmlHandler(self.threads))
        self.long = Router(pages, self.django, static, "/static/")


@pytest.fixture
def ways() -> Iterator[Ways]:
    ways = Ways()
    yield ways
    for executor in ways.threads._executors:
        executor.submit(connections.close_all).result()
        executor.shutdown()
    throttle.buckets.forget()


@pytest.fixture
def company_file() -> CompanyFile:
    return a_connected_company()


def body(qbxml: str = CUSTOMERS, **values: Any) -> bytes:
    return json.dumps({"qbxml": qbxml, "wait": 0, **values}).encode()


CALLS: dict[str, tuple[str, bytes, dict[str, str]]] = {
    "accepted": ("", body(identifier="order 7"), {}),
    "raw XML": ("?wait=0", CUSTOMERS.encode(), {"Content_Type": "text/XML; charset=utf-8"}),
    "answer later": ("", body(wait=30), {"Prefer": "respond-async"}),
    "its time is over": ("", body(wait=0.01), {"X_Request_ID": "r-1"}),
    "the company by name": ("?company=cascadia", body(), {}),
    "another company": ("?company=other", body(), {}),
    "a query with %": ("?client=m%61ke&wait=0", body(), {}),
    "no key": ("", body(), {"X_API_Key": ""}),
    "a wrong key": ("", body(), {"X_API_Key": "tieout_" + "x" * 43}),
    "no JSON": ("", b"{", {}),
    "a list": ("", b"[]", {}),
    "no qbxml": ("", b"{}", {}),
    "another type": ("", body(), {"Content_Type": "text/plain"}),
    "broken XML": ("", body("<QBXML>"), {}),
    "a wrong wait": ("", body(wait=-1), {}),
    "two keys": ("", body(idempotency_key="a"), {"Idempotency_Key": "b"}),
    "a quoted key": ("", body(), {"Idempotency_Key": '"k-1"'}),
    "a write": ("", body(INVOICE, idempotency_key="w"), {}),
    "a callback to nowhere": ("", body(callback_url="https://127.0.0.1/"), {}),
}


@pytest.mark.parametrize("name", CALLS)
def test_both_ways_answer_alike(ways: Ways, company_file: CompanyFile, name: str) -> None:
    query, content, headers = CALLS[name]
    given = {"Content_Type": JSON, "X_API_Key": a_key(company_file), **headers}

    async def scenario() -> tuple[Caller, Caller]:
        callers = []
        for app in (ways.long, ways.short):
            announced = {**given, "Content_Length": str(len(content))}
            callers.append(await Caller("POST", "/api/qbxml" + query, content, **announced).ask(app))
            await Transaction.objects.all().adelete()
            await Job.objects.all().adelete()
        return callers[0], callers[1]

    long, short = run(scenario())
    assert ways.django.calls == 1
    assert short.status == long.status
    assert _without_own(short.body) == _without_own(long.body)
    assert _known(short.headers) == _known(long.headers)


def _without_own(answer: dict[str, Any]) -> dict[str, Any]:
    """But for moments and identities, which are there in both."""
    own = {"transaction_id", "timestamp", "status_url", "processing_time_ms", "timings"}
    return {key: bool(value) if key in own else value for key, value in answer.items()}


def _known(headers: dict[str, str]) -> dict[str, str]:
    own = {"location", "content-length"}
    return {name: "" if name in own else value for name, value in headers.items()}


LONG: dict[str, tuple[str, str, dict[str, str]]] = {
    "with a heartbeat": ("POST", "?heartbeat=1&wait=0", {}),
    "from a page in a browser": ("POST", "?wait=0", {"Origin": "https://app.example.com"}),
    "of an unknown length": ("POST", "?wait=0", {"Content_Length": ""}),
    "not a POST": ("GET", "", {}),
}


@pytest.mark.parametrize("name", LONG)
def test_calls_that_are_not_plain_take_djangos_way(ways: Ways, company_file: CompanyFile, name: str) -> None:
    method, query, headers = LONG[name]
    given = {"Content_Type": JSON, "X_API_Key": a_key(company_file), "Content_Length": str(len(body())), **headers}
    run(Caller(method, "/api/qbxml" + query, body(), **given).ask(ways.short))
    assert ways.django.calls == 1


def test_a_caller_that_hangs_up_before_its_body_is_there_leaves_nothing(ways: Ways, company_file: CompanyFile) -> None:
    caller = Caller("POST", "/api/qbxml", b"", Content_Length="10", X_API_Key=a_key(company_file))
    caller._chunks.clear()
    caller.leave.set()
    assert run(caller.ask(ways.short)).sent == []
    assert not Transaction.objects.exists()


def test_a_held_caller_that_hangs_up_is_withdrawn(ways: Ways, company_file: CompanyFile) -> None:
    async def scenario() -> Caller:
        content = body(wait=60)
        headers = {"Content_Type": JSON, "X_API_Key": a_key_here, "Content_Length": str(len(content))}
        caller = Caller("POST", "/api/qbxml", content, **headers)
        task = asyncio.create_task(caller.ask(ways.short))
        await until_held(1)
        caller.leave.set()
        return await task

    a_key_here = a_key(company_file)
    assert run(scenario()).sent == []
    assert Transaction.objects.get().error_code == "SHIM_UNREACHABLE"
    assert Job.objects.get().state == Job.State.CANCELLED
