"""What a finance administrator finds in the morning: four companies, of which each wants something else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import Company, Membership, User
from metrics.default_setup import install_default_mappings
from metrics.ingest import read_accounts, read_employees, read_profit_and_loss
from metrics.months import Month, months_between
from metrics.targets.changes import save_targets
from metrics.targets.rules import monthly_targets
from metrics.tests import sample_company as sample
from metrics.tests.deliveries import delivered
from metrics.tests.qbxml_texts import accounts, employees, profit_and_loss, profit_and_loss_request
from qbwc.models import SyncPlan

NOW = sample.NOW
MONTHS = months_between(Month(2024, 10), Month(2026, 11))
QUARTER = (Month(2026, 7), Month(2026, 8), Month(2026, 9))
NAME = "Harbour Point Managed Services & Consulting of the Pacific Northwest"
SLUG = "harbour-point"
HERON = "Ask My Accountant:Blue Heron"  # a name that no rule knows
HERON_AMOUNTS = {Month(2026, 8): Decimal("21840.25"), Month(2026, 9): Decimal("9733.48")}
LOSS = Month(2026, 2)
RESTATED = Month(2026, 5)
CHART = (
    ("80-1", "Managed Services", "Income", "4000"),
    ("80-2", "Managed Services:Agreements", "Income", "4010"),
    ("80-3", "Managed Services:Microsoft 365 Licences", "Income", "4020"),
    ("80-4", "Project Labour", "Income", "4100"),
    ("80-5", "Hardware Sales", "Income", "4200"),
    ("80-6", "Ask My Accountant", "Income", "4980"),
    ("80-7", HERON, "Income", "4985"),
    ("80-8", "Insurance Expense", "Expense", "6200"),
    ("80-9", "Payroll Expenses", "Expense", "6000"),
    ("80-10", "Payroll Expenses:Wages", "Expense", "6010"),
    ("80-11", "Payroll Expenses:Officer Salary", "Expense", "6020"),
    ("80-12", "Rent", "Expense", "6300"),
)
Amount = Callable[[int, Month], Decimal]
AGREEMENTS, LICENCES, PROJECTS, HARDWARE = (
    "Managed Services:Agreements",
    "Managed Services:Microsoft 365 Licences",
    "Project Labour",
    "Hardware Sales",
)


def project_labour(step: int, month: Month) -> Decimal:
    """What is non-recurring revenue before anything is mapped; in the loss month customers got money back."""
    if month == LOSS:
        return Decimal("-2310.40")
    return Decimal("41250.55") + 310 * step - (step * 37) % 11 * Decimal("612.35")


INCOME: dict[str, Amount] = {
    AGREEMENTS: lambda step, _: Decimal("118400.25") + Decimal("4120.75") * step,
    LICENCES: lambda step, _: Decimal("23980.40") + Decimal("415.30") * step,
    PROJECTS: project_labour,
    HARDWARE: lambda step, month: Decimal("38110.95") - 120 * step + (step * 53) % 13 * Decimal("402.11"),
    HERON: lambda _, month: HERON_AMOUNTS.get(month, Decimal(0)),
}
EXPENSE: dict[str, Amount] = {
    "Insurance Expense": lambda step, _: Decimal("24310.77") + (step * 53) % 13 * Decimal("301.58"),
    "Payroll Expenses:Wages": lambda step, _: Decimal("104300.62") + Decimal("1780.25") * step,
    "Payroll Expenses:Officer Salary": lambda _, __: Decimal("15000.00"),
    "Rent": lambda _, month: Decimal("9800.00") + (Decimal("148300.17") if month == LOSS else 0),
}


def non_recurring() -> tuple[Decimal, Decimal]:
    """Of the quarter: before the account is mapped, and after."""
    before = sum((project_labour(MONTHS.index(month), month) for month in QUARTER), Decimal(0))
    return before, before + sum(HERON_AMOUNTS.values(), Decimal(0))


def build() -> User:
    """The administrator, who may sign in with `sample.PASSWORD`."""
    dana = sample.person()
    _harbour_point(dana)
    birch = sample.synced_company(dana, "Birch & Sons", "birch", months=30)
    sample.untie(birch, Month(2026, 8), Decimal("12.34"))
    sample.fail(birch, "profit_loss", "QuickBooks: the company file is open in single-user mode.")
    sample.synced_company(dana, "Quillfeather, Zimmermann-Okonkwo & Partners Chartered Accountants LLP", "quill", 14)
    sample.company_of(dana, "Alder IT", "alder")
    Membership.objects.update(role=Membership.Role.ADMINISTRATOR)
    return dana


def _harbour_point(user: User) -> Company:
    """Read ten days ago and this morning; meanwhile a past month was changed in QuickBooks."""
    company = sample.company_of(user, NAME, SLUG)
    install_default_mappings(company)
    read_accounts(delivered(company, "accounts", accounts(*CHART), now=NOW - timedelta(days=10)))
    _read(company, NOW - timedelta(days=10), Decimal(0))
    _read(company, sample.READ_AT, Decimal("-1875.50"))
    people = [
        {"ListID": f"E-{number}", "TimeCreated": "2020-05-01T09:00:00-07:00",
         "TimeModified": "2020-05-01T09:00:00-07:00", "IsActive": "true", "EmployeeType": "Regular",
         "HiredDate": f"20{number + 12}-03-04"}
        for number in range(13)
    ]  # fmt: skip
    read_employees(delivered(company, "employees", employees(*people), now=sample.READ_AT))
    year = tuple(Month(2026, number) for number in range(1, 13))
    for key, annual in (("total_revenue", "3300000"), ("net_profit", "1080000")):
        save_targets(company, monthly_targets(key, Decimal(annual), year), actor="dana", now=NOW)
    SyncPlan.objects.filter(company_file__company=company).update(next_due_at=NOW + timedelta(hours=6))
    return company


def _read(company: Company, now: datetime, changed: Decimal) -> None:
    income, expense = (
        {name: [amount(step, month) for step, month in enumerate(MONTHS)] for name, amount in side.items()}
        for side in (INCOME, EXPENSE)
    )
    income[AGREEMENTS][MONTHS.index(RESTATED)] += changed
    text = profit_and_loss(
        {name: [f"{one:.2f}" if one else "" for one in row] for name, row in income.items()},
        {name: [f"{one:.2f}" for one in row] for name, row in expense.items()},
        titles=[f"{month.label[:3]} {month.year % 100}" for month in MONTHS],
    )
    request = profit_and_loss_request(str(MONTHS[0].first_day), str(MONTHS[-1].last_day))
    read_profit_and_loss(delivered(company, "profit_loss", text, request=request, now=now, parameters={}))
