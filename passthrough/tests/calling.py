"""A caller of the synchronous path for tests, and the Web Connector that plays along, on one thread."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar
from uuid import uuid4

from asgiref.sync import async_to_sync, sync_to_async
from django.http import StreamingHttpResponse
from django.test import AsyncClient

from accounts import clock
from accounts.authentication import issue_key
from accounts.models import Company
from passthrough.models import Transaction
from qbwc.models import CompanyFile, Job, WebConnectorSession
from qbwc.passwords import hash_password
from qbwc.tests.conversation import OWNER_ID, Connector, request_id_in

T = TypeVar("T")
LIMIT_SECONDS = 60  # for what never comes: a machine may be slow

QUERY = (
    '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">{}</QBXMLMsgsRq></QBXML>'
)
CUSTOMERS = QUERY.format('<CustomerQueryRq requestID="mine"/>')
INVOICE = QUERY.format(
    '<InvoiceAddRq requestID="inv-7"><InvoiceAdd><CustomerRef><FullName>Ann</FullName></CustomerRef>'
    "</InvoiceAdd></InvoiceAddRq>"
)
ANOTHER_INVOICE = INVOICE.replace("Ann", "Bob")
FOUND = (
    '<?xml version="1.0" ?><QBXML><QBXMLMsgsRs><CustomerQueryRs requestID="{id}" statusCode="0" statusSeverity="Info" '
    'statusMessage="Status OK"><CustomerRet><ListID>80-1</ListID></CustomerRet></CustomerQueryRs></QBXMLMsgsRs></QBXML>'
)
ADDED = (
    '<?xml version="1.0" ?><QBXML><QBXMLMsgsRs><InvoiceAddRs requestID="{id}" statusCode="0" statusSeverity="Info" '
    'statusMessage="Status OK"><InvoiceRet><TxnID>1A-1</TxnID></InvoiceRet></InvoiceAddRs></QBXMLMsgsRs></QBXML>'
)
REFUSED = (
    '<?xml version="1.0" ?><QBXML><QBXMLMsgsRs><InvoiceAddRs requestID="{id}" statusCode="3140" statusSeverity="Error" '
    'statusMessage="There is an invalid reference to QuickBooks Customer &quot;Ann&quot; in the Invoice."/>'
    "</QBXMLMsgsRs></QBXML>"
)
IN_USE = REFUSED.replace("3140", "3175").replace("There is an invalid reference", "The record is in use")


def run(scenario: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run an async test so that everything that touches the database does so on this thread."""

    async def awaited() -> T:
        return await scenario()

    return async_to_sync(awaited)()


def a_connected_company(name: str = "Cascadia", *, writes: bool = True) -> CompanyFile:
    """With a Web Connector that signs in as the name in lower case, password "right"."""
    company, _ = Company.objects.get_or_create(name=name, slug=name.lower(), defaults={"allows_writes": writes})
    return CompanyFile.objects.create(
        company=company,
        username=name.lower(),
        password_hash=hash_password("right", rounds=4),
        owner_id=OWNER_ID,
        file_id=uuid4(),
        app_name="Tieout",
    )


def a_key(company_file: CompanyFile, scope: str = "write") -> str:
    return issue_key(company_file.company, f"{scope} key", scope, clock.now())[1]


@dataclass(frozen=True)
class Reply:
    status: int
    body: dict[str, Any]
    headers: Mapping[str, str]


@dataclass
class Platform:
    """An automation platform with a key."""

    key: str
    headers: dict[str, str] = field(default_factory=dict)

    async def post(self, qbxml: str = CUSTOMERS, *, query: str = "", headers: Any = None, **values: Any) -> Reply:
        return await self.send("POST", "/api/qbxml" + query, {"qbxml": qbxml, **values}, headers)

    async def get(self, path: str) -> Reply:
        return await self.send("GET", path)

    async def send(self, method: str, path: str, values: Any = None, headers: Any = None) -> Reply:
        body = json.dumps(values).encode() if values is not None else b""
        return await self.raw(method, path, body, "application/json", headers)

    async def raw(
        self, method: str, path: str, body: bytes, content_type: str, headers: Mapping[str, str] | None = None
    ) -> Reply:
        given = {**({"X-API-Key": self.key} if self.key else {}), **self.headers, **(headers or {})}
        client = AsyncClient()
        response = await client.generic(method, path, body, content_type, headers=given)
        answer: object = response  # django-stubs know only the form with content
        if isinstance(answer, StreamingHttpResponse):
            content = b"".join([part async for part in answer])
        else:
            content = response.content
        return Reply(response.status_code, json.loads(content), dict(response.headers))


class Desk:
    """The QuickBooks PC: the Web Connector's rounds, each on the test's own thread."""

    def __init__(self, username: str = "cascadia") -> None:
        self.connector = Connector()
        self.username = username
        self.sent: list[str] = []

    async def take(self) -> str:
        """Sign in when no session is under way, and fetch the next request; "" when there is none."""
        return await sync_to_async(self._take)()

    def _take(self) -> str:
        request = self.connector.send() if self.connector.ticket else ""
        if not request:
            if self.connector.ticket:
                self.leave_now()
            request = self._first_of_a_session()
        if request:
            self.sent.append(request)
        return request

    def _first_of_a_session(self) -> str:
        if self.connector.authenticate(self.username, "right"):
            self.connector.ticket = ""
            return ""
        return self.connector.send()

    async def answer(self, request: str, template: str) -> int:
        return await sync_to_async(self.connector.answer)(request, template)

    async def fail(self, hresult: str, message: str = "") -> int:
        return await sync_to_async(self.connector.receive)("", hresult, message)

    async def serve(self, template: str = FOUND) -> str:
        """Take what is there and answer it: the request's text."""
        request = await self.take()
        assert request, "there was no work"
        await self.answer(request, template)
        return request

    async def leave(self) -> None:
        await sync_to_async(self.leave_now)()

    def leave_now(self) -> None:
        self.connector.text("closeConnection")
        self.connector.ticket = ""

    async def vanish(self) -> None:
        """The PC is switched off in the middle of its work, and comes back later."""
        self.connector.ticket = ""
        await sync_to_async(_long_silent)()


def _long_silent() -> None:
    WebConnectorSession.objects.update(last_call_at=clock.now() - timedelta(hours=2))


async def until_queued(count: int = 1) -> None:
    """Until so many transactions have come in."""
    await until(lambda: Transaction.objects.exclude(job=None).count() >= count)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_SECONDS):
        while not await sync_to_async(condition)():
            await asyncio.sleep(0.01)


async def the_transaction(**filters: Any) -> Transaction:
    return await Transaction.objects.select_related("job").aget(**filters)


async def job_states() -> list[str]:
    return [state async for state in Job.objects.order_by("pk").values_list("state", flat=True)]


def ids_in(request: str) -> str:
    return request_id_in(request)
