"""What the books give cause to tell: unmapped amounts, untied months, restated months. Targets: alert_targets.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.urls import reverse

from accounts.models import Company
from alerts.sources import Found, Threshold, Tone, doublings, register_source
from alerts.thresholds import thresholds_of
from metrics.alerting.books import Books, books_of, over_of
from metrics.alerting.targets import register_target_source
from metrics.company_time import running_in
from metrics.derived import Unit
from metrics.figure_words import written
from metrics.models import MonthlyMetric, Restatement
from metrics.months import Month
from metrics.review.readiness import unmapped_share
from metrics.tie_out.restatements import acknowledge as acknowledge_restatements
from metrics.tie_out.restatements import restatements
from metrics.tie_out.words import totals_off

UNMAPPED, UNTIED, RESTATED = "unmapped", "untied", "restated"
UNMAPPED_MONTHS = 12  # the latest that are over
_UNMAPPED_COLUMNS = (*("unmapped_revenue", "unmapped_expenses", "total_revenue", "total_expenses", "synced_at"),)
_UNTIED_COLUMNS = ("quickbooks_net_income", "difference", "discrepancies", "synced_at")
PERCENT = Threshold(
    "percent",
    "Unmapped, percent of revenue and expenses",
    "A month in which more than this share of all amounts is mapped to no metric.",
    Decimal(1),
    Decimal(0),
    Decimal(100),
)
AMOUNT = Threshold(
    "amount",
    "Unmapped, amount in a month",
    "In the company's currency, revenue and expenses together; beside the share.",
    None,
    Decimal("0.01"),
    Decimal("999999999.99"),
)


def register_alert_sources() -> None:
    """Called when the apps are ready."""
    register_source(UNTIED, label="Untied month", look=untied)
    limits = (PERCENT, AMOUNT)
    register_source(UNMAPPED, label="Unmapped over the threshold", look=unmapped, thresholds=limits, is_rough=True)
    register_source(RESTATED, label="Restated month", look=restated, acknowledge=acknowledge_months)
    register_target_source()


def money_words(amount: Decimal) -> str:
    """1,234.50, negative in parentheses."""
    return written(amount, Unit.MONEY)


def subject_of(month: Month, basis: str) -> str:
    """ "2026-05:accrual"."""
    return f"{month}:{basis}"


def untied(companies: Sequence[Company], now: datetime) -> Iterable[Found]:
    """Every month that is over and does not tie out; the running one may still. Two queries."""
    wanted = ~Q(tie_out_status=MonthlyMetric.TieOutStatus.TIED)
    for books, row in over_of(books_of(companies), now, wanted, _UNTIED_COLUMNS):
        yield _untied(books, row)


def _untied(books: Books, row: dict[str, Any]) -> Found:
    month, difference = Month.of(row["month"]), row["difference"]
    off = totals_off(row["discrepancies"])
    net_income = row["quickbooks_net_income"]
    if difference:
        words = (
            f"{month.label} does not tie out: QuickBooks prints a Net Income of {money_words(net_income)}, its own "
            f"rows add up to {money_words(net_income + difference)}."
        )
        value = money_words(difference)
    else:
        value = f"{off} total{'' if off == 1 else 's'}"
        words = f"{month.label} does not tie out: {value} differ from their own rows; Net Income agrees."
    return Found(
        company_id=books.pk,
        subject=subject_of(month, books.basis),
        fingerprint=f"{difference}:{off}",
        words=words,
        why="A report that does not add up replaces no figures; those shown are the last that tied out, if any did.",
        remedy=(
            "Whoever keeps the books: read the month again; if it stays, verify the company file in QuickBooks (File, "
            "Utilities, Verify Data)."
        ),
        link=reverse("tie-out-month", args=[books.slug, month]),
        tone=Tone.BAD,
        since=row["synced_at"],
        value=value,
    )


def unmapped(companies: Sequence[Company], now: datetime) -> Iterable[Found]:
    """Months over the threshold: by share, by amount, or as the settings judge what is ready. Three queries."""
    first = Month.of(now).plus(-UNMAPPED_MONTHS - 1).first_day
    wanted = Q(month__gte=first) & (~Q(unmapped_revenue=0) | ~Q(unmapped_expenses=0))
    limits = thresholds_of(companies, UNMAPPED)
    for books, row in over_of(books_of(companies), now, wanted, _UNMAPPED_COLUMNS):
        size, over = max(_sizes(books, row, limits[books.pk]))
        if size >= 0 and row["month"] >= running_in(books.zone, now).plus(-UNMAPPED_MONTHS).first_day:
            yield _unmapped(books, row, size, over)


def _sizes(books: Books, row: dict[str, Any], limits: Mapping[str, Decimal]) -> Iterable[tuple[int, str]]:
    """Each limit that is set: by how much it is passed, and that in words."""
    share, of_revenue, limit = _share(row), _revenue_share(row), limits["percent"]
    yield (
        _over(share, limit),
        f"{_shown(share, limit)} of its revenue and expenses (the limit is {limit.normalize():f}%)",
    )
    ready = f"a month up to {books.threshold.normalize():f}% is ready to present"
    words = f"{_shown(of_revenue, books.threshold)} of its revenue ({ready})"
    yield _over(of_revenue, books.threshold), words
    if "amount" in limits:
        yield _over(_amount(row), limits["amount"]), f"more than {money_words(limits['amount'])}"


def _shown(share: Decimal, limit: Decimal) -> str:
    """1.0% over a limit of 1% would look like a mistake."""
    text = f"{share:.1f}"
    return f"{text}%" if Decimal(text) > limit else f"just over {limit.normalize():f}%"


def _over(value: Decimal, limit: Decimal) -> int:
    """-1 within the limit; then how often it has doubled: not every cent is a new thing."""
    return -1 if value <= limit else doublings(value / max(limit, Decimal("0.01")))


def _amount(row: dict[str, Any]) -> Decimal:
    return Decimal(abs(row["unmapped_revenue"]) + abs(row["unmapped_expenses"]))


def _share(row: dict[str, Any]) -> Decimal:
    return unmapped_share(_amount(row), abs(row["total_revenue"]) + abs(row["total_expenses"]))


def _revenue_share(row: dict[str, Any]) -> Decimal:
    return unmapped_share(row["unmapped_revenue"], row["total_revenue"])


def _unmapped(books: Books, row: dict[str, Any], size: int, over: str) -> Found:
    month, amount = Month.of(row["month"]), money_words(_amount(row))
    return Found(
        company_id=books.pk,
        subject=subject_of(month, books.basis),
        fingerprint=str(size),
        words=f"{amount} of {month.label} is mapped to no metric: {over}.",
        why="It is counted in the totals, but stands in none of the ten categories.",
        remedy=(
            "Whoever keeps the mapping: map those ledger accounts; or raise the threshold, if that is as it should be."
        ),
        link=f"{reverse('mapping', args=[books.slug])}?show=unmapped",
        tone=Tone.WARN,
        since=row["synced_at"],
        value=amount,
        size=size,
    )


def restated(companies: Sequence[Company], now: datetime) -> Iterable[Found]:
    """Past months that changed in QuickBooks and that nobody has acknowledged. Two queries."""
    books = books_of(companies)
    rows = Restatement.objects.filter(company__in=list(books), acknowledged_at=None).order_by("detected_at", "pk")
    grouped: dict[tuple[int, Any], list[dict[str, Any]]] = {}
    columns = ("pk", "company_id", "basis", "month", "detected_at", "net_income_before", "net_income_after")
    for row in rows.values(*columns):
        if row["basis"] == books[row["company_id"]].basis:
            grouped.setdefault((row["company_id"], row["month"]), []).append(row)
    for (pk, day), found in grouped.items():
        yield _restated(books[pk], Month.of(day), found)


def _restated(books: Books, month: Month, rows: Sequence[dict[str, Any]]) -> Found:
    before, after = rows[0]["net_income_before"], rows[-1]["net_income_after"]
    words = f"{month.label} changed in QuickBooks after we had read it: net income {money_words(before)} → "
    if before == after:
        words = f"{month.label} changed in QuickBooks after we had read it: its accounts, not its net income, still "
    return Found(
        company_id=books.pk,
        subject=subject_of(month, books.basis),
        fingerprint=str(rows[-1]["pk"]),
        words=f"{words}{money_words(after)}.",
        why="Somebody edited a month that was over. Reviews that showed the old figures show them no more.",
        remedy="Whoever keeps the books: see which accounts changed, then acknowledge it.",
        link=f"{reverse('restatements', args=[books.slug])}?basis={books.basis}&show=open",
        tone=Tone.WARN,
        since=rows[-1]["detected_at"],
        value=money_words(after),
    )


def acknowledge_months(company: Company, seen: Mapping[str, str], note: str, actor: str, now: datetime) -> None:
    """Whoever acknowledges the alert has seen the restatements behind it, up to the newest by then: its fingerprint."""
    for subject, newest in seen.items():
        month, _, basis = subject.partition(":")
        found = restatements(company, basis=basis, month=Month.parse(month), only_open=True)
        ids = found.filter(pk__lte=int(newest)).values_list("pk", flat=True)
        acknowledge_restatements(company, list(ids), note=note, actor=actor, now=now)
