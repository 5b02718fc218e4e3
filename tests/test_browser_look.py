"""Hard figures on the pages of one company in a real Chromium: billions, a loss, empty months, long names, 36 months.

What can be measured is measured here at four widths; how it looks, people see in test-artifacts/.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from accounts import clock
from accounts.models import Company, Membership, User
from alerts.recipients import add
from alerts.sources import sources
from metrics.arithmetic import EXPENSE_METRICS, REVENUE_METRICS
from metrics.models import MonthlyMetric
from metrics.months import Month
from metrics.periods import Period
from metrics.review import action_items, notes
from metrics.snapshots.freezing import freeze
from metrics.targets.changes import save_targets
from metrics.targets.rules import monthly_targets
from metrics.tests import sample_company as sample
from tests.chromium import IN_BROWSER
from tests.conftest import Opener
from tests.page_faults import faults, halved, sideways

NOW = sample.NOW
NAME = "Northwestern Interplanetary Logistics & Refrigeration Holdings of the Pacific"
COMPANY = "/companies/cascadia/"
LONG = "period=2023-12..2026-11"
WIDTHS = (1440, 1024, 800, 768, 390, 320)  # 320: a window of 1280 at 400%
TIMES = Decimal(23456)

pytestmark = [*IN_BROWSER, pytest.mark.one_database]


@pytest.fixture
def dana(monkeypatch: pytest.MonkeyPatch) -> User:
    """An administrator of a company with 36 months in billions, of which some are nothing and some a loss."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    user = sample.person()
    company = sample.synced_company(user, NAME, "cascadia", months=36)
    Membership.objects.update(role=Membership.Role.ADMINISTRATOR)
    for row in MonthlyMetric.objects.all():
        _enlarge(row)
    year = Period.year(Month(2026, 1))
    for key, annual in (("total_revenue", "99000000000.40"), ("net_margin", "18.5"), ("employees", "19")):
        save_targets(company, monthly_targets(key, Decimal(annual), year.months), actor="dana", now=NOW)
    notes.add_note(company, "The whole of it.", None, "", actor="dana", now=NOW)
    long = "Renew the Northwind agreement and tell everybody of the longer period of notice"
    action_items.add(company, Month(2026, 7), long, "Quillfeather-Zimmermann", NOW.date(), actor="dana", now=NOW)
    address = "finance.department.of.the.pacific.northwest@cascadia-managed-services.example.com"
    add(company, "mail", address, tuple(sources()), actor="dana", now=NOW)
    quarter = Period.quarter(Month(2026, 9))
    freeze(company, quarter, "accrual", "Q3 review", actor="dana", now=NOW, forced_because="A sample has no accounts.")
    return user


def _enlarge(row: MonthlyMetric, times: Decimal = TIMES) -> None:
    times = Decimal(0) if row.month.month in (4, 8) else times
    for key in (*REVENUE_METRICS, *EXPENSE_METRICS):
        setattr(row, key, round(getattr(row, key) * times, 2))
    row.total_revenue *= times
    row.total_expenses *= times
    row.net_profit = row.quickbooks_net_income = row.total_revenue - row.total_expenses
    row.save()


def test_the_overview_of_such_a_company_is_whole_too(dana: User, opener: Opener) -> None:
    sample.company_of(dana, "Quillfeather, Zimmermann-Okonkwo & Partners Chartered Accountants LLP", "quill")
    sample.synced_company(dana, "Ready to present", "ready", months=12)
    sample.untie(Company.objects.get(slug="cascadia"), Month(2026, 9), Decimal("-1204.56"))
    page = opener(dana, "/")
    expect(page.get_by_role("rowheader").first).to_be_visible()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert (width, faults(page), sideways(page)) == (width, [], 0)


PAGES = {
    "the review": ("review/", f"review/?{LONG}", "tie-out/", "restatements/"),
    "slides": tuple(f"review/present/?page={slide}" for slide in ("headline", "profit", "tie-out", "actions")),
    "what is set": ("targets/", "reporting/", "alerts/settings/", "mail/new/", "mapping/files/"),
    "what is listed": ("snapshots/", "snapshots/{snapshot}/", "alerts/", "mail/", "transactions/"),
}


@pytest.mark.parametrize("kind", list(PAGES))
def test_nothing_is_cut_collides_leans_or_is_too_small_to_hit(dana: User, opener: Opener, kind: str) -> None:
    snapshot = Company.objects.get().snapshots.get().pk
    page = opener(dana, COMPANY)
    for address in PAGES[kind]:
        page.goto(COMPANY + address.format(snapshot=snapshot))
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert (address, width, faults(page), sideways(page)) == (address, width, [], 0)


@pytest.mark.parametrize("address", [COMPANY, f"{COMPANY}review/"])
def test_on_a_phone_no_figure_is_cut_into_a_smaller_one(dana: User, opener: Opener, address: str) -> None:
    page = opener(dana, address)
    for times in ("billions", "thousands"):
        for width in (390, 360, 320):
            page.set_viewport_size({"width": width, "height": 844})
            assert (times, width, halved(page)) == (times, width, [])
        for row in MonthlyMetric.objects.all():
            _enlarge(row, 1 / TIMES)
        page.reload()


def test_every_entry_of_the_main_navigation_is_in_a_phone_s_window(dana: User, opener: Opener) -> None:
    page = opener(dana, COMPANY, 390)
    entries = page.get_by_role("navigation", name="Main").get_by_role("link")
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        ends = [entry.evaluate("one => one.getBoundingClientRect().right") for entry in entries.all()]
        assert max(ends) <= width


def test_dates_of_a_chosen_period_stand_side_by_side_and_inside_their_card(dana: User, opener: Opener) -> None:
    page = opener(dana, f"{COMPANY}review/?{LONG}")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        first, last, card = (
            page.locator(one).evaluate("one => { const box = one.getBoundingClientRect(); return [box.left, box.right,"
                                       " box.top, box.bottom]; }")
            for one in ("#from", "#to", "form.picker")
        )  # fmt: skip
        assert last[0] >= first[1] or last[2] >= first[3], width
        assert last[1] < card[1], width


def test_on_paper_a_long_review_keeps_its_total_and_its_newest_months(dana: User, opener: Opener) -> None:
    page = opener(dana, f"{COMPANY}review/?{LONG}&compare=none", 1032)
    page.emulate_media(media="print", color_scheme="dark")
    heads = page.locator(".tall > table.review-table > thead th").filter(visible=True)
    said = [words.strip() for words in heads.all_inner_texts()]
    assert said[1] == "Dec 2025"
    assert said[12].startswith("Nov 2026")
    assert len(said) == 16
    marks = page.locator("tr.tie > *").filter(visible=True)
    expect(marks).to_have_count(13)


def test_on_paper_no_surface_stays_dark(dana: User, opener: Opener) -> None:
    page = opener(dana, f"{COMPANY}snapshots/", 1032, "dark")
    page.emulate_media(media="print", color_scheme="dark")
    names = ("ground", "surface", "sunken", "accent-soft", "good-soft", "warn-soft", "bad-soft")
    for name in names:
        colour = page.evaluate("name => getComputedStyle(document.documentElement).getPropertyValue(name)", f"--{name}")
        assert colour.strip().lstrip("#")[0] in "ef", (name, colour)
