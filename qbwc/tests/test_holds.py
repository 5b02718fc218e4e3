"""Held calls when something goes wrong: lost wakes, hang-ups, the server's end; and `busy` under load."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

import pytest
from django.db import DatabaseError

from qbwc import holds, live, sessions, soap, views, wakeups
from qbwc.models import CompanyFile, Job, WebConnectorSession
from qbwc.schedule import Hold
from qbwc.tests.conversation import Connector, everybody_silent_for
from qbwc.tests.held import a_held_call, a_live_file, a_live_session, answered, elsewhere, enqueue, play, send, until

pytestmark = pytest.mark.django_db(transaction=True)

Step = WebConnectorSession.Step
Patch = pytest.MonkeyPatch


@pytest.fixture
def company_file() -> CompanyFile:
    return a_live_file()


def _nobody_wakes(monkeypatch: Patch) -> None:
    monkeypatch.setattr(wakeups, "wake", lambda company_file_id: None)


def test_a_job_between_the_look_and_the_wait_is_not_lost(company_file: CompanyFile, monkeypatch: Patch) -> None:
    monkeypatch.setattr(holds, "RECHECK_SECONDS", 1000)
    connector, look = a_live_session(), sessions.answer

    def look_and_be_late(call: Any, now: datetime, held_since: datetime | None = None) -> Any:
        result = look(call, now, held_since)
        if isinstance(result, Hold) and not Job.objects.exists():
            enqueue(company_file)  # nobody has registered yet
        return result

    monkeypatch.setattr(sessions, "answer", look_and_be_late)
    assert "CustomerQueryRq" in play(answered(send(connector.ticket)))


def test_a_job_nobody_was_woken_for_is_found_all_the_same(company_file: CompanyFile, monkeypatch: Patch) -> None:
    monkeypatch.setattr(holds, "RECHECK_SECONDS", 0.1)
    monkeypatch.setattr(holds, "SPREAD_SECONDS", 0.1)
    _nobody_wakes(monkeypatch)
    connector = a_live_session()

    async def scenario() -> str:
        call = await a_held_call(connector.ticket)
        await elsewhere(enqueue, company_file)
        return await answered(call)

    assert "CustomerQueryRq" in play(scenario())


def test_one_call_looks_for_all(company_file: CompanyFile, monkeypatch: Patch) -> None:
    monkeypatch.setattr(holds, "RECHECK_SECONDS", 0.2)
    monkeypatch.setattr(holds, "SPREAD_SECONDS", 0.0)
    connector, asked = a_live_session(), list[set[int]]()

    def nothing_new(company_file_ids: set[int], now: datetime) -> set[int]:
        asked.append(company_file_ids)
        return set()

    monkeypatch.setattr(live, "files_with_news", nothing_new)

    async def scenario() -> int:
        calls = [await a_held_call(connector.ticket, number) for number in range(1, 21)]
        before = len(asked)
        await until(lambda: len(asked) >= before + 3)
        looked = len(asked)
        for call in calls:
            call.cancel()
        return looked - before

    assert play(scenario()) < 10  # twenty calls that looked for themselves would have asked sixty times


def test_a_database_that_fails_does_not_end_a_hold(company_file: CompanyFile, monkeypatch: Patch) -> None:
    monkeypatch.setattr(holds, "RECHECK_SECONDS", 0.1)
    monkeypatch.setattr(holds, "SPREAD_SECONDS", 0.0)
    connector, looks = a_live_session(), list[int]()

    def fail(company_file_ids: set[int], now: datetime) -> set[int]:
        looks.append(1)
        raise DatabaseError("it is not there")

    monkeypatch.setattr(live, "files_with_news", fail)

    async def scenario() -> str:
        call = await a_held_call(connector.ticket)
        await until(lambda: len(looks) > 2)
        await elsewhere(enqueue, company_file)
        return await answered(call)

    assert "CustomerQueryRq" in play(scenario())


def test_a_job_that_comes_after_a_hang_up_is_not_swallowed(company_file: CompanyFile) -> None:
    connector = a_live_session()

    async def scenario() -> None:
        call = await a_held_call(connector.ticket)
        call.cancel()  # what Django does with the view when the client has gone
        await until(call.done)
        assert wakeups.how_many_wait() == 0
        await elsewhere(enqueue, company_file)

    play(scenario())
    assert Job.objects.get().state == Job.State.QUEUED
    everybody_silent_for(6)
    newcomer = Connector()
    assert newcomer.authenticate() == ""  # nobody holds a call any more, so nobody is talking
    assert "CustomerQueryRq" in newcomer.send()


def test_a_job_claimed_for_a_client_that_left_meanwhile_goes_back(
    company_file: CompanyFile, monkeypatch: Patch
) -> None:
    connector, look = a_live_session(), sessions.answer
    claimed, has_left = threading.Event(), threading.Event()

    def look_slowly(call: Any, now: datetime, held_since: datetime | None = None) -> Any:
        result = look(call, now, held_since)
        if not isinstance(result, Hold):
            claimed.set()
            has_left.wait(10)
        return result

    async def scenario() -> None:
        call = await a_held_call(connector.ticket)
        monkeypatch.setattr(sessions, "answer", look_slowly)
        await elsewhere(enqueue, company_file)
        await until(claimed.is_set)
        call.cancel()
        has_left.set()
        await until(call.done)

    play(scenario())
    job = Job.objects.get()
    assert (job.state, job.attempts) == (Job.State.QUEUED, 1)
    assert WebConnectorSession.objects.get().step == Step.SEND
    monkeypatch.setattr(sessions, "answer", look)
    assert "CustomerQueryRq" in connector.send()


def test_the_servers_end_answers_every_held_call_with_a_reason(company_file: CompanyFile) -> None:
    connector = a_live_session()

    async def scenario() -> list[str]:
        calls = [await a_held_call(connector.ticket, number) for number in (1, 2)]
        await holds.end_all()
        return [await answered(call) for call in calls]

    assert play(scenario()) == ["", ""]
    assert connector.text("getLastError") == live.RESTARTED
    assert connector.send() == ""


def test_no_call_is_held_by_a_server_that_ends(company_file: CompanyFile) -> None:
    connector = a_live_session()

    async def scenario() -> str:
        await holds.end_all()
        return await answered(send(connector.ticket))

    assert play(scenario()) == ""
    assert connector.text("getLastError") == live.RESTARTED


def test_the_servers_end_does_not_wait_for_a_database_that_is_stuck(
    company_file: CompanyFile, monkeypatch: Patch
) -> None:
    connector, is_free = a_live_session(), threading.Event()
    monkeypatch.setattr(holds, "END_LIMIT_SECONDS", 0.05)
    monkeypatch.setattr(live, "end_for_restart", lambda tickets, now: is_free.wait(10))

    async def scenario() -> str:
        call = await a_held_call(connector.ticket)
        await holds.end_all()
        is_free.set()
        return await answered(call)

    assert play(scenario()) == ""


def test_under_load_a_sign_in_is_sent_away_without_asking_the_database(
    company_file: CompanyFile, monkeypatch: Patch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(views, "BUSY_ABOVE", 0)
    with django_assert_num_queries(0):
        assert Connector().authenticate() == "busy"
    monkeypatch.setattr(views, "BUSY_ABOVE", 1)
    connector = Connector()
    assert connector.authenticate() == ""
    assert views.in_progress.calls == 0


def test_under_load_a_session_that_has_begun_goes_on(company_file: CompanyFile, monkeypatch: Patch) -> None:
    enqueue(company_file)
    connector = a_live_session()
    monkeypatch.setattr(views, "BUSY_ABOVE", 0)
    assert connector.answer(connector.send()) > 0


@pytest.mark.parametrize("size", [views.SMALL_BODY // 2, views.SMALL_BODY * 2])
def test_a_large_body_is_parsed_in_a_thread_of_its_own(
    size: int, company_file: CompanyFile, monkeypatch: Patch
) -> None:
    threads, parse = list[str](), soap.parse_call

    def note(*arguments: Any) -> Any:
        threads.append(threading.current_thread().name)
        return parse(*arguments)

    monkeypatch.setattr(soap, "parse_call", note)
    enqueue(company_file)
    connector = a_live_session()
    request = connector.send()
    assert connector.receive("<QBXML>" + " " * size + "</QBXML>", message=request[:10]) > 0
    assert threads[-1].startswith("parse") == (size > views.SMALL_BODY)
