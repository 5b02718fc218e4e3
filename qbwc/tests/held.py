"""Held calls in tests: an asynchronous Web Connector beside a database that other threads change."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import time
from typing import Any, TypeVar
from xml.etree import ElementTree

from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient

from accounts import clock
from qbwc import queue, raw, wakeups
from qbwc.models import CompanyFile, Job, LiveWindow
from qbwc.tests.conversation import SPACE, Connector, a_company_file, envelope

T = TypeVar("T")

QUERY = "<CustomerQueryRq><MaxReturned>1</MaxReturned></CustomerQueryRq>"
LIMIT_SECONDS = 60  # nothing here takes a second; a machine under load may


def a_live_file(*, hold_seconds: int = 60, **changed: Any) -> CompanyFile:
    """A company file that is live around the clock."""
    company_file = a_company_file()
    live = {
        "live_window": LiveWindow.BUSINESS_HOURS,
        "business_from": time(0),
        "business_until": time.max,
        "live_hold_seconds": hold_seconds,
    }
    change(company_file, **live | changed)
    return company_file


def change(company_file: CompanyFile, **columns: Any) -> None:
    CompanyFile.objects.filter(pk=company_file.pk).update(**columns)
    company_file.refresh_from_db()


def a_live_session() -> Connector:
    """Signed in, with nothing to do."""
    connector = Connector()
    assert connector.authenticate() == ""
    return connector


def enqueue(company_file: CompanyFile) -> Job:
    return queue.enqueue(company_file=company_file, purpose=raw.QUERY, parameters={"request": QUERY}, now=clock.now())


async def send(ticket: str, client: AsyncClient | None = None) -> str:
    """sendRequestXML, however long it is held."""
    body = envelope("sendRequestXML", ticket=ticket, qbXMLMajorVers=13, qbXMLMinorVers=0)
    answer = await (client or AsyncClient()).post("/api/qbwc", data=body, content_type="text/xml; charset=utf-8")
    assert answer.status_code == 200, answer.content
    result = ElementTree.fromstring(answer.content).find(f".//{SPACE}sendRequestXMLResult")
    assert result is not None
    return result.text or ""


async def a_held_call(ticket: str, waiting: int = 1) -> asyncio.Task[str]:
    """sendRequestXML, sent and held."""
    call = asyncio.create_task(send(ticket))
    await until(lambda: wakeups.how_many_wait() == waiting)
    return call


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_SECONDS):
        while not is_so():
            await asyncio.sleep(0.01)


async def elsewhere(act: Callable[..., T], *arguments: Any) -> T:
    """Do it in a thread that has nothing to do with the loop, on a database connection of its own."""

    def act_and_close() -> T:
        try:
            return act(*arguments)
        finally:
            connections.close_all()

    return await asyncio.to_thread(act_and_close)


async def answered(call: Awaitable[str]) -> str:
    return await asyncio.wait_for(call, LIMIT_SECONDS)


def play(scenario: Coroutine[Any, Any, T]) -> T:
    """Run a scenario on a loop of its own; what it opened in asgiref's thread is closed."""

    async def whole() -> T:
        try:
            return await scenario
        finally:
            await sync_to_async(connections.close_all)()

    return asyncio.run(whole())
