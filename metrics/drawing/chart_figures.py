"""The charts of a review, built from its months. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from metrics.arithmetic import EXPENSE_METRICS, LINES, UNMAPPED_FIGURES, Unit
from metrics.charts import LABELS, Chart, ChartSeries, MonthlyChart, Panel, Step, Waterfall
from metrics.derived import Figure
from metrics.months import Month

# Recurring first, so that what comes back every month is the floor everything else stands on.
REVENUE_ORDER = ("mrr", "orr", "nrr", "product_sales", "misc_revenue", "unmapped_revenue")
EXPENSE_ORDER = (*EXPENSE_METRICS, "unmapped_expenses")


@dataclass(frozen=True)
class ChartMonth:
    """A month's figures by key, derived ones among them, and its targets by metric key."""

    month: Month
    figures: Mapping[str, Figure]
    targets: Mapping[str, Decimal] = field(default_factory=dict)


Link = Callable[[str, Month], str]


def no_link(_key: str, _month: Month) -> str:
    """For paper."""
    return ""


def all_charts(
    months: Sequence[ChartMonth], whole: Mapping[str, Figure], currency: str, link: Link = no_link
) -> tuple[Chart, ...]:
    """Every chart of a review, those of one height in pairs; `whole` has the period's figures, for the waterfall."""
    return (
        revenue_mix(months, currency, link),
        expense_mix(months, currency, link),
        net_profit(months, currency, link),
        people(months, currency, link),
        waterfall(whole, currency),
        recurring_share(months, currency, link),
    )


def revenue_mix(months: Sequence[ChartMonth], currency: str, link: Link = no_link) -> MonthlyChart:
    """Revenue by category, stacked."""
    return _mix("revenue-mix", "Revenue mix", REVENUE_ORDER, months, currency, link)


def expense_mix(months: Sequence[ChartMonth], currency: str, link: Link = no_link) -> MonthlyChart:
    """Expenses by category, stacked."""
    return _mix("expense-mix", "Expense mix", EXPENSE_ORDER, months, currency, link)


def net_profit(months: Sequence[ChartMonth], currency: str, link: Link = no_link) -> MonthlyChart:
    """Profit with its target on a scale of its own, the margin below."""
    targets = tuple(one.targets.get("net_profit") for one in months)
    marks = (ChartSeries("target", "Target", targets),) if any(one is not None for one in targets) else ()
    profit = Panel(f"Net profit, {currency}", Unit.MONEY, bars=(_series("net_profit", months, link),), marks=marks)
    margin = Panel("Net margin", Unit.PERCENT, lines=(_series("net_margin", months, link),))
    return _chart("net-profit", "Net profit and margin", months, currency, profit, margin)


def recurring_share(months: Sequence[ChartMonth], currency: str, link: Link = no_link) -> MonthlyChart:
    """How much of the revenue comes back every month."""
    panel = Panel("Of total revenue", Unit.PERCENT, lines=(_series("recurring_share", months, link),))
    return _chart("recurring-share", "Recurring share of revenue", months, currency, panel)


def people(months: Sequence[ChartMonth], currency: str, link: Link = no_link) -> MonthlyChart:
    """Head count, and what each brings in."""
    heads = Panel("Employees", Unit.COUNT, bars=(_series("employees", months, link),))
    each = Panel(
        f"Revenue per employee, {currency}",
        Unit.MONEY_PER_PERSON,
        lines=(_series("revenue_per_employee", months, link),),
    )
    return _chart("people", "People and revenue per employee", months, currency, heads, each)


def waterfall(whole: Mapping[str, Figure], currency: str, links: Mapping[str, str] | None = None) -> Waterfall:
    """From the period's revenue, expense by expense, to its net profit."""
    links = links or {}
    shown = [key for key in EXPENSE_ORDER if key not in UNMAPPED_FIGURES or whole.get(key)]
    ends = [Step(key, label_of(key), _money(whole.get(key)), True, links.get(key, "")) for key in _ENDS]
    steps = [Step(key, label_of(key), -_money(whole.get(key)), False, links.get(key, "")) for key in shown]
    return Waterfall("waterfall", "From revenue to net profit", currency, (ends[0], *steps, ends[1]))


_ENDS = ("total_revenue", "net_profit")


def label_of(key: str) -> str:
    """A figure's name, unmapped ones too."""
    return LABELS.get(key) or LINES[key].label


def _money(value: Figure) -> Decimal:
    return Decimal(value or 0)


def _mix(
    key: str, title: str, keys: Sequence[str], months: Sequence[ChartMonth], currency: str, link: Link
) -> MonthlyChart:
    shown = [one for one in keys if one not in UNMAPPED_FIGURES or any(month.figures.get(one) for month in months)]
    panel = Panel(currency, Unit.MONEY, bars=tuple(_series(one, months, link) for one in shown))
    return _chart(key, title, months, currency, panel)


def _series(key: str, months: Sequence[ChartMonth], link: Link) -> ChartSeries:
    links = tuple(link(key, one.month) for one in months)
    values = tuple(one.figures.get(key) for one in months)
    return ChartSeries(key, label_of(key), values, links if any(links) else ())


def _chart(key: str, title: str, months: Sequence[ChartMonth], currency: str, *panels: Panel) -> MonthlyChart:
    return MonthlyChart(key, title, currency, tuple(one.month for one in months), panels)
