"""What several journeys share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.chromium import CHROMIUM
from tests.windows import Windows

Opener = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's sync API keeps an event loop running in this thread; nothing in that loop uses the ORM.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def _windows_of_the_file(chromium: Browser, live_server: LiveServer) -> Windows:
    return Windows(chromium, live_server.url)


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
