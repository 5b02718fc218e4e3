"""Held calls of a real server: its end answers them, a hang-up loses nothing, they cost no thread, a job wakes them."""

from __future__ import annotations

import asyncio
import resource
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.live_sessions import PASSWORD, ticket_of
from tests.redis_server import IS_INSTALLED, listens_as_usual, some_redis
from tests.server import Server, running_server

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="counts threads in /proc"),
]

HELD = 200
SPACE = "{http://developer.intuit.com/}"
ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
    '<soap:Body><{0} xmlns="http://developer.intuit.com/">{1}</{0}></soap:Body></soap:Envelope>'
)
ENQUEUE = "from bench.live_sessions import enqueue; enqueue({})"
# A server that would find a job by itself in twenty minutes only: what is found before that, it was woken for.
NEVER_LOOKS = "from qbwc import holds; holds.RECHECK_SECONDS = 1200.0"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("live")) as server:
        server.manage("shell", "-c", f"from bench.live_sessions import make; make({HELD + 10})")
        yield server


class Call:
    """One SOAP call on a connection of its own, sent; its result when it comes."""

    def __init__(self, operation: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._operation, self._reader, self._writer = operation, reader, writer

    @classmethod
    async def send(cls, server: Server, operation: str, **parameters: str) -> Call:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in parameters.items())
        body = ENVELOPE.format(operation, inner).encode()
        head = f"POST /api/qbwc HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}"
        writer.write(f"{head}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()
        return cls(operation, reader, writer)

    async def result(self, seconds: float = 30) -> list[str]:
        """The text of the result, or of each of its strings."""
        raw = await asyncio.wait_for(self._reader.read(), seconds)
        self.hang_up()
        head, _, body = raw.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), raw
        found = ElementTree.fromstring(body).find(f".//{SPACE}{self._operation}Result")
        assert found is not None, body
        return [child.text or "" for child in found] or [found.text or ""]

    def hang_up(self) -> None:
        self._writer.close()


async def held(server: Server, number: int) -> Call:
    """sendRequestXML of the session, which has nothing to do."""
    return await Call.send(server, "sendRequestXML", ticket=ticket_of(number))


async def last_error(server: Server, number: int) -> str:
    call = await Call.send(server, "getLastError", ticket=ticket_of(number))
    return (await call.result())[0]


async def enqueue(server: Server, number: int) -> None:
    """A job from another process."""
    await asyncio.to_thread(server.manage, "shell", "-c", ENQUEUE.format(number))


def threads(server: Server) -> int:
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("Threads:")).split()[1])


def test_two_hundred_held_calls_cost_no_thread_and_each_is_found_its_job(server: Server) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 2 * HELD:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4 * HELD, hard), hard))

    async def scenario() -> tuple[int, list[str]]:
        warm = await held(server, 0)
        await asyncio.sleep(0.5)
        before = threads(server)
        calls = [await held(server, number) for number in range(1, HELD)]
        await last_error(server, HELD)  # other calls are answered meanwhile
        await asyncio.sleep(1)
        grown = threads(server) - before
        await enqueue(server, HELD // 2)  # nobody is woken: the process that enqueues cannot reach the server's
        found = await calls[HELD // 2 - 1].result()
        for call in [warm, *calls]:
            call.hang_up()
        return grown, found

    grown, found = asyncio.run(scenario())
    assert grown <= 2
    assert "<HostQueryRq" in found[0]


def test_a_hang_up_does_not_lose_the_job(server: Server) -> None:
    number, name = HELD + 1, f"live-{HELD + 1}"

    async def sign_in() -> list[str]:
        while True:
            call = await Call.send(server, "authenticate", strUserName=name, strPassword=PASSWORD)
            ticket, verdict, *_ = await call.result()
            if verdict != "busy":
                return [ticket, verdict]
            await asyncio.sleep(0.5)

    async def scenario() -> tuple[str, str]:
        call = await held(server, number)
        await asyncio.sleep(0.5)
        call.hang_up()
        await enqueue(server, number)
        ticket, verdict = await asyncio.wait_for(sign_in(), 120)  # the hold would have lasted ten minutes
        request = await (await Call.send(server, "sendRequestXML", ticket=ticket)).result()
        return verdict, request[0]

    verdict, request = asyncio.run(scenario())
    assert verdict == ""
    assert "<HostQueryRq" in request
    query = f"from qbwc.models import Job; print('tried', Job.objects.get(company_file__username='{name}').attempts)"
    assert server.manage("shell", "-c", query).split()[-1] == "1"


def test_release_ends_a_held_call_of_a_running_server(server: Server) -> None:
    number = HELD + 2
    script = (
        "from accounts import authentication, clock, models;"
        f"company = models.Company.objects.get(name='live-{number}');"
        "print('key', authentication.issue_key(company, 'test', 'write', clock.now())[1])"
    )
    key = server.manage("shell", "-c", script).split("key ")[1].strip()
    asked = urllib.request.Request(f"{server.url}/api/qbwc/release", method="POST", headers={"X-API-Key": key})

    async def scenario() -> tuple[float, str]:
        call = await held(server, number)
        await asyncio.sleep(0.5)
        begun = time.monotonic()
        with await asyncio.to_thread(urllib.request.urlopen, asked, timeout=30) as answer:
            assert answer.status == 200
        assert await call.result() == [""]
        return time.monotonic() - begun, await last_error(server, number)

    took, error = asyncio.run(scenario())
    assert took < 4  # the server would look for lost wakes after five seconds
    assert error == "There is nothing more to do."


def test_sigterm_answers_every_held_call_and_says_why_after_the_restart(server: Server) -> None:
    numbers = range(HELD + 3, HELD + 8)

    async def until_the_end() -> list[list[str]]:
        calls = [await held(server, number) for number in numbers]
        await asyncio.sleep(0.5)
        assert server.process is not None
        server.process.terminate()
        return [await call.result() for call in calls]

    assert asyncio.run(until_the_end()) == [[""]] * len(numbers)
    server.stop()
    server.start()
    errors = [asyncio.run(last_error(server, number)) for number in numbers]
    assert all("restarting" in error for error in errors), errors


@pytest.mark.skipif(not (IS_INSTALLED or listens_as_usual()), reason="no Redis here")
def test_with_redis_a_job_from_another_process_wakes_the_held_call(tmp_path: Path) -> None:
    async def scenario(server: Server) -> list[str]:
        call = await held(server, 0)
        await asyncio.sleep(0.5)
        await enqueue(server, 0)
        return await call.result(120)

    with some_redis(tmp_path, 9) as url, running_server(tmp_path, NEVER_LOOKS, REDIS_URL=url) as server:
        server.manage("shell", "-c", "from bench.live_sessions import make; make(1)")
        assert "<HostQueryRq" in asyncio.run(scenario(server))[0]
