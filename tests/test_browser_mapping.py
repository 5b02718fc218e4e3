"""The mapping workspace in a real Chromium: assigned by keyboard, previewed, saved; no complaint from the console.

Screenshots are kept in test-artifacts/ for people to look at.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts import clock
from accounts.models import Company, Membership, User
from metrics.mappings.changes import create_mapping
from metrics.mappings.values import MappingValues
from metrics.models import AccountMapping, MappingVersion
from metrics.tests import sample_company as sample
from metrics.tests.workspace_sample import workspace_company
from tests.chromium import IN_BROWSER
from tests.pictures import ARTIFACTS

MAPPING = "/companies/cascadia/mapping/"

pytestmark = [*IN_BROWSER, pytest.mark.one_database]

Opener = Callable[..., Page]


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: sample.NOW)


@pytest.fixture
def dana(transactional_db: None) -> User:
    """An administrator of a company with accounts to look at."""
    user = sample.person()
    company = sample.company_of(user, "Cascadia Managed Services", "cascadia", Membership.Role.ADMINISTRATOR)
    workspace_company(company, now=sample.NOW, last=sample.LAST)
    return user


def keep(page: Page, name: str, *, full: bool = True) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"mapping-{name}.png", full_page=full, caret="initial")
    wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} scrolls sideways by {wide}"


def test_an_account_is_assigned_by_keyboard_previewed_and_saved_and_the_dashboard_follows(
    dana: User, opener: Opener
) -> None:
    page = opener(dana, MAPPING)
    row = page.locator("tr[data-account='80-5']").first
    row.locator("th").click()
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("1")
    expect(page.get_by_text("Blue Heron → Non-recurring revenue").first).to_be_visible()
    expect(page.locator("#draft-bar")).to_contain_text("1 change in the draft")
    assert not AccountMapping.objects.filter(match_type="account").exists()
    keep(page, "panel-1440-light", full=False)
    page.keyboard.press("p")
    expect(page.get_by_role("heading", name="What this change does")).to_be_visible()
    keep(page, "preview-1440-light")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved as version 2")).to_be_visible()
    assert AccountMapping.objects.get(match_type="account").qbr_metric_key == "nrr"
    page.goto(page.url.split("/mapping/")[0] + "/")
    expect(page.get_by_role("row", name="Non-recurring revenue").first).to_contain_text("43,244.80")


def test_a_suggestion_is_taken_and_saved_in_the_row_and_undone(dana: User, opener: Opener) -> None:
    page = opener(dana, MAPPING)
    page.locator("tr[data-account='80-12'] .suggestion").first.click()
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Undo").click()
    expect(page.get_by_role("heading", name="Back to version 1")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved as version 3")).to_be_visible()
    assert list(MappingVersion.objects.order_by("number").values_list("kind", flat=True)) == [
        "start", "edit", "rollback",
    ]  # fmt: skip


def test_the_reason_is_told_in_place_and_keys_are_explained(dana: User, opener: Opener) -> None:
    page = opener(dana, MAPPING)
    page.locator("tr[data-account='80-9']").first.locator("th").click()
    page.keyboard.press("w")
    expect(page.get_by_role("heading", name="Why it goes to Employee expense")).to_be_visible()
    keep(page, "details-1440-light", full=False)
    page.get_by_label("This and everything below it").check()
    page.get_by_label("Metric", exact=True).last.select_option("owner_comp")
    page.locator("form[data-assign]").get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Payroll Expenses:Wages and everything below it").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".panel-line")).to_have_count(0)
    page.locator("tr[data-account='80-9']").first.locator("th").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    keep(page, "keys-1440-light", full=False)


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_it_fits_every_width_light_and_dark(dana: User, opener: Opener, width: int) -> None:
    for scheme in ("light", "dark"):
        page = opener(dana, MAPPING, width, scheme)
        expect(page.get_by_role("heading", name="Needs attention")).to_be_visible()
        keep(page, f"{width}-{scheme}")
    if os.environ.get("ALL_SCREENSHOTS"):
        _all_screenshots(dana, opener, width)


def _all_screenshots(dana: User, opener: Opener, width: int) -> None:
    """For people who change the look; the tests need none of these."""
    page = opener(dana, MAPPING, width)
    page.locator("tr[data-account='80-12'] .suggestion").first.click()
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_visible()
    keep(page, f"panel-{width}-light", full=False)
    page.locator("tr[data-account='80-12'] [data-details]").first.click()
    expect(page.get_by_role("heading", name="No rule knows this account")).to_be_visible()
    keep(page, f"details-{width}-light", full=False)
    page.get_by_role("button", name="Discard").click()
    values = MappingValues("contains", "goose", "other_expenses", note="Agreed with Dana")
    create_mapping(Company.objects.get(), values, actor="dana", now=sample.NOW)
    for name, path in (
        ("account", f"{MAPPING}account/?key=80-10"),
        ("versions", f"{MAPPING}versions/"),
        ("version", f"{MAPPING}versions/2/"),
        ("files", f"{MAPPING}files/"),
        ("list", f"{MAPPING}?show=unmapped"),
        ("template", f"{MAPPING}preview/?what=template&template=small_business&mode=replace"),
    ):
        for scheme in ("light", "dark") if width == 390 else ("light",):
            keep(opener(dana, path, width, scheme), f"{name}-{width}-{scheme}")
