"""1,000 held calls: the threads and the memory they cost, and how soon a job is answered in one (Linux)."""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import redis
from django.conf import settings

from bench import live_sessions
from bench.calls import envelope
from bench.servers import Server, tieout
from qbwc.models import WebConnectorSession
from qbwc_project.serving import raise_file_limit

HELD, WOKEN_ONE_BY_ONE, WOKEN_AT_ONCE = 1000, 200, 300  # the others are held until the server ends
PAUSE_SECONDS = 0.02
IDLE_SECONDS = 6.0  # longer than the pause between two looks for jobs that nobody was woken for
REDIS_URL = "redis://127.0.0.1:6379/9"

Answer: TypeAlias = "asyncio.Task[tuple[float, str]]"
"""A call that was sent: the moment its answer had come, and the answer."""
Enqueue: TypeAlias = Callable[[int], float]
"""Make a job for live-n; when that began, on the monotonic clock that all processes share."""


def run() -> None:
    raise_file_limit()
    live_sessions.make(2 * (HELD + 1))
    with _taking_orders() as (server, enqueue):
        asyncio.run(_measure("in process", server, enqueue, first=0))
    if _has_redis():
        os.environ["REDIS_URL"] = settings.REDIS_URL = REDIS_URL
        try:
            with tieout() as server:
                asyncio.run(_measure("through Redis", server, _enqueue_here, first=HELD + 1))
        finally:
            os.environ["REDIS_URL"] = settings.REDIS_URL = ""
    else:
        print("No Redis on 127.0.0.1:6379: the wake from another process was not measured.")


async def _measure(title: str, server: Server, enqueue: Enqueue, first: int) -> None:
    warm = await _hold(server, first)
    await asyncio.sleep(1)
    threads, memory, begun = _threads(server), server.resident_bytes(), time.monotonic()
    calls = [await _hold(server, first + 1 + number) for number in range(HELD)]
    await asyncio.to_thread(_until_held, first + 1 + HELD)
    print(f"\n{title}: {HELD} calls held within {time.monotonic() - begun:.1f} s")
    await asyncio.sleep(2)  # each looks once more after it has registered
    grown = (server.resident_bytes() - memory) / HELD / 1024
    cpu = server.cpu_seconds()
    await asyncio.sleep(IDLE_SECONDS)
    idle = (server.cpu_seconds() - cpu) / IDLE_SECONDS
    print(f"  threads        {threads} before, {_threads(server)} with them")
    print(f"  memory         {grown:.1f} KB a hold")
    print(f"  CPU            {idle:.1%} of a core while they wait")
    single, many = calls[:WOKEN_ONE_BY_ONE], calls[WOKEN_ONE_BY_ONE : WOKEN_ONE_BY_ONE + WOKEN_AT_ONCE]
    _print_wakes("one by one", await _wake(single, enqueue, first + 1, PAUSE_SECONDS))
    _print_wakes("at once", await _wake(many, enqueue, first + 1 + len(single), 0))
    await _end(server, [warm, *calls[len(single) + len(many) :]])


async def _wake(calls: list[Answer], enqueue: Enqueue, first: int, pause: float) -> list[float]:
    """Seconds from the beginning of enqueue to the last byte of the answer, of each."""
    begun = []
    for number in range(len(calls)):
        begun.append(await asyncio.to_thread(enqueue, first + number))
        await asyncio.sleep(pause)
    answers = await asyncio.wait_for(asyncio.gather(*calls), 60)
    assert all("HostQueryRq" in text for _, text in answers)
    return [came - start for start, (came, _) in zip(begun, answers, strict=True)]


async def _end(server: Server, calls: list[Answer]) -> None:
    begun = time.monotonic()
    os.kill(server.process, signal.SIGTERM)
    answers = await asyncio.wait_for(asyncio.gather(*calls), 60)
    clean = sum("sendRequestXMLResult" in text for _, text in answers)
    last = max(came for came, _ in answers) - begun
    print(f"  SIGTERM        {clean} of {len(calls)} held calls answered, the last after {last:.2f} s")


def _print_wakes(title: str, seconds: list[float]) -> None:
    steps = statistics.quantiles(seconds, n=100)
    median, p99 = steps[49] * 1000, steps[98] * 1000
    print(f"  {title:<14} {len(seconds)} jobs, enqueue → answer received: p50 {median:.1f} ms, p99 {p99:.1f} ms")


async def _hold(server: Server, number: int) -> Answer:
    """Send a call that will be held."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    body = envelope("sendRequestXML", ticket=live_sessions.ticket_of(number))
    head = f"POST /api/qbwc HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}"
    writer.write(f"{head}\r\nConnection: close\r\n\r\n".encode() + body)
    await writer.drain()
    return asyncio.create_task(_answer(reader, writer))


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[float, str]:
    try:
        reply = await reader.read()
    finally:
        writer.close()
    return time.monotonic(), reply.decode()


def _until_held(count: int) -> None:
    while WebConnectorSession.objects.filter(live_since__isnull=False).count() < count:
        time.sleep(0.05)


def _threads(server: Server) -> int:
    return len(list(Path(f"/proc/{server.process}/task").iterdir()))


def _enqueue_here(number: int) -> float:
    begun = time.monotonic()
    live_sessions.enqueue(number)
    return begun


@contextmanager
def _taking_orders() -> Iterator[tuple[Server, Enqueue]]:
    """The server that makes jobs in its own process; ended at the end."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.held_server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        orders, answers = process.stdin, process.stdout

        def enqueue(number: int) -> float:
            orders.write(f"{number}\n")
            orders.flush()
            made = next(line for line in answers if line.startswith("made "))
            return float(made.split()[2])

        try:
            address = next(line for line in answers if line.startswith("Tieout listens on http://"))
            port = int(address.rsplit(":", 1)[1])
            yield Server("Tieout", port, process.pid), enqueue
        finally:
            process.terminate()


def _has_redis() -> bool:
    try:
        with redis.Redis.from_url(REDIS_URL, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
