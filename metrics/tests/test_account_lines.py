"""The accounts with what the mapping makes of each: flags, suggestions, slow rules, and what it costs to read them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Company
from metrics.account_lines import account_lines, catches_of, slow_rules_of, suggestions_for
from metrics.arithmetic import UNMAPPED
from metrics.cells import cells
from metrics.mapping_changes import create_mapping
from metrics.mapping_rows import rules_of
from metrics.mapping_values import MappingValues
from metrics.models import LedgerAccount
from metrics.tests.factories import (
    NOW,
    AccountMappingFactory,
    CompanyFactory,
    LedgerAccountFactory,
    MonthlyAmountFactory,
    MonthlyMetricFactory,
)
from metrics.tests.test_safe_regex import SLY, VICTIM

pytestmark = pytest.mark.django_db

RENT = MappingValues("contains", "rent", "other_expenses", priority=50)


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create()


def test_new_renamed_and_moved_accounts_are_told_until_they_are_pinned(company: Company) -> None:
    MonthlyMetricFactory.create(company=company)
    LedgerAccountFactory.create(company=company, list_id="1", first_seen_at=date_time(2025, 1))
    LedgerAccountFactory.create(company=company, list_id="2", full_name="A:New", first_seen_at=date_time(2026, 3))
    moved = LedgerAccountFactory.create(
        company=company,
        list_id="3",
        full_name="B:Cloud",
        first_seen_at=date_time(2025, 1),
        former_full_name="A:Clouds",
        renamed_at=date_time(2026, 3),
    )

    def flags() -> dict[str, tuple[str, ...]]:
        found = account_lines(company, "accrual", now=NOW)
        return {line.list_id: tuple(flag for flag in line.flags if flag != UNMAPPED) for line in found.lines}

    assert flags() == {"1": (), "2": ("new",), "3": ("renamed", "moved")}
    create_mapping(company, MappingValues("account", "x", "mrr", list_id="3"), actor="", now=NOW)
    assert flags()["3"] == ("pinned",)
    LedgerAccount.objects.filter(pk=moved.pk).update(is_active=False)
    assert "3" not in flags()


def date_time(year: int, month: int) -> object:
    return NOW.replace(year=year, month=month, day=1)


def test_suggestions_are_for_what_nobody_placed(company: Company) -> None:
    MonthlyMetricFactory.create(company=company)
    for name in ("Cloud Backup East", "Cloud Backup West"):
        MonthlyAmountFactory.create(company=company, full_name=name)
    create_mapping(company, MappingValues("exact", "Cloud Backup East", "orr"), actor="", now=NOW)
    lines = account_lines(company, "accrual", now=NOW).lines
    found = suggestions_for(lines)
    assert list(found) == ["name:Cloud Backup West"]
    assert found["name:Cloud Backup West"][0].metric_key == "orr"


def test_a_rule_that_takes_too_long_is_told_with_the_account_it_was_passed_over_for(
    company: Company, caplog: pytest.LogCaptureFixture
) -> None:
    MonthlyMetricFactory.create(company=company)
    MonthlyAmountFactory.create(company=company, full_name=VICTIM, label="Blue heron")
    assert slow_rules_of(company) == ()
    row = AccountMappingFactory.create(company=company, match_type="regex", pattern=SLY)
    assert [(one.rule.rule_id, one.full_name) for one in slow_rules_of(company)] == [(row.pk, VICTIM)]
    create_mapping(company, RENT, actor="", now=NOW)
    assert f"mapping {row.pk} " in caplog.text


def test_the_accounts_cost_the_same_number_of_queries_however_many_there_are(
    company: Company, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    MonthlyMetricFactory.create(company=company)
    for number in range(30):
        MonthlyAmountFactory.create(company=company, full_name=f"Account {number}")
    with django_assert_num_queries(4):
        account_lines(company, "accrual", now=NOW)


def test_what_a_rule_catches_is_counted_and_summed(company: Company) -> None:
    for name in ("Managed Services", "Managed Services:Extra"):
        MonthlyAmountFactory.create(company=company, full_name=name)
    row = AccountMappingFactory.create(company=company)
    AccountMappingFactory.create(company=company, pattern="nothing like it")
    found = catches_of(cells(company, "accrual", None, None), rules_of(company))
    assert {pk: (one.accounts, one.amount) for pk, one in found.items()} == {row.pk: (2, Decimal(200))}
