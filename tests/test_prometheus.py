"""/metrics: aggregate figures in Prometheus' text format, without a name or a secret."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import clock
from alerts.models import Alert
from outbox.models import Message
from passthrough.models import Transaction
from passthrough.tests.calling import a_connected_company
from qbwc.models import CompanyFile, Job
from qbwc_project import prometheus
from qbwc_project.call_counters import SETTLING, CallCounters

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
# The format's grammar, as far as one server uses it.
LINE = re.compile(r'(# (HELP|TYPE) tieout_\w+ .+|tieout_\w+(\{\w+="[^"\\]*"(,\w+="[^"\\]*")*\})? [0-9.e+]+)')


class Clock:
    now = NOW


@pytest.fixture(autouse=True)
def the_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Stands at NOW; and the process has just started."""
    hands = Clock()
    monkeypatch.setattr(clock, "now", lambda: hands.now)
    monkeypatch.setattr(prometheus, "counters", CallCounters())
    return hands


def total(**labels: str) -> float:
    inner = ",".join(f'{name}="{text}"' for name, text in labels.items())
    return scraped()[f"tieout_transactions_total{{{inner}}}"]


def a_call(company_file: CompanyFile, **columns: Any) -> None:
    values = {"transaction_id": f"tx-{Transaction.objects.count()}", "status": "success", "processing_time_ms": 300}
    moments = {"timestamp": NOW, "created_at": NOW, "updated_at": NOW}
    Transaction.objects.create(company=company_file.company, **{**values, **moments, **columns})


def scraped() -> dict[str, float]:
    text = Client().get("/metrics").content.decode()
    pairs = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in pairs}


def test_every_line_is_of_the_format_and_each_family_is_named_once() -> None:
    a_call(a_connected_company())
    response = Client().get("/metrics")
    assert response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    text = response.content.decode()
    assert text.endswith("\n")
    assert [line for line in text.splitlines() if not LINE.fullmatch(line)] == []
    families = re.findall(r"# TYPE (\w+)", text)
    assert len(families) == len(set(families))


def test_calls_are_counted_by_outcome_and_kind() -> None:
    company_file = a_connected_company()
    a_call(company_file)
    a_call(company_file, is_write=True, status="error")
    a_call(company_file, is_write=True, status="duplicate", processing_time_ms=0)
    a_call(company_file, status="pending", processing_time_ms=None, held_until=NOW + timedelta(seconds=9))
    a_call(company_file, timestamp=NOW - timedelta(days=1))
    found = scraped()
    assert found['tieout_transactions_total{outcome="success",kind="read"}'] == 1
    assert found['tieout_transactions_total{outcome="error",kind="write"}'] == 1
    assert found['tieout_transactions_total{outcome="duplicate",kind="write"}'] == 1
    assert found['tieout_transactions_total{outcome="error",kind="read"}'] == 0
    assert (found["tieout_pending_transactions"], found["tieout_held_calls"]) == (1, 1)


def test_the_times_are_a_histogram() -> None:
    company_file = a_connected_company()
    for milliseconds in (100, 300, 7_000, 900_000):
        a_call(company_file, processing_time_ms=milliseconds)
    found = scraped()
    limits = ("0.1", "0.25", "0.5", "10", "300", "+Inf")
    counts = [found[f'tieout_transaction_seconds_bucket{{kind="read",le="{limit}"}}'] for limit in limits]
    assert counts == [1, 1, 2, 3, 3, 4]
    assert found['tieout_transaction_seconds_count{kind="read"}'] == 4
    assert found['tieout_transaction_seconds_sum{kind="read"}'] == 907.4


def test_the_queue_and_the_web_connectors_are_there() -> None:
    first, second = a_connected_company(), a_connected_company("Birch")
    for company_file, minutes in ((first, 2), (second, 300)):
        CompanyFile.objects.filter(pk=company_file.pk).update(last_seen_at=NOW - timedelta(minutes=minutes))
    for state in ("queued", "queued", "outcome_unknown", "done"):
        Job.objects.create(company_file=first, purpose="raw_query", state=state, created_at=NOW, available_at=NOW)
    found = scraped()
    jobs = [found[f'tieout_jobs{{state="{state}"}}'] for state in ("queued", "in_flight", "outcome_unknown", "failed")]
    assert jobs == [2, 0, 1, 0]
    assert [found[f'tieout_company_files{{state="{state}"}}'] for state in ("online", "late")] == [1, 1]
    assert found['tieout_web_connector_last_contact_seconds{which="newest"}'] == 120
    assert found['tieout_web_connector_last_contact_seconds{which="oldest"}'] == 18_000


def test_it_names_no_company_and_no_secret() -> None:
    company_file = a_connected_company()
    a_call(company_file, identifier="Order-7", idempotency_key="key-9", error_message="Ann owes")
    text = Client().get("/metrics").content.decode()
    for private in ("Cascadia", "cascadia", "Order-7", "key-9", "Ann", company_file.password_hash, "tx-"):
        assert private not in text


def test_counters_only_grow_over_midnight_and_whatever_ends_late(the_clock: Clock) -> None:
    company_file = a_connected_company()
    a_call(company_file)
    a_call(company_file, transaction_id="tx-late", status="pending", processing_time_ms=None)
    counts = [total(outcome="success", kind="read")]
    for hours in (0.01, 1, 10, 24):
        the_clock.now = NOW + timedelta(hours=hours)
        a_call(company_file, timestamp=the_clock.now)
        counts.append(total(outcome="success", kind="read"))
    Transaction.objects.filter(transaction_id="tx-late").update(status="success", processing_time_ms=90_000_000)
    found = scraped()
    counts.append(found['tieout_transactions_total{outcome="success",kind="read"}'])
    assert counts == [1, 2, 3, 4, 5, 6]
    assert found['tieout_transaction_seconds_bucket{kind="read",le="300"}'] == 5
    assert found['tieout_transaction_seconds_count{kind="read"}'] == 6
    assert found['tieout_transaction_seconds_sum{kind="read"}'] == 90_001.5
    assert found["tieout_transactions_since_timestamp_seconds"] == datetime(2026, 3, 2, tzinfo=UTC).timestamp()


def test_what_was_counted_stays_when_its_rows_go(the_clock: Clock) -> None:
    company_file = a_connected_company()
    for status in ("success", "pending"):
        a_call(company_file, status=status)
    the_clock.now = NOW + timedelta(minutes=10)
    assert total(outcome="success", kind="read") == 1
    Transaction.objects.all().delete()
    assert [total(outcome="success", kind="read") for _ in range(2)] == [1, 1]


def test_processes_that_started_on_the_same_day_give_the_same_figures(
    the_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    company_file = a_connected_company()
    scrapes = []
    for minutes in range(0, 30, 5):
        the_clock.now = NOW + timedelta(minutes=minutes)
        a_call(company_file, timestamp=the_clock.now, status="error" if minutes % 2 else "success")
        scraped()
    scrapes.append(scraped())
    monkeypatch.setattr(prometheus, "counters", CallCounters())  # another process, a while later
    scrapes.append(scraped())
    assert scrapes[0] == scrapes[1]
    assert scrapes[0]['tieout_transactions_total{outcome="error",kind="read"}'] == 3


def test_a_scrape_reads_the_latest_calls_only_and_costs_the_same_few_queries(
    the_clock: Clock, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    for name in ("Cascadia", "Birch", "Cedar"):
        company_file = a_connected_company(name)
        for _ in range(5):
            a_call(company_file)
    CompanyFile.objects.update(last_seen_at=NOW, is_active=True)
    the_clock.now = NOW + timedelta(hours=1)
    for _ in range(2):
        with django_assert_num_queries(10):
            Client().get("/metrics")
        the_clock.now += timedelta(minutes=1)
    with CaptureQueriesContext(connection) as asked:
        Client().get("/metrics")
    counted = [each["sql"] for each in asked if "processing_time_ms" in each["sql"]]
    moments = [f"{the_clock.now - SETTLING - timedelta(minutes=back):%H:%M:%S}" for back in (1, 0)]
    assert [moment in sql for moment, sql in zip(moments, counted, strict=True)] == [True, True]


def test_without_its_database_a_scrape_fails_and_shows_no_zeros(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_self: object, _now: object) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(CallCounters, "read", fail)
    response = Client().get("/metrics")
    assert response.status_code == 503
    assert b"tieout_" not in response.content
    assert Client().post("/metrics").status_code == 405


def test_mail_in_doubt_and_alerts_that_nobody_has_acknowledged_are_counted(the_clock: Clock) -> None:
    company = a_connected_company().company
    columns = {"company": company, "key": "k", "channel": "mail", "recipient": "a@example.com", "argument": {}}
    for number, state in enumerate(("sent", "unknown", "unknown", "due")):
        Message.objects.create(
            kind="alerts", state=state, once=f"{number}", delivery=f"{number}", next_at=NOW, created_at=NOW, **columns
        )
    moments = dict.fromkeys(("since", "opened_at", "last_seen_at", "updated_at"), NOW)
    for subject, seen in (("2026-05:accrual", False), ("2026-06:accrual", True)):
        about = {"company": company, "kind": "untied", "subject": subject, "fingerprint": "1", "tone": "bad"}
        Alert.objects.create(is_acknowledged=seen, **about, **moments)

    found = scraped()
    assert found['tieout_outbox_messages{state="unknown"}'] == 2
    assert found['tieout_outbox_messages{state="due"}'] == 1
    assert found['tieout_outbox_messages{state="failed"}'] == 0
    assert found['tieout_alerts{kind="untied"}'] == 1
    assert found['tieout_alerts{kind="stale_sync"}'] == 0
