"""What a client sees behind a shared link, in a real Chromium: three widths, light and dark, under the strict policy.

Screenshots are kept in test-artifacts/ for people to look at.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from accounts import clock
from accounts.models import Company
from metrics.downloads.branding_rows import save_branding
from metrics.exports.branding import Branding
from metrics.months import Month
from metrics.periods import Period
from metrics.review.notes import add_note
from metrics.snapshots import shared_views
from metrics.snapshots.freezing import freeze
from metrics.snapshots.shared_links import create_link
from metrics.targets.changes import save_targets
from metrics.targets.rules import monthly_targets
from metrics.tests import sample_company as sample
from tests.chromium import IN_BROWSER
from tests.pictures import in_every_view
from tests.windows import Windows

NOW = sample.NOW
TOKEN = "a" * 43

pytestmark = [*IN_BROWSER, pytest.mark.one_database]


@pytest.fixture
def link(monkeypatch: pytest.MonkeyPatch) -> str:
    """To a year of a company with a long name, targets and a note."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    shared_views.buckets.forget()
    sample.synced_company(
        sample.person(), "Cascadia Managed Services & Consulting of the Pacific Northwest", "cascadia"
    )
    company, last = Company.objects.get(), Month.of(NOW).plus(-1)
    year = Period.ttm(last)
    save_targets(company, monthly_targets("net_profit", Decimal(240_000), year.months), actor="dana", now=NOW)
    add_note(company, "Two projects slipped into the next quarter.", last, "nrr", actor="dana", now=NOW)
    save_branding(Branding("Harbour & Partners"), actor="root", now=NOW)
    snapshot = freeze(company, year, "accrual", "Annual review", actor="dana", now=NOW, forced_because="for the test")
    create_link(snapshot, 30, shows_notes=True, actor="dana", now=NOW, random_token=lambda: TOKEN)
    return f"/shared/{TOKEN}/"


def test_a_shared_review_fits_its_window(link: str, windows: Windows) -> None:
    page = windows.open()
    page.goto(link)
    expect(page.get_by_role("heading", name="Annual review")).to_be_visible()
    expect(page.locator("svg.chart:visible")).to_have_count(6)
    in_every_view(page, "shared")
