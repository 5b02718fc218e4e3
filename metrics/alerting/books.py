"""What the alerts need of many companies at once: whose books they are, and by what they are judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q

from accounts.models import Company
from metrics.company_time import running_in, zone_name
from metrics.fiscal import FiscalCalendar, calendar_of
from metrics.models import MonthlyMetric, ReportingSettings

_DEFAULTS = ReportingSettings()


@dataclass(frozen=True)
class Books:
    """A company's basis, the unmapped revenue it allows, its fiscal year, and the clock its months end by."""

    pk: int
    slug: str
    basis: str
    threshold: Decimal
    calendar: FiscalCalendar
    zone: str


def books_of(companies: Sequence[Company]) -> dict[int, Books]:
    """By the company's pk. One query."""
    columns = (
        *("pk", "slug", "reporting__default_basis", "reporting__unmapped_threshold_percent"),
        *("reporting__fiscal_year_first_month", "company_file__fiscal_year_first_month", "company_file__time_zone"),
    )
    rows = Company.objects.filter(pk__in=[company.pk for company in companies]).order_by().values_list(*columns)
    return {
        pk: Books(
            *(pk, slug, basis or _DEFAULTS.default_basis),
            threshold=_DEFAULTS.unmapped_threshold_percent if threshold is None else threshold,
            calendar=calendar_of(chosen, said),
            zone=zone_name(zone),
        )
        for pk, slug, basis, threshold, chosen, said, zone in rows
    }


def over_of(
    books: Mapping[int, Books], now: datetime, wanted: Q, columns: Sequence[str]
) -> Iterable[tuple[Books, dict[str, Any]]]:
    """The same, of months alone that are over in the company itself. One query."""
    running = {pk: running_in(of.zone, now).first_day for pk, of in books.items()}
    newest = Q(month__lt=max(running.values(), default=now.date()))
    for of, row in months_of(books, wanted & newest, ("month", *columns)):
        if row["month"] < running[of.pk]:
            yield of, row


def months_of(books: Mapping[int, Books], wanted: Q, columns: Sequence[str]) -> Iterable[tuple[Books, dict[str, Any]]]:
    """The columns of these months with the books they are of, on the company's own basis. One query."""
    rows = MonthlyMetric.objects.filter(wanted, company__in=list(books)).order_by("company_id", "month")
    for row in rows.values("company_id", "basis", *columns):
        of = books[row["company_id"]]
        if row["basis"] == of.basis:
            yield of, row
