"""What the metrics are, and the sums that make a month of them out of mapped account amounts."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from metrics.derived import DERIVED as DERIVED
from metrics.derived import DerivedMetric as DerivedMetric
from metrics.derived import Direction as Direction
from metrics.derived import Unit as Unit
from metrics.derived import derived as derived
from metrics.profit_and_loss import ZERO, Section

UNMAPPED = "unmapped"


class MetricKind(enum.Enum):
    """What sort of figure a metric is."""

    REVENUE = "revenue"  # a category accounts are mapped to; money in
    EXPENSE = "expense"  # a category accounts are mapped to; money out
    TOTAL = "total"
    COUNT = "count"


@dataclass(frozen=True)
class Metric:
    """One line of a QBR."""

    key: str
    label: str
    kind: MetricKind
    description: str

    @property
    def unit(self) -> Unit:
        """Head count is a number of people; everything else is money."""
        return Unit.COUNT if self.kind is MetricKind.COUNT else Unit.MONEY

    @property
    def direction(self) -> Direction:
        """Revenue and profit up, expenses down; what owners draw and how many people work are their own affair."""
        if self.key in ("owner_comp", "owner_comp_taxes", "employees"):
            return Direction.NEUTRAL
        is_cost = self.kind is MetricKind.EXPENSE or self.key == "total_expenses"
        return Direction.DOWN_IS_GOOD if is_cost else Direction.UP_IS_GOOD

    @property
    def is_additive(self) -> bool:
        """Whether twelve months of it add up to the year's."""
        return self.unit is Unit.MONEY


# In display order. Names and meanings: TruMethods-style figures of a managed service provider.
METRICS = (
    Metric("nrr", "Non-recurring revenue", MetricKind.REVENUE, "Projects and hourly work."),
    Metric("mrr", "Monthly recurring revenue", MetricKind.REVENUE, "Managed service agreements."),
    Metric(
        "orr", "Other recurring revenue", MetricKind.REVENUE, "Cloud, licences, backup and telephony resold monthly."
    ),
    Metric("product_sales", "Product sales", MetricKind.REVENUE, "Hardware and one-off software."),
    Metric("misc_revenue", "Miscellaneous revenue", MetricKind.REVENUE, "The rest, with other income and discounts."),
    Metric("total_revenue", "Total revenue", MetricKind.TOTAL, "All revenue, unmapped included."),
    Metric("employee_expense", "Employee expense", MetricKind.EXPENSE, "Pay, payroll taxes and benefits; no owners."),
    Metric("owner_comp", "Owner compensation", MetricKind.EXPENSE, "What owners and officers are paid."),
    Metric("owner_comp_taxes", "Owner compensation taxes", MetricKind.EXPENSE, "Payroll taxes on owners' pay."),
    Metric("product_cogs", "Product cost of goods sold", MetricKind.EXPENSE, "The cost of what was resold."),
    Metric("other_expenses", "Other expenses", MetricKind.EXPENSE, "Every other expense."),
    Metric("total_expenses", "Total expenses", MetricKind.TOTAL, "All expenses, unmapped included."),
    Metric("net_profit", "Net profit", MetricKind.TOTAL, "Revenue less expenses; equals QuickBooks' Net Income."),
    Metric("employees", "Employees", MetricKind.COUNT, "People employed at the end of the month."),
)

REVENUE_METRICS = tuple(metric.key for metric in METRICS if metric.kind is MetricKind.REVENUE)
EXPENSE_METRICS = tuple(metric.key for metric in METRICS if metric.kind is MetricKind.EXPENSE)
CATEGORY_METRICS = REVENUE_METRICS + EXPENSE_METRICS
UNMAPPED_FIGURES = ("unmapped_revenue", "unmapped_expenses")
# Every figure with a name of its own, by key: label, unit and direction of the fourteen and of all derived ones.
LINES: Mapping[str, Metric | DerivedMetric] = {
    **{metric.key: metric for metric in METRICS},
    **{metric.key: metric for metric in DERIVED},
}


@dataclass(frozen=True)
class MonthFigures:
    """A month's money: the ten categories by key, what no rule knows, and the totals that include it."""

    categories: Mapping[str, Decimal]
    unmapped_revenue: Decimal
    unmapped_expenses: Decimal
    total_revenue: Decimal
    total_expenses: Decimal
    net_profit: Decimal

    def by_key(self) -> dict[str, Decimal]:
        """All fifteen figures by name: categories, unmapped_revenue, unmapped_expenses, the three totals."""
        return {
            **self.categories,
            "unmapped_revenue": self.unmapped_revenue,
            "unmapped_expenses": self.unmapped_expenses,
            "total_revenue": self.total_revenue,
            "total_expenses": self.total_expenses,
            "net_profit": self.net_profit,
        }


def month_figures(amounts: Iterable[tuple[str, Section, Decimal]]) -> MonthFigures:
    """Add up one month from (metric key or "unmapped", section, amount as printed).

    Revenue less expenses is always the report's net income, whatever the mapping: an expense account mapped
    to a revenue metric lowers that metric, an income account mapped to an expense metric lowers that one,
    and an unmapped account stays on the side of its section. ValueError for a key that is not a category.
    """
    sums = dict.fromkeys((*CATEGORY_METRICS, *UNMAPPED_FIGURES), ZERO)
    for key, section, amount in amounts:
        target, side = _target(key, section)
        sums[target] += amount * section.sign * side
    revenue = sum((sums[key] for key in REVENUE_METRICS), sums["unmapped_revenue"])
    expenses = sum((sums[key] for key in EXPENSE_METRICS), sums["unmapped_expenses"])
    return MonthFigures(
        categories={key: sums[key] for key in CATEGORY_METRICS},
        unmapped_revenue=sums["unmapped_revenue"],
        unmapped_expenses=sums["unmapped_expenses"],
        total_revenue=revenue,
        total_expenses=expenses,
        net_profit=revenue - expenses,
    )


_SIDES = dict.fromkeys(REVENUE_METRICS, 1) | dict.fromkeys(EXPENSE_METRICS, -1)


def _target(key: str, section: Section) -> tuple[str, int]:
    """Where an amount goes, and +1 when that figure counts towards net income, -1 when against it."""
    if key == UNMAPPED:
        return ("unmapped_revenue", 1) if section.is_revenue else ("unmapped_expenses", -1)
    if key not in _SIDES:
        raise ValueError(f"{key!r} is not a metric an account can be mapped to.")
    return key, _SIDES[key]
