"""receiveResponseXML with 1, 10 and 50 MB: seconds, and the server's memory over idle at its highest."""

from __future__ import annotations

import statistics
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial

from lxml import etree

from bench.calls import PASSWORD, USERNAME, Answered, Caller, answer_of
from bench.measure import median_seconds
from bench.servers import Server, bare, tieout
from bench.session import enqueue
from qbwc.models import Exchange, SyncPlan
from qwc.connect import connect

ROUNDS, MEGABYTE = 3, 1_000_000
SIZES = (1, 10, 50)


def run() -> None:
    company_file = connect(name="Large", username=USERNAME, password=PASSWORD, now=datetime.now(tz=UTC)).company_file
    SyncPlan.objects.all().delete()
    print(f"{'answer':>7} {'bare lxml':>10} | {'bare server':>12} | {'Tieout':>9} {'memory over idle':>17}")
    with ExitStack() as stack:
        canned, ours = stack.enter_context(bare()), stack.enter_context(tieout())
        for size in SIZES:
            enqueue(company_file, ROUNDS)
            answer = Answered(answer_of(size * MEGABYTE))
            parse = median_seconds(partial(_bare_lxml, answer.to("t", "1")), ROUNDS)
            rounds = [(_answer(canned, answer), _answer(ours, answer)) for _ in range(ROUNDS)]
            bare_time, time_, memory = (
                statistics.median(figures) for figures in zip(*((b[0], *o) for b, o in rounds), strict=True)
            )
            print(
                f"{size:>4} MB {parse:>8.3f} s | {bare_time:>10.3f} s | {time_:>7.3f} s {memory / MEGABYTE:>14.0f} MB"
            )
    assert not Exchange.objects.filter(delivered_at=None).exists()


def _bare_lxml(body: bytes) -> None:
    """What reading it costs alone: the envelope, then the qbXML in it, as trees."""
    parser = etree.XMLParser(huge_tree=True)
    text = etree.fromstring(body, parser).findtext(".//{http://developer.intuit.com/}response") or ""
    etree.fromstring(text.encode(), parser)


def _answer(server: Server, answer: Answered) -> tuple[float, int]:
    """Seconds and bytes over idle for one answer, in a session of its own."""
    with Caller(server.port) as caller:
        ticket, _ = caller.authenticate()
        body = answer.to(ticket, caller.send(ticket))
        idle = server.resident_bytes()
        server.forget_peak()
        start = time.perf_counter()
        caller.receive(body)
        seconds, peak = time.perf_counter() - start, server.peak_bytes()
        caller.close(ticket)
    return seconds, max(0, peak - idle)
