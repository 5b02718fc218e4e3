"""What the first page weighs for a browser that has nothing yet: all that comes over the wire, with its headers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, Page

from accounts.models import User
from metrics.tests import sample_company as sample
from tests.chromium import IN_BROWSER, PLAIN_HOST
from tests.server import Server, running_server

pytestmark = [*IN_BROWSER, pytest.mark.one_database]

PROMISED = 60_000
COMPANIES = 100  # a whole page of the overview
PLACES = (
    "Cascadia",
    "Harbour Point",
    "Birch & Sons",
    "Ridgeline",
    "Fairhaven",
    "Pelican Bay",
    "Stonebridge",
    "Orchard",
)
TRADES = (
    "Managed Services",
    "Cloud & Network",
    "IT Partners",
    "Technology",
    "Systems",
    "Consulting",
    "Data",
    "Support",
)
_INTER = """async () => {
  await document.fonts.ready;
  return performance.getEntriesByType("resource").map(one => one.name).filter(name => name.includes("/fonts/"))
    .map(name => name.split("/").pop()).sort();
}"""


@pytest.fixture
def dana() -> User:
    return sample.person()


@pytest.fixture
def server(tmp_path: Path, dana: User) -> Iterator[Server]:
    """The server as it is run, on the test's database: only it compresses as it will for people."""
    database = f"sqlite:///{connection.settings_dict['NAME']}"
    with running_server(tmp_path, DATABASE_URL=database, SECRET_KEY=settings.SECRET_KEY) as started:
        yield started


def _open(chromium: Browser, server: Server, user: User, host: str) -> tuple[Page, list[tuple[str, int]]]:
    """The overview, nothing kept from before; and each answer's address with its bytes on the wire."""
    client = Client()
    client.force_login(user)
    base = f"http://{host}:{server.port}"
    context = chromium.new_context(base_url=base, viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": base}])
    page = context.new_page()
    addresses: dict[str, str] = {}
    came: list[tuple[str, int]] = []
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.on(
        "Network.requestWillBeSent", lambda event: addresses.update({event["requestId"]: event["request"]["url"]})
    )
    devtools.on(
        "Network.loadingFinished",
        lambda event: came.append((addresses[event["requestId"]], int(event["encodedDataLength"]))),
    )
    page.goto("/", wait_until="networkidle")
    return page, came


def test_the_first_page_with_all_it_needs_weighs_less_than_promised(
    chromium: Browser, dana: User, server: Server
) -> None:
    words = itertools.cycle(itertools.product(PLACES, TRADES))
    for number, (place, trade) in zip(range(COMPANIES), words, strict=False):
        sample.synced_company(dana, f"{place} {trade} {number}", f"company-{number}", months=13)
    for host in (PLAIN_HOST, "localhost"):
        page, came = _open(chromium, server, dana, host)
        assert page.evaluate(_INTER) == ["inter-interface.woff2"]
        assert {"css", "js", "woff2"} <= {address.rpartition(".")[2] for address, _ in came}
        assert f"company-{COMPANIES // 2}" in page.content()
        assert sum(size for _, size in came) < PROMISED, sorted(came, key=lambda one: -one[1])


def test_a_name_from_elsewhere_brings_its_piece_of_the_font(chromium: Browser, dana: User, server: Server) -> None:
    sample.company_of(dana, "Łukasz Žižka & Søn", "lukasz")
    page, _ = _open(chromium, server, dana, "localhost")
    assert page.evaluate(_INTER) == ["inter-europe.woff2", "inter-interface.woff2"]
    drawn = "async () => (await document.fonts.load('400 15px Inter', 'Łukasz')).map(face => face.status)"
    assert page.evaluate(drawn) == ["loaded", "loaded"]
