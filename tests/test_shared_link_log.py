"""The address of a link that needs no sign-in is its secret: the log never has it, whatever it says of the address."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from accounts import clock
from alerts.letters import stop_address
from alerts.models import Recipient
from metrics.models import SharedLink
from metrics.snapshots import shared_views
from metrics.snapshots.freezing import freeze
from metrics.snapshots.shared_links import create_link
from metrics.tests.factories import NOW
from metrics.tests.reviewed_company import BOTH, reviewed_company
from qbwc_project.logs import logging_config

pytestmark = pytest.mark.django_db

TOKEN = "a" * 43
PAGE = f"/shared/{TOKEN}/"


@pytest.fixture
def link(monkeypatch: pytest.MonkeyPatch) -> SharedLink:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    shared_views.buckets.forget()
    snapshot = freeze(reviewed_company(), BOTH, "accrual", "Q1 review", actor="dana", now=NOW)
    return create_link(snapshot, 30, "Ms Client", actor="dana", now=NOW, random_token=lambda: TOKEN).link


@pytest.fixture(params=["text", "json"])
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What the server's own formatter writes."""
    words = io.StringIO()
    config = logging_config("INFO", "", request.param)["formatters"]["tieout"]
    handler = logging.StreamHandler(words)
    handler.setFormatter(config.pop("()")(**config))
    logging.getLogger("django").addHandler(handler)
    yield words
    logging.getLogger("django").removeHandler(handler)


def test_no_line_of_the_log_has_the_secret_of_a_live_link(link: SharedLink, log: io.StringIO) -> None:
    """An address that is misspelt behind the token is logged as not found, and the token in it is good."""
    client = Client()
    client.post(PAGE)
    client.get(f"{PAGE}download/nothing")
    client.get(f"{PAGE}nowhere/")
    assert "/shared/" in log.getvalue()
    assert TOKEN not in log.getvalue()


def test_the_refusal_of_a_link_that_stops_alerts_does_not_log_its_secret(link: SharedLink, log: io.StringIO) -> None:
    """It never expires, and whoever has it stops somebody's alerts."""
    path = urlsplit(stop_address(Recipient(pk=7))).path
    assert Client(enforce_csrf_checks=True).post(path).status_code == 403
    assert "Forbidden (CSRF" in log.getvalue()
    assert path.split("/")[-2] not in log.getvalue()


def test_the_secret_of_a_set_up_link_is_not_in_the_log(db: None, log: io.StringIO) -> None:
    Client().get(f"/set-up/{TOKEN}/nowhere/")
    assert "/set-up/" in log.getvalue()
    assert TOKEN not in log.getvalue()


def test_the_secret_is_not_in_the_log_when_the_page_itself_breaks(
    link: SharedLink, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("x")

    monkeypatch.setattr(shared_views, "branding_of", broken)
    assert Client(raise_request_exception=False).get(PAGE).status_code == 500
    assert "Internal Server Error" in log.getvalue()
    assert TOKEN not in log.getvalue()
