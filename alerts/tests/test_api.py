"""REST: a key reads its own company's alerts, and one with write scope acknowledges them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from accounts.authentication import issue_key
from accounts.models import Company
from accounts.tests.factories import CompanyFactory
from alerts.models import Alert
from alerts.tests.conftest import LEAK, Books, a_leak, look
from outbox.tests.conftest import START, Hands

pytestmark = pytest.mark.django_db


def called(company: Company, path: str, body: dict[str, str] | None = None, scope: str = "write") -> tuple[int, Any]:
    _, key = issue_key(company, "test", scope, START)
    client = Client(headers={"X-API-Key": key})
    text = json.dumps(body)
    answer = client.get(path) if body is None else client.post(path, text, content_type="application/json")
    return answer.status_code, answer.json()


@pytest.fixture
def alerts(company: Company, books: Books, hands: Hands) -> list[Alert]:
    other = CompanyFactory.create()
    books.finds(a_leak(company, "a"), a_leak(company, "b"), a_leak(other, "c"))
    look(hands)
    return list(Alert.objects.order_by("subject"))


def test_a_key_sees_the_alerts_of_its_company_only(company: Company, alerts: list[Alert]) -> None:
    status, found = called(company, "/api/alerts")
    assert (status, found["total"], [one["subject"] for one in found["alerts"]]) == (200, 2, ["b", "a"])
    first = found["alerts"][0]
    assert (first["state"], first["tone"], first["label"]) == ("open", "bad", "Leak found")
    assert (first["since"], first["acknowledged"], first["url"][:7]) == ("2026-03-02T15:00:00Z", None, "http://")


def test_they_are_narrowed_by_state_kind_and_what_changed_since(
    company: Company, alerts: list[Alert], books: Books, hands: Hands
) -> None:
    books.finds(a_leak(company, "a"))
    look(hands, minutes=5)

    def subjects(query: str) -> list[str]:
        return [one["subject"] for one in called(company, f"/api/alerts?{query}")[1]["alerts"]]

    assert subjects("state=open") == ["a"]
    assert subjects("state=ended") == ["b"]
    assert subjects("updated_since=2026-03-02T15:04:00Z") == ["b"]
    assert subjects(f"kind={LEAK}&limit=1&offset=1") == ["a"]
    assert subjects("kind=drip") == []
    assert called(company, "/api/alerts?state=none")[0] == 400
    assert called(company, "/api/alerts?updated_since=2026-03-02T15:04:00")[0] == 400


def test_an_alert_is_acknowledged_once(company: Company, alerts: list[Alert]) -> None:
    path = f"/api/alerts/{alerts[0].pk}/acknowledge"
    status, found = called(company, path, {"note": "Seen."})
    assert (status, found["state"], found["acknowledged"]["note"]) == (200, "acknowledged", "Seen.")
    status, again = called(company, path, {"note": "Me too."})
    assert (status, again["acknowledged"]) == (200, found["acknowledged"])


def test_a_key_that_may_only_read_or_of_another_company_acknowledges_nothing(
    company: Company, alerts: list[Alert]
) -> None:
    assert called(company, f"/api/alerts/{alerts[0].pk}/acknowledge", {"note": ""}, scope="read")[0] == 403
    assert called(company, f"/api/alerts/{alerts[2].pk}/acknowledge", {"note": ""})[0] == 404
    assert Alert.objects.filter(is_acknowledged=True).count() == 0
