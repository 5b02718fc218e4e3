"""What rules catch, and the ones that took too long."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounts.models import Company
from metrics.cells import cells
from metrics.mappings.changes import create_mapping
from metrics.mappings.rows import rules_of
from metrics.mappings.rule_catches import catches_of, slow_rules_of
from metrics.mappings.values import MappingValues
from metrics.tests.factories import (
    NOW,
    AccountMappingFactory,
    CompanyFactory,
    MonthlyAmountFactory,
    MonthlyMetricFactory,
)
from metrics.tests.test_safe_regex import SLY, VICTIM

pytestmark = pytest.mark.django_db

RENT = MappingValues("contains", "rent", "other_expenses", priority=50)


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create()


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


def test_what_a_rule_catches_is_counted_and_summed(company: Company) -> None:
    for name in ("Managed Services", "Managed Services:Extra"):
        MonthlyAmountFactory.create(company=company, full_name=name)
    row = AccountMappingFactory.create(company=company)
    AccountMappingFactory.create(company=company, pattern="nothing like it")
    found = catches_of(cells(company, "accrual", None, None), rules_of(company))
    assert {pk: (one.accounts, one.amount) for pk, one in found.items()} == {row.pk: (2, Decimal(200))}
