"""All companies a person may see: headline figures, tie-out, what needs attention, totals of the group."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.permissions import Caller
from metrics.alerting.sources import UNMAPPED, UNTIED
from metrics.alerting.targets import MISSED
from metrics.changes import Change, change
from metrics.charts import Sparkline, sparkline
from metrics.columns import Basis
from metrics.company_time import read_since_over, running_in
from metrics.derived import percent_of
from metrics.months import Month
from metrics.overview import rows
from metrics.overview.rows import NO_MONTHS, AlertCount, Chosen, CompanyRow, MonthRow, Months, Tally, money
from metrics.periods import Period
from metrics.reading.sync_selectors import LATE
from metrics.review.readiness import unmapped_share
from metrics.review.request import last_full_quarter
from qbwc.alerts import OUTCOME_UNKNOWN, WRONG_FILE

PAGE = 100  # companies on one page
TREND = 12  # months of the small line


class Sort(enum.StrEnum):
    """What stands first."""

    ATTENTION = "attention"
    NAME = "name"
    REVENUE = "revenue"
    MARGIN = "margin"
    SYNCED = "synced"


class NeedKind(enum.Enum):
    """Why somebody should look, the most urgent first."""

    IN_DOUBT = "in_doubt"
    WRONG_FILE = "wrong_file"
    FAILED = "failed"
    UNTIED = "untied"
    STALE = "stale"
    UNMAPPED = "unmapped"
    MISSED = "missed"
    RESTATED = "restated"
    NOT_SYNCED = "not_synced"


_NO_ALERTS = AlertCount()
_URGENCY = {kind: 10 ** (len(NeedKind) - place) for place, kind in enumerate(NeedKind)}


@dataclass(frozen=True)
class Need:
    """One thing to look at, in words; `tone` is "bad", "warn", or "" for what somebody has acknowledged."""

    kind: NeedKind
    words: str
    tone: str


@dataclass(frozen=True)
class Headline:
    """The latest month that is over; `before`: the revenue of the month before, None when that was not read."""

    month: Month
    revenue: Decimal
    net_profit: Decimal
    before: Decimal | None

    @property
    def margin(self) -> Decimal | None:
        """Net profit in percent of revenue."""
        return percent_of(self.net_profit, self.revenue)

    @property
    def change(self) -> Change:
        """Of the revenue, against the month before."""
        return change(self.revenue, self.before, is_profit=False)


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
    def urgent(self) -> tuple[Need, ...]:
        """What nobody has acknowledged."""
        return tuple(need for need in self.needs if need.tone)

    @property
    def urgency(self) -> int:
        return sum(_URGENCY[need.kind] for need in self.urgent)


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
    on_cash: int = 0  # of these companies

    @property
    def is_mixed(self) -> bool:
        """Amounts of different bases stand in it."""
        return 0 < self.on_cash < self.companies


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
    """Eight queries, however many companies; more in the hours in which a month is over in one place only.

    `words` are looked for in names and addresses, each of them.
    """
    everything = rows.companies(caller)
    sought = words.casefold().split()
    wanted = rows.some(_named(everything.rows, sought)) if sought else everything
    running = {zone: running_in(zone, now) for zone in {one.zone for one in everything.rows}}
    lines = [line for month, some in _by_month(wanted, running) for line in _lines(some, month, now)]
    shown = sorted((one for one in lines if one.urgent) if only_needy else lines, key=_ORDERS[sort])
    pages = max(1, -(-len(shown) // PAGE))
    page = min(max(page, 1), pages)
    on_page = tuple(shown[(page - 1) * PAGE : page * PAGE])
    return Overview(
        lines=on_page,
        found=len(shown),
        all=len(everything.rows),
        needy=sum(bool(one.urgent) for one in lines),
        counts=_counts(lines),
        totals=_totals(shown, min(running.values(), default=Month.of(now)).plus(-1)),
        ready=sum(not one.not_ready for one in shown),
        trends=_trends(on_page, max(running.values(), default=Month.of(now))),
        page=page,
        pages=pages,
    )


def _named(companies: Sequence[CompanyRow], sought: Sequence[str]) -> list[CompanyRow]:
    return [one for one in companies if all(word in f"{one.name} {one.slug}".casefold() for word in sought)]


def _by_month(chosen: Chosen, running: Mapping[str, Month]) -> list[tuple[Month, Chosen]]:
    """Companies by the month that still runs there: one for all, but for some hours of a month two."""
    months = sorted({running[one.zone] for one in chosen.rows})
    if len(months) < 2:
        return [(month, chosen) for month in months]
    return [(month, rows.some(one for one in chosen.rows if running[one.zone] == month)) for month in months]


def _lines(chosen: Chosen, running: Month, now: datetime) -> list[Line]:
    tallies = rows.tallies(chosen, running)
    months = rows.recent_months(chosen, tallies, running)
    restated, due, failed = rows.open_restatements(chosen), rows.next_due(chosen), rows.failures(chosen, now)
    alerts = rows.alerts(chosen)
    calendars = {company.calendar for company in chosen.rows}
    quarters = {calendar: last_full_quarter(calendar, running) for calendar in calendars}
    wanted = {calendar: quarter.months for calendar, quarter in quarters.items()}
    found = []
    for company in chosen.rows:
        tally, recent = tallies.get(company.pk, NO_MONTHS), months.get(company.pk, {})
        late = company.pk in due and due[company.pk] + LATE < now
        over = sum(_is_over(company, month) for month in recent.values())
        told = _Told(company.pk, alerts)
        needs = _needs(tally, over, restated.get(company.pk, 0), failed.get(company.pk, 0), told, late=late)
        not_ready = _not_ready(company, wanted[company.calendar], recent)
        quarter = quarters[company.calendar]
        found.append(Line(company, tally, _headline(tally, recent), tuple(needs), quarter, not_ready, late))
    return found


def _headline(tally: Tally, months: Months) -> Headline | None:
    if tally.latest is None or tally.latest not in months:
        return None
    month, before = months[tally.latest], months.get(tally.latest.plus(-1))
    return Headline(
        tally.latest,
        money(month.revenue_cents),
        money(month.profit_cents),
        money(before.revenue_cents) if before else None,
    )


@dataclass(frozen=True)
class _Told:
    """What the alerts of one company say; people acknowledge them there."""

    company: int
    counts: Mapping[tuple[int, str], AlertCount]

    def of(self, kind: str) -> AlertCount:
        return self.counts.get((self.company, kind), _NO_ALERTS)

    def tone(self, kind: str, tone: str) -> str:
        """The tone of a need, quiet when each alert behind it is acknowledged."""
        return "" if self.of(kind).acknowledged and not self.of(kind).unseen else tone


def _needs(tally: Tally, over: int, restated: int, failed: int, told: _Told, *, late: bool) -> Iterator[Need]:
    yield from _at_the_pc(told)
    if failed:
        yield Need(NeedKind.FAILED, "Last reading failed", "bad")
    if tally.untied:
        yield Need(NeedKind.UNTIED, f"{_count(tally.untied, 'month')} untied", told.tone(UNTIED, "bad"))
    if late and not failed:
        yield Need(NeedKind.STALE, "Readings are late", "warn")
    if over:
        yield Need(NeedKind.UNMAPPED, f"Unmapped revenue in {_count(over, 'month')}", told.tone(UNMAPPED, "warn"))
    if missed := told.of(MISSED).unseen:
        yield Need(NeedKind.MISSED, f"{_count(missed, 'target')} missed", "warn")
    if restated:
        yield Need(NeedKind.RESTATED, f"{_count(restated, 'month')} restated", "warn")
    if not failed and tally.synced_at is None:
        yield Need(NeedKind.NOT_SYNCED, "Waiting for its first sync", "warn")


def _at_the_pc(told: _Told) -> Iterator[Need]:
    """What no reading says: it stands on the company's own pages and among its alerts."""
    if writes := sum(told.of(OUTCOME_UNKNOWN)):
        words = f"{_count(writes, 'write')} of unknown outcome"
        yield Need(NeedKind.IN_DOUBT, words, told.tone(OUTCOME_UNKNOWN, "bad"))
    if any(told.of(WRONG_FILE)):
        yield Need(NeedKind.WRONG_FILE, "Wrong company file open", told.tone(WRONG_FILE, "bad"))


def _is_over(company: CompanyRow, month: MonthRow) -> bool:
    if not month.unmapped_cents:
        return False
    return unmapped_share(money(month.unmapped_cents), money(month.revenue_cents)) > company.threshold


def _not_ready(company: CompanyRow, wanted: Sequence[Month], months: Months) -> str:
    there = [months[month] for month in wanted if month in months]
    missing = len(wanted) - len(there)
    untied = sum(not month.is_tied for month in there)
    if missing:
        return f"{_count(missing, 'month')} not read"
    stale = sum(month in months and not read_since_over(month, months[month].read_at, company.zone) for month in wanted)
    if stale:
        return f"{_count(stale, 'month')} not read since {'its' if stale == 1 else 'their'} end"
    if untied:
        return f"{_count(untied, 'month')} untied"
    return "unmapped revenue" if any(_is_over(company, month) for month in there) else ""


_LABELS = {
    NeedKind.IN_DOUBT: "with a write in doubt",
    NeedKind.WRONG_FILE: "with the wrong file open",
    NeedKind.FAILED: "failed reading",
    NeedKind.UNTIED: "untied",
    NeedKind.STALE: "late",
    NeedKind.UNMAPPED: "unmapped revenue",
    NeedKind.MISSED: "short of a target",
    NeedKind.RESTATED: "restated",
    NeedKind.NOT_SYNCED: "not synced yet",
}


def _counts(lines: Sequence[Line]) -> tuple[Counted, ...]:
    kinds = [need.kind for line in lines for need in line.urgent]
    return tuple(Counted(kind, label, kinds.count(kind)) for kind, label in _LABELS.items() if kind in kinds)


def _totals(lines: Sequence[Line], month: Month) -> tuple[Total, ...]:
    """Amounts of different currencies, or of different months, are never added."""
    currencies = sorted({line.company.currency for line in lines})
    return tuple(
        _total(currency, [one for one in lines if one.company.currency == currency], month) for currency in currencies
    )


def _total(currency: str, lines: Sequence[Line], month: Month) -> Total:
    of_month = [line for line in lines if line.headline is not None and line.headline.month == month]
    there = [line.headline for line in of_month if line.headline is not None]
    on_cash = sum(line.company.basis == Basis.CASH for line in of_month)
    revenue = sum((one.revenue for one in there), Decimal(0))
    profit = sum((one.net_profit for one in there), Decimal(0))
    margin = percent_of(profit, revenue)
    return Total(currency, month, len(there), len(lines) - len(there), revenue, profit, margin, on_cash)


def _trends(lines: Sequence[Line], running: Month) -> dict[int, Sparkline]:
    tallies = {line.company.pk: line.tally for line in lines}
    found: dict[int, Sparkline] = {}
    for pk, months in rows.trends(rows.some(line.company for line in lines), tallies, running, TREND).items():
        drawn = sparkline("Revenue", [(month, money(row.revenue_cents)) for month, row in months.items()][-TREND:])
        if drawn is not None:
            found[pk] = drawn
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
