"""Tie-out, restatements and earlier dates in a real Chromium: wide and narrow, light and dark, under the strict policy.

Screenshots are kept in test-artifacts/ for people to look at.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from accounts import clock
from accounts.models import Company, Membership, User
from metrics.fiscal import Period
from metrics.ingest import read_profit_and_loss
from metrics.mappings.changes import create_mapping
from metrics.mappings.values import MappingValues
from metrics.months import Month, months_between
from metrics.snapshots.freezing import freeze
from metrics.tests import sample_company as sample
from metrics.tests.deliveries import delivered
from metrics.tests.qbxml_texts import profit_and_loss, profit_and_loss_request
from tests.chromium import IN_BROWSER
from tests.pictures import in_every_view

NOW = sample.NOW
MONTHS = months_between(Month(2025, 10), Month(2026, 11))
QUARTER = Period.custom(Month(2026, 4), Month(2026, 6))
COMPANY = "/companies/cascadia/"

pytestmark = [*IN_BROWSER, pytest.mark.one_database]

Opener = Callable[..., Page]


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def _read(company: Company, days: int, *, may: str = "0", net_income: Decimal | None = None) -> None:
    """Fourteen months; in May 2026 so much more, and in October another Net Income printed than the rows make."""
    grown = [Decimal("168400.25") + 4120 * step for step, _ in enumerate(MONTHS)]
    grown[7] += Decimal(may)
    rent = [Decimal("47310.77") - 31 * step for step, _ in enumerate(MONTHS)]
    income = {"Services:Managed Services": [f"{one:.2f}" for one in grown], "Refunds": ["-1200.50"] * len(MONTHS)}
    printed = [one - other - Decimal("1200.50") for one, other in zip(grown, rent, strict=True)]
    if net_income is not None:
        printed[12] = net_income
    text = profit_and_loss(
        income,
        {"Rent": [f"{one:.2f}" for one in rent]},
        titles=[f"{month.label[:3]} {month.year % 100}" for month in MONTHS],
        net_income=[f"{one:.2f}" for one in printed],
    )
    request = profit_and_loss_request(str(MONTHS[0].first_day), str(MONTHS[-1].last_day))
    read_profit_and_loss(
        delivered(company, "profit_loss", text, request=request, now=NOW - timedelta(days=days), parameters={})
    )


@pytest.fixture
def dana() -> User:
    """An administrator: a quarter was presented, then a month of it changed, then another month came untied."""
    user = sample.person()
    name = "Cascadia Managed Services & Consulting of the Pacific Northwest"
    company = sample.company_of(user, name, "cascadia", Membership.Role.ADMINISTRATOR)
    for pattern, key in (("Services:Managed Services", "mrr"), ("Refunds", "misc_revenue"), ("Rent", "other_expenses")):
        create_mapping(company, MappingValues("exact", pattern, key), actor="dana", now=NOW - timedelta(days=30))
    _read(company, 20)
    freeze(company, QUARTER, "accrual", "Q2 review", "", None, actor="dana", now=NOW - timedelta(days=10))
    _read(company, 2, may="-18250.75")
    _read(company, 1, may="-18250.75", net_income=Decimal("1.00"))
    return user


PAGES = {
    "tie-out": ("tie-out/", "Month by month"),
    "tie-out-month": ("tie-out/2026-10/", "Nine totals"),
    "restatements": ("restatements/", "May 2026"),
    "changed-since": ("restatements/?review=1&view=changes", "What changed since"),
    "dashboard-as-of": ("?as_of=2026-11-15", "These are not today’s figures"),
    "dashboard-restated": ("", "1 past month changed in QuickBooks"),
}


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_fit_their_windows(dana: User, opener: Opener, name: str) -> None:
    path, heading = PAGES[name]
    page = opener(dana, f"{COMPANY}{path}")
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    in_every_view(page, name)


def test_a_restatement_is_acknowledged_by_keyboard(dana: User, opener: Opener) -> None:
    page = opener(dana, f"{COMPANY}restatements/?show=open")
    form = page.get_by_role("form", name="Acknowledge May 2026")
    form.get_by_label("Note").fill("Credit note, agreed with the controller")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("1 restatement acknowledged.")
    expect(page.get_by_text("“Credit note, agreed with the controller”")).to_be_visible()


def test_a_figure_leads_to_its_explanation(dana: User, opener: Opener) -> None:
    page = opener(dana, COMPANY)
    page.get_by_role("row", name="Monthly recurring revenue").get_by_role("link").last.click()
    expect(page.get_by_role("heading", name="Monthly recurring revenue, Nov 2026")).to_be_visible()
