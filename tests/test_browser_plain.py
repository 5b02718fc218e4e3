"""Without JavaScript every link and form leads to the same by a whole page: finding, ordering, choosing, explaining."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts import clock
from accounts.models import Membership, User
from metrics.months import Month
from metrics.tests import explained_sample
from metrics.tests import sample_company as sample
from tests.chromium import IN_BROWSER

pytestmark = [*IN_BROWSER, pytest.mark.one_database]


@pytest.fixture
def dana(monkeypatch: pytest.MonkeyPatch) -> User:
    """Birch with two years and an untied month, Alder never read, Cascadia with its ledger accounts."""
    monkeypatch.setattr(clock, "now", lambda: sample.NOW)
    user = sample.person()
    sample.untie(sample.synced_company(user, "Birch & Sons", "birch"), Month(2026, 8), Decimal("12.34"))
    sample.company_of(user, "Alder IT", "alder")
    Membership.objects.create(user=user, company=explained_sample.make(), role=Membership.Role.ADMINISTRATOR)
    return user


@pytest.fixture
def page(chromium: Browser, live_server: LiveServer, dana: User) -> Iterator[Page]:
    """The overview in a window that runs no script."""
    client = Client()
    client.force_login(dana)
    context = chromium.new_context(
        base_url=live_server.url, java_script_enabled=False, viewport={"width": 1440, "height": 900}
    )
    cookie = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    opened = context.new_page()
    opened.goto("/")
    yield opened
    context.close()


def test_companies_are_found_periods_chosen_and_figures_explained_as_plain_pages(page: Page) -> None:
    names = page.locator("table.overview").get_by_role("rowheader")
    page.get_by_label("Order").select_option("name")
    page.get_by_role("button", name="Find").click()
    expect(names).to_have_text(["Alder IT", "Birch & Sons", "Cascadia"])
    page.get_by_label("Company", exact=True).fill("birch")
    page.get_by_role("button", name="Find").click()
    expect(names).to_have_text(["Birch & Sons"])
    page.get_by_role("link", name="All", exact=True).click()
    expect(page).to_have_url(re.compile("sort=name"))

    page.goto("/companies/cascadia/review/")
    page.get_by_role("combobox", name="Period").select_option("2026-Q1")
    page.get_by_label("Compare with").select_option("none")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_title("Review of Q1 2026 · Cascadia · Tieout")
    page.get_by_role("link", name="Cash", exact=True).click()
    expect(page.locator("#about-review")).to_contain_text("Review of Q1 2026 · Cash basis")

    page.goto("/companies/cascadia/")
    page.get_by_role("row", name="Monthly recurring revenue").get_by_role("link").first.click()
    page.wait_for_url("**/explain/mrr/2026-01/**")
    expect(page.get_by_role("heading", level=1)).to_have_text("Monthly recurring revenue, Jan 2026")
    expect(page.get_by_role("rowheader", name="Managed Services")).to_be_visible()
