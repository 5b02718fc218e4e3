"""Companies as rows, straight into the tables, for tests of what is drawn from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from accounts.models import Company, Membership, User
from metrics.arithmetic import EXPENSE_METRICS, REVENUE_METRICS
from metrics.models import AccountMapping, Basis, MonthlyAmount, MonthlyMetric, SyncHistory
from metrics.months import Month, months_between
from qbwc.models import CompanyFile, SyncPlan

NOW = datetime(2026, 11, 21, 8, 12, tzinfo=UTC)
READ_AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
LAST = Month(2026, 11)
PASSWORD = "correct horse battery staple"
UNMAPPED = (
    ("Reimbursed Expenses:Client Travel & Lodging Café Ñandú", "Income", "40980", "1840.25"),
    ("Uncategorized Expense", "Expense", "", "412.90"),
    ("Ask My Accountant:Total Quality Training  (double space)", "OtherExpense", "80100", "-96.00"),
)


@dataclass(frozen=True)
class Sample:
    company: Company
    user: User


def person(username: str = "dana", *, is_superuser: bool = False) -> User:
    """Somebody who can sign in with PASSWORD."""
    user = User(username=username, is_superuser=is_superuser, is_staff=is_superuser)
    user.set_password(PASSWORD)
    user.save()
    return user


def company_of(user: User, name: str, slug: str, role: str = Membership.Role.VIEWER) -> Company:
    """A company with its file and sync plans, visible to `user`; nothing read yet."""
    company = Company.objects.create(name=name, slug=slug)
    Membership.objects.create(user=user, company=company, role=role)
    file = CompanyFile.objects.create(
        company=company,
        username=slug,
        password_hash="x",
        owner_id=_uuid(1),
        file_id=_uuid(company.pk + 9),
        app_name=name,
    )
    for priority, purpose in enumerate(("accounts", "profit_loss", "employees")):
        parameters = {"basis": "accrual"} if purpose == "profit_loss" else {}
        SyncPlan.objects.create(company_file=file, purpose=purpose, parameters=parameters, priority=priority)
    return company


def _uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def synced_company(
    user: User, name: str = "Cascadia Managed Services", slug: str = "cascadia", months: int = 24
) -> Company:
    """Months up to the running November 2026, all tied; one of them, February, is a loss."""
    company = company_of(user, name, slug)
    for step, month in enumerate(months_between(LAST.plus(1 - months), LAST)):
        MonthlyMetric.objects.create(company=company, month=month.first_day, **_month(step, month))
    for kind, words in (
        ("accounts", "74 accounts"),
        ("profit_loss", "24 months, 71 rows"),
        ("employees", "19 employees"),
    ):
        _history(company, kind, success=True, message=f"Read {words}.")
    SyncPlan.objects.filter(company_file__company=company).update(next_due_at=READ_AT + timedelta(hours=6))
    return company


def _month(step: int, month: Month) -> dict[str, object]:
    share = Decimal("0.66") if month == LAST else Decimal(1)
    wave = Decimal((step * 37) % 11 - 5)
    grown = [Decimal(base) + Decimal(rise) * step + wave * Decimal(swing) / 4 for base, rise, swing in _BASES]
    amounts = [(value * share).quantize(Decimal("0.01")) for value in grown]
    figures = dict(zip((*REVENUE_METRICS, *EXPENSE_METRICS), amounts, strict=True))
    if month.month == 2:  # a big one-off purchase makes this month a loss
        figures["other_expenses"] += Decimal("148300.17")
        figures["nrr"] = Decimal("-2310.40")
    revenue = sum((figures[key] for key in REVENUE_METRICS), Decimal(0))
    expenses = sum((figures[key] for key in EXPENSE_METRICS), Decimal(0))
    return {
        **figures,
        "basis": Basis.ACCRUAL,
        "total_revenue": revenue,
        "total_expenses": expenses,
        "net_profit": revenue - expenses,
        "employees": 14 + step // 5,
        "tie_out_status": MonthlyMetric.TieOutStatus.TIED,
        "quickbooks_net_income": revenue - expenses,
        "synced_at": READ_AT,
    }


_BASES = (
    # at first, rise a month, swing: revenue, then expenses
    ("41250.55", "310.10", "2950.35"),
    ("168400.00", "4120.75", "0"),
    ("23980.40", "415.30", "120.15"),
    ("38110.95", "-120.40", "4870.65"),
    ("0", "0", "0"),
    ("104300.62", "1780.25", "640.50"),
    ("15000.00", "0", "0"),
    ("1147.50", "0", "0"),
    ("52890.18", "690.90", "3310.20"),
    ("47310.77", "520.15", "1205.45"),
)


def _history(company: Company, sync_type: str, *, success: bool, message: str, at: datetime = READ_AT) -> None:
    SyncHistory.objects.create(
        company=company, sync_type=sync_type, success=success, message=message, created_at=at, parsed_data={}
    )


def untie(company: Company, month: Month, difference: Decimal) -> None:
    """The newest import of this month did not add up; the figures stay those of the last good one."""
    row = MonthlyMetric.objects.get(company=company, month=month.first_day)
    row.tie_out_status = MonthlyMetric.TieOutStatus.UNTIED
    row.difference = difference
    printed = row.total_expenses
    row.discrepancies = [
        {"row": 58, "label": "Total Expense", "printed": str(printed), "computed": str(printed - difference)}
    ]
    row.save()


def fail(company: Company, sync_type: str, words: str) -> None:
    """The newest attempt of this kind was refused by QuickBooks."""
    _history(company, sync_type, success=False, message=words, at=READ_AT + timedelta(minutes=5))


def leave_unmapped(company: Company) -> None:
    """Three accounts that no rule knows, one of them negative, in the last full month."""
    month = LAST.plus(-1)
    AccountMapping.objects.filter(company=company).delete()
    for number, (full_name, account_type, code, amount) in enumerate(UNMAPPED, start=1):
        MonthlyAmount.objects.create(
            company=company, basis=Basis.ACCRUAL, month=month.first_day, account_key=f"80000{number:03d}-1",
            full_name=full_name, label=full_name.rsplit(":", 1)[-1], number=code, account_type=account_type,
            amount=Decimal(amount), row_number=number,
        )  # fmt: skip
    row = MonthlyMetric.objects.get(company=company, month=month.first_day)
    row.unmapped_revenue, row.unmapped_expenses = Decimal("1840.25"), Decimal("316.90")
    row.total_revenue += row.unmapped_revenue
    row.total_expenses += row.unmapped_expenses
    row.net_profit = row.quickbooks_net_income = row.total_revenue - row.total_expenses
    row.save()
