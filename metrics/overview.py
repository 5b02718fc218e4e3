"""All companies a person may see: headline figures, tie-out, what needs attention, totals of the group."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.permissions import Caller
from metrics import overview_rows as rows
from metrics.changes import Change, change
from metrics.charts import Sparkline, tile
from metrics.derived import percent_of
from metrics.months import Month
from metrics.overview_rows import NO_MONTHS, CompanyRow, MonthRow, Months, Tally
from metrics.periods import Period
from metrics.readiness import unmapped_share

PAGE = 100  # companies on one page
TREND = 12  # months of the small line
# Beyond its due time by this much a reading is late: a PC that is off overnight is nothing to worry about.
LATE = timedelta(hours=36)


class Sort(enum.StrEnum):
    """What stands first."""

    ATTENTION = "attention"
    NAME = "name"
    REVENUE = "revenue"
    MARGIN = "margin"
    SYNCED = "synced"


class NeedKind(enum.Enum):
    """Why somebody should look, the most urgent first."""

    FAILED = "failed"
    UNTIED = "untied"
    STALE = "stale"
    UNMAPPED = "unmapped"
    RESTATED = "restated"
    NOT_SYNCED = "not_synced"


_URGENCY = {kind: 10 ** (len(NeedKind) - place) for place, kind in enumerate(NeedKind)}


@dataclass(frozen=True)
class Need:
    """One thing to look at, in words; `tone` is "bad" or "warn"."""

    kind: NeedKind
    words: str
    tone: str


@dataclass(frozen=True)
class Headline:
    """The latest month that is over."""

    month: Month
    revenue: Decimal
    net_profit: Decimal
    margin: Decimal | None
    change: Change


@dataclass(frozen=True)
class Line:
    """One company. `not_ready` says what keeps its last full quarter from being presented; empty: ready."""

    company: CompanyRow
    tally: Tally
    headline: Headline | None
    needs: tuple[Need, ...]
    quarter: Period
    not_ready: str
    is_late: bool

    @property
    def urgency(self) -> int:
        return sum(_URGENCY[need.kind] for need in self.needs)


@dataclass(frozen=True)
class Total:
    """The companies of one currency together, in one month: only those that have it are added."""

    currency: str
    month: Month
    companies: int
    without: int
    revenue: Decimal
    net_profit: Decimal
    margin: Decimal | None


@dataclass(frozen=True)
class Counted:
    """How many companies have this need."""

    kind: NeedKind
    label: str
    companies: int


@dataclass(frozen=True)
class Overview:
    """`lines` is one page of `found` companies; `all` counts every company the person may see."""

    lines: tuple[Line, ...]
    found: int
    all: int
    needy: int
    counts: tuple[Counted, ...]
    totals: tuple[Total, ...]
    ready: int
    trends: Mapping[int, Sparkline]
    page: int
    pages: int

    @property
    def first(self) -> int:
        return (self.page - 1) * PAGE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.lines) - 1


def overview(
    caller: Caller,
    now: datetime,
    *,
    sort: Sort = Sort.ATTENTION,
    words: str = "",
    only_needy: bool = False,
    page: int = 1,
) -> Overview:
    """Seven queries, however many companies. `words` are looked for in names and addresses, each of them."""
    running = Month.of(now)
    everything = rows.companies(caller)
    sought = words.casefold().split()
    chosen = [one for one in everything if all(word in f"{one.name} {one.slug}".casefold() for word in sought)]
    lines = _lines(chosen, running, now)
    shown = sorted((one for one in lines if one.needs) if only_needy else lines, key=_ORDERS[sort])
    pages = max(1, -(-len(shown) // PAGE))
    page = min(max(page, 1), pages)
    on_page = tuple(shown[(page - 1) * PAGE : page * PAGE])
    return Overview(
        lines=on_page,
        found=len(shown),
        all=len(everything),
        needy=sum(bool(one.needs) for one in lines),
        counts=_counts(lines),
        totals=_totals(shown, running.plus(-1)),
        ready=sum(not one.not_ready for one in shown),
        trends=_trends(on_page, running),
        page=page,
        pages=pages,
    )


def _lines(chosen: Sequence[CompanyRow], running: Month, now: datetime) -> list[Line]:
    tallies = rows.tallies(chosen, running)
    months = rows.recent_months(chosen, tallies, running)
    restated, due, failed = rows.open_restatements(chosen), rows.next_due(chosen), rows.failures(chosen, now)
    found = []
    for company in chosen:
        tally, recent = tallies.get(company.pk, NO_MONTHS), months.get(company.pk, {})
        quarter = last_full_quarter(company, running)
        late = company.pk in due and due[company.pk] + LATE < now
        found.append(
            Line(
                company=company,
                tally=tally,
                headline=_headline(tally, recent),
                needs=tuple(
                    _needs(company, tally, recent, restated.get(company.pk, 0), failed.get(company.pk, 0), late=late)
                ),
                quarter=quarter,
                not_ready=_not_ready(company, quarter, recent),
                is_late=late,
            )
        )
    return found


def last_full_quarter(company: CompanyRow, running: Month) -> Period:
    """The newest fiscal quarter that is over."""
    this = Period.quarter(running, company.calendar)
    return Period.quarter(this.first.plus(-1), company.calendar)


def _headline(tally: Tally, months: Months) -> Headline | None:
    if tally.latest is None or tally.latest not in months:
        return None
    month, before = months[tally.latest], months.get(tally.latest.plus(-1))
    return Headline(
        tally.latest,
        month.revenue,
        month.net_profit,
        percent_of(month.net_profit, month.revenue),
        change(month.revenue, before.revenue if before else None, is_profit=False),
    )


def _needs(company: CompanyRow, tally: Tally, months: Months, restated: int, failed: int, *, late: bool) -> list[Need]:
    over = sum(_is_over(company, month) for month in months.values())
    found = (
        (failed, Need(NeedKind.FAILED, "Last reading failed", "bad")),
        (tally.untied, Need(NeedKind.UNTIED, f"{_count(tally.untied, 'month')} untied", "bad")),
        (late and not failed, Need(NeedKind.STALE, "Readings are late", "warn")),
        (over, Need(NeedKind.UNMAPPED, f"Unmapped revenue in {_count(over, 'month')}", "warn")),
        (restated, Need(NeedKind.RESTATED, f"{_count(restated, 'month')} restated", "warn")),
        (not failed and tally.synced_at is None, Need(NeedKind.NOT_SYNCED, "Waiting for its first sync", "warn")),
    )
    return [need for holds, need in found if holds]


def _is_over(company: CompanyRow, month: MonthRow) -> bool:
    return bool(month.unmapped_revenue) and unmapped_share(month.unmapped_revenue, month.revenue) > company.threshold


def _not_ready(company: CompanyRow, quarter: Period, months: Months) -> str:
    there = [months[month] for month in quarter.months if month in months]
    missing = len(quarter) - len(there)
    untied = sum(not month.is_tied for month in there)
    over = sum(_is_over(company, month) for month in there)
    if missing:
        return f"{_count(missing, 'month')} not read"
    if untied:
        return f"{_count(untied, 'month')} untied"
    return "unmapped revenue" if over else ""


_LABELS = {
    NeedKind.FAILED: "failed reading",
    NeedKind.UNTIED: "untied",
    NeedKind.STALE: "late",
    NeedKind.UNMAPPED: "unmapped revenue",
    NeedKind.RESTATED: "restated",
    NeedKind.NOT_SYNCED: "not synced yet",
}


def _counts(lines: Sequence[Line]) -> tuple[Counted, ...]:
    kinds = [need.kind for line in lines for need in line.needs]
    return tuple(Counted(kind, label, kinds.count(kind)) for kind, label in _LABELS.items() if kind in kinds)


def _totals(lines: Sequence[Line], month: Month) -> tuple[Total, ...]:
    """Amounts of different currencies, or of different months, are never added."""
    currencies = sorted({line.company.currency for line in lines})
    return tuple(
        _total(currency, [one for one in lines if one.company.currency == currency], month) for currency in currencies
    )


def _total(currency: str, lines: Sequence[Line], month: Month) -> Total:
    there = [line.headline for line in lines if line.headline is not None and line.headline.month == month]
    revenue = sum((one.revenue for one in there), Decimal(0))
    profit = sum((one.net_profit for one in there), Decimal(0))
    margin = percent_of(profit, revenue)
    return Total(currency, month, len(there), len(lines) - len(there), revenue, profit, margin)


def _trends(lines: Sequence[Line], running: Month) -> dict[int, Sparkline]:
    tallies = {line.company.pk: line.tally for line in lines}
    found: dict[int, Sparkline] = {}
    for pk, months in rows.trends([line.company for line in lines], tallies, running, TREND).items():
        drawn = tile("Revenue", [(month, row.revenue) for month, row in months.items()][-TREND:])
        if drawn is not None and drawn.sparkline is not None:
            found[pk] = drawn.sparkline
    return found


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


_NOTHING = Decimal("-1e15")  # what has no figure comes last


def _by_name(line: Line) -> str:
    return line.company.name.casefold()


def _margin(line: Line) -> Decimal:
    margin = line.headline.margin if line.headline else None
    return _NOTHING if margin is None else margin


# Biggest first, except margin and last sync: the worst is what one looks for.
_ORDERS: Mapping[Sort, Callable[[Line], Any]] = {
    Sort.ATTENTION: lambda line: (-line.urgency, _by_name(line)),
    Sort.NAME: _by_name,
    Sort.REVENUE: lambda line: (-(line.headline.revenue if line.headline else _NOTHING), _by_name(line)),
    Sort.MARGIN: lambda line: (_margin(line) == _NOTHING, _margin(line), _by_name(line)),
    Sort.SYNCED: lambda line: (line.tally.synced_at is not None, line.tally.synced_at or 0, _by_name(line)),
}
