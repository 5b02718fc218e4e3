"""The sync console and the failure lab in a real Chromium: the console moves by itself, both fit their windows.

Screenshots are kept in test-artifacts/ for people to look at.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
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

Opener = Callable[[User, str, int, str], Page]


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


def test_the_console_moves_by_itself_and_leaves_alone_what_is_in_use(dana: User, opener: Opener) -> None:
    page = opener(dana, CONSOLE, 1440, "light")
    part = page.locator("[data-live]")
    expect(part).to_contain_text("QuickBooks is working on a request.")

    WebConnectorSession.objects.update(state="closed", step="close", progress=100, jobs_finished=4)
    Job.objects.filter(state="in_flight").update(state="done")
    expect(part).to_contain_text("Closed by the Web Connector.", timeout=8000)
    expect(page.locator("[data-live-note]")).to_have_text("moves by itself")

    page.get_by_role("button", name="Cancel job").focus()
    Job.objects.filter(state="queued").update(priority=7)
    for _ in range(2):
        with page.expect_response("**/sync/state/"):
            pass
    expect(page.get_by_role("button", name="Cancel job")).to_be_focused()


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
