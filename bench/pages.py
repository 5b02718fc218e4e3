"""Server CPU of the overview with 500 companies, and of a company's review with 36 months × 300 ledger accounts."""

from __future__ import annotations

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
from metrics.models import MonthlyAmount, MonthlyMetric, SyncHistory
from metrics.months import Month, months_between
from qbwc.models import CompanyFile, SyncPlan

COMPANIES, MONTHS, ACCOUNTS, ROUNDS = 500, 36, 300, 7
ADDRESSES = (
    "/",
    "/?sort=revenue&page=3",
    "/?q=company+49",
    "/companies/company-0/",
    "/companies/company-0/review/?period=ttm:{last}",
    "/companies/company-0/review/?period={first}..{last}",
    "/companies/company-0/review/present/?page=all",
)


def run() -> None:
    now = clock.now()
    months = months_between(Month.of(now).plus(-MONTHS), Month.of(now).plus(-1))
    _companies(months, now)
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.create(username="bench", is_superuser=True))
    print(f"{'CPU ms':>8} {'queries':>8} {'KB':>6}")
    for address in ADDRESSES:
        _measure(client, address.format(first=months[0], last=months[-1]))


class _Counter:
    """Counts statements on their way to the database."""

    count = 0

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        self.count += 1
        return execute(sql, params, many, context)


def _measure(client: Client, address: str) -> None:
    queries = _Counter()
    with connection.execute_wrapper(queries):
        response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    spent = []
    for _ in range(ROUNDS):
        start = time.process_time()
        client.get(address)
        spent.append((time.process_time() - start) * 1000)
    print(f"{statistics.median(spent):>8.1f} {queries.count:>8} {len(response.content) // 1024:>6}  {address}")


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
    MonthlyAmount.objects.bulk_create(
        [
            MonthlyAmount(
                company=companies[0], basis="accrual", month=month.first_day, account_key=f"80-{number}",
                full_name=f"Services:Account {number}", label=f"Account {number}", account_type="Income",
                amount=Decimal("100.00"), row_number=number,
            )
            for month in months
            for number in range(ACCOUNTS)
        ],
        batch_size=500,
    )  # fmt: skip


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
