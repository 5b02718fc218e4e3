"""What a journey of alerts does inside the installation: companies with months that do not tie out, looks, messages."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts import clock
from accounts.models import Company
from alerts import looking
from alerts.models import Recipient
from alerts.tasks import look_for_alerts
from metrics.models import Basis, MonthlyMetric
from metrics.months import Month
from outbox import webhook
from outbox.models import Message
from outbox.tasks import sweep_outbox
from tests.crash_matrix import rows


def serve() -> None:
    """For the test, a line in and a line out."""
    rows.serve({do.__name__: do for do in (make, another, look, ask_often, a_while_later, messages)})


def make(address: str, count: int, months: int) -> dict[str, str]:
    """Companies that tell a webhook of months that do not tie out; each secret by its slug."""
    now = clock.now()
    secrets = {}
    for number in range(count):
        company = Company.objects.create(name=f"Rockcastle {number}", slug=f"rockcastle-{number}")
        Recipient.objects.create(
            company=company, channel="webhook", address=address, kinds=["untied"], created_at=now, created_by="dana"
        )
        for back in range(1, months + 1):
            untie(company, Month.of(now).plus(-back), "12.00", now)
        secrets[company.slug] = webhook.secret_of(company.pk)
    return secrets


def untie(company: Company, month: Month, difference: str, now: datetime) -> None:
    """The month is off by so much."""
    zero = Decimal(0)
    amounts = dict.fromkeys(
        (
            *("nrr", "mrr", "orr", "product_sales", "misc_revenue", "employee_expense", "owner_comp"),
            *("owner_comp_taxes", "product_cogs", "other_expenses", "total_revenue", "total_expenses", "net_profit"),
        ),
        zero,
    )
    MonthlyMetric.objects.update_or_create(
        company=company,
        basis=Basis.ACCRUAL,
        month=month.first_day,
        defaults={
            **amounts,
            "tie_out_status": "untied",
            "quickbooks_net_income": zero,
            "difference": Decimal(difference),
            "synced_at": now,
        },
    )


def another(slug: str, difference: str) -> None:
    """Last month is off by another amount now."""
    untie(Company.objects.get(slug=slug), Month.of(clock.now()).plus(-1), difference, clock.now())


def look() -> None:
    """As a worker does: the commit, and the tasks handed on."""
    looking.look(clock.now())


def ask_often(times: int) -> None:
    """Many looks at once, for whichever worker takes them."""
    for _ in range(times):
        look_for_alerts.delay()


def a_while_later() -> None:
    """Whoever took a message and has not come back counts as dead by now; the sweep of the minute runs."""
    Message.objects.filter(state__in=("sending", "due")).update(next_at=clock.now() - timedelta(minutes=20))
    sweep_outbox.delay()


def messages() -> list[tuple[Any, ...]]:
    """Of every message its state, how often it was tried, and its delivery."""
    return list(Message.objects.order_by("pk").values_list("state", "attempts", "delivery"))
