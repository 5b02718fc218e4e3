"""The dashboard in a real Chromium: three widths, light and dark, on paper, by keyboard, under the strict policy.

Screenshots are kept in test-artifacts/ for people to look at.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from accounts import clock
from accounts.models import User
from metrics.models import MonthlyMetric, SyncHistory
from metrics.months import Month
from metrics.tests import sample_company as sample
from tests.chromium import IN_BROWSER
from tests.pictures import ARTIFACTS, HEIGHTS, in_every_view, kept_and_fits

PAPER_WIDTH = 1032  # A4 landscape less its margins, at 96 pixels to the inch
DASHBOARD = "/companies/cascadia/"
REFUSED = (
    "QuickBooks refused EmployeeQueryRs with status 3261: The application does not have permission to access"
    " employee data. Give the Web Connector's QuickBooks user the right to see employees, then update again."
)

pytestmark = [*IN_BROWSER, pytest.mark.one_database]

CUT_OFF = "boxes => boxes.filter(box => box.scrollWidth > box.clientWidth).map(box => box.textContent)"

Opener = Callable[..., Page]


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: sample.NOW)


@pytest.fixture
def dana() -> User:
    return sample.person()


@pytest.fixture
def books(dana: User) -> User:
    """Everything at once: a loss, an untied month, a refusal, unmapped accounts, and a company not yet connected."""
    name = "Cascadia Managed Services & Consulting of the Greater Pacific Northwest, Incorporated"
    company = sample.synced_company(dana, name)
    sample.untie(company, Month(2026, 9), Decimal("-1204.56"))
    sample.leave_unmapped(company)
    sample.fail(company, SyncHistory.SyncType.EMPLOYEES, REFUSED)
    sample.company_of(dana, "Birch & Sons", "birch")
    return dana


def _keep(page: Page, name: str, *, full_page: bool = True) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=full_page)


def _overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    return int(page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def test_the_dashboard_fits_its_window(books: User, opener: Opener) -> None:
    page = opener(books, DASHBOARD)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cascadia")
    in_every_view(page, "dashboard")


@pytest.mark.parametrize("width", list(HEIGHTS))
@pytest.mark.parametrize(
    ("name", "address"), [("home", "/"), ("empty", "/companies/birch/"), ("missing", "/companies/x/")]
)
def test_the_other_pages_fit_their_window(books: User, opener: Opener, name: str, address: str, width: int) -> None:
    page = opener(books, address, width, refused=404 if name == "missing" else 0)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    kept_and_fits(page, f"{name}-{width}-light")
    assert page.locator(".scroll").evaluate_all(CUT_OFF) == []


@pytest.mark.parametrize("width", list(HEIGHTS))
def test_the_months_table_opens_at_its_newest_month_with_labels_in_place(
    books: User, opener: Opener, width: int
) -> None:
    page = opener(books, DASHBOARD, width)
    page.get_by_role("heading", name="Metrics by month").evaluate("heading => heading.scrollIntoView()")
    expect(page.get_by_role("columnheader", name="Nov 2026")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("rowheader", name="Total revenue")).to_be_in_viewport(ratio=1)
    _keep(page, f"months-{width}-light", full_page=False)


def test_the_theme_button_is_remembered(books: User, opener: Opener) -> None:
    page = opener(books, DASHBOARD)
    button = page.get_by_role("button", name="Theme")
    button.click()
    button.click()
    expect(button).to_have_text("Theme: dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    _keep(page, "dashboard-1440-chosen-dark", full_page=False)


def test_inter_is_the_font_and_figures_are_tabular(books: User, opener: Opener) -> None:
    page = opener(books, DASHBOARD)
    assert page.evaluate("async () => { await document.fonts.ready; return document.fonts.check('16px Inter'); }")
    assert "tabular-nums" in page.locator("table.figures td").last.evaluate(
        "cell => getComputedStyle(cell).fontVariantNumeric"
    )


def test_the_keyboard_reaches_the_content_first_and_scrolls_the_table(books: User, opener: Opener) -> None:
    page = opener(books, DASHBOARD, 1024)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    table = page.get_by_role("group", name="Metrics by month")
    table.focus()
    before = table.evaluate("box => box.scrollLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(300)
    assert table.evaluate("box => box.scrollLeft") < before


def _lose_money_in(month: Month) -> None:
    for row in MonthlyMetric.objects.filter(month=month.first_day):
        row.other_expenses += row.total_revenue
        row.total_expenses += row.total_revenue
        row.net_profit = row.quickbooks_net_income = row.net_profit - row.total_revenue
        row.employees = None
        row.save()


@pytest.mark.parametrize("months", [1, 2, 36])
def test_few_and_many_months_look_whole(dana: User, opener: Opener, months: int) -> None:
    sample.synced_company(dana, months=months)
    _lose_money_in(Month(2026, 10))
    page = opener(dana, DASHBOARD)
    expect(page.locator("table.figures thead th")).to_have_count(months + 1)
    kept_and_fits(page, f"months-{months}-light")


def test_on_paper_the_newest_twelve_months_remain(books: User, opener: Opener) -> None:
    page = opener(books, DASHBOARD, PAPER_WIDTH)
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(page.locator("table.figures thead th:visible")).to_have_count(13)
    expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    assert _overflow(page) == 0
    _keep(page, "dashboard-paper")
