"""What several journeys share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.shared_chromium import SHARED
from tests.windows import Windows

Opener = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    yield SHARED.browser()
    SHARED.end_file()


@pytest.fixture(scope="module")
def _windows_of_the_file(chromium: Browser, live_server: LiveServer) -> Windows:
    return SHARED.windows(live_server.url)


@pytest.fixture
def windows(_windows_of_the_file: Windows, live_server: LiveServer) -> Iterator[Windows]:
    """Nobody is signed in; whatever the browser complained about fails the test in the end."""
    yield _windows_of_the_file
    complaints = _windows_of_the_file.complaints
    _windows_of_the_file.wipe()
    assert complaints == []  # a violated Content-Security-Policy is a console error too


@pytest.fixture
def opener(windows: Windows, live_server: LiveServer) -> Opener:
    """Open an address as a signed-in person.

    Chromium itself complains of an answer that is an error: `refused` is the status that is meant to come,
    `unanswered`: that no answer comes is meant.
    """

    def open_page(
        user: User, address: str, width: int = 1440, scheme: str = "light", refused: int = 0, unanswered: bool = False
    ) -> Page:
        meant = [f"the server responded with a status of {refused} ", *(("net::ERR_", "htmx:") if unanswered else ())]
        page = windows.open(width, scheme, meant)
        client = Client()
        client.force_login(user)
        cookie = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page.goto(address)
        return page

    return open_page
