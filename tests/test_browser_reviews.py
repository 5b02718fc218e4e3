"""Settings, targets and snapshots in a real Chromium: three widths, light and dark, under the strict policy.

Screenshots are kept in test-artifacts/ for people to look at.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from accounts import clock
from accounts.models import Company, Membership, User
from metrics.head_counts.changes import enter
from metrics.mappings.changes import create_mapping
from metrics.mappings.values import MappingValues
from metrics.models import BudgetAmount, MonthlyAmount, MonthlyMetric, Snapshot
from metrics.months import Month
from metrics.periods import Period
from metrics.snapshots.freezing import freeze
from metrics.targets.changes import save_targets
from metrics.targets.rules import TargetKind, monthly_targets
from metrics.tests import sample_company as sample
from tests.chromium import IN_BROWSER
from tests.pictures import in_every_view, kept_and_fits

NOW = sample.NOW
COMPANY = "/companies/cascadia/"
YEAR = Period.year(Month(2026, 1))
QUARTER = Period.quarter(Month(2026, 9))

pytestmark = [*IN_BROWSER, pytest.mark.one_database]

Opener = Callable[..., Page]


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def dana() -> User:
    """An administrator of a company with 24 months."""
    user = sample.person()
    sample.synced_company(user, "Cascadia Managed Services & Consulting of the Pacific Northwest", "cascadia")
    Membership.objects.update(role=Membership.Role.ADMINISTRATOR)
    return user


@pytest.fixture
def targets(dana: User) -> User:
    """Targets by month, and QuickBooks' budget beside."""
    company = Company.objects.get()
    for key, annual in (
        ("mrr", "2900000"),
        ("total_revenue", "4500000.50"),
        ("net_margin", "18.5"),
        ("employees", "19"),
    ):
        for kind in TargetKind:
            save_targets(company, monthly_targets(key, Decimal(annual), YEAR.months, kind=kind), actor="dana", now=NOW)
    create_mapping(company, MappingValues("exact", "Services", "orr"), actor="dana", now=NOW)
    for month in YEAR.months:
        BudgetAmount.objects.create(
            company=company, month=month.first_day, account_key="8-1", full_name="Services", account_type="Income",
            amount=Decimal("123456.78"),
        )  # fmt: skip
    return dana


@pytest.fixture
def snapshot(dana: User) -> Snapshot:
    """The third quarter as presented, since when an account was restated and a rule and a head count changed."""
    company = Company.objects.get()
    for month in QUARTER.months:
        for number, (name, section) in enumerate((("Services:Managed Services", "Income"), ("Rent", "Expense"))):
            MonthlyAmount.objects.create(
                company=company, basis="accrual", month=month.first_day, account_key=f"8-{number}", full_name=name,
                label=name, account_type=section, amount=Decimal("18000.00"), row_number=number + 1,
            )  # fmt: skip
    create_mapping(company, MappingValues("contains", "Managed Services", "mrr"), actor="dana", now=NOW)
    create_mapping(company, MappingValues("exact", "Rent", "other_expenses"), actor="dana", now=NOW)
    MonthlyMetric.objects.filter(month=Month(2026, 8).first_day).update(
        tie_out_status="untied", difference=Decimal("12.50")
    )
    MonthlyMetric.objects.update(quickbooks_net_income=0)
    frozen = freeze(
        company, QUARTER, "accrual", "Q3 review with the owners", "Shown on the big screen.", NOW.date(), actor="dana",
        now=NOW, forced_because="August is being looked at; the owners know.",
    )  # fmt: skip
    MonthlyAmount.objects.filter(month=Month(2026, 9).first_day, full_name="Rent").update(amount=Decimal("21250.75"))
    create_mapping(company, MappingValues("contains", "Managed Services", "orr", priority=1), actor="lee", now=NOW)
    enter(company, Month(2026, 9), 23, "Two contractors were missing", actor="lee", now=NOW)
    return frozen


def test_the_settings_fit_their_window(dana: User, opener: Opener) -> None:
    enter(Company.objects.get(), Month(2026, 9), 23, "Two contractors were missing", actor="dana", now=NOW)
    page = opener(dana, f"{COMPANY}reporting/")
    expect(page.get_by_role("heading", name="Head count by month")).to_be_visible()
    in_every_view(page, "reporting")


def test_the_targets_fit_their_window(targets: User, opener: Opener) -> None:
    page = opener(targets, f"{COMPANY}targets/?kind=budget&year=2026")
    expect(page.get_by_role("heading", name="Budgets by month")).to_be_visible()
    in_every_view(page, "targets")


def test_a_snapshot_fits_its_window(snapshot: Snapshot, dana: User, opener: Opener) -> None:
    page = opener(dana, f"{COMPANY}snapshots/{snapshot.pk}/")
    expect(page.get_by_role("heading", name="Why it differs")).to_be_visible()
    in_every_view(page, "snapshot")


def test_the_snapshots_fit_their_window(snapshot: Snapshot, dana: User, opener: Opener) -> None:
    page = opener(dana, f"{COMPANY}snapshots/", refused=422)
    page.get_by_label("Name", exact=True).fill("August")
    page.get_by_label("Period", exact=True).select_option("2026-08")
    page.get_by_role("button", name="Freeze").click()
    expect(page.get_by_role("alert")).to_contain_text("not ready to present")
    expect(page.get_by_label("Why freeze it all the same")).to_be_visible()
    in_every_view(page, "snapshots")


def test_a_grid_is_filled_in_by_keyboard_and_saved(dana: User, opener: Opener) -> None:
    page = opener(dana, f"{COMPANY}targets/")
    expect(page.get_by_role("heading", name="No targets for 2026 yet")).to_be_visible()
    kept_and_fits(page, "targets-empty")
    page.get_by_label("Monthly recurring revenue, Jan 2026").fill("200,000")
    page.keyboard.press("Tab")
    page.keyboard.type("210000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Saved: 2 added.")
    expect(page.get_by_label("Monthly recurring revenue, Feb 2026")).to_have_value("210,000")


def test_a_years_amount_is_previewed_and_saved(dana: User, opener: Opener) -> None:
    page = opener(dana, f"{COMPANY}targets/")
    page.get_by_label("For the whole year").fill("1,200,000")
    page.get_by_role("button", name="Preview").first.click()
    expect(page.get_by_role("heading", name="12 added")).to_be_visible()
    kept_and_fits(page, "targets-preview")
    page.get_by_role("button", name="Save these").click()
    expect(page.get_by_role("status").first).to_contain_text("Saved: 12 added.")
