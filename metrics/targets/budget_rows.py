"""QuickBooks' budget by ledger account, and the budgets by metric that today's mapping makes of it.

What a person entered, or imported, for a month and metric wins over QuickBooks' budget; delete it, and QuickBooks'
comes back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from accounts.models import Company
from metrics.arithmetic import CATEGORY_METRICS, month_figures
from metrics.cells import SECTIONS
from metrics.columns import list_id_of
from metrics.mapping import Mapper
from metrics.mappings.rows import mapper_of
from metrics.models import BudgetAmount, LedgerAccount, MappingVersion, Target
from metrics.months import Month
from qbwc.models import Exchange

QUICKBOOKS = Target.Source.QUICKBOOKS
TOTALS = ("total_revenue", "total_expenses", "net_profit")
Place = tuple[str, Month]  # metric key, month


def replace_budget(
    company: Company, months: Sequence[Month], amounts: Sequence[BudgetAmount], exchange: Exchange
) -> int:
    """Make these the months' budget, unless a later answer has been read; how many months were written.

    Needs the company's lock.
    """
    days = [month.first_day for month in months]
    known = BudgetAmount.objects.filter(company=company, month__in=days)
    newer = set(known.filter(exchange_id__gt=exchange.pk).values_list("month", flat=True))
    taken = [day for day in days if day not in newer]
    known.filter(month__in=taken).delete()
    BudgetAmount.objects.bulk_create([amount for amount in amounts if amount.month in taken], batch_size=100)
    return len(taken)


def map_budget(company: Company, now: datetime) -> None:
    """Write QuickBooks' budgets by metric again, with today's rules; twice changes nothing."""
    with transaction.atomic():
        rows = {_place(row): row for row in Target.objects.filter(company=company, kind=Target.Kind.BUDGET)}
        wanted = {
            place: amount
            for place, amount in _by_metric(company).items()
            if place not in rows or rows[place].source == QUICKBOOKS
        }
        gone = [row.pk for place, row in rows.items() if row.source == QUICKBOOKS and place not in wanted]
        Target.objects.filter(pk__in=gone).delete()
        changed = [
            Target(
                company=company,
                kind=Target.Kind.BUDGET,
                metric_key=key,
                month=month.first_day,
                amount=amount,
                source=QUICKBOOKS,
                updated_by="QuickBooks",
                updated_at=now,
            )
            for (key, month), amount in wanted.items()
            if (key, month) not in rows or rows[key, month].amount != amount
        ]
        Target.objects.bulk_create(
            changed,
            batch_size=100,
            update_conflicts=True,
            unique_fields=["company", "kind", "metric_key", "month"],
            update_fields=["amount", "updated_at"],
        )


@receiver(post_save, sender=MappingVersion)
def _remap(instance: MappingVersion, **_kwargs: object) -> None:
    """Every change of a mapping is followed by a version, whoever made it; budgets go with it in the same commit."""
    map_budget(instance.company, instance.created_at)


def quickbooks_budget(company: Company, first: Month, last: Month) -> dict[Place, Decimal]:
    """What QuickBooks' own budget comes to by metric and month, whatever people entered beside it."""
    return {place: amount for place, amount in _by_metric(company).items() if first <= place[1] <= last}


def _by_metric(company: Company) -> dict[Place, Decimal]:
    """The categories that an account is budgeted for, and the totals. Nothing is mapped when nothing is budgeted."""
    months: dict[Month, list[BudgetAmount]] = defaultdict(list)
    for row in BudgetAmount.objects.filter(company=company).order_by("month", "pk"):
        months[Month.of(row.month)].append(row)
    if not months:
        return {}
    mapper = mapper_of(company)
    numbers = dict(LedgerAccount.objects.filter(company=company).values_list("list_id", "number"))
    found: dict[Place, Decimal] = {}
    for month, rows in months.items():
        found |= {(key, month): amount for key, amount in _figures(month, rows, mapper, numbers).items()}
    return found


def _figures(month: Month, rows: Sequence[BudgetAmount], mapper: Mapper, numbers: dict[str, str]) -> dict[str, Decimal]:
    amounts = [
        (
            mapper.match(
                row.full_name,
                SECTIONS[row.account_type],
                numbers.get(row.account_key, ""),
                list_id_of(row.account_key),
                month,
            ).metric_key,
            SECTIONS[row.account_type],
            row.amount,
        )
        for row in rows
    ]
    budgeted = {key for key, _, _ in amounts}
    figures = month_figures(amounts).by_key()
    return {key: figures[key] for key in (*CATEGORY_METRICS, *TOTALS) if key in budgeted or key in TOTALS}


def _place(row: Target) -> Place:
    return row.metric_key, Month.of(row.month)
