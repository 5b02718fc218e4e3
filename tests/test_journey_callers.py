"""Many callers at once through one Web Connector, and what each is told when something goes down in the middle."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.callers.calls import QUERY, Said, post, write_of
from tests.callers.databases import own_database
from tests.callers.desk import Dropped, Pc, problems, switched_on, until
from tests.crash_matrix.ledger import Ledger, opened_ledger
from tests.crash_matrix.office import AT_QUICKBOOKS
from tests.server import Server, running_server

pytestmark = [pytest.mark.journey, pytest.mark.both_databases]

NAMES = ("fifty", "dropped", "away", "ended", "killed", "refused")
MODAL_DIALOG, PARSE_ERROR, THREW = "0x80040414", "0x80040400", "0x80010105"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("callers")
    with own_database() as database, running_server(folder, LOG_LEVEL="WARNING", **database) as running:
        yield running


@pytest.fixture(scope="module")
def ledger(server: Server) -> Iterator[Ledger]:
    with opened_ledger(server.environment) as opened:
        yield opened


@pytest.fixture(scope="module")
def made(ledger: Ledger) -> dict[str, Any]:
    companies: dict[str, Any] = ledger.ask("make_callers", names=NAMES)
    return companies


@pytest.fixture
def pc_of(server: Server, made: dict[str, Any], ledger: Ledger) -> Iterator[Callable[[str], Pc]]:
    opened = []

    def make(name: str) -> Pc:
        opened.append(Pc(server, name, made[name], ledger))
        return opened[-1]

    yield make
    for pc in opened:
        pc.switch_off()


class Callers:
    """So many at once: every second one writes, every fourth of all has a key."""

    def __init__(self, pc: Pc, count: int, wait: float, pool: ThreadPoolExecutor, name: str = "call") -> None:
        self.names = [f"{name}-{number}" for number in range(count)]
        self._calls = [pool.submit(self._call, pc, number, wait) for number in range(count)]

    def _call(self, pc: Pc, number: int, wait: float) -> Said:
        name = self.names[number]
        key = f"key-{name}" if number % 4 == 1 else ""
        text = write_of(name) if number % 2 else QUERY
        return post(pc.server.port, pc.key, text, identifier=name, idempotency_key=key, wait=wait)

    @property
    def answers(self) -> list[Said]:
        return [call.result() for call in self._calls]

    @property
    def writes(self) -> tuple[list[str], list[Said]]:
        return self.names[1::2], self.answers[1::2]


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(50) as threads:
        yield threads


def told(answers: Sequence[Said]) -> set[tuple[int, str]]:
    return {(said.status, str(said.body.get("error_code", ""))) for said in answers}


def test_fifty_callers_are_all_answered_and_each_write_is_carried_out_once(
    pc_of: Callable[[str], Pc], pool: ThreadPoolExecutor
) -> None:
    with switched_on(pc_of("fifty")) as pc:
        callers = Callers(pc, 50, 50, pool)
        assert told(callers.answers) == {(200, "")}
    assert problems(pc, *callers.writes) == []
    assert all('requestID="mine"' in said.body["qb_response"] for said in callers.answers)
    assert [entry.executed for entry in pc.quickbooks.writes] == [True] * 25
    assert len(pc.quickbooks.reads) == 25


def test_when_the_connector_drops_and_comes_back_every_caller_still_gets_its_answer(
    pc_of: Callable[[str], Pc], pool: ThreadPoolExecutor
) -> None:
    def drop() -> None:
        raise Dropped

    pc = pc_of("dropped")
    for answer in (3, 8, 14):  # QuickBooks has carried it out, and the answer is lost with the connector
        pc.cues.at("receiveResponseXML", answer, drop)
    pc.switch_on()
    callers = Callers(pc, 20, 50, pool)
    for _ in range(3):
        pc.until_dropped()
        pc.switch_on()
    assert told(callers.answers) == {(200, "")}
    assert problems(pc, *callers.writes) == []


def test_when_the_connector_stays_away_callers_are_told_what_was_and_what_was_not_carried_out(
    pc_of: Callable[[str], Pc], pool: ThreadPoolExecutor
) -> None:
    def drop() -> None:
        raise Dropped

    pc = pc_of("away")
    pc.cues.at("receiveResponseXML", 4, drop)
    pc.switch_on()
    callers = Callers(pc, 12, 3, pool)
    pc.until_dropped()
    assert (503, "SHIM_UNREACHABLE") in told(callers.answers)
    assert told(callers.answers) <= {
        (200, ""),
        (503, "SHIM_UNREACHABLE"),
        (202, "OUTCOME_PENDING"),
        (504, "SHIM_TIMEOUT"),
    }
    pc.switch_on()
    assert problems(pc, *callers.writes) == []
    until(lambda: pc.waiting() == 0)


def in_the_air(pc: Pc, pool: ThreadPoolExecutor, wait: float) -> tuple[Future[Said], Callers, threading.Event]:
    """A write is at QuickBooks until the event is set, and others wait behind it."""
    has_come, may_go = threading.Event(), threading.Event()

    def stay() -> None:
        has_come.set()
        may_go.wait(120)

    assert told(Callers(pc, 4, 30, pool, "first").answers) == {(200, "")}
    pc.cues.at(AT_QUICKBOOKS, 5, stay)
    write = pool.submit(post, pc.server.port, pc.key, write_of("air"), identifier="air", wait=wait)
    assert has_come.wait(120)
    callers = Callers(pc, 12, wait, pool, "late")
    until(lambda: pc.waiting() == 13)
    return write, callers, may_go


def test_sigterm_tells_who_waits_and_who_was_sent_and_loses_nothing(
    pc_of: Callable[[str], Pc], pool: ThreadPoolExecutor
) -> None:
    with switched_on(pc_of("ended")) as pc:
        write, callers, may_go = in_the_air(pc, pool, 45)  # they are told long before that
        stopping = threading.Thread(target=pc.server.stop)
        stopping.start()
        assert (write.result(30).status, write.result().body["error_code"]) == (202, "OUTCOME_PENDING")
        assert told(callers.answers) == {(503, "SHIM_UNREACHABLE")}
        stopping.join()
        may_go.set()  # QuickBooks carries it out while there is no server
        until(lambda: pc.entries("air") == 1)
        pc.server.start()
        assert pc.state_of(write.result().transaction)["status"] == "success"
        assert told(Callers(pc, 4, 30, pool, "after").answers) == {(200, "")}
    assert problems(pc, ["air", *callers.writes[0]], [write.result(), *callers.writes[1]]) == []


def test_after_sigkill_everything_is_recovered_and_can_be_asked_for(
    pc_of: Callable[[str], Pc], pool: ThreadPoolExecutor
) -> None:
    with switched_on(pc_of("killed")) as pc:
        write, callers, may_go = in_the_air(pc, pool, 12)
        pc.server.kill()
        assert write.result().status == 0
        assert told(callers.answers) == {(0, "")}
        may_go.set()
        until(lambda: pc.entries("air") == 1)
        pc.server.start()
        states = {name: pc.state_of_identifier(name) for name in ("air", *callers.names)}
    assert all(state is not None for state in states.values())
    assert states["air"] is not None
    assert states["air"]["status"] == "success"
    assert "mine" in states["air"]["qbxml_response"]
    for name, state in states.items():
        assert state is not None
        assert (state["status"], state["error_code"]) in {("success", ""), ("error", "SHIM_UNREACHABLE")}
        if state["is_write"]:
            assert pc.entries(name) == int(state["status"] == "success"), name


def test_what_quickbooks_refuses_for_a_moment_is_tried_again_and_what_it_cannot_read_is_not(
    pc_of: Callable[[str], Pc], pool: ThreadPoolExecutor
) -> None:
    pc = pc_of("refused")
    for _ in range(4):
        pc.quickbooks.fail_next(MODAL_DIALOG, call="process")
    with switched_on(pc):
        callers = Callers(pc, 12, 50, pool, "busy")
        assert told(callers.answers) == {(200, "")}
        assert problems(pc, *callers.writes) == []
        pc.quickbooks.fail_next(THREW, after_execution=True)  # entered, and QuickBooks does not say so
        assert post(pc.server.port, pc.key, write_of("threw"), wait=30).status == 200
        pc.quickbooks.fail_next(PARSE_ERROR, call="process")
        refused = post(pc.server.port, pc.key, write_of("unreadable"), wait=30)
        assert (refused.status, refused.body["error_code"]) == (400, "INVALID_XML")
        assert refused.body["error_details"]["qb_error_code"] == PARSE_ERROR
    assert (pc.entries("threw"), pc.entries("unreadable")) == (1, 0)
