"""A company with two months read from QuickBooks, mapped, for the tests around a review."""

from __future__ import annotations

from datetime import datetime

from accounts.models import Company
from metrics.fiscal import Period
from metrics.ingest import read_profit_and_loss
from metrics.mappings.changes import create_mapping
from metrics.mappings.values import MappingValues
from metrics.months import Month
from metrics.tests.deliveries import delivered
from metrics.tests.factories import NOW, CompanyFactory
from metrics.tests.qbxml_texts import profit_and_loss, profit_and_loss_request

JANUARY, FEBRUARY = Month(2026, 1), Month(2026, 2)
BOTH = Period.custom(JANUARY, FEBRUARY)
FIRST = profit_and_loss({"Services": ["1000.00", "1100.00"], "Odd Jobs": ["50.00", ""]}, {"Rent": ["300.00", "310.00"]})
CHANGED = profit_and_loss(
    {"Services": ["1000.00", "900.00"], "Odd Jobs": ["50.00", ""]}, {"Rent": ["300.00", "310.00"]}
)
RULES = (("Services", "mrr"), ("Odd Jobs", "nrr"), ("Rent", "other_expenses"))


def read(company: Company, text: str = FIRST, now: datetime = NOW, basis: str = "Accrual") -> None:
    """A Profit & Loss of January and February 2026 comes from QuickBooks."""
    request = profit_and_loss_request(basis=basis)
    read_profit_and_loss(delivered(company, "profit_loss", text, request=request, now=now))


def reviewed_company(text: str = FIRST) -> Company:
    """Services → mrr, Odd Jobs → nrr, Rent → other_expenses; nothing unmapped."""
    company = CompanyFactory.create()
    for pattern, key in RULES:
        create_mapping(company, MappingValues("exact", pattern, key), actor="dana", now=NOW)
    read(company, text)
    return company
