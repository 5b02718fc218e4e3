"""The main navigation says where somebody is, on every page of a company."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.models import Membership, User
from metrics.tests import sample_company as sample

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

COMPANY = "/companies/cascadia/"
PARTS = {
    "Figures": (
        "review/", "tie-out/", "tie-out/2026-09/", "restatements/", "mapping/", "mapping/versions/", "targets/",
        "snapshots/", "mail/", "alerts/", "alerts/settings/", "reporting/", "explain/mrr/2026-09/",
    ),
    "Sync": (),
    "Connection": ("connection/",),
}  # fmt: skip
OWN = {"Figures": "", "Sync": "sync/", "Calls": "transactions/", "Connection": "connect/"}


@pytest.fixture
def dana(client: Client) -> Client:
    user = sample.person()
    sample.synced_company(user)
    Membership.objects.update(role=Membership.Role.ADMINISTRATOR)
    client.force_login(user)
    return client


def _current(client: Client, address: str) -> list[tuple[str, str]]:
    """What the main navigation marks: how, and which entry."""
    return re.findall(r'aria-current="(\w+)">([^<]*)<', _main(client, f"{COMPANY}{address}"))


def _main(client: Client, address: str) -> str:
    html: str = client.get(address).content.decode()
    return html.partition('<nav aria-label="Main">')[2].partition("</nav>")[0]


def test_a_page_that_is_part_of_an_entry_marks_that_entry(dana: Client) -> None:
    for entry, addresses in PARTS.items():
        for address in addresses:
            assert (address, _current(dana, address)) == (address, [("true", entry)])


def test_the_page_of_an_entry_is_marked_as_the_page_itself(dana: Client) -> None:
    for entry, address in OWN.items():
        assert (address, _current(dana, address)) == (address, [("page", entry)])


def test_whoever_may_not_administer_sees_the_connection_s_entry_only_there(dana: Client) -> None:
    Membership.objects.update(role=Membership.Role.VIEWER)
    assert "Connection</a>" not in _main(dana, f"{COMPANY}review/")
    assert _current(dana, "review/") == [("true", "Figures")]


def test_a_page_of_no_company_marks_none_of_its_entries(dana: Client) -> None:
    sample.company_of(User.objects.get(), "Alder IT", "alder")  # with a single company the first page is that company's
    assert re.findall(r'aria-current="page">([^<]*)<', _main(dana, "/")) == ["Companies"]
