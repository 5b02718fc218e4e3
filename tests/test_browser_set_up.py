"""From signing in as a new administrator to the first tied month: a browser, a .qwc, the simulated Web Connector."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts import clock
from accounts.tests.factories import PASSWORD, UserFactory
from qbwc import first_contact
from qbwc.models import CompanyFile, SetUpLink
from qwc.set_up_steps import STEPS, Key
from simulators.adding import Application, add
from simulators.company import make_company
from simulators.quickbooks import QuickBooks
from simulators.web_connector import WebConnector
from tests.chromium import IN_BROWSER
from tests.pictures import ARTIFACTS, in_every_view

WIDTHS = {1440: 1000, 390: 844}
PATIENCE = 20_000  # milliseconds a light may take

pytestmark = [*IN_BROWSER, pytest.mark.one_database]

NewPage = Callable[..., Page]


@pytest.fixture
def new_page(chromium: Browser, live_server: LiveServer, settings: Settings) -> Iterator[NewPage]:
    """A page of a browser of its own; whatever it complained about fails the test in the end."""
    settings.PUBLIC_URL = live_server.url
    first_contact.forget()
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def open_one(width: int = 1440, scheme: str = "light") -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": WIDTHS[width]},
            color_scheme="dark" if scheme == "dark" else "light",
            accept_downloads=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []  # a violated Content-Security-Policy is a console error too


def signed_in(page: Page) -> Page:
    UserFactory.create(username="nora", is_superuser=True)
    page.goto("/sign-in/")
    page.get_by_label("User name").fill("nora")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return page


def new_company(page: Page) -> str:
    """Made through the form; the password that is shown."""
    page.goto("/companies/new/")
    page.get_by_label("Name of the company").fill("Cascadia Managed Services")
    page.get_by_label("User name for the Web Connector").fill("cascadia-books")
    page.get_by_role("button", name="Create the company").click()
    return page.locator("#web-connector-password").inner_text()


def downloaded(page: Page) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download the connection file").click()
    return Path(waiting.value.path()).read_bytes()


def is_green(page: Page, *keys: Key) -> None:
    for key in keys:
        light = page.locator(f'[data-step="{key.value}"]')
        expect(light).to_have_attribute("data-state", "done", timeout=PATIENCE)


def keep(page: Page, name: str) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    overflow = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) == 0
    page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)


class Pc:
    """The PC with QuickBooks: what the bookkeeper does there, one thing after the other."""

    def __init__(self) -> None:
        self.quickbooks = QuickBooks(make_company(7, clock.today()))
        self.application: Application | None = None

    def adds(self, qwc: bytes) -> None:
        self.application = add(qwc, self.quickbooks)

    def runs(self, password: str, on_call: Callable[[str], None] | None = None) -> None:
        assert self.application is not None
        application = self.application
        WebConnector(
            application.url, application.username, password, self.quickbooks, on_call=on_call, noop_seconds=0
        ).run()


def test_a_new_administrator_comes_to_the_first_tied_month_and_every_light_turns_green(new_page: NewPage) -> None:
    page = signed_in(new_page())
    password = new_company(page)
    for step in STEPS:
        state = "next" if step.key is Key.DOWNLOADED else "waiting"
        expect(page.locator(f'[data-step="{step.key.value}"]')).to_have_attribute("data-state", state)
    keep(page, "set-up-new-1440-light")

    pc = Pc()
    qwc = downloaded(page)
    is_green(page, Key.DOWNLOADED)
    assert password.encode() not in qwc
    pc.adds(qwc)
    is_green(page, Key.SUPPORT, Key.PROBE)

    reached, go_on = threading.Event(), threading.Event()

    def hesitate(operation: str) -> None:
        """Before it signs in, so that the lights of the two calls before are seen by themselves."""
        if operation == "authenticate":
            reached.set()
            assert go_on.wait(60)

    running = threading.Thread(target=pc.runs, args=(password, hesitate))
    running.start()
    try:
        assert reached.wait(60)
        is_green(page, Key.SERVER_VERSION, Key.CLIENT_VERSION)
        signed = page.locator(f'[data-step="{Key.AUTHENTICATE.value}"]')
        expect(signed).to_have_attribute("data-state", "next")
    finally:
        go_on.set()
        running.join(120)
    is_green(page, *(step.key for step in STEPS))
    expect(page.get_by_text("All ten lights are green.")).to_be_visible()
    keep(page, "set-up-done-1440-light")

    page.get_by_role("link", name="Open the figures").click()
    expect(page.locator(".mark.tied").first).to_be_visible()


def test_a_wrong_password_is_explained_on_the_open_page_and_goes_green_when_it_is_put_right(new_page: NewPage) -> None:
    page = signed_in(new_page())
    password = new_company(page)
    pc = Pc()
    pc.adds(downloaded(page))
    pc.runs("not-the-password")
    light = page.locator('[data-step="authenticate"]')
    expect(light).to_have_attribute("data-state", "failed", timeout=PATIENCE)
    expect(light).to_contain_text("Type this connection's password again.")
    expect(light).to_contain_text("the person at the QuickBooks PC")
    keep(page, "set-up-failed-1440-light")
    pc.runs(password)
    is_green(page, *(step.key for step in STEPS))


def test_the_pages_fit_their_window_and_the_link_works_without_signing_in(new_page: NewPage) -> None:
    page = signed_in(new_page())
    new_company(page)
    page.get_by_role("button", name="Make a link for seven days").click()
    link = page.locator("#set-up-link").inner_text()
    in_every_view(page, "set-up-link-made")
    guest = new_page()
    guest.goto(link)
    expect(guest.get_by_role("heading", level=1)).to_contain_text("Cascadia Managed Services")
    qwc = downloaded(guest)
    is_green(guest, Key.DOWNLOADED)
    assert CompanyFile.objects.get().downloaded_qwc.encode() == qwc
    in_every_view(guest, "set-up-public")
    guest.goto("/support/?q=1012")
    expect(guest.get_by_role("row", name="QBWC1012 Web Connector")).to_be_visible()
    guest.goto("/support/")
    keep(guest, "support-390-dark")  # the last view; it is long
    assert SetUpLink.objects.get().last_opened_at is not None
