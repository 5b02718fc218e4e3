"""/health as the existing monitors read it, and the two short forms."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from accounts import clock
from passthrough.models import Transaction
from passthrough.tests.calling import a_connected_company, a_key
from qbwc.models import CompanyFile
from qbwc.tests.conversation import Connector, hcp
from qbwc_project import health

pytestmark = pytest.mark.django_db(transaction=True)


def asked(path: str = "/health") -> tuple[int, dict[str, Any]]:
    response = Client().get(path)
    body: dict[str, Any] = response.json()
    return response.status_code, body


def test_a_new_server_is_healthy_and_has_met_nobody() -> None:
    status, body = asked()
    assert (status, body["status"]) == (200, "healthy")
    assert (body["server_agent"]["status"], body["server_agent"]["database"]) == ("healthy", "connected")
    assert body["qb_shim"]["status"] == "never_seen"
    assert body["quickbooks"] == {"status": "unknown", "company_file": None, "company_file_open": False}
    assert (body["transactions_today"], body["last_transaction"]) == (0, None)


def test_a_session_under_way_shows_an_open_company_file_without_its_path() -> None:
    company_file = a_connected_company()
    CompanyFile.objects.update(live_window="after_use", last_interactive_at=clock.now(), file_path_seen=r"C:\QB\a.qbw")
    Connector().authenticate()
    Transaction.objects.create(
        company=company_file.company,
        transaction_id="tx-1",
        timestamp=clock.now(),
        created_at=clock.now(),
        updated_at=clock.now(),
    )
    _, body = asked()
    assert (body["qb_shim"]["status"], body["qb_shim"]["url"]) == ("connected", "http://localhost:8000/api/qbwc")
    assert body["quickbooks"] == {"status": "connected", "company_file": "known", "company_file_open": True}
    assert body["transactions_today"] == 1
    assert body["last_transaction"] is not None


def test_it_says_no_secret() -> None:
    company_file = a_connected_company()
    key = a_key(company_file)
    Connector().authenticate()
    text = Client().get("/health").content.decode()
    for secret in (key, company_file.password_hash, company_file.company.name, company_file.username, hcp()):
        assert secret not in text


def test_without_its_database_it_is_unhealthy_and_says_so_with_503(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_now: object) -> dict[str, Any]:
        raise DatabaseError("gone")

    monkeypatch.setattr(health, "_healthy", fail)
    status, body = asked()
    assert (status, body["status"], body["server_agent"]["database"]) == (503, "unhealthy", "unreachable")


def test_alive_and_ready() -> None:
    assert asked("/health/live")[0] == 200
    assert asked("/health/ready") == (200, {"status": "ready", "database": "connected"})
