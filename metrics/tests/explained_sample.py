"""A company whose figures have everything in them that an explanation must get right."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.models import Company
from metrics.ingest import read_accounts, read_employees, read_profit_and_loss
from metrics.mappings.changes import create_mapping
from metrics.mappings.values import MappingValues
from metrics.tests.deliveries import delivered
from metrics.tests.factories import NOW, CompanyFactory
from metrics.tests.qbxml_texts import accounts, employees, profit_and_loss, profit_and_loss_request
from qbwc.models import Exchange

LATER = NOW + timedelta(days=3)
BETWEEN = NOW + timedelta(days=1)
CHART = accounts(
    ("80-1", "Managed Services", "Income", "4000"),
    ("80-2", "Projects", "Income"),
    ("80-3", "Discounts", "Income"),
    ("80-4", "Merchant Fees", "Expense"),
    ("80-5", "Rent", "Expense"),
    ("80-6", "Odd Jobs", "Income"),
    ("80-7", "Petty Cash", "Expense"),
    ("80-8", "Wages", "Expense"),
)
RULES = (
    MappingValues("contains", "managed", "mrr", priority=10, note="Agreements"),
    MappingValues("contains", "projects", "nrr", priority=20),
    MappingValues("exact", "Discounts", "mrr", priority=30),  # negative income
    MappingValues("contains", "merchant", "misc_revenue", priority=40),  # an expense in a revenue metric
    MappingValues("contains", "rent", "other_expenses", priority=50),
    MappingValues("contains", "wages", "employee_expense", priority=60),
)
PEOPLE = (
    {"ListID": "E-1", "IsActive": "true", "EmployeeType": "Regular", "HiredDate": "2024-01-08"},
    {"ListID": "E-2", "IsActive": "true", "EmployeeType": "Owner", "HiredDate": "2020-01-01"},
    {"ListID": "E-3", "IsActive": "true", "EmployeeType": "Regular"},
)
FIRST = {
    "Managed Services": ["1000.00", "1100.00", "900.00"],
    "Projects": ["250.10", "", "80.00"],
    "Discounts": ["-20.00", "-30.00", ""],
    "Odd Jobs": ["5.05", "6.00", ""],
}
SECOND = {**FIRST, "Managed Services": ["1000.00", "1150.00", "950.00"], "Odd Jobs": ["7.05", "6.00", ""]}
COSTS = {
    "Merchant Fees": ["12.00", "13.00", "14.00"],
    "Rent": ["300.00", "300.00", "300.00"],
    "Petty Cash": ["1.11", "", ""],
    "Wages": ["500.00", "500.00", "250.00"],
}


def make() -> Company:
    """January to March 2026 on accrual and cash basis; January and February restated by the second reading."""
    company = CompanyFactory.create(name="Cascadia", slug="cascadia")
    for values in RULES:
        create_mapping(company, values, actor="dana", now=NOW - timedelta(days=9))
    read_accounts(delivered(company, "accounts", CHART, now=NOW))
    read(company, FIRST, NOW)
    read_employees(delivered(company, "employees", employees(*PEOPLE), now=NOW))
    read(company, SECOND, LATER)
    read(company, FIRST, LATER, basis="Cash")
    return company


def read(company: Company, income: dict[str, list[str]], now: datetime, *, basis: str = "Accrual") -> Exchange:
    request = profit_and_loss_request("2026-01-01", "2026-03-31", basis)
    answer = delivered(company, "profit_loss", text(income, basis), request=request, now=now)
    read_profit_and_loss(answer)
    return answer.exchange


def text(income: dict[str, list[str]], basis: str = "Accrual") -> str:
    return profit_and_loss(income, COSTS, titles=("Jan 26", "Feb 26", "Mar 26"), basis=basis)
