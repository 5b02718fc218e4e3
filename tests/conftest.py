"""What several journeys share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.chromium import CHROMIUM
from tests.pictures import HEIGHTS

Opener = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's sync API keeps an event loop running in this thread; nothing in that loop uses the ORM.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opener(chromium: Browser, live_server: LiveServer) -> Iterator[Opener]:
    """Open an address as a signed-in person; whatever the browser complained about fails the test in the end.

    Chromium itself complains of an answer that is an error: `refused` is the status that is meant to come.
    """
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def open_page(user: User, address: str, width: int = 1440, scheme: str = "light", refused: int = 0) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": HEIGHTS.get(width, 900)},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        contexts.append(context)
        client = Client()
        client.force_login(user)
        cookie = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page = context.new_page()
        meant = f"the server responded with a status of {refused} "
        page.on("console", lambda message: None if meant in message.text else complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []  # a violated Content-Security-Policy is a console error too
