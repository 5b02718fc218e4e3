"""The failure lab's own table as tests: each failure against a live server, over real HTTP, with its stated outcome."""

from __future__ import annotations

import html

import pytest
from django.test import Client
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts import clock
from accounts.models import AuditEvent, Company
from accounts.tests.factories import UserFactory
from metrics import background
from metrics.models import BackgroundWork
from qbwc_project import lab, lab_work
from qbwc_project.lab_failures import FAILURES, Failure
from qbwc_project.management.commands.lab import FAULTS


@pytest.mark.journey
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.key)
def test_each_failure_of_the_lab_ends_as_its_row_says(failure: Failure, live_server: LiveServer) -> None:
    outcome = lab.play(failure.key, f"{live_server.url}/api/qbwc")

    assert lab.misses(failure.expected, outcome) == [], outcome


def test_every_row_of_the_table_has_its_fault_and_no_fault_is_without_a_row() -> None:
    assert sorted(FAULTS) == sorted(failure.key for failure in FAILURES)
    assert len({failure.title for failure in FAILURES}) == len(FAILURES) >= 14


@pytest.fixture
def root(settings: Settings) -> Client:
    settings.DEMO_LAB = True
    client = Client()
    client.force_login(UserFactory.create(username="root", is_superuser=True))
    return client


@pytest.mark.django_db
def test_the_lab_is_only_there_when_it_is_switched_on_and_only_for_administrators_of_the_server(
    root: Client, settings: Settings
) -> None:
    person = Client()
    person.force_login(UserFactory.create(username="anna"))
    for address in ("/lab/", "/lab/state/"):
        assert root.get(address).status_code == 200
        assert person.get(address).status_code == 403
        assert Client().get(address).status_code == 302
    assert person.post("/lab/", {"failure": "busy"}).status_code == 403

    settings.DEMO_LAB = False
    assert root.get("/lab/").status_code == 404
    assert root.post("/lab/", {"failure": "busy"}).status_code == 404
    assert not Company.objects.exists()


@pytest.mark.django_db
def test_a_chosen_failure_is_ordered_once_and_audited(root: Client) -> None:
    assert b"does not know this failure" in root.post("/lab/", {"failure": "earthquake"}, follow=True).content
    assert not BackgroundWork.objects.exists()

    assert b"Under way" in root.post("/lab/", {"failure": "modal_dialog"}, follow=True).content
    assert b"One failure at a time" in root.post("/lab/", {"failure": "busy"}, follow=True).content
    work = BackgroundWork.objects.get()
    assert work.parameters == {"failure": "modal_dialog", "url": "http://127.0.0.1:80/api/qbwc"}
    assert AuditEvent.objects.get(action="lab.failure_chosen").details["failure"] == "modal_dialog"


@pytest.mark.journey
@pytest.mark.django_db(transaction=True)
def test_the_page_shows_what_the_product_does_beside_what_it_should(root: Client, live_server: LiveServer) -> None:
    wanted = {"failure": "modal_dialog", "url": f"{live_server.url}/api/qbwc"}
    work = background.ask(lab.lab_company(), lab_work.KIND, wanted, actor="root", now=clock.now())
    background.run(work.pk)
    page = html.unescape(root.get("/lab/").content.decode())

    for words in (
        "As it should be",
        "QuickBooks unavailable",
        "Answer or close the window in QuickBooks.",
        "QBWC1013",
        "3 waiting",
        "connectionError",
    ):
        assert words in page
    assert lab.password() not in page
