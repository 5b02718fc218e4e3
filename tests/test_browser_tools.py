"""The pages of the set-up tools in a real Chromium: three widths, light and dark, under the strict policy."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts.tests.factories import UserFactory
from qwc.tests import qwc_logs as made
from qwc.tests.qwc_files import GOOD, with_extra
from tests.chromium import IN_BROWSER
from tests.conftest import Opener
from tests.pictures import in_every_view

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


@pytest.mark.parametrize("name", PAGES)
def test_a_file_is_uploaded_and_told_about(opener: Opener, name: str) -> None:
    address, content, head = PAGES[name]
    page = opener(UserFactory.create(username="alice"), address)
    upload(page, content)
    expect(page.get_by_role("heading", name=head)).to_be_visible()
    in_every_view(page, name)


def upload(page: Page, content: bytes) -> None:
    page.get_by_label("Choose").set_input_files({"name": "birch.qwc", "mimeType": "text/plain", "buffer": content})
    page.get_by_role("main").locator("button[type=submit]").click()
    page.wait_for_load_state()
