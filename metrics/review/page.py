"""A company's review of a period: tiles, the table of metrics, targets, charts, notes, readiness; every read of it."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Max, Min

from accounts.models import Company
from metrics.alerting.targets import judge_of
from metrics.arithmetic import DERIVED, LINES, METRICS, Direction, Unit
from metrics.cells import in_months
from metrics.charts import GROUPS, LABELS, STYLES, Sparkline, sparkline
from metrics.company_time import read_too_early, running_month, zone_name_of
from metrics.derived import Figure, derived
from metrics.models import MonthlyMetric, Note
from metrics.months import Month
from metrics.periods import (
    Change,
    FiscalCalendar,
    Period,
    PeriodError,
    PeriodFigures,
    changes,
    like_for_like,
    previous,
    same_period_last_year,
    sum_period,
)
from metrics.review.notes import notes
from metrics.review.readiness import Readiness, judged, named
from metrics.selectors import TieOutMark, tie_out_of
from metrics.targets.judging import Judge
from metrics.targets.rules import Assessment, TargetKind, TargetValue
from metrics.targets.selectors import in_period, values
from metrics.tie_out.restatements import restatements

TILES = ("total_revenue", "recurring_share", "gross_margin", "net_profit", "net_margin", "employees")
TREND = 12
MOST_CHARTED = 36


class Compare(enum.StrEnum):
    """What the period is held against."""

    PREVIOUS = "previous"
    YEAR = "year"
    NOTHING = "none"


@dataclass(frozen=True)
class Asked:
    """What somebody wants to see."""

    company: Company
    period: Period
    basis: str
    compare: Compare
    now: datetime
    unmapped_threshold: Decimal  # percent of revenue

    @property
    def running(self) -> Month:
        return running_month(self.company, self.now)


@dataclass(frozen=True)
class MonthHead:
    """A column of the table; `tie_out` None: not read."""

    month: Month
    is_running: bool
    tie_out: TieOutMark | None


@dataclass(frozen=True)
class TableCell:
    """One month of one metric."""

    month: Month
    value: Figure
    is_running: bool
    is_estimated: bool = False


@dataclass(frozen=True)
class TableRow:
    """One metric over the months, in the whole period, against the other period and against its target."""

    key: str
    label: str
    unit: Unit
    style: str
    cells: tuple[TableCell, ...]
    total: Figure
    before: Figure
    change: Change | None
    tone: str
    target: Decimal | None
    assessment: Assessment | None


@dataclass(frozen=True)
class TableGroup:
    label: str
    rows: tuple[TableRow, ...]


@dataclass(frozen=True)
class ReviewTile:
    """A row of the table made big, with its last twelve months."""

    row: TableRow
    sparkline: Sparkline | None


@dataclass(frozen=True)
class MonthlyFigures:
    """A month's figures by key, derived ones among them, as charts take them."""

    month: Month
    figures: Mapping[str, Figure]
    targets: Mapping[str, Decimal]


@dataclass(frozen=True)
class Review:
    """Everything the review page and its slides show. `other` None: nothing to compare with; `not_compared`: why."""

    asked: Asked
    heads: tuple[MonthHead, ...]
    groups: tuple[TableGroup, ...]
    tiles: tuple[ReviewTile, ...]
    whole: PeriodFigures
    other: PeriodFigures | None
    not_compared: str
    charted: tuple[MonthlyFigures, ...]
    notes: tuple[Note, ...]
    readiness: Readiness
    open_restatements: int
    read_at: datetime | None

    @property
    def rows(self) -> dict[str, TableRow]:
        return {row.key: row for group in self.groups for row in group.rows}

    @property
    def is_empty(self) -> bool:
        return not self.whole.months_present

    @property
    def months_tied(self) -> int:
        return sum(head.tie_out is not None and head.tie_out.is_tied for head in self.heads)

    @property
    def untied(self) -> tuple[MonthHead, ...]:
        return tuple(head for head in self.heads if head.tie_out is not None and not head.tie_out.is_tied)

    @property
    def has_estimate(self) -> bool:
        return any(cell.is_estimated for row in self.rows.values() for cell in row.cells)


def span_of(company: Company, basis: str) -> tuple[Month, Month] | None:
    """The first and the last month that were read; one query."""
    found = MonthlyMetric.objects.filter(company=company, basis=basis).aggregate(first=Min("month"), last=Max("month"))
    return (Month.of(found["first"]), Month.of(found["last"])) if found["first"] else None


def default_period(span: tuple[Month, Month] | None, calendar: FiscalCalendar, running: Month) -> Period:
    """The last full quarter; for a company that is behind, the newest quarter with figures."""
    last = Period.quarter(Period.quarter(running, calendar).first.plus(-1), calendar)
    if span is None or (span[0] <= last.last and span[1] >= last.first):
        return last
    return Period.quarter(span[1], calendar)


def review(asked: Asked) -> Review:
    """Seven queries or so, whatever the number of months and ledger accounts."""
    company, period = asked.company, asked.period
    other = _other(asked)
    first = min(period.first, period.last.plus(1 - TREND), other.first if other else period.first)
    stored = MonthlyMetric.objects.filter(company=company, basis=asked.basis).defer("printed_totals")
    kept = {Month.of(row.month): row for row in in_months(stored, first, period.last).order_by("month")}
    months = {month: _figures(row) for month, row in kept.items()}
    whole = sum_period(months, period, asked.running)
    before, fair, not_compared = _compared(whole, other, months, _stale(asked, kept))
    everything = {month: {**figures, **derived(figures)} for month, figures in months.items()}
    aims = [one for one in values(company, period.first, period.last) if one.kind is TargetKind.TARGET]
    judge = (
        judge_of(company, period, {month: row.synced_at for month, row in kept.items() if month in period}, asked.now)
        if aims
        else Judge()
    )
    table = _Table(asked, everything, kept, whole, before, changes(fair, before) if before else {}, aims, judge)
    groups = table.groups()
    in_it = {month: row for month, row in kept.items() if month in period}
    return Review(
        asked=asked,
        heads=tuple(_head(month, kept.get(month), asked.running) for month in period.months),
        groups=groups,
        tiles=_tiles(groups, everything, period),
        whole=whole,
        other=before,
        not_compared=not_compared,
        charted=_charted(everything, period, aims),
        notes=notes(company, period.first, period.last),
        readiness=judged(period, in_it, asked.unmapped_threshold, asked.running, zone_name_of(company)),
        open_restatements=_open_restatements(asked),
        read_at=max((row.synced_at for row in in_it.values()), default=None),
    )


def _open_restatements(asked: Asked) -> int:
    """How many months of the period were restated and nobody has acknowledged it."""
    days = restatements(asked.company, basis=asked.basis, only_open=True).values_list("month", flat=True)
    return len({Month.of(day) for day in days} & set(asked.period.months))


def _other(asked: Asked) -> Period | None:
    try:
        match asked.compare:
            case Compare.PREVIOUS:
                return previous(asked.period)
            case Compare.YEAR:
                return same_period_last_year(asked.period)
            case _:
                return None
    except PeriodError:
        return None


def _compared(
    whole: PeriodFigures, other: Period | None, months: Mapping[Month, Mapping[str, Figure]], stale: Collection[Month]
) -> tuple[PeriodFigures | None, PeriodFigures, str]:
    """The other period, and this one, both cut to the months that this one has so far: like against like. And why
    there is no other: two months against three tell nothing, in a total or in a share."""
    if other is None or not whole.months_present:
        return None, whole, ""
    try:
        this, that = like_for_like(whole.period, other, whole.months_present[-1])
    except PeriodError:
        return None, whole, ""
    fair, before = (whole if this == whole.period else sum_period(months, this)), sum_period(months, that)
    missing = fair.months_missing or before.months_missing
    late = tuple(month for month in that.months if month in stale)
    if not missing and not late:
        return before, fair, ""
    verb = "has" if len(missing or late) == 1 else "have"
    words = "" if missing else f" since {'it was' if len(late) == 1 else 'they were'} over"
    return (
        None,
        whole,
        f"Not compared with {that.label}: {named(missing or late)} {verb} not been read from QuickBooks{words}.",
    )


def _stale(asked: Asked, kept: Mapping[Month, MonthlyMetric]) -> frozenset[Month]:
    """Months that are over and were last read before that: part of a month is nothing to compare with."""
    read_at = {month: row.synced_at for month, row in kept.items()}
    return frozenset(read_too_early(read_at, asked.running, zone_name_of(asked.company)))


def _figures(row: MonthlyMetric) -> dict[str, Figure]:
    figures: dict[str, Figure] = {metric.key: getattr(row, metric.key) for metric in METRICS}
    return {**figures, "unmapped_revenue": row.unmapped_revenue, "unmapped_expenses": row.unmapped_expenses}


def _head(month: Month, row: MonthlyMetric | None, running: Month) -> MonthHead:
    return MonthHead(month, month >= running, tie_out_of(row) if row is not None else None)


class _Table:
    """The table of metrics, row by row."""

    def __init__(
        self,
        asked: Asked,
        months: Mapping[Month, Mapping[str, Figure]],
        kept: Mapping[Month, MonthlyMetric],
        whole: PeriodFigures,
        before: PeriodFigures | None,
        moved: Mapping[str, Change],
        aims: Sequence[TargetValue],
        judge: Judge,
    ) -> None:
        self.asked, self.months, self.kept, self.moved, self.judge = asked, months, kept, moved, judge
        self.running = asked.running
        self.total = {**whole.figures, **whole.derived}
        self.before: Mapping[str, Figure] = {**before.figures, **before.derived} if before else {}
        self.targets = in_period(aims, asked.period)

    def groups(self) -> tuple[TableGroup, ...]:
        """The fourteen with what is unmapped, then those worked out of them."""
        stored = [
            TableGroup(label, tuple(self._row(key) for key in keys if self._is_shown(key))) for label, keys in GROUPS
        ]
        return (*stored, TableGroup("Worked out from these", tuple(self._row(metric.key) for metric in DERIVED)))

    def _is_shown(self, key: str) -> bool:
        return STYLES.get(key) != "unmapped" or any(
            self.months[month].get(key) for month in self.asked.period.months if month in self.months
        )

    def _row(self, key: str) -> TableRow:
        line = LINES.get(key)
        unit = line.unit if line else Unit.MONEY
        direction = line.direction if line else Direction.NEUTRAL
        total, target, moved = self.total.get(key), self.targets.get(key), self.moved.get(key)
        return TableRow(
            key=key,
            label=line.label if line else LABELS[key],
            unit=unit,
            style=STYLES.get(key, ""),
            cells=tuple(self._cell(key, month) for month in self.asked.period.months),
            total=total,
            before=self.before.get(key),
            change=moved,
            tone=_tone(moved, direction),
            target=target,
            assessment=self.judge.of(key, total, target) if target is not None else None,
        )

    def _cell(self, key: str, month: Month) -> TableCell:
        row = self.kept.get(month)
        value = self.months[month].get(key) if row is not None else None
        estimated = key == "employees" and row is not None and row.employees_estimated
        return TableCell(month, value, month >= self.running, estimated)


def _tone(moved: Change | None, direction: Direction) -> str:
    if moved is None or not moved.absolute or direction is Direction.NEUTRAL:
        return ""
    return "good" if (moved.absolute > 0) == (direction is Direction.UP_IS_GOOD) else "bad"


def _tiles(
    groups: Sequence[TableGroup], months: Mapping[Month, Mapping[str, Figure]], period: Period
) -> tuple[ReviewTile, ...]:
    rows = {row.key: row for group in groups for row in group.rows}
    shown = [month for month in Period.ttm(period.last).months if month in months]
    found = []
    for key in TILES:
        drawn = sparkline(rows[key].label, [(month, months[month].get(key)) for month in shown])
        found.append(ReviewTile(rows[key], drawn))
    return tuple(found)


def _charted(
    months: Mapping[Month, Mapping[str, Figure]], period: Period, aims: Sequence[TargetValue]
) -> tuple[MonthlyFigures, ...]:
    """At least the twelve months up to the end of the period: three bars alone tell little."""
    count = min(max(len(period), TREND), MOST_CHARTED)
    targets: dict[Month, dict[str, Decimal]] = {}
    for one in aims:
        targets.setdefault(one.month, {})[one.metric_key] = one.amount
    wanted = Period.custom(period.last.plus(1 - count), period.last).months
    return tuple(MonthlyFigures(month, months[month], targets.get(month, {})) for month in wanted if month in months)
