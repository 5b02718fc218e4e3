"""Server CPU of the overview with 500 companies, and of a company's pages with 36 months × 300 ledger accounts."""

from __future__ import annotations

import gzip
import statistics
import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.test import Client

from accounts import clock
from accounts.models import Company, User
from bench.pages_in_browser import views
from metrics.default_setup import install_default_mappings
from metrics.models import MonthlyAmount, MonthlyMetric, SyncHistory
from metrics.months import Month, months_between
from qbwc.models import CompanyFile, SyncPlan

COMPANIES, MONTHS, ACCOUNTS, ROUNDS = 500, 36, 300, 15
# Address → the limit in milliseconds of CPU, 0: none is set. Company 0 has no rule yet, company 1 the default ones.
LIMITS = {
    "/": 150,
    "/?sort=revenue&page=3": 150,
    "/?q=company+49": 150,
    "/companies/company-0/": 50,
    "/companies/company-1/": 50,
    "/companies/company-0/review/?period=ttm:{last}": 50,
    "/companies/company-0/review/?period={first}..{last}": 50,
    "/companies/company-0/review/present/?page=all": 0,
}
IN_BROWSER = ("/", "/companies/company-1/", "/companies/company-0/review/?period={first}..{last}")
# Names of an IT service provider's books, each with its type: what rules and patterns have to look at.
NAMES = (
    ("Services:Managed:Site", "Income"),
    ("Hardware Sales:Line", "Income"),
    ("Payroll Expenses:Wages", "Expense"),
    ("Cost of Goods:Parts", "CostOfGoodsSold"),
    ("Office:Rent", "Expense"),
    ("Travel:Air", "Expense"),
    ("Consulting:Project", "Income"),
    ("Licences:Microsoft", "CostOfGoodsSold"),
)


def run() -> None:
    now = clock.now()
    months = months_between(Month.of(now).plus(-MONTHS), Month.of(now).plus(-1))
    _companies(months, now)
    client = Client(headers={"host": "localhost"})
    span = {"first": months[0], "last": months[-1]}
    client.force_login(User.objects.create(username="bench", is_superuser=True))
    print(f"{'CPU ms':>8} {'limit':>6} {'of it':>6} {'known':>6} {'queries':>8} {'KB':>6} {'gzip':>6}")
    for address, limit in LIMITS.items():
        _measure(client, address.format(**span), limit)
    found = views([address.format(**span) for address in IN_BROWSER], client.cookies["sessionid"].value, 5)
    for address, view in found.items():
        print(f"in Chromium: answered {view.answered:.0f} ms, painted {view.painted:.0f}, usable {view.usable:.0f},"
              f" loaded {view.loaded:.0f}, {view.weight / 1000:.1f} KB  {address}")  # fmt: skip


class _Counter:
    """Counts statements on their way to the database."""

    count = 0

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        self.count += 1
        return execute(sql, params, many, context)


def _measure(client: Client, address: str, limit: int) -> None:
    queries = _Counter()
    with connection.execute_wrapper(queries):
        response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    sizes = f"{len(response.content) / 1000:>6.0f} {len(gzip.compress(response.content)) / 1000:>6.1f}"
    rounds = [(_spent(_known_work), _spent(lambda: client.get(address))) for _ in range(ROUNDS)]
    spent, times = statistics.median(one for _, one in rounds), statistics.median(one / known for known, one in rounds)
    share = f"{limit:>6} {spent / limit:>6.0%}" if limit else f"{'':>6} {'':>6}"
    print(f"{spent:>8.1f} {share} {times:>6.1f} {queries.count:>8} {sizes}  {address}")


def _spent(action: Callable[[], object]) -> float:
    """Milliseconds of this process."""
    start = time.process_time()
    action()
    return (time.process_time() - start) * 1000


def _known_work() -> str:
    """As a page does, many small texts and numbers: beside it a page costs the same on a slow and a busy machine."""
    found = {str(number): number * 2 for number in range(20_000)}
    return "".join(f"{key} {value}" for key, value in found.items())


def _companies(months: tuple[Month, ...], now: datetime) -> None:
    companies = Company.objects.bulk_create(
        [Company(name=f"Company {number}", slug=f"company-{number}") for number in range(COMPANIES)]
    )
    files = CompanyFile.objects.bulk_create(
        [
            CompanyFile(
                company=company, username=company.slug, password_hash="x", owner_id=_uuid(1),
                file_id=_uuid(company.pk + 9),
            )
            for company in companies
        ]
    )  # fmt: skip
    SyncPlan.objects.bulk_create(
        [
            SyncPlan(company_file=file, purpose=name, next_due_at=now)
            for file in files
            for name in ("profit_loss", "employees")
        ]
    )  # fmt: skip
    SyncHistory.objects.bulk_create(
        [
            SyncHistory(company=company, sync_type=kind, success=company.pk % 7 != 0, message="Read.", created_at=now)
            for company in companies
            for kind in ("profit_loss", "employees", "accounts")
        ]
    )
    MonthlyMetric.objects.bulk_create(
        [_month(company, month, step, now) for company in companies for step, month in enumerate(months)],
        batch_size=500,
    )
    install_default_mappings(companies[1])
    for company in companies[:2]:
        MonthlyAmount.objects.bulk_create(_amounts(company, months), batch_size=500)


def _amounts(company: Company, months: tuple[Month, ...]) -> list[MonthlyAmount]:
    return [
        MonthlyAmount(
            company=company, basis="accrual", month=month.first_day, account_key=f"80-{number}",
            full_name=f"{NAMES[number % len(NAMES)][0]} {number}", label=f"Account {number}",
            account_type=NAMES[number % len(NAMES)][1], amount=Decimal("100.00"), row_number=number,
        )
        for month in months
        for number in range(ACCOUNTS)
    ]  # fmt: skip


def _month(company: Company, month: Month, step: int, now: datetime) -> MonthlyMetric:
    revenue, expenses = Decimal(100_000 + company.pk * 100 + step * 500), Decimal(90_000 + step * 800)
    return MonthlyMetric(
        company=company, basis="accrual", month=month.first_day, mrr=revenue, other_expenses=expenses,
        total_revenue=revenue, total_expenses=expenses, net_profit=revenue - expenses, employees=12,
        tie_out_status="untied" if (company.pk + step) % 97 == 0 else "tied",
        quickbooks_net_income=revenue - expenses, synced_at=now,
    )  # fmt: skip


def _uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"
