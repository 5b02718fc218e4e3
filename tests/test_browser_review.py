"""Overview, review and review mode in a real Chromium: three widths, light and dark, under the strict policy.

Screenshots are kept in test-artifacts/ for people to look at.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from accounts import clock
from accounts.models import Company, Membership, User
from metrics.months import Month
from metrics.periods import Period
from metrics.review import action_items
from metrics.review.notes import add_note
from metrics.targets.changes import save_targets
from metrics.targets.rules import monthly_targets
from metrics.tests import sample_company as sample
from tests.axe import AXE, serious
from tests.chromium import IN_BROWSER
from tests.pictures import in_every_view, kept_and_fits, seen_at

REVIEW = "/companies/cascadia/review/"
PRESENT = f"{REVIEW}present/"
YEAR = Period.year(Month(2026, 1))
NOW = sample.NOW

pytestmark = [*IN_BROWSER, pytest.mark.one_database]

Opener = Callable[..., Page]


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def dana() -> User:
    """An administrator of three companies: one in order, one untied and failed, one that was never read."""
    user = sample.person()
    company = sample.synced_company(user, "Cascadia Managed Services & Consulting of the Pacific Northwest", "cascadia")
    other = sample.synced_company(user, "Birch & Sons", "birch", months=30)
    sample.untie(other, Month(2026, 8), Decimal("12.34"))
    sample.fail(other, "profit_loss", "QuickBooks: the company file is open in single-user mode.")
    sample.company_of(user, "Alder IT", "alder")
    Membership.objects.update(role=Membership.Role.ADMINISTRATOR)
    for key, annual in (("total_revenue", "3600000"), ("net_profit", "1200000"), ("net_margin", "30")):
        save_targets(company, monthly_targets(key, Decimal(annual), YEAR.months), actor="dana", now=NOW)
    add_note(company, "Two projects slipped into October.", Month(2026, 9), "nrr", actor="dana", now=NOW)
    add_note(company, "A strong quarter: recurring revenue grew.", Month(2026, 9), "", actor="lee", now=NOW)
    action_items.add(company, Month(2026, 4), "Raise the hourly rate", "Lee", None, actor="dana", now=NOW)
    due = NOW.date().replace(day=1)
    action_items.add(company, Month(2026, 7), "Renew the Northwind agreement", "Dana", due, actor="dana", now=NOW)
    return user


def test_the_overview_fits_its_window(dana: User, opener: Opener) -> None:
    page = opener(dana, "/")
    expect(page.get_by_role("rowheader").first).to_have_text("Birch & Sons")
    in_every_view(page, "overview")


def test_a_review_fits_its_window(dana: User, opener: Opener) -> None:
    page = opener(dana, REVIEW)
    expect(page.get_by_text("Ready to present.")).to_be_visible()
    in_every_view(page, "review")


@pytest.mark.parametrize("slide", ["headline", "profit", "tie-out", "actions"])
def test_a_slide_fits_its_window(dana: User, opener: Opener, slide: str) -> None:
    page = opener(dana, f"{PRESENT}?page={slide}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for width, scheme in ((1440, "light"), (1440, "dark"), (390, "light")):
        seen_at(page, width, scheme)
        kept_and_fits(page, f"slide-{slide}-{width}-{scheme}")


@pytest.mark.parametrize("period", ["2026-02", "2024-12..2026-11", "ttm:2026-10"])
def test_a_loss_two_years_and_a_lone_month_fit_too(dana: User, opener: Opener, period: str) -> None:
    page = opener(dana, f"{REVIEW}?period={period}")
    expect(page.get_by_role("heading", name="Metrics", exact=True)).to_be_visible()
    kept_and_fits(page, f"review-{period.replace(':', '-')}")


def test_arrow_keys_go_from_slide_to_slide_and_escape_leaves(dana: User, opener: Opener) -> None:
    page = opener(dana, PRESENT)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", level=1)).to_have_text("Revenue mix")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("heading", level=1)).to_have_text("The quarter at a glance")
    page.keyboard.press("Escape")
    page.wait_for_url(f"**{REVIEW}**")


def test_a_figure_leads_to_its_explanation(dana: User, opener: Opener) -> None:
    page = opener(dana, REVIEW)
    page.get_by_role("row", name="Monthly recurring revenue").get_by_role("link").first.click()
    panel = page.get_by_role("dialog", name="Where the figure comes from")
    expect(panel.get_by_role("heading", level=1)).to_have_text("Monthly recurring revenue, Jul 2026")


def test_action_items_are_carried_added_and_ticked_off(dana: User, opener: Opener) -> None:
    page = opener(dana, f"{PRESENT}?page=actions")
    page.get_by_role("button", name="Carry on to Q3 2026").click()
    expect(page.get_by_role("status")).to_contain_text("1 carried on")
    page.get_by_label("What is to be done").fill("Hire a service desk lead")
    page.get_by_role("button", name="Add", exact=True).click()
    row = page.get_by_role("row", name="Hire a service desk lead")
    row.get_by_role("button", name="Done").click()
    expect(page.get_by_role("row", name="Hire a service desk lead")).to_contain_text("Open again")
    assert Company.objects.get(slug="cascadia").action_items.count() == 4


def test_a_company_that_was_never_read_says_what_comes_next(dana: User, opener: Opener) -> None:
    page = opener(dana, "/companies/alder/review/")
    expect(page.get_by_role("heading", name="Nothing has been read from QuickBooks yet")).to_be_visible()
    kept_and_fits(page, "review-empty")


@pytest.mark.skipif(not AXE.is_file(), reason="AXE_JS does not name axe-core's axe.min.js")
@pytest.mark.parametrize(
    "address", ["/", REVIEW, PRESENT, f"{PRESENT}?page=profit", f"{PRESENT}?page=actions", f"{PRESENT}?page=all"]
)
def test_axe_finds_nothing_serious(dana: User, opener: Opener, address: str) -> None:
    page = opener(dana, address)
    for scheme in ("light", "dark"):
        seen_at(page, 1440, scheme)
        assert serious(page) == [], scheme
