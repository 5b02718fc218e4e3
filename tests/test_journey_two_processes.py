"""Two web processes, a Celery worker, Redis, PostgreSQL: callers wait in one process, QuickBooks calls the other."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import redis

from outbox import signing
from tests.callers.calls import LARGE_QUERY, QUERY, Said, ask, post, write_of
from tests.callers.desk import Pc, problems, switched_on, until
from tests.callers.installation import Installation, running_installation, why_not_here
from tests.crash_matrix.office import AT_QUICKBOOKS
from tests.server import Server

pytestmark = [pytest.mark.journey, pytest.mark.skipif(why_not_here() != "", reason=f"not here: {why_not_here()}")]

NAMES = ("apart", "left", "joined", "told", "ended", "alone", "limited")
READ_AT_ONCE = 64 * 1024  # qbwc.delivery
DELIVERED = "qbwc.tasks.deliver_exchange"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("two")
    with running_installation(folder, LOG_LEVEL="WARNING") as running:
        yield running


@pytest.fixture(scope="module")
def made(installation: Installation) -> dict[str, Any]:
    return installation.made(NAMES)


@pytest.fixture
def here(installation: Installation) -> Server:
    """Where the callers are held."""
    return installation.webs[0]


@pytest.fixture
def there(installation: Installation) -> Server:
    """Where the Web Connector calls."""
    return installation.webs[1]


@pytest.fixture
def pc_of(installation: Installation, there: Server, made: dict[str, Any]) -> Iterator[Callable[[str], Pc]]:
    opened: list[Pc] = []

    def make(name: str) -> Pc:
        opened.append(Pc(there, name, made[name], installation.ledger))
        return opened[-1]

    yield make
    for pc in opened:
        pc.switch_off()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(20) as threads:
        yield threads


def codes(calls: list[Future[Said]]) -> set[tuple[int, str]]:
    answers = [call.result() for call in calls]
    return {(said.status, str(said.body.get("error_code", ""))) for said in answers}


def test_a_caller_in_one_process_is_answered_though_quickbooks_called_the_other_and_a_worker_read_the_answer(
    installation: Installation, here: Server, pc_of: Callable[[str], Pc], pool: ThreadPoolExecutor
) -> None:
    before = installation.worker_did(DELIVERED)
    with switched_on(pc_of("apart")) as pc:
        memos = [f"apart-{number}" for number in range(6)]
        writes = [pool.submit(post, here.port, pc.key, write_of(memo), identifier=memo, wait=30) for memo in memos]
        reads = [pool.submit(post, here.port, pc.key, text, wait=30) for text in (QUERY, LARGE_QUERY) * 3]
        assert codes([*writes, *reads]) == {(200, "")}
    assert problems(pc, memos, [call.result() for call in writes]) == []
    assert all(len(call.result().body["qb_response"]) > READ_AT_ONCE for call in reads[1::2])
    until(lambda: installation.worker_did(DELIVERED) - before >= 3)  # small ones may be read where they came


def test_the_end_of_a_hold_and_a_caller_who_hangs_up_withdraw_the_job_for_every_process(
    here: Server, there: Server, pc_of: Callable[[str], Pc], pool: ThreadPoolExecutor
) -> None:
    pc = pc_of("left")
    ends = pool.submit(post, here.port, pc.key, write_of("ends"), identifier="ends", wait=1)
    hangs_up = pool.submit(post, here.port, pc.key, write_of("hangs-up"), identifier="hangs-up", wait=30, timeout=1)
    assert (ends.result().status, ends.result().body["error_code"]) == (503, "SHIM_UNREACHABLE")
    assert hangs_up.result().status == 0
    until(lambda: ask(there.port, pc.key, "GET", "/api/transactions?status=pending").body["total"] == 0)
    for identifier in ("ends", "hangs-up"):
        state = pc.state_of_identifier(identifier)  # asked of the other process
        assert state is not None
        assert (state["status"], state["error_code"]) == ("error", "SHIM_UNREACHABLE")
    with switched_on(pc):
        assert post(here.port, pc.key, QUERY, wait=30).status == 200
    assert (pc.entries("ends"), pc.entries("hangs-up")) == (0, 0)


def test_the_same_call_in_both_processes_is_carried_out_once_and_both_get_its_answer(
    here: Server, there: Server, pc_of: Callable[[str], Pc], pool: ThreadPoolExecutor
) -> None:
    pc = pc_of("joined")
    calls = [
        pool.submit(post, server.port, pc.key, write_of("joined"), idempotency_key="one", wait=30)
        for server in (here, there, here, there)
    ]
    until(lambda: ask(there.port, pc.key, "GET", "/api/transactions?status=pending").body["total"] == 1)
    time.sleep(0.3)  # all four have come in by now, or come in while it runs: both are fine
    with switched_on(pc):
        answers = [call.result() for call in calls]
        again = post(there.port, pc.key, write_of("joined"), idempotency_key="one", wait=30)
    assert all(said.is_success for said in [*answers, again])
    assert len({said.transaction for said in [*answers, again]}) == 1
    assert (again.status, again.body["original_status"]) == (409, "success")
    assert pc.entries("joined") == 1


class Receiver(BaseHTTPRequestHandler):
    """Keeps what is POSTed to it."""

    got: list[tuple[dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((dict(self.headers), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """The test says what matters."""


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    got: list[tuple[dict[str, str], bytes]] = []
    server = HTTPServer(("127.0.0.1", 0), type("OwnReceiver", (Receiver,), {"got": got}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/done", got
    server.shutdown()
    server.server_close()


def test_a_worker_delivers_the_callback_of_a_call_that_nobody_waits_for(
    installation: Installation,
    here: Server,
    pc_of: Callable[[str], Pc],
    receiver: tuple[str, list[tuple[dict[str, str], bytes]]],
) -> None:
    url, got = receiver
    pc = pc_of("told")
    accepted = post(here.port, pc.key, write_of("told"), wait=0, callback_url=url)
    assert accepted.status == 202
    with switched_on(pc):
        until(lambda: len(got) == 1)
    headers, body = got[0]
    assert json.loads(body)["transaction_id"] == headers["X-Transaction-ID"] == accepted.transaction
    assert (json.loads(body)["status"], json.loads(body)["http_status"]) == ("success", 200)
    assert headers[signing.SIGNATURE_HEADER].startswith("sha256=")
    until(lambda: installation.worker_did("passthrough.tasks.send_callback") == 1)
    assert pc.entries("told") == 1


def test_one_process_ends_and_the_other_goes_on(
    here: Server, there: Server, pc_of: Callable[[str], Pc], pool: ThreadPoolExecutor
) -> None:
    pc = pc_of("ended")
    has_come, may_go = threading.Event(), threading.Event()

    def stay() -> None:
        has_come.set()
        may_go.wait(120)

    pc.cues.at(AT_QUICKBOOKS, 1, stay)
    with switched_on(pc):
        sent = pool.submit(post, here.port, pc.key, write_of("sent"), wait=30)
        assert has_come.wait(120)
        waits = pool.submit(post, here.port, pc.key, write_of("waits"), wait=30)
        elsewhere = pool.submit(post, there.port, pc.key, write_of("elsewhere"), wait=30)
        until(lambda: pc.waiting() == 3)
        here.stop()
        assert codes([sent]) == {(202, "OUTCOME_PENDING")}
        assert codes([waits]) == {(503, "SHIM_UNREACHABLE")}
        may_go.set()
        assert codes([elsewhere]) == {(200, "")}
        assert pc.state_of(sent.result().transaction)["status"] == "success"
        here.start()
        assert post(here.port, pc.key, QUERY, wait=30).status == 200
    assert [pc.entries(memo) for memo in ("sent", "waits", "elsewhere")] == [1, 0, 1]


def test_both_processes_count_the_calls_of_a_key_in_one_place(installation: Installation, made: dict[str, Any]) -> None:
    with redis.Redis.from_url(installation.redis.url) as client:
        for server in installation.webs:
            client.delete(*client.keys("tieout:rate:*") or ["-"])
            assert ask(server.port, made["limited"]["key"], "GET", "/api/transactions?limit=1").status == 200
            assert len(client.keys("tieout:rate:*")) == 1


def is_read_by_worker(installation: Installation, pc: Pc, port: int, before: int) -> bool:
    """After one more large answer; the worker needs a moment to find the new Redis."""
    assert post(port, pc.key, LARGE_QUERY, wait=30).status == 200
    return installation.worker_did(DELIVERED) > before


def test_while_redis_is_away_callers_are_answered_and_afterwards_everything_is_as_before(
    installation: Installation, here: Server, pc_of: Callable[[str], Pc], pool: ThreadPoolExecutor
) -> None:
    with switched_on(pc_of("alone")) as pc:
        assert post(here.port, pc.key, QUERY, wait=30).status == 200
        installation.redis.stop()
        memos = [f"alone-{number}" for number in range(3)]
        # Nobody can tell this process of the answers: a caller gets its own when it looks, at the end of its hold.
        away = [pool.submit(post, here.port, pc.key, write_of(memo), identifier=memo, wait=15) for memo in memos]
        assert codes(away) == {(200, "")}
        before = installation.worker_did(DELIVERED)
        installation.redis.start()
        until(lambda: is_read_by_worker(installation, pc, here.port, before))
    assert problems(pc, memos, [call.result() for call in away]) == []
