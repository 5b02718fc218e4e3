"""Held callers of the synchronous path: what the server adds on the way in and on the way back, and what a hold costs.

A simulated Web Connector is held by the live window. One caller of all that are held is answered at a time.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

from accounts.authentication import issue_key
from accounts.models import Company
from bench import live_sessions
from bench.calls import envelope
from bench.servers import Server, bare_held, tieout
from passthrough.models import Transaction
from qbwc.models import Job
from qbwc_project.serving import raise_file_limit

COUNTS = (1, 50, 500, 2000)
MEASURED = 100  # rounds at each count
WAIT_SECONDS = 280
QBXML = (
    '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
    '<CustomerQueryRq requestID="mine"><MaxReturned>10</MaxReturned></CustomerQueryRq></QBXMLMsgsRq></QBXML>'
)
ANSWER = (
    '<?xml version="1.0" ?><QBXML><QBXMLMsgsRs><CustomerQueryRs requestID="{}" statusCode="0" statusSeverity="Info" '
    'statusMessage="Status OK"><CustomerRet><ListID>80-1</ListID></CustomerRet></CustomerQueryRs></QBXMLMsgsRs></QBXML>'
)

Stream: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True)
class Figures:
    """Seconds of each round, and what the holds cost."""

    held: int
    on_the_way_in: list[float]
    on_the_way_back: list[float]
    cpu_a_round: float
    bytes_a_hold: float
    bare_bytes_a_hold: float
    threads: int
    withdrawn_seconds: float
    left: int


def run() -> None:
    raise_file_limit()
    live_sessions.make(2 * len(COUNTS))
    print(f"{'':>6}  {'request → connector':>20}  {'answer → caller':>18}  {'both':>17}  {'CPU':>7}  memory a hold")
    print(
        f"{'held':>6}  {'p50':>9} {'p95':>10}  {'p50':>8} {'p95':>9}  {'p50':>7} {'p95':>9}  {'a call':>7}  "
        f"{'':>7} {'bare':>8}  threads  closed"
    )
    for number, held in enumerate(COUNTS):
        with bare_held() as server:
            bare = asyncio.run(_bare_bytes_a_hold(server, held))
        with tieout() as server:
            _print(asyncio.run(_measure(server, held, waiting=2 * number, served=2 * number + 1, bare=bare)))


def _print(figures: Figures) -> None:
    both = [there + back for there, back in zip(figures.on_the_way_in, figures.on_the_way_back, strict=True)]
    there, back = figures.on_the_way_in, figures.on_the_way_back
    print(
        f"{figures.held:>6,}  {_p(there, 50):>6.1f} ms {_p(there, 95):>7.1f} ms  {_p(back, 50):>5.1f} ms "
        f"{_p(back, 95):>6.1f} ms  {_p(both, 50):>4.1f} ms {_p(both, 95):>6.1f} ms  "
        f"{figures.cpu_a_round * 1000:>4.1f} ms  "
        f"{_memory(figures, figures.bytes_a_hold):>7} {_memory(figures, figures.bare_bytes_a_hold):>8}  "
        f"{figures.threads:>7}  in {figures.withdrawn_seconds:.1f} s, {figures.left} left"
    )


def _memory(figures: Figures, held: float) -> str:
    return f"{held / 1024:.1f} KB" if figures.held >= 50 else "–"


def _p(seconds: list[float], percent: int) -> float:
    """That percentile in milliseconds."""
    return statistics.quantiles(seconds, n=100)[percent - 1] * 1000


async def _bare_bytes_a_hold(server: Server, held: int) -> float:
    """The same calls, to a server that only holds them."""
    streams = [await _call(server, "tieout_" + "k" * 43) for _ in range(20)]
    await asyncio.sleep(1)
    before = server.resident_bytes()
    streams += [await _call(server, "tieout_" + "k" * 43) for _ in range(held - 1)]
    await asyncio.sleep(2)
    bytes_a_hold = (server.resident_bytes() - before) / max(1, held - 1)
    for _, writer in streams:
        writer.close()
    return bytes_a_hold


async def _measure(server: Server, held: int, waiting: int, served: int, bare: float) -> Figures:
    """The callers of company live-`waiting` are held; those of live-`served` are answered, one at a time."""
    keys = [await asyncio.to_thread(_key, number) for number in (waiting, served)]
    ticket = live_sessions.ticket_of(served)
    await _rounds(server, keys[1], ticket, 5)
    before = server.resident_bytes()
    streams = [await _call(server, keys[0]) for _ in range(held - 1)]
    await asyncio.to_thread(_until_pending, held - 1)
    await asyncio.sleep(2)  # each has looked once more after it was registered
    bytes_a_hold = (server.resident_bytes() - before) / max(1, held - 1)
    cpu = server.cpu_seconds()
    there, back = await _rounds(server, keys[1], ticket, MEASURED)
    cpu = (server.cpu_seconds() - cpu) / MEASURED
    threads = len(list(Path(f"/proc/{server.process}/task").iterdir()))
    begun = time.monotonic()
    for _, writer in streams:
        writer.close()
    left = await asyncio.to_thread(_until_pending, 0)
    seconds = time.monotonic() - begun
    return Figures(held, there, back, cpu, bytes_a_hold, bare, threads, seconds, left)


async def _rounds(server: Server, key: str, ticket: str, count: int) -> tuple[list[float], list[float]]:
    """Seconds from the caller's request to the connector, and from its answer to the caller, of each round."""
    there, back = [], []
    for _ in range(count):
        connector = asyncio.create_task(_soap(server, envelope("sendRequestXML", ticket=ticket)))
        await asyncio.sleep(0.05)  # it is held
        caller, sent = await _call(server, key), time.perf_counter()
        answer = asyncio.create_task(_read(caller))
        request, came = await asyncio.wait_for(connector, 60)
        assert "CustomerQueryRq" in request, request
        there.append(came - sent)
        text = ANSWER.format(request.split("requestID=")[1].replace("&quot;", '"').split('"')[1])
        delivered = envelope("receiveResponseXML", ticket=ticket, response=text, hresult="", message="")
        given = time.perf_counter()
        delivering = asyncio.create_task(_soap(server, delivered))
        body, came = await asyncio.wait_for(answer, 60)
        assert '"success": true' in body, body
        back.append(came - given)
        await delivering
    return there, back


async def _call(server: Server, key: str) -> Stream:
    """A caller whose request has just been sent."""
    body = json.dumps({"qbxml": QBXML, "wait": WAIT_SECONDS, "identifier": str(uuid4())}).encode()
    return await _send(server, "/api/qbxml", body, f"Content-Type: application/json\r\nX-API-Key: {key}")


async def _soap(server: Server, body: bytes) -> tuple[str, float]:
    return await _read(await _send(server, "/api/qbwc", body, "Content-Type: text/xml"))


async def _send(server: Server, path: str, body: bytes, headers: str) -> Stream:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\nContent-Length: {len(body)}\r\nConnection: close"
    writer.write(f"{head}\r\n\r\n".encode() + body)
    await writer.drain()
    return reader, writer


async def _read(stream: Stream) -> tuple[str, float]:
    """The whole reply, and when it was there."""
    reply = await stream[0].read()
    came = time.perf_counter()
    stream[1].close()
    return reply.decode(), came


def _key(number: int) -> str:
    return issue_key(Company.objects.get(name=f"live-{number}"), "bench", "write", datetime.now(tz=UTC))[1]


def _until_pending(count: int) -> int:
    """Waits until so many transactions are pending; how many jobs are queued then."""
    end = time.monotonic() + 120
    while Transaction.objects.filter(status=Transaction.Status.PENDING).count() != count and time.monotonic() < end:
        time.sleep(0.05)
    return Job.objects.filter(state=Job.State.QUEUED).count()
