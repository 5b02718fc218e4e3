"""From what size on a company wants to be told: its own number, or the kind's default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from accounts.models import Company
from alerts.models import Thresholds
from alerts.sources import Threshold, sources

Values = Mapping[str, Decimal]  # by the threshold's key


def name_of(kind: str, threshold: Threshold) -> str:
    """How a threshold is named where those of all kinds are together."""
    return f"{kind}.{threshold.key}"


def thresholds_of(companies: Iterable[Company], kind: str) -> dict[int, Values]:
    """What holds for each company by its pk; a threshold without a number is left out. One query."""
    ids = [company.pk for company in companies]
    kept = dict(Thresholds.objects.filter(company__in=ids).values_list("company_id", "values"))
    wanted = sources()[kind].thresholds
    return {pk: _values(kind, wanted, kept.get(pk, {})) for pk in ids}


def _values(kind: str, wanted: Iterable[Threshold], kept: Mapping[str, str]) -> Values:
    found = {one.key: kept.get(name_of(kind, one), one.default) for one in wanted}
    return {key: Decimal(value) for key, value in found.items() if value is not None}
