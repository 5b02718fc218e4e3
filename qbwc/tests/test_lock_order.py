"""Calls of one company file at the same moment, on two real connections: they take their locks in one order."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection, connections

from qbwc import identity, queue, raw, soap
from qbwc.models import CompanyFile, WebConnectorSession
from qbwc.tests.conversation import Connector, a_company_file, everybody_silent_for, hcp

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(settings.IS_SQLITE, reason="with SQLite everything that writes waits for one lock"),
]

LIMIT_SECONDS = 30.0


@pytest.fixture
def company_file() -> CompanyFile:
    return a_company_file()


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # inside a transaction it would be the same at every look
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def until_somebody_waits() -> None:
    end = time.monotonic() + LIMIT_SECONDS
    while not somebody_waits_for_a_lock():
        assert time.monotonic() < end, "nobody came to wait"
        time.sleep(0.02)


def elsewhere(connector: Connector) -> str:
    """A sign-in on a connection of its own."""
    try:
        return connector.authenticate()
    finally:
        connections.close_all()


def test_a_sign_in_while_the_first_request_tells_which_file_is_open(
    company_file: CompanyFile, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The one has the session and wants the company file, the other had the company file and wanted the session."""
    now = company_file.created_at
    queue.enqueue(company_file=company_file, purpose=raw.QUERY, parameters={"request": "<HostQueryRq/>"}, now=now)
    first = Connector()
    assert first.authenticate() == ""
    everybody_silent_for(25 * 60)  # so long that a newer sign-in may take over
    learn, has_session = identity.learn, threading.Event()

    def learn_when_the_other_waits(session: WebConnectorSession, call: soap.SendRequestXML, now: object) -> str:
        has_session.set()
        until_somebody_waits()
        return learn(session, call, now)  # type: ignore[arg-type]

    monkeypatch.setattr(identity, "learn", learn_when_the_other_waits)
    with ThreadPoolExecutor(1) as pool, caplog.at_level(logging.ERROR):
        signing_in = pool.submit(lambda: has_session.wait(LIMIT_SECONDS) and elsewhere(Connector()))
        request = first.send(hcp())
        verdict = signing_in.result(LIMIT_SECONDS)
    assert not caplog.records, "one of them was a deadlock's victim"
    assert "HostQueryRq" in request
    assert verdict == "busy"  # the first has just spoken
    company_file.refresh_from_db()
    assert company_file.company_name_seen == "Cascadia Managed Services"
