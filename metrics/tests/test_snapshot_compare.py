"""As presented against as now: every difference is taken apart into what QuickBooks and what people changed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Company
from metrics.fiscal import Period
from metrics.head_counts.changes import enter
from metrics.ingest import read_accounts
from metrics.mappings.changes import create_mapping, delete_mapping
from metrics.mappings.values import MappingValues
from metrics.models import AccountMapping, MonthlyMetric, Snapshot
from metrics.months import Month
from metrics.reporting.settings import save_reporting
from metrics.snapshots.compare import CauseKind, Comparison, compare
from metrics.snapshots.freezing import freeze
from metrics.tests.deliveries import delivered
from metrics.tests.factories import NOW
from metrics.tests.qbxml_texts import accounts, profit_and_loss
from metrics.tests.reviewed_company import BOTH, CHANGED, FEBRUARY, read, reviewed_company

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=1)
BASE = ("nrr", "mrr", "orr", "other_expenses", "unmapped_revenue", "total_revenue", "total_expenses", "net_profit")


@pytest.fixture
def company() -> Company:
    return reviewed_company()


@pytest.fixture
def snapshot(company: Company) -> Snapshot:
    return freeze(company, BOTH, "accrual", "Q1", actor="dana", now=NOW)


def differences(found: Comparison) -> dict[tuple[str | None, str], Decimal | None]:
    return {(str(one.month) if one.month else None, one.metric_key): one.difference for one in found.changed}


def assert_causes_add_up(found: Comparison) -> None:
    for one in found.months:
        if one.metric_key in BASE:
            told = sum(
                (c.effects.get(one.metric_key, Decimal(0)) for c in found.causes if c.month == one.month), Decimal(0)
            )
            assert told == Decimal(one.now or 0) - Decimal(one.then or 0), (one.month, one.metric_key)


def test_the_same_figures_are_said_to_be_the_same(snapshot: Snapshot) -> None:
    found = compare(snapshot, NOW)
    assert found.is_same
    assert (found.causes, found.rules_changed, found.settings_changed) == ((), (), ())


def test_a_restated_account_is_named_with_its_amounts(company: Company, snapshot: Snapshot) -> None:
    read(company, CHANGED, LATER)
    found = compare(snapshot, LATER)
    (cause,) = found.causes
    assert (cause.kind, cause.account, cause.month) == (CauseKind.RESTATED, "Services", FEBRUARY)
    assert (cause.before, cause.after) == (Decimal(1100), Decimal(900))
    assert cause.effects == {"mrr": -200, "total_revenue": -200, "net_profit": -200}
    assert differences(found)["2026-02", "mrr"] == -200
    assert differences(found)[None, "net_profit"] == -200
    assert_causes_add_up(found)


def test_a_changed_rule_is_named_then_and_now(company: Company, snapshot: Snapshot) -> None:
    create_mapping(company, MappingValues("exact", "Services", "orr", priority=1), actor="dana", now=LATER)
    found = compare(snapshot, LATER)
    assert {cause.kind for cause in found.causes} == {CauseKind.MAPPING}
    february = next(cause for cause in found.causes if cause.month == FEBRUARY)
    assert (february.metric_before, february.metric_after) == ("mrr", "orr")
    assert "Monthly recurring revenue by full name is “Services” → mrr then" in february.words
    assert february.effects == {"mrr": -1100, "orr": 1100}
    assert found.rules_changed == ("Added: full name is “Services” → orr",)
    assert_causes_add_up(found)


def test_a_restated_account_whose_rule_changed_too_is_told_as_both(company: Company, snapshot: Snapshot) -> None:
    read(company, CHANGED, LATER)
    delete_mapping(AccountMapping.objects.get(pattern="Services"), actor="dana", now=LATER)
    found = compare(snapshot, LATER)
    february = {cause.kind: cause.effects for cause in found.causes if cause.month == FEBRUARY}
    assert february[CauseKind.RESTATED]["mrr"] == -200
    assert february[CauseKind.MAPPING] == {"mrr": -900, "unmapped_revenue": 900}
    assert_causes_add_up(found)


def test_an_account_that_came_and_one_that_went_are_told(company: Company, snapshot: Snapshot) -> None:
    text = profit_and_loss({"Services": ["1000.00", "1100.00"], "New": ["", "7.00"]}, {"Rent": ["300.00", "310.00"]})
    read(company, text, LATER)
    found = compare(snapshot, LATER)
    told = {cause.account: (cause.before, cause.after, cause.words.split(":")[0]) for cause in found.causes}
    assert told["New"] == (None, Decimal(7), "In QuickBooks since")
    assert told["Odd Jobs"] == (Decimal(50), None, "Gone from QuickBooks")
    assert_causes_add_up(found)


def test_an_account_found_in_the_chart_later_is_not_a_change(company: Company, snapshot: Snapshot) -> None:
    chart = accounts(("80-1", "Services", "Income"), ("80-2", "Odd Jobs", "Income"), ("80-3", "Rent", "Expense"))
    read_accounts(delivered(company, "accounts", chart, now=LATER))
    assert compare(snapshot, LATER).is_same


def test_a_derived_metric_follows_from_the_changed_ones(company: Company, snapshot: Snapshot) -> None:
    read(company, CHANGED, LATER)
    margin = next(one for one in compare(snapshot, LATER).period if one.metric_key == "net_margin")
    assert margin.is_changed
    assert margin.follows_from == ("net_profit", "total_revenue")


def test_an_entered_head_count_is_a_cause(company: Company, snapshot: Snapshot) -> None:
    enter(company, FEBRUARY, 9, "Two were missing.", actor="dana", now=LATER)
    found = compare(snapshot, LATER)
    (cause,) = found.causes
    assert (cause.kind, cause.words) == (CauseKind.HEAD_COUNT, "A person's own count was entered (9) since")
    assert (cause.before, cause.after) == (None, Decimal(9))


def test_changed_settings_are_told(company: Company, snapshot: Snapshot) -> None:
    save_reporting(company, {"counts_owners": False, "fiscal_year_first_month": 7}, actor="d", now=LATER)
    assert compare(snapshot, LATER).settings_changed == (
        "Owners count as employees: yes then, no now",
        "First month of the fiscal year: January then, July now",
    )


def test_a_month_read_since_is_told_as_such(company: Company) -> None:
    period = Period.custom(Month(2025, 12), FEBRUARY)
    snapshot = freeze(company, period, "accrual", "x", actor="d", now=NOW, forced_because="early")
    MonthlyMetric.objects.create(
        company=company, basis="accrual", month=Month(2025, 12).first_day, mrr=5, total_revenue=5, net_profit=5,
        tie_out_status="tied", quickbooks_net_income=5, synced_at=LATER,
    )  # fmt: skip
    (cause,) = compare(snapshot, LATER).causes
    assert (cause.kind, cause.effects["mrr"]) == (CauseKind.FIRST_READ, Decimal(5))


def test_a_difference_that_nothing_explains_is_not_hidden(company: Company, snapshot: Snapshot) -> None:
    MonthlyMetric.objects.filter(company=company, month=FEBRUARY.first_day).update(mrr=Decimal("1.00"))
    (cause,) = compare(snapshot, LATER).causes
    assert (cause.kind, cause.effects) == (CauseKind.UNEXPLAINED, {"mrr": Decimal("-1099.00")})


def test_the_number_of_queries_does_not_grow(
    company: Company, snapshot: Snapshot, django_assert_max_num_queries: object
) -> None:
    read(company, CHANGED, LATER)
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        compare(snapshot, LATER)
