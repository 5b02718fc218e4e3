"""The pages of the set-up tools in a real Chromium: three widths, light and dark, under the strict policy."""

from __future__ import annotations

import pytest
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page
from pytest_django.live_server_helper import LiveServer

from accounts.tests.factories import UserFactory
from qwc.tests import qwc_logs as made
from qwc.tests.qwc_files import GOOD, with_extra
from tests.chromium import IN_BROWSER
from tests.pictures import ARTIFACTS

BROKEN = with_extra("<Colour>red</Colour><Password>hunter2</Password><Style>RPC</Style>")
LOG = made.log(
    made.wrong_password("07"),
    made.good("08"),
    made.authenticate_failed("The request was aborted: Could not create SSL/TLS secure channel."),
    made.not_opened("0x80040408", "Could not start QuickBooks."),
).encode()
PAGES = {
    "lint": ("/tools/lint-qwc/", BROKEN, "This file has to be corrected"),
    "lint-clean": ("/tools/lint-qwc/", GOOD.encode(), "Nothing wrong was found"),
    "qwclog": ("/tools/qwclog/", LOG, "What is wrong"),
}

pytestmark = [*IN_BROWSER, pytest.mark.one_database]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_a_file_is_uploaded_and_told_about(chromium: Browser, live_server: LiveServer, width: int, scheme: str) -> None:
    client = Client()
    client.force_login(UserFactory.create(username="alice"))
    cookie = client.cookies["sessionid"].value
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
    )
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page, refused = context.new_page(), list[str]()

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            refused.append(message.text)

    page.on("console", note)
    for name, (address, content, head) in PAGES.items():
        upload(page, live_server.url + address, content)
        assert page.get_by_role("heading", name=head).is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        ARTIFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTIFACTS / f"{name}-{width}-{scheme}.png", full_page=True)
    context.close()
    assert refused == []


def upload(page: Page, address: str, content: bytes) -> None:
    page.goto(address)
    page.get_by_label("Choose").set_input_files({"name": "birch.qwc", "mimeType": "text/plain", "buffer": content})
    page.get_by_role("main").locator("button[type=submit]").click()
    page.wait_for_load_state()
