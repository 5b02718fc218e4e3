"""A small company with amounts and one mapping, for the tests of what is built around mappings."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from accounts.models import Company
from metrics.months import Month
from metrics.tests.factories import (
    NOW,
    AccountMappingFactory,
    CompanyFactory,
    LedgerAccountFactory,
    MonthlyAmountFactory,
    MonthlyMetricFactory,
)

ACCOUNTS = (
    ("80-1", "Managed Services", "Income", "100.00"),
    ("80-2", "Blue Heron", "Income", "30.00"),
    ("80-3", "Rent", "Expense", "40.00"),
)


def small_company() -> Company:
    """Two months of three accounts, one of which a rule knows."""
    company = CompanyFactory.create(name="Cascadia", slug="cascadia")
    for list_id, name, kind, _ in ACCOUNTS:
        LedgerAccountFactory.create(
            company=company, list_id=list_id, full_name=name, account_type=kind, first_seen_at=NOW - timedelta(days=900)
        )
    for step in range(2):
        month = Month(2026, 1).plus(step).first_day
        MonthlyMetricFactory.create(company=company, month=month)
        for list_id, name, kind, amount in ACCOUNTS:
            MonthlyAmountFactory.create(
                company=company,
                month=month,
                account_key=list_id,
                full_name=name,
                account_type=kind,
                amount=Decimal(amount),
            )
    AccountMappingFactory.create(company=company)
    return company
