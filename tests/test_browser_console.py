"""The sync console and the failure lab in a real Chromium: the console moves by itself, both fit their windows.

Screenshots are kept in test-artifacts/ for people to look at.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts import clock
from accounts.models import Membership, User
from metrics import background
from metrics.tests import sample_company as sample
from qbwc.models import CompanyFile, Job, WebConnectorSession
from qbwc_project import lab, lab_work
from tests.chromium import IN_BROWSER
from tests.pictures import in_every_view

MINUTE = timedelta(minutes=1)
CONSOLE = "/companies/cascadia/sync/"

pytestmark = [*IN_BROWSER, pytest.mark.one_database]

Opener = Callable[..., Page]


@pytest.fixture
def dana(settings: Settings) -> User:
    """An administrator of the server; her company's connector is at work."""
    settings.DEMO_LAB = True
    user = sample.person()
    company = sample.synced_company(user, "Cascadia Managed Services")
    Membership.objects.update(role=Membership.Role.ADMINISTRATOR)
    User.objects.filter(pk=user.pk).update(is_superuser=True)
    user.refresh_from_db()
    now = clock.now()
    CompanyFile.objects.filter(company=company).update(last_seen_at=now - MINUTE, live_window="after_use")
    company_file = CompanyFile.objects.get(company=company)
    session = WebConnectorSession.objects.create(
        company_file=company_file,
        ticket="t",
        started_at=now - 2 * MINUTE,
        last_call_at=now - MINUTE,
        step="receive",
        jobs_planned=4,
        jobs_finished=2,
        progress=50,
    )
    for purpose, state in (("profit_loss", "in_flight"), ("employees", "queued"), ("accounts", "done")):
        Job.objects.create(
            company_file=company_file,
            purpose=purpose,
            state=state,
            session=session if state == "in_flight" else None,
            created_at=now - 3 * MINUTE,
            available_at=now - 3 * MINUTE,
            finished_at=now if state == "done" else None,
        )
    return user


@pytest.fixture
def console(dana: User, opener: Opener) -> Page:
    """The console, whose three seconds are over when the test says so."""
    page = opener(dana, CONSOLE, 1440, "light", refused=503)
    page.clock.install()
    page.reload()
    return page


def _after_three_seconds(page: Page) -> None:
    with page.expect_response("**/sync/state/"):
        page.clock.run_for(3000)


def test_the_console_moves_by_itself_and_leaves_alone_what_is_in_use(console: Page) -> None:
    part, note = console.locator("[data-live]"), console.locator("[data-news]")
    expect(part).to_contain_text("QuickBooks is working on a request.")
    expect(note).to_have_text("moves by itself")

    WebConnectorSession.objects.update(state="closed", step="close", progress=100, jobs_finished=4)
    Job.objects.filter(state="in_flight").update(state="done")
    _after_three_seconds(console)
    expect(part).to_contain_text("Closed by the Web Connector.")

    cancel = console.get_by_role("button", name="Cancel job")
    cancel.focus()
    Job.objects.filter(state="queued").update(priority=7)
    _after_three_seconds(console)
    expect(part).not_to_have_attribute("aria-busy", "true")
    expect(cancel).to_be_focused()
    expect(part.get_by_role("cell", name="7", exact=True)).to_have_count(0)
    cancel.blur()
    _after_three_seconds(console)
    expect(part.get_by_role("cell", name="7", exact=True)).to_be_visible()


def test_a_window_that_nobody_sees_asks_nothing_and_a_silent_server_is_asked_less_often(console: Page) -> None:
    asked: list[str] = []
    console.on("request", lambda request: asked.append(request.url) if "/sync/state/" in request.url else None)
    console.evaluate("() => Object.defineProperty(document, 'hidden', {configurable: true, get: () => true})")
    console.clock.run_for(9000)
    assert asked == []

    console.evaluate("() => { delete document.hidden }")
    console.route("**/sync/state/", lambda route: route.fulfill(status=503, body=""))
    _after_three_seconds(console)
    expect(console.locator("[data-news]")).to_have_text("the server does not answer; tried again soon")
    console.clock.run_for(6000)
    assert len(asked) == 1
    console.unroute_all()
    _after_three_seconds(console)
    expect(console.locator("[data-news]")).to_have_text("moves by itself")


def test_a_console_whose_session_has_ended_leads_to_the_sign_in_as_a_whole_page(console: Page) -> None:
    Session.objects.all().delete()
    _after_three_seconds(console)
    console.wait_for_url(f"**/sign-in/?next={CONSOLE}")


def test_a_console_of_a_company_that_was_taken_away_says_so_as_a_whole_page(dana: User, opener: Opener) -> None:
    page = opener(dana, CONSOLE, 1440, "light", refused=404)
    page.clock.install()
    page.reload()
    User.objects.update(is_superuser=False)
    Membership.objects.all().delete()
    _after_three_seconds(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("This page is not here")


def test_a_full_resync_is_confirmed_in_place(dana: User, opener: Opener) -> None:
    page = opener(dana, CONSOLE, 390, "dark")
    page.get_by_text("Read all months again", exact=True).click()
    page.get_by_role("button", name="Yes, read all months again").click()
    expect(page.get_by_role("status").first).to_contain_text("months are read again")
    assert Job.objects.filter(parameters__full_resync=True).count() == 1


def _played(live_server: LiveServer, key: str) -> None:
    wanted = {"failure": key, "url": f"{live_server.url}/api/qbwc"}
    background.run(background.ask(lab.lab_company(), lab_work.KIND, wanted, actor="dana", now=clock.now()).pk)


def test_console_and_lab_fit_their_window(dana: User, opener: Opener, live_server: LiveServer) -> None:
    page = opener(dana, CONSOLE, 1440, "light")
    in_every_view(page, "console")
    _played(live_server, "forgotten_write")
    page.goto("/lab/")
    expect(page.get_by_text("As it should be")).to_be_visible()
    in_every_view(page, "lab")
    page.goto("/companies/cascadia/connection/")
    in_every_view(page, "plans")
