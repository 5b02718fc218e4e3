"""Figures as the page draws them: tiles with their change and sparkline, and the months table. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from metrics.arithmetic import EXPENSE_METRICS, METRICS, REVENUE_METRICS
from metrics.changes import Change, change
from metrics.derived import Unit
from metrics.months import Month

Value = Decimal | int | None
Series = Sequence[tuple[Month, Value]]

WIDTH, HEIGHT = 120, 32  # the sparkline's own units; the page stretches it
SPARKLINE_MONTHS = 12


@dataclass(frozen=True)
class Sparkline:
    """A small line as SVG path data, and the same in words."""

    line: str
    area: str
    zero: str  # y of the zero line; "" when no value is negative
    description: str


@dataclass(frozen=True)
class Tile:
    """The latest month, and against the month before it; `tone` is a second hint, never the only one."""

    label: str
    month: Month
    value: Value
    is_money: bool
    change: Change | None  # None: the month before is not known
    since: Month
    tone: str
    sparkline: Sparkline | None

    @property
    def arrow(self) -> str:
        """Which way it went."""
        step = self.change.absolute if self.change else None
        return "" if not step else "▲" if step > 0 else "▼"


@dataclass(frozen=True)
class Cell:
    value: Value
    is_running: bool = False
    is_estimated: bool = False


@dataclass(frozen=True)
class Row:
    key: str
    label: str
    style: str  # class names: total, result, unmapped
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class MonthLine:
    """What the table needs of one month: the 14 metrics, `unmapped_revenue` and `unmapped_expenses` by key."""

    figures: Mapping[str, Value]
    is_running: bool
    estimated: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Group:
    label: str
    rows: tuple[Row, ...]


def tile(label: str, series: Series, good_direction: str = "", *, is_profit: bool = False) -> Tile | None:
    """The last month of `series` (oldest first) against the month before; None without a month."""
    if not series:
        return None
    month, value = series[-1]
    moved = _change(series, is_profit)
    return Tile(
        label=label,
        month=month,
        value=value,
        is_money=isinstance(value, Decimal),
        change=moved,
        since=month.plus(-1),
        tone=_tone(moved, good_direction),
        sparkline=sparkline(label, series[-SPARKLINE_MONTHS:]),
    )


def _change(series: Series, is_profit: bool) -> Change | None:
    if len(series) < 2 or series[-2][0] != series[-1][0].plus(-1):
        return None
    before, value = series[-2][1], series[-1][1]
    if value is None or before is None:
        return None
    return change(value, before, Unit.MONEY if isinstance(value, Decimal) else Unit.COUNT, is_profit=is_profit)


def _tone(moved: Change | None, good_direction: str) -> str:
    if moved is None or not moved.absolute or not good_direction:
        return ""
    return "good" if (moved.absolute > 0) == (good_direction == "up") else "bad"


def sparkline(label: str, series: Series) -> Sparkline | None:
    """A line through the months, oldest first, with a gap where one is not known; None where there is no line."""
    runs = _runs(series)
    if max(map(len, runs), default=0) < 2:
        return None
    values = [value for run in runs for _, value in run]
    low, high = min(values), max(values)
    bottom, top = _edges(low, high)
    drawn = [
        [(place * WIDTH / (len(series) - 1), float((top - value) / (top - bottom)) * (HEIGHT - 4) + 2)
         for place, value in run] for run in runs
    ]  # fmt: skip
    zero = f"{float(top / (top - bottom)) * (HEIGHT - 4) + 2:.1f}" if low < 0 else ""
    lines = ["M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in run) + ("h0" if len(run) == 1 else "") for run in drawn]
    areas = [f"{line}V{zero or HEIGHT}H{run[0][0]:.1f}Z" for line, run in zip(lines, drawn, strict=True)]
    unknown = len(series) - len(values)
    description = (
        f"{label}, {series[0][0].label} to {series[-1][0].label}: lowest {_said(low)}, highest {_said(high)}"
        f"{f'; {unknown} of {len(series)} months not known' if unknown else ''}"
    )
    return Sparkline("".join(lines), "".join(areas), zero, description)


def _runs(series: Series) -> list[list[tuple[int, Decimal]]]:
    """Places and values of months that are known and follow each other."""
    runs: list[list[tuple[int, Decimal]]] = [[]]
    for place, (_, value) in enumerate(series):
        if value is not None:
            runs[-1].append((place, Decimal(value)))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _edges(low: Decimal, high: Decimal) -> tuple[Decimal, Decimal]:
    """What the lower and the upper edge stand for: a loss hangs below zero, a flat line lies low or in the middle."""
    if low < 0:
        return low, max(high, Decimal(0))
    if low == high:
        return Decimal(0), high * 2 or Decimal(1)
    return low - (high - low) / 4, high


def _said(value: Decimal) -> str:
    """Cents are fine enough to be read aloud; a share of revenue has as many places as a division gives."""
    return f"{value:,}" if int(value.as_tuple().exponent) >= -2 else f"{value:,.2f}"


# The months table: groups of lines, in reading order. The unmapped lines appear only when they hold something.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Revenue", (*REVENUE_METRICS, "unmapped_revenue", "total_revenue")),
    ("Expenses", (*EXPENSE_METRICS, "unmapped_expenses", "total_expenses")),
    ("Result", ("net_profit",)),
    ("People", ("employees",)),
)
LABELS = {metric.key: metric.label for metric in METRICS} | {
    "unmapped_revenue": "Unmapped revenue",
    "unmapped_expenses": "Unmapped expenses",
}
STYLES = {
    "unmapped_revenue": "unmapped",
    "unmapped_expenses": "unmapped",
    "total_revenue": "total",
    "total_expenses": "total",
    "net_profit": "total result",
}


def months_table(months: Sequence[MonthLine]) -> tuple[Group, ...]:
    """The 14 metrics, and the unmapped lines if any, as rows over the months, oldest first."""
    return tuple(
        Group(label, tuple(_row(key, months) for key in keys if _is_shown(key, months))) for label, keys in GROUPS
    )


def _is_shown(key: str, months: Sequence[MonthLine]) -> bool:
    return STYLES.get(key) != "unmapped" or any(month.figures[key] for month in months)


def _row(key: str, months: Sequence[MonthLine]) -> Row:
    cells = (Cell(month.figures[key], month.is_running, key in month.estimated) for month in months)
    return Row(key, LABELS[key], STYLES.get(key, ""), tuple(cells))


# Charts. One value for the page, the PDF, the slides and the picture file: metrics.drawing.chart_figures builds them
# from months (revenue_mix, expense_mix, net_profit, recurring_share, people, waterfall), and
# metrics.drawing.chart_drawings.draw(chart, width=640 or 360) -> str makes SVG of them. `rows()` is "show as table".


@dataclass(frozen=True)
class ChartSeries:
    """One figure over the months of a chart, None where it is not known; `links`: an address per month."""

    key: str
    label: str
    values: tuple[Value, ...]
    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class Panel:
    """A part of a chart with a scale of its own: `bars` stacked on each other, `lines`, and `marks` across the bars."""

    label: str
    unit: Unit
    bars: tuple[ChartSeries, ...] = ()
    lines: tuple[ChartSeries, ...] = ()
    marks: tuple[ChartSeries, ...] = ()  # targets

    @property
    def series(self) -> tuple[ChartSeries, ...]:
        """All of it, in reading order."""
        return (*self.bars, *self.lines, *self.marks)


@dataclass(frozen=True)
class ChartRow:
    """A line of the table that says the same as a chart."""

    label: str
    unit: Unit
    values: tuple[Value, ...]


@dataclass(frozen=True)
class MonthlyChart:
    """Panels under one another over the same months, oldest first."""

    key: str  # fit for an id
    title: str
    currency: str
    months: tuple[Month, ...]
    panels: tuple[Panel, ...]

    @property
    def heads(self) -> tuple[str, ...]:
        """The columns of `rows()`."""
        return tuple(month.label for month in self.months)

    def rows(self) -> tuple[ChartRow, ...]:
        """The values of the chart as a table: one row per figure, one column per month."""
        return tuple(ChartRow(one.label, panel.unit, one.values) for panel in self.panels for one in panel.series)

    @property
    def description(self) -> str:
        """What a chart shows, for who does not see it."""
        names = ", ".join(one.label for panel in self.panels for one in panel.series)
        return f"{names}; by month from {self.heads[0]} to {self.heads[-1]}" if self.months else "No months"


@dataclass(frozen=True)
class Step:
    """A bar of a waterfall: a total from zero, or an amount added to (or, below zero, taken from) what came before."""

    key: str
    label: str
    amount: Decimal
    is_total: bool = False
    link: str = ""


@dataclass(frozen=True)
class Waterfall:
    """How one total becomes another."""

    key: str
    title: str
    currency: str
    steps: tuple[Step, ...]

    @property
    def heads(self) -> tuple[str, ...]:
        """The one column of `rows()`."""
        return (self.currency,)

    def rows(self) -> tuple[ChartRow, ...]:
        """The steps as a table."""
        return tuple(ChartRow(step.label, Unit.MONEY, (step.amount,)) for step in self.steps)

    @property
    def description(self) -> str:
        """What it shows, for who does not see it."""
        return "; ".join(f"{step.label} {step.amount:,}" for step in self.steps)


Chart = MonthlyChart | Waterfall
