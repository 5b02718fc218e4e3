"""A look: what begins, changes, comes back and ends; and that it stays few queries, however many companies."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEvent, Company
from accounts.tests.factories import CompanyFactory
from alerts import looking
from alerts.acknowledging import acknowledge
from alerts.models import Alert
from alerts.selectors import acknowledged_alerts, counts
from alerts.sources import doublings
from alerts.tests.conftest import DRIP, LEAK, Books, a_leak, look
from outbox.tests.conftest import START, Hands

pytestmark = pytest.mark.django_db

QUIET_LOOK = 3  # the companies, what is open, whether anything is to be told


def the_alert() -> Alert:
    return Alert.objects.get()


def acknowledged(company: Company, hands: Hands, note: str = "known") -> int:
    ids = Alert.objects.values_list("pk", flat=True)
    return acknowledge(company, ids, note=note, actor="dana", now=hands.now)


def test_what_is_found_is_kept_with_its_remedy_and_ends_by_itself(company: Company, books: Books, hands: Hands) -> None:
    books.finds(a_leak(company))
    look(hands)
    alert = the_alert()
    assert (alert.state, alert.words, alert.remedy) == ("open", "2026-05:accrual leaks <12.00>.", "A plumber: mend it.")
    books.finds()
    look(hands, minutes=5)
    alert.refresh_from_db()
    assert (alert.state, alert.ended_at) == ("ended", START + timedelta(minutes=5))


def test_what_stays_is_written_once_an_hour(
    company: Company, books: Books, hands: Hands, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    books.finds(a_leak(company))
    look(hands)
    with django_assert_num_queries(QUIET_LOOK):
        look(hands, minutes=55)
    assert the_alert().last_seen_at == START
    look(hands, minutes=10)
    assert the_alert().last_seen_at == START + timedelta(minutes=65)


def test_another_fingerprint_is_a_new_thing_that_says_what_it_was(company: Company, books: Books, hands: Hands) -> None:
    books.finds(a_leak(company))
    look(hands)
    assert acknowledged(company, hands) == 1
    books.finds(a_leak(company, fingerprint="1500", value="(15.00)"))
    look(hands, minutes=5)
    alert = the_alert()
    assert (alert.state, alert.change) == ("open", "It was (12.00), it is (15.00) now.")
    assert alert.opened_at == START, "it began then"


def test_the_same_thing_that_comes_back_keeps_its_acknowledgement(company: Company, books: Books, hands: Hands) -> None:
    books.finds(a_leak(company))
    look(hands)
    acknowledged(company, hands)
    for _ in range(3):
        books.finds()
        look(hands, minutes=5)
        assert the_alert().state == "ended"
        books.finds(a_leak(company))
        look(hands, minutes=5)
        assert the_alert().state == "acknowledged"
    assert the_alert().times == 4


def test_what_became_smaller_needs_no_new_acknowledgement(company: Company, books: Books, hands: Hands) -> None:
    books.finds(a_leak(company, fingerprint="big", size=4))
    look(hands)
    acknowledged(company, hands)
    books.finds(a_leak(company, fingerprint="small", size=1, value="(3.00)"))
    look(hands, minutes=5)
    assert (the_alert().state, the_alert().change) == ("acknowledged", "It was (12.00), it is (3.00) now.")
    books.finds(a_leak(company, fingerprint="huge", size=9))
    look(hands, minutes=5)
    assert the_alert().state == "open"


def test_a_source_that_fails_begins_and_ends_nothing_and_keeps_no_other(
    company: Company, books: Books, hands: Hands
) -> None:
    books.finds(a_leak(company))
    look(hands)
    books.trouble[LEAK] = ZeroDivisionError("no revenue")
    books.finds()
    books.finds(a_leak(company, "drop"), kind=DRIP)
    look(hands, minutes=5)
    assert {alert.kind: alert.state for alert in Alert.objects.all()} == {LEAK: "open", DRIP: "open"}


def test_acknowledging_reaches_what_it_stands_for_and_is_audited(company: Company, books: Books, hands: Hands) -> None:
    books.finds(a_leak(company, "a"), a_leak(company, "b"))
    look(hands)
    assert acknowledged(company, hands, note=" seen by Ana ") == 2
    assert books.acknowledged == [("Rockcastle & Sons", ("a", "b"), "seen by Ana", "dana")]
    event = AuditEvent.objects.get(action="alert.acknowledged")
    assert (event.actor, event.details["count"], event.details["note"]) == ("dana", 2, "seen by Ana")
    assert acknowledged(company, hands) == 0, "who was first stays"
    assert AuditEvent.objects.filter(action="alert.acknowledged").count() == 1


def test_an_alert_of_another_company_is_not_acknowledged(company: Company, books: Books, hands: Hands) -> None:
    other = CompanyFactory.create()
    books.finds(a_leak(other))
    look(hands)
    assert acknowledged(company, hands) == 0
    assert the_alert().state == "open"


def test_other_pages_read_it_in_one_query(
    company: Company, books: Books, hands: Hands, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    other = CompanyFactory.create()
    books.finds(a_leak(company, "a"), a_leak(company, "b"), a_leak(other, "c"))
    look(hands)
    acknowledge(company, [Alert.objects.get(subject="a").pk], note="", actor="dana", now=hands.now)
    with django_assert_num_queries(1):
        assert list(acknowledged_alerts(company)) == [(LEAK, "a")]
    assert counts(company) == {"open": 1, "acknowledged": 1, "ended": 0}


@pytest.mark.parametrize("count", [3, 500])
def test_the_queries_of_a_look_do_not_depend_on_the_number_of_companies(
    books: Books, hands: Hands, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    found = [a_leak(Company(pk=pk), f"2026-{month:02}") for pk in _companies(count) for month in range(1, 5)]
    books.finds(*found)
    with CaptureQueriesContext(
        connection,
    ) as first:
        looking._look_at(list(Company.objects.all()), hands.now)
    assert Alert.objects.count() == 4 * count
    Alert.objects.update(to_tell=False)
    with django_assert_num_queries(QUIET_LOOK):
        look(hands, minutes=5)
    selects = [query for query in first.captured_queries if query["sql"].startswith("SELECT")]
    assert len(selects) == 3, "the companies, what is open, and that once more under the lock"


def _companies(count: int) -> list[int]:
    Company.objects.bulk_create(Company(name=f"Company {n}", slug=f"company-{n}") for n in range(count))
    return list(Company.objects.values_list("pk", flat=True))


@pytest.mark.parametrize(("ratio", "count"), [("0.5", 0), ("1.99", 0), ("2", 1), ("3.9", 1), ("4", 2), ("1e30", 64)])
def test_a_size_counts_doublings(ratio: str, count: int) -> None:
    assert doublings(Decimal(ratio)) == count
