"""A company with a past: restated, renamed, untied, out of order, on both bases, with frozen head counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from accounts.models import Company
from metrics.ingest import read_accounts, read_employees, read_profit_and_loss
from metrics.mappings.changes import create_mapping
from metrics.mappings.values import MappingValues
from metrics.models import MonthlyHeadCount, Restatement
from metrics.tests.deliveries import delivered
from metrics.tests.factories import AccountMappingFactory, CompanyFactory
from metrics.tests.qbxml_texts import accounts, employees, profit_and_loss, profit_and_loss_request, response
from qbwc.purposes import Delivered

BEGUN = datetime(2026, 2, 10, 6, tzinfo=UTC)
RENT = ["300.00", "300.00", "310.00"]
CHART = accounts(
    ("80-1", "Managed Services", "Income"), ("80-2", "Odd Jobs", "Income"), ("80-3", "Rent", "Expense", "6100")
)
RENAMED = accounts(
    ("80-1", "Managed IT", "Income"),
    ("80-3", "Rent", "Expense", "6110"),
    ("80-4", "Discounts", "Income"),
    ("80-5", "Hosting Cost", "CostOfGoodsSold"),
)
ANN = {"ListID": "E-1", "IsActive": "true", "EmployeeType": "Regular", "HiredDate": "2024-01-08"}
BOB = {"ListID": "E-2", "IsActive": "true", "EmployeeType": "Officer", "HiredDate": "2026-02-20"}
BOB_GONE = {**BOB, "IsActive": "false", "ReleasedDate": "2026-03-05"}


def at(days: int) -> datetime:
    return BEGUN + timedelta(days=days)


def report(
    company: Company,
    days: int,
    income: dict[str, list[str]],
    expense: dict[str, list[str]] | None = None,
    *,
    basis: str = "Accrual",
    net_income: list[str] | None = None,
) -> Delivered:
    """January to March 2026."""
    text = profit_and_loss(
        income,
        {"Rent": RENT} if expense is None else expense,
        titles=("Jan 26", "Feb 26", "Mar 26"),
        basis=basis,
        net_income=net_income,
    )
    request = profit_and_loss_request("2026-01-01", "2026-03-31", basis)
    return delivered(company, "profit_loss", text, request=request, now=at(days))


def make() -> Company:
    """Every kind of thing that can happen to figures, in about seven weeks."""
    company = CompanyFactory.create(slug="cascadia", name="Cascadia")
    AccountMappingFactory.create(company=company)
    read_accounts(delivered(company, "accounts", CHART, now=at(0)))
    read_profit_and_loss(
        report(company, 0, {"Managed Services": ["1000.00", "400.00", ""], "Odd Jobs": ["50.25", "", ""]})
    )
    read_employees(delivered(company, "employees", employees(ANN), now=at(0)))
    # February is over; January is restated. The renamed account's report is read before its chart.
    chart = delivered(company, "accounts", RENAMED, now=at(20))
    read_profit_and_loss(
        report(
            company,
            20,
            {"Managed IT": ["1000.00", "1100.00", "20.00"], "Odd Jobs": ["60.25", "", ""]},
            {"Rent": RENT, "Hosting Cost": ["5.00", "6.00", "7.00"]},
        )
    )
    read_accounts(chart)
    read_employees(delivered(company, "employees", employees(ANN, BOB), now=at(20)))
    _untied_and_late(company)
    _people(company)
    return company


def _untied_and_late(company: Company) -> None:
    late = report(company, 24, {"Managed IT": ["1000.00", "1150.00", "30.00"]})
    read_profit_and_loss(
        report(
            company,
            25,
            {"Managed IT": ["1000.00", "1200.00", "40.00"], "Discounts": ["", "-15.50", ""]},
            net_income=["700.00", "999.99", "-270.00"],
        )
    )
    read_profit_and_loss(late)
    read_profit_and_loss(report(company, 26, {"Managed IT": ["990.00", "1100.00", "35.00"]}, basis="Cash"))
    refused = report(company, 27, {"Managed IT": ["1.00", "1.00", "1.00"]}, basis="Cash")
    broken = delivered(company, "profit_loss", refused.text, request=profit_and_loss_request(), now=at(27))
    read_profit_and_loss(broken)
    read_profit_and_loss(refused)
    busy = delivered(company, "profit_loss", failure="QuickBooks is busy.", status_code=3170, now=at(27))
    read_profit_and_loss(busy)


def _people(company: Company) -> None:
    minimal = employees({"ListID": "E-1", "IsActive": "true"}, {"ListID": "E-2", "IsActive": "true"})
    late = delivered(company, "employees", employees(ANN, BOB), now=at(50))
    fewer = delivered(company, "employees", minimal, parameters={"fields": "minimal"}, now=at(51))
    read_employees(fewer)
    read_employees(late)
    failed = response("EmployeeQueryRs", "", 3261, "No permission.")
    told = {"failure": "No permission.", "status_code": 3261, "parameters": {"fields": "minimal"}}
    read_employees(delivered(company, "employees", failed, now=at(52), **told))  # type: ignore[arg-type]
    read_employees(delivered(company, "employees", employees(ANN, BOB_GONE), now=at(53)))
    restated = Restatement.objects.filter(company=company).order_by("pk")[0]
    restated.acknowledged_at, restated.acknowledged_by, restated.note = at(54), "dana", "Known: a late credit."
    restated.save()
    MonthlyHeadCount.objects.filter(company=company, month="2026-02-01").update(entered=7, entered_by="dana")
    values = MappingValues("contains", "hosting", "product_cogs", priority=5)
    create_mapping(company, values, actor="dana", now=at(55))
