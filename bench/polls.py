"""authenticate → none → closeConnection over HTTP: calls per second on eight connections, and CPU per call."""

from __future__ import annotations

import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial

from bench.calls import PASSWORD, USERNAME, Caller
from bench.servers import Server, bare, tieout
from qbwc.models import SyncPlan
from qwc.connect import connect

ROUNDS, CONNECTIONS, POLLS = 5, 8, 100  # polls a connection and round; each is two calls


def run() -> None:
    connect(name="Polls", username=USERNAME, password=PASSWORD, now=datetime.now(tz=UTC))
    SyncPlan.objects.all().delete()
    with ExitStack() as stack:
        servers = [stack.enter_context(start()) for start in (bare, partial(bare, os.environ["DATA_DIR"]), tieout)]
        for server in servers:
            _polls(server.port, 5)
        rounds = [[_round(server) for server in servers] for _ in range(ROUNDS)]
    print(f"{'server':<14} {'calls/s':>9} {'polls/s':>9} {'CPU a call':>12}")
    for number, server in enumerate(servers):
        rate, cpu = (statistics.median(figures[number][which] for figures in rounds) for which in (0, 1))
        print(f"{server.name:<14} {rate:>9,.0f} {rate / 2:>9,.0f} {cpu * 1e6:>9,.0f} µs")


def _round(server: Server) -> tuple[float, float]:
    """Calls per second, and seconds of the server's CPU per call."""
    cpu, start = server.cpu_seconds(), time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(partial(_polls, server.port), [POLLS] * CONNECTIONS))
    calls = 2 * POLLS * CONNECTIONS
    return calls / (time.perf_counter() - start), (server.cpu_seconds() - cpu) / calls


def _polls(port: int, count: int) -> None:
    with Caller(port) as caller:
        for _ in range(count):
            caller.poll()
