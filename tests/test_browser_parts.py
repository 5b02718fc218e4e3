"""Parts of a page that change in place, in a real Chromium: the list of companies, a company's figures, explanations.

Screenshots are kept in test-artifacts/ for people to look at.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, Route, expect

from accounts import clock
from accounts.models import Membership, User
from metrics.months import Month
from metrics.tests import explained_sample
from metrics.tests import sample_company as sample
from tests.axe import AXE, serious
from tests.chromium import IN_BROWSER
from tests.pictures import ARTIFACTS, HEIGHTS, VIEWS

BIRCH = "/companies/birch/"
EXPLAINED = "/companies/cascadia/"

pytestmark = [*IN_BROWSER, pytest.mark.one_database]

Opener = Callable[..., Page]


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: sample.NOW)


@pytest.fixture
def dana() -> User:
    """Birch with two years and an untied month, Alder never read, Cascadia with its ledger accounts."""
    user = sample.person()
    birch = sample.synced_company(user, "Birch & Sons", "birch")
    sample.untie(birch, Month(2026, 8), Decimal("12.34"))
    sample.company_of(user, "Alder IT", "alder")
    cascadia = explained_sample.make()
    Membership.objects.create(user=user, company=cascadia, role=Membership.Role.ADMINISTRATOR)
    return user


def _remember(page: Page) -> None:
    """A page that is loaded anew knows nothing of this."""
    page.evaluate("() => { window.isTheSame = true }")


def _is_the_same(page: Page) -> bool:
    return bool(page.evaluate("() => window.isTheSame === true"))


def _news(page: Page, words: str) -> None:
    expect(page.locator("main [data-news]:not(dialog *)")).to_have_text(words)


def _names(page: Page, *names: str) -> None:
    expect(page.locator("table.overview").get_by_role("rowheader")).to_have_text(list(names))


def test_companies_are_found_while_somebody_types_and_one_step_back_shows_all(dana: User, opener: Opener) -> None:
    page = opener(dana, "/")
    _remember(page)
    page.get_by_label("Company", exact=True).press_sequentially("birch")
    _names(page, "Birch & Sons")
    _news(page, "1 company found")
    page.wait_for_url("**/?q=birch&sort=attention")
    expect(page.get_by_label("Company", exact=True)).to_be_focused()
    expect(page.get_by_text("1 of 1", exact=False).first).to_be_visible()
    assert _is_the_same(page)

    page.get_by_label("Company", exact=True).press_sequentially("es")
    expect(page.get_by_role("heading", name="No company is called “birches”")).to_be_visible()
    assert (
        page.evaluate("() => Object.values(sessionStorage).concat(Object.values(localStorage)).join()").count("<") == 0
    )
    page.go_back()
    expect(page.locator("table.overview tbody tr")).to_have_count(3)
    expect(page.get_by_label("Company", exact=True)).to_have_value("")
    assert not _is_the_same(page)  # out of the server, not out of the browser's storage


def test_order_and_choice_change_the_list_alone_and_keep_the_focus(dana: User, opener: Opener) -> None:
    page = opener(dana, "/")
    _remember(page)
    page.get_by_label("Order").select_option("name")
    _names(page, "Alder IT", "Birch & Sons", "Cascadia")
    page.get_by_role("link", name="Needs attention (").press("Enter")
    expect(page.get_by_role("heading", name="What needs attention")).to_be_visible()
    expect(page.get_by_role("link", name="Needs attention (")).to_be_focused()
    page.get_by_label("Company", exact=True).fill("birch")
    page.wait_for_url("**/?q=birch&sort=name&show=attention")
    _names(page, "Birch & Sons")
    assert _is_the_same(page)


def test_a_basis_changes_the_figures_the_title_and_the_address_alone(dana: User, opener: Opener) -> None:
    page = opener(dana, EXPLAINED)
    _remember(page)
    page.get_by_role("link", name="Cash", exact=True).press("Enter")
    expect(page).to_have_title("Cascadia, cash basis · Tieout")
    expect(page.locator("#about-figures")).to_contain_text("Cash basis")
    expect(page.get_by_role("link", name="Cash", exact=True)).to_be_focused()
    _news(page, "Cash basis, 3 months")
    page.get_by_label("As of", exact=True).fill("2026-10-01")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**/?basis=cash&as_of=2026-10-01")
    expect(page.get_by_role("heading", name="These are not today’s figures")).to_be_visible()
    assert _is_the_same(page)
    page.go_back()
    expect(page.get_by_role("heading", name="These are not today’s figures")).to_have_count(0)


def test_period_and_comparison_change_the_review_as_they_are_chosen(dana: User, opener: Opener) -> None:
    page = opener(dana, f"{BIRCH}review/")
    _remember(page)
    page.get_by_role("combobox", name="Period").select_option("2026-Q2")
    expect(page).to_have_title("Review of Q2 2026 · Birch & Sons · Tieout")
    page.get_by_label("Compare with").focus()
    page.get_by_label("Compare with").select_option("year")
    _news(page, "Q2 2026, accrual basis, against Q2 2025")
    expect(page.get_by_label("Compare with")).to_be_focused()
    expect(page.locator("#about-review")).to_contain_text("Review of Q2 2026")
    page.wait_for_url("**/review/?period=2026-Q2&**compare=year**")
    assert _is_the_same(page)


def test_a_figure_is_explained_beside_it_and_escape_leads_back_to_it(dana: User, opener: Opener) -> None:
    page = opener(dana, EXPLAINED)
    _remember(page)
    figure = page.get_by_role("row", name="Monthly recurring revenue").get_by_role("link").first
    figure.press("Enter")
    panel = page.get_by_role("dialog", name="Where the figure comes from")
    expect(panel.get_by_role("heading", level=1)).to_have_text("Monthly recurring revenue, Jan 2026")
    expect(panel.get_by_role("rowheader", name="Managed Services")).to_be_visible()
    expect(panel.locator("[data-news]")).to_have_text("Monthly recurring revenue, Jan 2026: 980.00")
    expect(page).to_have_title("Cascadia, accrual basis · Tieout")
    explanation = f"{EXPLAINED}explain/mrr/2026-01/"
    expect(panel.get_by_role("link", name="Open as page")).to_have_attribute("href", f"{explanation}?basis=accrual")
    csv = panel.get_by_role("link", name="Export CSV")
    expect(csv).to_have_attribute("href", f"{explanation}?basis=accrual&format=csv")
    for width, scheme in VIEWS:  # of the window alone: the panel is as tall as that
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert panel.evaluate("panel => panel.scrollWidth - panel.clientWidth") == 0
        page.screenshot(path=ARTIFACTS / f"panel-{width}-{scheme}.png", caret="initial")
    if AXE.is_file():
        assert serious(page) == []
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(figure).to_be_focused()
    assert _is_the_same(page)


def test_what_a_figure_is_made_of_opens_in_the_same_panel_and_then_as_a_page(dana: User, opener: Opener) -> None:
    page = opener(dana, f"{EXPLAINED}review/?period=2026-02", 390)
    page.get_by_role("row", name="Net margin").get_by_role("link").first.click()
    panel = page.get_by_role("dialog")
    panel.get_by_role("link", name="Net profit").click()
    expect(panel.get_by_role("heading", level=1)).to_have_text("Net profit, Feb 2026")
    panel.get_by_role("link", name="Open as page").click()
    page.wait_for_url("**/explain/net_profit/2026-02/**")
    expect(page.get_by_role("heading", level=1)).to_have_text("Net profit, Feb 2026")


def test_a_bar_of_a_chart_is_explained_too_and_a_modifier_key_opens_the_page(dana: User, opener: Opener) -> None:
    page = opener(dana, f"{EXPLAINED}review/?period=2026-Q1")
    bar = page.locator(".chart-wide a[href*='/explain/']").first
    with page.context.expect_page() as other:
        bar.click(modifiers=["Control"])
    expect(other.value.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_hidden()
    bar.click()
    expect(page.get_by_role("dialog").locator(".value")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_waiting_and_failing_are_said_where_they_happen_and_it_can_be_tried_again(dana: User, opener: Opener) -> None:
    page = opener(dana, EXPLAINED, refused=503)
    page.clock.install()
    page.reload()
    held: list[Route] = []
    page.route("**/*basis=cash", lambda route: held.append(route))
    with page.expect_request("**/*basis=cash"):
        page.get_by_role("link", name="Cash", exact=True).press("Enter")
    part = page.locator("#figures")
    expect(part).to_have_attribute("aria-busy", "true")
    page.clock.run_for(400)
    _news(page, "Loading…")

    held[0].fulfill(status=503, body="")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The server does not answer. Try again.")
    expect(part).not_to_have_attribute("aria-busy", "true")
    expect(page.get_by_role("heading", name="Metrics by month")).to_be_visible()
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(page).to_have_title("Cascadia, cash basis · Tieout")
    expect(alert).to_have_count(0)
    page.wait_for_url("**/?basis=cash")


def test_an_explanation_that_does_not_come_says_so_in_the_panel(dana: User, opener: Opener) -> None:
    page = opener(dana, EXPLAINED, unanswered=True)
    page.route("**/explain/**", lambda route: route.abort())
    page.get_by_role("row", name="Monthly recurring revenue").get_by_role("link").first.click()
    panel = page.get_by_role("dialog")
    expect(panel.get_by_role("alert")).to_contain_text("The server does not answer. Try again.")
    page.unroute_all()
    panel.get_by_role("button", name="Try again").press("Enter")
    expect(panel.get_by_role("heading", level=1)).to_be_visible()


def test_whoever_is_no_longer_signed_in_comes_to_the_sign_in_and_from_there_to_what_was_asked(
    dana: User, opener: Opener
) -> None:
    page = opener(dana, "/")
    Session.objects.all().delete()
    page.get_by_label("Company", exact=True).fill("birch")
    page.wait_for_url("**/sign-in/?next=**")
    page.get_by_label("User name").fill("dana")
    page.get_by_label("Password").fill(sample.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    _names(page, "Birch & Sons")


def test_a_company_that_was_taken_away_is_answered_by_a_whole_page(dana: User, opener: Opener) -> None:
    page = opener(dana, EXPLAINED, refused=404)
    Membership.objects.all().delete()
    page.get_by_role("link", name="Cash", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This page is not here")
