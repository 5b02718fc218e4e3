"""A company whose accounts show everything the mapping workspace has to tell: a tree, and one account for each flag."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import Company
from metrics.default_setup import install_default_mappings
from metrics.models import LedgerAccount, MonthlyAmount, MonthlyMetric
from metrics.months import Month, months_between
from metrics.recompute import recompute
from metrics.tests.factories import NOW, CompanyFactory

LAST = Month(2026, 2)
FIRST = LAST.plus(-11)


@dataclass(frozen=True)
class Sampled:
    """`list_id` "": the chart does not know it. `amount` of each month; None for an account nobody booked to."""

    list_id: str
    full_name: str
    account_type: str
    number: str
    amount: str | None
    is_new: bool = False
    former: str = ""
    is_active: bool = True


ACCOUNTS = (
    Sampled("80-1", "Managed Services", "Income", "4000", "250.00"),
    Sampled("80-2", "Managed Services:Agreements", "Income", "4010", "168400.00"),
    Sampled("80-3", "Managed Services:Microsoft 365", "Income", "4020", "23980.40"),
    Sampled("80-4", "Project Labour", "Income", "4100", "41250.55"),
    Sampled("80-5", "Blue Heron", "Income", "4900", "1840.25", is_new=True),
    Sampled("80-6", "Sundry Credits & Adjustments Café Ñandú of the Pacific Northwest", "Income", "4980", "-96.00"),
    Sampled("80-7", "Hardware Purchases", "CostOfGoodsSold", "5000", "47310.77"),
    Sampled("80-8", "Payroll Expenses", "Expense", "6000", None),
    Sampled("80-9", "Payroll Expenses:Wages", "Expense", "6010", "104300.62"),
    Sampled("80-10", "Payroll Expenses:Officer Salary", "Expense", "6020", "15000.00", former="Payroll:Officer Salary"),
    Sampled("80-11", "Rent", "Expense", "6300", "9800.00", former="Office Rent"),
    Sampled("80-12", "Wild Goose", "Expense", "", "412.90"),
    Sampled("80-13", "Old Vehicle", "Expense", "6900", None, is_active=False),
    Sampled("", "Ask the Bookkeeper:Total Quality", "OtherExpense", "", "77.00"),
)


def workspace_company(company: Company | None = None, *, now: datetime = NOW, last: Month = LAST) -> Company:
    """Twelve months up to `last`, the default rules, figures computed; nothing pinned yet."""
    company = company or CompanyFactory.create(name="Cascadia Managed Services", slug="cascadia")
    install_default_mappings(company)
    long_ago = now - timedelta(days=400)
    for one in ACCOUNTS:
        if one.list_id:
            LedgerAccount.objects.create(
                company=company, list_id=one.list_id, name=one.full_name.rpartition(":")[2], full_name=one.full_name,
                number=one.number, account_type=one.account_type, is_active=one.is_active, updated_at=now,
                first_seen_at=now - timedelta(days=9) if one.is_new else long_ago,
                former_full_name=one.former, renamed_at=now - timedelta(days=5) if one.former else None,
            )  # fmt: skip
    MonthlyAmount.objects.bulk_create(_amounts(company, last))
    for month in months_between(last.plus(-11), last):
        MonthlyMetric.objects.get_or_create(
            company=company,
            basis="accrual",
            month=month.first_day,
            defaults={"tie_out_status": "tied", "quickbooks_net_income": Decimal(0), "synced_at": now},
        )
    recompute(company, as_of=now.date())
    return company


def _amounts(company: Company, last: Month) -> list[MonthlyAmount]:
    return [
        MonthlyAmount(
            company=company, basis="accrual", month=month.first_day,
            account_key=one.list_id or f"name:{one.full_name}", full_name=one.full_name,
            label=one.full_name.rpartition(":")[2], number=one.number, account_type=one.account_type,
            amount=Decimal(one.amount) + step * 7, row_number=row,
        )
        for step, month in enumerate(months_between(last.plus(-11), last))
        for row, one in enumerate(ACCOUNTS)
        if one.amount is not None
    ]  # fmt: skip
