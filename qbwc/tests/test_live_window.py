"""The live window: a session with nothing to do waits for work, bounded, and lets go at once when it must."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connections

from accounts import clock
from qbwc import holds, live, protocol, queue, views, wakeups
from qbwc.models import CompanyFile, Job, LiveWindow, WebConnectorSession
from qbwc.rounds import NOTHING_TO_DO
from qbwc.tests.conversation import Connector, a_company_file, everybody_silent_for, request_id_in
from qbwc.tests.held import (
    LIMIT_SECONDS,
    a_held_call,
    a_live_file,
    a_live_session,
    answered,
    change,
    elsewhere,
    enqueue,
    play,
    send,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nobody_looks_unless_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holds, "RECHECK_SECONDS", 1000)


def test_a_live_window_is_off_by_default() -> None:
    company_file = a_company_file()
    assert Connector().authenticate() == "none"
    enqueue(company_file)
    connector = a_live_session()
    assert connector.answer(connector.send()) == 100
    assert connector.send() == ""
    assert wakeups.how_many_wait() == 0


def test_a_job_from_another_thread_is_answered_in_the_held_call() -> None:
    company_file = a_live_file()
    connector = a_live_session()

    async def scenario() -> tuple[Job, str]:
        call = await a_held_call(connector.ticket)
        assert views.in_progress.calls == 0  # it is not work
        job = await elsewhere(enqueue, company_file)
        return job, await answered(call)

    job, request = play(scenario())
    assert "CustomerQueryRq" in request
    assert request_id_in(request).startswith(str(job.pk))
    assert 0 < connector.answer(request) < 100
    job.refresh_from_db()
    assert job.state == Job.State.DONE


def test_each_job_of_a_live_session_finds_its_own_held_call() -> None:
    company_file = a_live_file()
    connector = a_live_session()

    async def one_round() -> str:
        call = await a_held_call(connector.ticket)
        await elsewhere(enqueue, company_file)
        return await answered(call)

    replies = [connector.answer(play(one_round())) for _ in range(3)]
    assert replies == sorted(replies)
    assert max(replies) < 100
    assert Job.objects.filter(state=Job.State.DONE).count() == 3


def test_other_companies_are_answered_while_a_call_is_held() -> None:
    change(a_live_file(), file_id=uuid4())
    connector = a_live_session()
    a_company_file("Other", "other")

    async def scenario() -> None:
        call = await a_held_call(connector.ticket)
        assert await elsewhere(Connector().authenticate, "other") == "none"
        assert not call.done()
        call.cancel()

    play(scenario())


def test_a_hold_that_is_over_asks_the_web_connector_to_come_again() -> None:
    a_live_file(hold_seconds=1)
    connector = a_live_session()
    assert play(send(connector.ticket)) == ""
    assert connector.text("getLastError") == protocol.NO_OPERATION
    session = WebConnectorSession.objects.get()
    assert (session.state, session.step) == (WebConnectorSession.State.OPEN, WebConnectorSession.Step.SEND)
    assert session.live_since is not None


def test_the_end_of_the_window_is_a_clean_end() -> None:
    company_file = a_live_file(hold_seconds=1)
    connector = a_live_session()

    async def scenario() -> str:
        call = await a_held_call(connector.ticket)
        await elsewhere(lambda: change(company_file, live_window=LiveWindow.OFF))
        return await answered(call)

    assert play(scenario()) == ""
    assert connector.text("getLastError") == NOTHING_TO_DO
    assert connector.text("closeConnection") == NOTHING_TO_DO


def test_a_session_that_has_waited_for_its_minutes_is_not_held_again() -> None:
    a_live_file(hold_seconds=1, live_minutes=10)
    connector = a_live_session()
    assert play(send(connector.ticket)) == ""
    WebConnectorSession.objects.update(live_since=clock.now() - timedelta(minutes=10))
    assert play(send(connector.ticket)) == ""
    assert connector.text("getLastError") == NOTHING_TO_DO


def test_release_ends_the_held_call_at_once_and_the_next_sign_in_is_not_live() -> None:
    company_file = a_live_file()
    connector = a_live_session()

    async def scenario() -> str:
        call = await a_held_call(connector.ticket)
        await elsewhere(live.release, company_file, clock.now())
        return await answered(call)

    assert play(scenario()) == ""
    assert connector.text("getLastError") == NOTHING_TO_DO
    connector.text("closeConnection")
    assert Connector().authenticate() == "none"


def test_work_still_goes_first_after_a_release() -> None:
    company_file = a_live_file()
    live.release(company_file, clock.now())
    enqueue(company_file)
    connector = a_live_session()
    assert connector.answer(connector.send()) == 100


def test_the_window_after_use_opens_with_the_first_interactive_call() -> None:
    company_file = a_live_file(live_window=LiveWindow.AFTER_USE)
    assert Connector().authenticate() == "none"
    live.note_interactive_use(company_file, clock.now())
    assert Connector().authenticate() == ""


def test_interactive_use_is_noted_once_in_ten_seconds() -> None:
    company_file, begun = a_live_file(), clock.now()
    for seconds in (0, 5, 11):
        live.note_interactive_use(company_file, begun + timedelta(seconds=seconds))
        company_file.refresh_from_db()
        assert company_file.last_interactive_at == begun + timedelta(seconds=11 if seconds == 11 else 0)


def test_a_held_session_counts_as_talking_for_as_long_as_it_may_be_held() -> None:
    a_live_file(hold_seconds=20)
    connector = a_live_session()

    async def scenario() -> list[str]:
        call = await a_held_call(connector.ticket)
        verdicts = []
        for silent in (20, 20):
            await elsewhere(everybody_silent_for, silent)
            verdicts.append(await elsewhere(Connector().authenticate))
        call.cancel()
        return verdicts

    assert play(scenario()) == ["busy", ""]


def test_it_works_under_the_synchronous_client_too() -> None:
    company_file = a_live_file()
    connector = a_live_session()

    def send_and_close() -> str:
        try:
            return connector.send()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(send_and_close)
        while not wakeups.how_many_wait():
            assert not call.done(), call.result()
        enqueue(company_file)
        assert "CustomerQueryRq" in call.result(LIMIT_SECONDS)


def test_a_repeated_call_on_the_same_ticket_gets_the_same_request() -> None:
    company_file = a_live_file()
    connector = a_live_session()

    async def scenario() -> list[str]:
        calls = [await a_held_call(connector.ticket, waiting) for waiting in (1, 2)]
        await elsewhere(enqueue, company_file)
        return [await answered(call) for call in calls]

    first, second = play(scenario())
    assert first == second
    assert Job.objects.count() == 1


def test_files_with_news_are_those_with_a_ready_job_or_a_release() -> None:
    company_file, now = a_live_file(), clock.now()
    every = {company_file.pk, company_file.pk + 1}
    assert live.files_with_news(every, now) == set()
    job = enqueue(company_file)
    assert live.files_with_news(every, clock.now()) == {company_file.pk}
    Job.objects.update(available_at=now + timedelta(hours=1))
    assert live.files_with_news(every, clock.now()) == set()
    Job.objects.update(available_at=now, deadline_at=now)
    assert live.files_with_news(every, clock.now()) == set()
    assert queue.cancel(job, now)
    live.release(CompanyFile.objects.get(), now)
    assert live.files_with_news(every, clock.now()) == {company_file.pk}
    assert live.files_with_news(every, now + timedelta(minutes=6)) == set()
