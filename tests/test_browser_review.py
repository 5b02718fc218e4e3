"""Overview, review and review mode in a real Chromium: three widths, light and dark, under the strict policy.

Screenshots are kept in test-artifacts/ for people to look at.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts import clock
from accounts.models import Company, Membership, User
from metrics import action_items
from metrics.months import Month
from metrics.notes import add_note
from metrics.periods import Period
from metrics.target_changes import save_targets
from metrics.target_rules import monthly_targets
from metrics.tests import sample_company as sample
from tests.chromium import CHROMIUM

ARTIFACTS = Path(__file__).resolve().parent.parent / "test-artifacts"
WIDTHS = {1440: 1000, 1024: 800, 390: 844}
VIEWS = [(width, scheme) for width in WIDTHS for scheme in ("light", "dark")]
REVIEW = "/companies/cascadia/review/"
PRESENT = f"{REVIEW}present/"
YEAR = Period.year(Month(2026, 1))
NOW = sample.NOW

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found: install Debian's chromium to run browser tests"),
    pytest.mark.django_db(transaction=True),
]

Opener = Callable[..., Page]
# axe-core's axe.min.js, fetched by npm where the checks run (.ci/run); nothing of it is kept here.
AXE = Path(os.environ.get("AXE_JS") or "/nonexistent")
SERIOUS = """() => axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}).then(
  (found) => found.violations.filter((one) => one.impact === "serious" || one.impact === "critical")
    .map((one) => one.id + ": " + one.nodes.slice(0, 3).map((node) => node.html).join(" | ")))"""


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


def _is_kept_and_fits(page: Page, name: str) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)
    wider = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider == 0


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_the_overview_fits_its_window(dana: User, opener: Opener, width: int, scheme: str) -> None:
    page = opener(dana, "/", width, scheme)
    expect(page.get_by_role("rowheader").first).to_have_text("Birch & Sons")
    _is_kept_and_fits(page, f"overview-{width}-{scheme}")


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_a_review_fits_its_window(dana: User, opener: Opener, width: int, scheme: str) -> None:
    page = opener(dana, REVIEW, width, scheme)
    expect(page.get_by_text("Ready to present.")).to_be_visible()
    _is_kept_and_fits(page, f"review-{width}-{scheme}")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "light")])
@pytest.mark.parametrize("slide", ["headline", "profit", "tie-out", "actions"])
def test_a_slide_fits_its_window(dana: User, opener: Opener, width: int, scheme: str, slide: str) -> None:
    page = opener(dana, f"{PRESENT}?page={slide}", width, scheme)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    _is_kept_and_fits(page, f"slide-{slide}-{width}-{scheme}")


@pytest.mark.parametrize("period", ["2026-02", "2024-12..2026-11", "ttm:2026-10"])
def test_a_loss_two_years_and_a_lone_month_fit_too(dana: User, opener: Opener, period: str) -> None:
    page = opener(dana, f"{REVIEW}?period={period}")
    expect(page.get_by_role("heading", name="Metrics", exact=True)).to_be_visible()
    _is_kept_and_fits(page, f"review-{period.replace(':', '-')}")


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
    expect(page.get_by_role("heading", level=1)).to_have_text("Monthly recurring revenue, Jul 2026")


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
    _is_kept_and_fits(page, "review-empty")


@pytest.mark.skipif(not AXE.is_file(), reason="AXE_JS does not name axe-core's axe.min.js")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "address", ["/", REVIEW, PRESENT, f"{PRESENT}?page=profit", f"{PRESENT}?page=actions", f"{PRESENT}?page=all"]
)
def test_axe_finds_nothing_serious(dana: User, opener: Opener, address: str, scheme: str) -> None:
    page = opener(dana, address, 1440, scheme)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate(SERIOUS) == []
