"""Targets that were missed: of the latest month that is over, and of the latest fiscal quarter that is over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import Q
from django.urls import reverse

from accounts.models import Company
from alerts.sources import Found, Threshold, Tone, doublings, register_source
from alerts.thresholds import Values, thresholds_of
from metrics.alerting.books import Books, books_of, over_of
from metrics.arithmetic import LINES, METRICS, UNMAPPED_FIGURES
from metrics.company_time import read_since_over, running_in, zone_name_of
from metrics.derived import Figure, Figures, derived
from metrics.figure_words import written
from metrics.fiscal import Period
from metrics.models import Target
from metrics.months import Month
from metrics.periods import sum_period
from metrics.targets.judging import Extent, Judge, extent_of
from metrics.targets.rules import DEFAULT_TOLERANCE, Light, TargetKind, TargetValue, period_target
from metrics.targets.selectors import value_of

MISSED = "target_missed"
REACH = 6  # months back that hold the latest full quarter of any fiscal year
_FIGURES = (*(metric.key for metric in METRICS), *UNMAPPED_FIGURES)
TOLERANCE = Threshold(
    "percent",
    "Target missed by more than, percent",
    "Of the target; for figures that should neither rise nor fall, twice of it to either side.",
    DEFAULT_TOLERANCE,
    Decimal(0),
    Decimal(100),
)


def register_target_source() -> None:
    """Called when the apps are ready."""
    register_source(MISSED, label="Target missed", look=missed, thresholds=(TOLERANCE,), is_rough=True)


def judge_of(company: Company, period: Period, read_at: Mapping[Month, datetime], now: datetime) -> Judge:
    """How pages and files judge the period: as the alert does. `read_at`: of each month that was read. One query."""
    return _judge(zone_name_of(company), period, read_at, now, thresholds_of([company], MISSED)[company.pk])


def _judge(zone: str, period: Period, read_at: Mapping[Month, datetime], now: datetime, limits: Values) -> Judge:
    read = {month: read_since_over(month, at, zone) for month, at in read_at.items()}
    return Judge(extent_of(period, read, running_in(zone, now)), limits["percent"])


def missed(companies: Sequence[Company], now: datetime) -> Iterable[Found]:
    """Only months that were read after they had ended count, and quarters all of whose months do. Four queries."""
    books, wanted = books_of(companies), Q(month__gte=Month.of(now).plus(-REACH - 1).first_day)
    targets: dict[int, list[TargetValue]] = {}
    for row in Target.objects.filter(wanted, company__in=list(books), kind=TargetKind.TARGET.value).order_by("pk"):
        if row.metric_key in LINES:
            targets.setdefault(row.company_id, []).append(value_of(row))
    tolerances = thresholds_of(companies, MISSED)
    for pk, months in _read(books, now, wanted & Q(company__in=list(targets))).items():
        for period in _periods(books[pk], running_in(books[pk].zone, now)):
            judge = _judge(
                books[pk].zone, period, {month: at for month, (_, at) in months.items()}, now, tolerances[pk]
            )
            if judge.extent is Extent.WHOLE:
                yield from _of_period(books[pk], period, months, targets[pk], judge)


def _read(books: Mapping[int, Books], now: datetime, wanted: Q) -> dict[int, dict[Month, tuple[Figures, datetime]]]:
    found: dict[int, dict[Month, tuple[Figures, datetime]]] = {}
    for of, row in over_of(books, now, wanted, ("synced_at", *_FIGURES)):
        month = Month.of(row["month"])
        figures: dict[str, Figure] = {key: row[key] for key in _FIGURES}
        found.setdefault(of.pk, {})[month] = (figures, row["synced_at"])
    return found


def _periods(books: Books, running: Month) -> tuple[Period, Period]:
    this = Period.quarter(running, books.calendar)
    return Period.month(running.plus(-1)), Period.quarter(this.first.plus(-1), books.calendar)


def _of_period(
    books: Books,
    period: Period,
    months: Mapping[Month, tuple[Figures, datetime]],
    targets: Sequence[TargetValue],
    judge: Judge,
) -> Iterable[Found]:
    there = {month: figures for month, (figures, _) in months.items() if month in period}
    summed = sum_period(there, period)
    actual = {**summed.figures, **derived(summed.figures)}
    since = max(at for month, (_, at) in months.items() if month in period)
    for key in dict.fromkeys(target.metric_key for target in targets):
        target = period_target(targets, key, period)
        if judge.of(key, actual.get(key), target).light is Light.MISSED:
            value = actual[key]
            assert target is not None
            assert value is not None
            yield _found(books, period, key, (Decimal(value), target, judge.tolerance), since)


def _found(books: Books, period: Period, key: str, figures: tuple[Decimal, Decimal, Decimal], since: datetime) -> Found:
    line, (actual, target, tolerance) = LINES[key], figures
    room = max(abs(target) * tolerance / 100, Decimal("0.01"))
    size = doublings(abs(actual - target) / room)
    value = written(actual, line.unit)
    first_month = str(period.first) if len(period) == 1 else f"{period.first}..{period.last}"
    return Found(
        company_id=books.pk,
        subject=f"{first_month}:{key}:{books.basis}",
        fingerprint=f"{target}:{size}",
        words=f"{line.label} missed its target in {period.label}: {value} against {written(target, line.unit)}.",
        why=f"More than {tolerance.normalize():f}% from what was planned.",
        remedy="Whoever runs the company: see what is behind the figure; or change the target, if plans have changed.",
        link=_address(books, period, key),
        tone=Tone.WARN,
        since=since,
        value=value,
        size=size,
    )


def _address(books: Books, period: Period, key: str) -> str:
    if len(period) == 1:
        return f"{reverse('explain', args=[books.slug, key, str(period.first)])}?basis={books.basis}"
    return f"{reverse('review', args=[books.slug])}?basis={books.basis}"
