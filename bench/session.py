"""A session of fifty jobs with answers of 20 KB: milliseconds per job, both of its calls together."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial

from bench.calls import PASSWORD, USERNAME, Answered, Caller, answer_of
from bench.servers import Server, bare, tieout
from qbwc import queue, raw
from qbwc.models import CompanyFile, Job, SyncPlan
from qwc.connect import connect

ROUNDS, JOBS, ANSWER_BYTES = 7, 50, 20_000
REQUEST = {"request": "<InvoiceQueryRq/>"}


def run() -> None:
    company_file = connect(name="Session", username=USERNAME, password=PASSWORD, now=datetime.now(tz=UTC)).company_file
    SyncPlan.objects.all().delete()
    with ExitStack() as stack:
        servers = [stack.enter_context(start()) for start in (bare, partial(bare, os.environ["DATA_DIR"]), tieout)]
        rounds = [[_session(server, partial(enqueue, company_file, JOBS)) for server in servers] for _ in range(ROUNDS)]
    assert Job.objects.filter(state=Job.State.DONE).count() == JOBS * ROUNDS
    print(f"{'server':<14} {'ms a job':>9} {'CPU a job':>12}")
    for number, server in enumerate(servers):
        wall, cpu = (statistics.median(figures[number][which] for figures in rounds) for which in (0, 1))
        print(f"{server.name:<14} {wall * 1e3:>9.2f} {cpu * 1e6:>9,.0f} µs")


def enqueue(company_file: CompanyFile, count: int) -> None:
    for _ in range(count):
        queue.enqueue(company_file=company_file, purpose=raw.QUERY, now=datetime.now(tz=UTC), parameters=REQUEST)


def _session(server: Server, prepare: Callable[[], None]) -> tuple[float, float]:
    """Seconds and seconds of CPU per job."""
    answer = Answered(answer_of(ANSWER_BYTES))
    if server.name == "Tieout":
        prepare()
    with Caller(server.port) as caller:
        ticket, _ = caller.authenticate()
        cpu, start = server.cpu_seconds(), time.perf_counter()
        for _ in range(JOBS):
            caller.receive(answer.to(ticket, caller.send(ticket)))
        wall, used = time.perf_counter() - start, server.cpu_seconds() - cpu
        caller.close(ticket)
    return wall / JOBS, used / JOBS
