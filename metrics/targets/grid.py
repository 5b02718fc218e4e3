"""The targets of a fiscal year as a page fills them in: metrics down, months across, QuickBooks' budget beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from accounts.models import Company
from metrics.arithmetic import LINES, METRICS, Unit
from metrics.derived import Figure, derived
from metrics.fiscal import Period
from metrics.months import Month
from metrics.selectors import monthly_report
from metrics.targets.budget_rows import quickbooks_budget
from metrics.targets.cells import amount_in
from metrics.targets.changes import Place
from metrics.targets.rules import CENT, TargetError, TargetKind, TargetSource, TargetValue
from metrics.targets.selectors import digest_of, in_period, values

UNITS = {
    Unit.MONEY: "",
    Unit.PERCENT: "%",
    Unit.RATIO: "ratio",
    Unit.COUNT: "people",
    Unit.MONEY_PER_PERSON: "per person",
}
SHOWN_FIRST = (
    *(metric.key for metric in METRICS),
    "gross_margin",
    "recurring_share",
    "net_margin",
    "revenue_per_employee",
)


@dataclass(frozen=True)
class GridCell:
    """One input: its name in the form, what stands in it, QuickBooks' own budget, and what is wrong with it."""

    name: str
    month: Month
    text: str
    quickbooks: Decimal | None
    problem: str


@dataclass(frozen=True)
class GridRow:
    """One metric; `total` is the year's where every month has a target."""

    key: str
    label: str
    unit: str
    cells: tuple[GridCell, ...]
    total: Decimal | None


@dataclass(frozen=True)
class Grid:
    """`more` are the metrics that few people set; `digest` names what was looked at."""

    kind: TargetKind
    period: Period
    rows: tuple[GridRow, ...]
    more: tuple[GridRow, ...]
    digest: str
    is_empty: bool

    @property
    def problems(self) -> tuple[tuple[GridRow, GridCell], ...]:
        return tuple((row, cell) for row in (*self.rows, *self.more) for cell in row.cells if cell.problem)


@dataclass(frozen=True)
class Typed:
    """What a person sent back: targets to set, places to empty, and the cells that cannot be read."""

    wanted: tuple[TargetValue, ...]
    removed: tuple[Place, ...]
    texts: Mapping[str, str]
    problems: Mapping[str, str]


def grid_of(company: Company, kind: TargetKind, period: Period, typed: Typed | None = None) -> Grid:
    """Three queries. With `typed`, what was typed stands in the cells instead of what is kept."""
    found = values(company, period.first, period.last, kind)
    own = {(one.metric_key, one.month): one for one in found if one.source is not TargetSource.QUICKBOOKS}
    theirs = quickbooks_budget(company, period.first, period.last) if kind is TargetKind.BUDGET else {}
    totals = in_period(found, period)
    rows = {key: _row(key, kind, period, own, theirs, totals.get(key), typed) for key in LINES}
    first = [key for key in LINES if key in SHOWN_FIRST or any(cell.text for cell in rows[key].cells)]
    return Grid(
        kind,
        period,
        tuple(rows[key] for key in first),
        tuple(row for key, row in rows.items() if key not in first),
        digest_of(found),
        not found and typed is None,
    )


def typed_in(sent: Mapping[str, str], kind: TargetKind, period: Period) -> Typed:
    """Read the form; an empty cell means no target."""
    wanted, removed, texts, problems = [], [], {}, {}
    for key in LINES:
        for month in period.months:
            name = name_of(key, month)
            if name not in sent:
                continue
            texts[name] = sent[name]
            try:
                amount = amount_in(sent[name], LINES[key].unit)
                if amount is None:
                    removed.append((kind, key, month))
                else:
                    wanted.append(TargetValue(key, month, amount.quantize(CENT, ROUND_HALF_UP), kind))
            except TargetError as problem:
                problems[name] = str(problem)
    return Typed(tuple(wanted), tuple(removed), texts, problems)


def figures_by_month(company: Company, basis: str, first: Month, last: Month) -> dict[Month, dict[str, Figure]]:
    """What was, derived metrics included: to copy from, and to spread by."""
    report = monthly_report(company, basis, first, last)
    return {column.month: {**column.figures, **derived(column.figures)} for column in report.months}


def name_of(key: str, month: Month) -> str:
    """The input's name."""
    return f"t-{key}-{month}"


def shown(amount: Decimal, unit: Unit) -> str:
    """As a person would write it: 25,000 and 1,234.50, 35.5, 7."""
    if unit in (Unit.PERCENT, Unit.COUNT) or amount == amount.to_integral_value():
        return f"{amount.normalize():,f}"
    return f"{amount:,.2f}"


def _row(
    key: str,
    kind: TargetKind,
    period: Period,
    own: Mapping[tuple[str, Month], TargetValue],
    theirs: Mapping[tuple[str, Month], Decimal],
    total: Decimal | None,
    typed: Typed | None,
) -> GridRow:
    line = LINES[key]
    cells = []
    for month in period.months:
        name, value = name_of(key, month), own.get((key, month))
        text = shown(value.amount, line.unit) if value else ""
        if typed is not None:
            text = typed.texts.get(name, text)
        problem = typed.problems.get(name, "") if typed is not None else ""
        cells.append(GridCell(name, month, text, theirs.get((key, month)), problem))
    return GridRow(key, line.label, UNITS[line.unit], tuple(cells), total)
