"""Rows for the tests of this app, with nothing in them that a test does not ask for."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.models import ApiKey, Company, Membership, User
from accounts.permissions import Caller
from metrics.models import AccountMapping, LedgerAccount, MonthlyAmount, MonthlyMetric
from qbwc.models import CompanyFile, Job

# factory-boy types its factories, not its declarations.
declare: Any = factory

NOW = datetime(2026, 3, 15, 12, 0, tzinfo=UTC)


class CompanyFactory(DjangoModelFactory[Company]):
    class Meta:
        model = Company

    name = declare.Sequence(lambda n: f"Company {n}")
    slug = declare.Sequence(lambda n: f"company-{n}")


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    username = declare.Sequence(lambda n: f"person-{n}")


class CompanyFileFactory(DjangoModelFactory[CompanyFile]):
    class Meta:
        model = CompanyFile

    company = declare.SubFactory(CompanyFactory)
    username = declare.Sequence(lambda n: f"qbwc-{n}")
    password_hash = "x"
    owner_id = declare.LazyFunction(uuid.uuid4)
    file_id = declare.LazyFunction(uuid.uuid4)
    app_name = "Tieout"


class JobFactory(DjangoModelFactory[Job]):
    class Meta:
        model = Job

    company_file = declare.SubFactory(CompanyFileFactory)
    purpose = "profit_loss"
    created_at = NOW
    available_at = NOW


class AccountMappingFactory(DjangoModelFactory[AccountMapping]):
    class Meta:
        model = AccountMapping

    company = declare.SubFactory(CompanyFactory)
    match_type = "contains"
    pattern = "managed services"
    qbr_metric_key = "mrr"


class LedgerAccountFactory(DjangoModelFactory[LedgerAccount]):
    class Meta:
        model = LedgerAccount

    company = declare.SubFactory(CompanyFactory)
    list_id = declare.Sequence(lambda n: f"8000{n:04d}-1")
    full_name = "Managed Services"
    name = declare.LazyAttribute(lambda row: row.full_name.rpartition(":")[2])
    account_type = "Income"
    updated_at = NOW


class MonthlyAmountFactory(DjangoModelFactory[MonthlyAmount]):
    class Meta:
        model = MonthlyAmount

    company = declare.SubFactory(CompanyFactory)
    basis = "accrual"
    month = date(2026, 1, 1)
    full_name = "Managed Services"
    account_key = declare.LazyAttribute(lambda row: f"name:{row.full_name}")
    label = declare.LazyAttribute(lambda row: row.full_name.rpartition(":")[2])
    account_type = "Income"
    amount = Decimal("100.00")
    row_number = 3


class MonthlyMetricFactory(DjangoModelFactory[MonthlyMetric]):
    class Meta:
        model = MonthlyMetric

    company = declare.SubFactory(CompanyFactory)
    basis = "accrual"
    month = date(2026, 1, 1)
    tie_out_status = "tied"
    quickbooks_net_income = Decimal("100.00")
    synced_at = NOW


def person(*companies: Company, role: str = Membership.Role.VIEWER, **fields: Any) -> Caller:
    """A signed-in person with this role in these companies."""
    user = UserFactory.create(**fields)
    for company in companies:
        Membership.objects.create(user=user, company=company, role=role)
    return Caller(user=user)


def program(company: Company, scope: str = ApiKey.Scope.READ) -> Caller:
    """A program with a key of this company."""
    number = ApiKey.objects.count()
    key = ApiKey.objects.create(company=company, name="key", scope=scope, prefix=f"p{number:07d}", digest="0" * 64)
    return Caller(api_key=key)
