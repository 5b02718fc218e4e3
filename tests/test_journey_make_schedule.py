"""Make repeats calls by itself: whatever goes wrong in between, nothing is entered twice, and every call has an end."""

from __future__ import annotations

import contextlib
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from tests.callers.calls import QUERY, Said, write_of
from tests.callers.databases import own_database
from tests.callers.desk import Dropped, Pc, is_parked, problems, switched_on, until
from tests.callers.make import Scenario
from tests.crash_matrix import proxy
from tests.crash_matrix.ledger import Ledger, opened_ledger
from tests.crash_matrix.office import AT_QUICKBOOKS
from tests.crash_matrix.proxy import Action, Proxy
from tests.server import Server, running_server

pytestmark = pytest.mark.journey

BUSY, THREW, NOT_STARTED = "0x80040414", "0x80010105", "0x80040408"
CALLER_FAULTS: dict[str, Action] = {
    "request_lost": proxy.lose_request,
    "reply_lost": proxy.lose_reply,
    "repeated": proxy.repeat,
    "at_once": proxy.send_twice_at_once,
}
SEEDS = (11, 12, 13, 14)
NAMES = (*CALLER_FAULTS, "pc_off", "answer_lost", "busy", "threw", "not_started", "hang_up", "killed")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    pauses = {"AUTO_RETRY_BACKOFF_SECONDS": "0.1,0.2,0.4"}
    folder = tmp_path_factory.mktemp("make")
    with own_database() as database, running_server(folder, LOG_LEVEL="WARNING", **pauses, **database) as running:
        yield running


@pytest.fixture(scope="module")
def ledger(server: Server) -> Iterator[Ledger]:
    with opened_ledger(server.environment) as opened:
        yield opened


@pytest.fixture(scope="module")
def made(ledger: Ledger) -> dict[str, Any]:
    names = (*NAMES, *(f"seed{seed}" for seed in SEEDS))
    companies: dict[str, Any] = ledger.ask("make_callers", names=names)
    return companies


@dataclass
class Story:
    """A PC, and scenarios that all start at once: two changes with a key, two without, a query."""

    pc: Pc
    scenarios: list[Scenario]

    def play(self, meanwhile: Callable[[], object] = lambda: None) -> list[Said]:
        with ThreadPoolExecutor(len(self.scenarios)) as pool:
            calls = [pool.submit(scenario.run) for scenario in self.scenarios]
            meanwhile()
            return [call.result() for call in calls]

    def check(self, answers: Sequence[Said]) -> None:
        """Every change is in the books as often as its caller was told; the query was answered."""
        memos = [scenario.identifier for scenario in self.scenarios if scenario.qbxml != QUERY]
        assert problems(self.pc, memos, answers[: len(memos)]) == [], [scenario.told for scenario in self.scenarios]
        assert all(said.is_documented for said in answers)
        assert all(said.is_documented for one in self.scenarios for said in one.told if said.status)
        until(lambda: self.pc.waiting() == self.parked(answers))
        assert all(self.pc.entries(memo) <= 1 for memo in memos)

    def parked(self, answers: Sequence[Said]) -> int:
        """Changes that wait for a person's look."""
        return sum(is_parked(self.pc.state_of(said.transaction)) for said in answers if said.status in (202, 409))


@pytest.fixture
def story_of(server: Server, made: dict[str, Any], ledger: Ledger) -> Iterator[Callable[[str], Story]]:
    with contextlib.ExitStack() as stack:

        def make(name: str, timeout: float = 5.0) -> Story:
            pc = Pc(server, name, made[name], ledger)
            stack.callback(pc.switch_off)
            documents = [*((f"{name}-{number}", f"key-{number}" * (number % 2)) for number in range(4)), ("query", "")]
            return Story(
                pc,
                [
                    Scenario(server.port, pc.key, QUERY if memo == "query" else write_of(memo), memo, key, timeout)
                    for memo, key in documents
                ],
            )

        yield make


def through_proxies(story: Story, stack: contextlib.ExitStack, actions: Sequence[tuple[int, Action]]) -> list[Proxy]:
    """One proxy a scenario, which does this to its n-th call."""
    server_port = story.pc.server.port
    proxies = [stack.enter_context(proxy.running(Proxy(server_port, "", *action))) for action in actions]
    for scenario, between in zip(story.scenarios, proxies, strict=True):
        scenario.port = between.port
    return proxies


@pytest.mark.parametrize("fault", CALLER_FAULTS)
def test_between_make_and_the_server(story_of: Callable[[str], Story], fault: str) -> None:
    story = story_of(fault)
    with contextlib.ExitStack() as stack, switched_on(story.pc):
        proxies = through_proxies(story, stack, [(1, CALLER_FAULTS[fault])] * len(story.scenarios))
        answers = story.play()
        assert all(between.has_fired for between in proxies)
        assert all(said.is_success for said in answers)
        story.check(answers)


def test_the_pc_is_off_and_comes_back(story_of: Callable[[str], Story]) -> None:
    story = story_of("pc_off")

    def come_back() -> None:
        until(lambda: all(len(scenario.told) >= 2 for scenario in story.scenarios))
        story.pc.switch_on()

    answers = story.play(come_back)
    assert all(scenario.told[0].body["error_code"] == "SHIM_UNREACHABLE" for scenario in story.scenarios)
    assert all(said.is_success for said in answers)
    story.check(answers)


def test_the_answer_is_lost_with_the_connector_which_comes_back_late(story_of: Callable[[str], Story]) -> None:
    def drop() -> None:
        raise Dropped

    story = story_of("answer_lost")
    for answer in (1, 3):
        story.pc.cues.at("receiveResponseXML", answer, drop)
    story.pc.switch_on()

    def come_back() -> None:
        for _ in range(2):
            story.pc.until_dropped()
            time.sleep(1.5)  # longer than callers wait: a change in the air is told as pending, a query as 504
            story.pc.switch_on()

    answers = story.play(come_back)
    assert any(said.status in (202, 504) for scenario in story.scenarios for said in scenario.told)
    story.check(answers)


@pytest.mark.parametrize(("name", "hresult"), [("busy", BUSY), ("threw", THREW)])
def test_quickbooks_fails(story_of: Callable[[str], Story], name: str, hresult: str) -> None:
    story = story_of(name)
    for _ in range(6):
        story.pc.quickbooks.fail_next(hresult, call="process")
    for _ in range(2):
        story.pc.quickbooks.fail_next(hresult, after_execution=True)
    with switched_on(story.pc):
        answers = story.play()
        story.check(answers)
    assert name != "busy" or all(said.is_success for said in answers)


def test_quickbooks_cannot_be_opened_for_a_while(story_of: Callable[[str], Story]) -> None:
    story = story_of("not_started")
    for _ in range(8):
        story.pc.quickbooks.fail_next(NOT_STARTED, call="begin_session")
    with switched_on(story.pc):
        answers = story.play()
        assert all(said.is_success for said in answers)
        story.check(answers)


def test_makes_own_time_is_over_before_the_hold(story_of: Callable[..., Story]) -> None:
    story = story_of("hang_up", timeout=0.3)

    def come_late() -> None:
        until(lambda: all(len(scenario.told) >= 2 for scenario in story.scenarios))
        story.pc.switch_on()

    answers = story.play(come_late)
    assert all(scenario.told[0].status == 0 for scenario in story.scenarios)
    story.check(answers)


def test_the_server_is_killed_while_callers_wait_and_while_a_change_is_at_quickbooks(
    story_of: Callable[[str], Story],
) -> None:
    story = story_of("killed")
    has_come, may_go = threading.Event(), threading.Event()

    def stay() -> None:
        has_come.set()
        may_go.wait(120)

    def kill() -> None:
        story.pc.cues.at(AT_QUICKBOOKS, 2, stay)
        story.pc.switch_on()
        assert has_come.wait(120)
        story.pc.server.kill()
        may_go.set()
        story.pc.server.start()

    answers = story.play(kill)
    assert any(said.status == 0 for scenario in story.scenarios for said in scenario.told)
    story.pc.switch_on()
    story.check(answers)


@pytest.mark.parametrize("seed", SEEDS)
def test_faults_at_random(story_of: Callable[[str], Story], seed: int) -> None:
    sys.stdout.write(f"seed {seed}\n")
    chance = random.Random(seed)
    story = story_of(f"seed{seed}")

    def drop() -> None:
        raise Dropped

    operations = ("sendRequestXML", "receiveResponseXML", AT_QUICKBOOKS)
    story.pc.cues.at(chance.choice(operations), chance.randint(1, 4), drop)
    for _ in range(chance.randint(0, 3)):
        hresult = chance.choice((BUSY, THREW))
        # A modal dialog keeps QuickBooks from taking a request at all; only a thrown exception may come after the deed.
        story.pc.quickbooks.fail_next(hresult, after_execution=hresult == THREW and chance.random() < 0.5)
    story.pc.switch_on()

    def come_back() -> None:
        story.pc.until_dropped()
        time.sleep(chance.uniform(0, 1.5))
        story.pc.switch_on()

    with contextlib.ExitStack() as stack:
        actions = list(CALLER_FAULTS.values())
        through_proxies(story, stack, [(chance.randint(1, 2), chance.choice(actions)) for _ in story.scenarios])
        story.check(story.play(come_back))
