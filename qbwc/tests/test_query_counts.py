"""How many queries a call costs: counted here, because timings in a test depend on the machine (bench/ has them)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import clock
from qbwc import idle, opening, queue, raw, soap
from qbwc.models import CompanyFile, Exchange, Job, LiveWindow, SyncPlan, WebConnectorSession
from qbwc.tests.conversation import Connector, a_company_file, plan

pytestmark = pytest.mark.django_db(transaction=True)

NOISE = ("SAVEPOINT", "RELEASE")
REQUEST = {"request": "<CustomerQueryRq/>"}


@contextmanager
def costs(queries: int, commits: int) -> Iterator[None]:
    """So many statements beside the transactions' own, and so many transactions."""
    with CaptureQueriesContext(connection) as captured:
        yield
    statements = [query["sql"] for query in captured.captured_queries]
    told = "\n".join(statements)
    assert sum(text.startswith("BEGIN") for text in statements) <= commits, told
    work = [text for text in statements if not text.startswith(("BEGIN", "COMMIT", *NOISE))]
    assert len(work) <= queries, told


@pytest.fixture
def company_file() -> CompanyFile:
    return a_company_file()


def enqueue(company_file: CompanyFile, count: int = 1) -> None:
    for _ in range(count):
        queue.enqueue(company_file=company_file, purpose=raw.QUERY, parameters=REQUEST, now=clock.now())


def test_a_poll_with_nothing_to_do_is_two_queries_and_no_transaction(company_file: CompanyFile) -> None:
    connector = Connector()
    assert connector.authenticate() == "none"
    with costs(1, commits=0):
        assert connector.authenticate() == "none"
    with costs(1, commits=0):
        assert connector.text("closeConnection") == "OK"


def test_the_first_poll_of_a_minute_is_noted_by_one_more(company_file: CompanyFile) -> None:
    Connector().authenticate()
    long_ago = clock.now() - timedelta(hours=1)
    CompanyFile.objects.update(last_seen_at=long_ago)
    with costs(2, commits=0):
        assert Connector().authenticate() == "none"
    company_file.refresh_from_db()
    assert company_file.last_seen_at is not None
    assert company_file.last_seen_at > long_ago


def test_a_job_is_fifteen_statements_in_two_transactions(company_file: CompanyFile) -> None:
    enqueue(company_file, 3)
    connector = Connector()
    assert connector.authenticate() == ""
    connector.answer(connector.send())
    with costs(6, commits=1):
        request = connector.send()
    with costs(8, commits=1):
        connector.answer(request)


def test_what_a_poll_costs_does_not_depend_on_what_is_stored(company_file: CompanyFile) -> None:
    assert Connector().authenticate() == "none"
    finished = Job(
        company_file=company_file, purpose=raw.QUERY, created_at=clock.now(), available_at=clock.now(), state="done"
    )
    Job.objects.bulk_create([finished] * 500)
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as captured:
        idle.look("cascadia", clock.now())
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {captured.captured_queries[0]['sql']}")
            steps = " ".join(row[3] for row in cursor.fetchall())
            assert "SCAN" not in steps
            for index_of_all in (
                "session_by_file",
                "job_by_file",
                "qbwc_job_company_file_id",
                "qbwc_sync_sessions_company",
            ):
                assert index_of_all not in steps


def looks_closer(company_file: CompanyFile) -> bool:
    """Whether the quick look sends on to the whole one, as it must whenever that one would not say `none`."""
    return idle.look(company_file.username, clock.now()) is None


@pytest.mark.parametrize(
    "changes",
    [{"is_active": False}, {"quiet_from": "00:00", "quiet_until": "23:59"}, {"live_window": LiveWindow.BUSINESS_HOURS}],
)
def test_hours_and_live_windows_are_looked_at_closer(company_file: CompanyFile, changes: dict[str, object]) -> None:
    assert not looks_closer(company_file)
    CompanyFile.objects.update(**changes)
    assert looks_closer(company_file)


def test_due_plans_are_looked_at_closer(company_file: CompanyFile) -> None:
    plan(company_file, "one")
    assert looks_closer(company_file)
    SyncPlan.objects.update(next_due_at=clock.now() + timedelta(hours=1))
    assert not looks_closer(company_file)
    SyncPlan.objects.update(next_due_at=clock.now() - timedelta(hours=1), is_enabled=False)
    assert not looks_closer(company_file)


@pytest.mark.parametrize(
    ("state", "waits", "deadline", "closer"),
    [
        ("queued", -1, None, True),
        ("queued", 60, None, False),
        ("queued", 60, -1, True),  # its deadline has passed: it must be failed
        ("queued", 60, 60, False),
        ("in_flight", -1, None, True),  # interrupted: it must be recovered
        ("done", -1, None, False),
        ("failed", -1, -1, False),
    ],
)
def test_open_jobs_are_looked_at_closer(
    company_file: CompanyFile, state: str, waits: int, deadline: int | None, closer: bool
) -> None:
    now = clock.now()
    Job.objects.create(
        company_file=company_file,
        purpose=raw.QUERY,
        state=state,
        created_at=now,
        available_at=now + timedelta(seconds=waits),
        deadline_at=None if deadline is None else now + timedelta(seconds=deadline),
    )
    assert looks_closer(company_file) is closer


def test_an_open_session_is_looked_at_closer(company_file: CompanyFile) -> None:
    enqueue(company_file)
    connector = Connector()
    connector.authenticate()
    Job.objects.update(state="done")
    assert looks_closer(company_file)
    connector.text("closeConnection")
    assert not looks_closer(company_file)


def test_a_wrong_password_at_an_idle_file_is_refused(company_file: CompanyFile) -> None:
    assert Connector().authenticate() == "none"
    assert Connector().authenticate(password="wrong") == "nvu"


def test_the_quick_look_says_what_the_whole_one_would(company_file: CompanyFile) -> None:
    CompanyFile.objects.update(minimum_run_seconds=90)
    call = soap.Authenticate("cascadia", "right")
    quick = opening.authenticate(call, clock.now())
    whole = opening._look_closer(call, "ticket", clock.now())
    assert quick[1:] == whole[1:] == ("none", "", "90")
    assert not WebConnectorSession.objects.exists()


def test_a_raw_answer_counts_as_delivered_when_it_is_kept(company_file: CompanyFile) -> None:
    enqueue(company_file)
    connector = Connector()
    connector.authenticate()
    connector.answer(connector.send())
    exchange = Exchange.objects.get()
    assert exchange.delivered_at == exchange.answered_at
