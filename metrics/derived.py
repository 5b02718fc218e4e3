"""The metrics that are worked out from others: margins, shares, figures per person and expense ratios, as one table.

A figure that cannot be told is None, never an exception: something it needs is missing, or what it is measured
against is zero or negative ("not meaningful"). Everything is rounded once, half up, to the places of its unit.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

Figure = Decimal | int | None
Figures = Mapping[str, Figure]

# Two figures that only a period has (metrics.periods.sum_period); a month is one month with its own head count.
AVERAGE_EMPLOYEES = "average_employees"
MONTH_COUNT = "month_count"
MONTHS_A_YEAR = 12


class Unit(enum.Enum):
    """What a figure is measured in, and the decimal places it is rounded to."""

    MONEY = "money"
    PERCENT = "percent"  # 35.5 means 35.5 %
    RATIO = "ratio"
    COUNT = "count"
    MONEY_PER_PERSON = "money_per_person"

    @property
    def places(self) -> int:
        if self is Unit.PERCENT:
            return 1
        return 0 if self is Unit.COUNT else 2


class Direction(enum.Enum):
    """Which way is good news; for an expense the accountant's convention, that under budget is favourable."""

    UP_IS_GOOD = "up"
    DOWN_IS_GOOD = "down"
    NEUTRAL = "neutral"


@dataclass(frozen=True)
class Formula:
    """Top, or top over bottom: each a sum of figures by key, where a leading "-" takes the figure away.

    Per person: the bottom's "employees" is a period's average of month ends where there is one. Annualised: as if
    the whole year went like the months at hand (times 12, over their number).
    """

    unit: Unit
    top: tuple[str, ...]
    bottom: tuple[str, ...] = ()
    is_annualised: bool = False

    def __call__(self, figures: Figures) -> Decimal | None:
        try:
            return self._value(figures)
        except ArithmeticError:  # not a number, or beyond what Decimal holds
            return None

    @property
    def needs(self) -> tuple[str, ...]:
        """The metric keys it is made of, top first."""
        return tuple(dict.fromkeys(term.removeprefix("-") for term in (*self.top, *self.bottom)))

    def _value(self, figures: Figures) -> Decimal | None:
        top = _total(figures, self.top)
        if top is None or not self.bottom:
            return None if top is None else rounded(top, self.unit)
        if self.is_annualised:
            top = top * MONTHS_A_YEAR / Decimal(figures.get(MONTH_COUNT) or 1)
        if self.unit is Unit.PERCENT:
            top *= 100
        bottom = _total(figures, tuple(_denominator(term, figures) for term in self.bottom))
        return None if bottom is None or bottom <= 0 else rounded(top / bottom, self.unit)


@dataclass(frozen=True)
class DerivedMetric:
    """One line that is worked out. `formula` and `source` are for people; `compute` takes all figures by key."""

    key: str
    label: str
    unit: Unit
    direction: Direction
    formula: str
    source: str
    compute: Formula

    @property
    def needs(self) -> tuple[str, ...]:
        """The metrics it is made of: where "explain this number" goes on."""
        return self.compute.needs

    @property
    def is_additive(self) -> bool:
        """Whether twelve months of it add up to the year's (so that a year's target is spread, not repeated)."""
        return self.unit in (Unit.MONEY, Unit.MONEY_PER_PERSON) and not self.compute.is_annualised


def rounded(value: Decimal, unit: Unit) -> Decimal:
    """Half up, to the unit's places: the only rounding there is."""
    return value.quantize(_STEPS[unit.places], ROUND_HALF_UP)


_STEPS = (Decimal("1"), Decimal("0.1"), Decimal("0.01"))


def percent_of(part: Decimal, whole: Decimal) -> Decimal | None:
    """How much of `whole` it is, in percent to one place; None unless `whole` is more than nothing."""
    return rounded(part * 100 / whole, Unit.PERCENT) if whole > 0 else None


def derived(figures: Figures) -> dict[str, Decimal | None]:
    """Every derived metric of a month's figures, or of a period's as sum_period adds them up."""
    return {metric.key: metric.compute(figures) for metric in DERIVED}


def _total(figures: Figures, terms: tuple[str, ...]) -> Decimal | None:
    total = Decimal(0)
    for term in terms:
        value = figures.get(term.removeprefix("-"))
        if value is None:
            return None
        total += -value if term.startswith("-") else value
    return total


def _denominator(term: str, figures: Figures) -> str:
    return AVERAGE_EMPLOYEES if term == "employees" and AVERAGE_EMPLOYEES in figures else term


_SERVICES = ("nrr", "mrr", "orr")
_RECURRING = ("mrr", "orr")
_REVENUE = ("total_revenue",)
_BEFORE_OWNER = ("net_profit", "owner_comp", "owner_comp_taxes")
_MARGIN = "Common-size profit and loss statement."
_PEERS = "Managed service peer groups (TruMethods): services are nrr + mrr + orr, product is apart."
_PER_PERSON = "Managed service peer groups; head count as it stands at month ends, averaged over a period."
# QuickBooks prints Gross Profit = Income − Cost of Goods Sold, by section; that one is part of the tie-out.
_GROSS = (
    "By mapping. QuickBooks' own Gross Profit differs where labour or tools are kept under Cost of Goods Sold (here"
    " they count as employee expense or other expenses) and leaves out other income; the tie-out shows it."
)


def _percent(
    key: str,
    label: str,
    direction: Direction,
    formula: str,
    source: str,
    top: tuple[str, ...],
    bottom: tuple[str, ...],
) -> DerivedMetric:
    return DerivedMetric(key, label, Unit.PERCENT, direction, formula, source, Formula(Unit.PERCENT, top, bottom))


def _money(key: str, label: str, formula: str, source: str, top: tuple[str, ...]) -> DerivedMetric:
    return DerivedMetric(key, label, Unit.MONEY, _UP, formula, source, Formula(Unit.MONEY, top))


def _per_person(key: str, label: str, of: str, top: tuple[str, ...]) -> tuple[DerivedMetric, DerivedMetric]:
    """The figure of the month or period as it is, and the same as a year's, to hold against other periods."""
    unit, bottom = Unit.MONEY_PER_PERSON, ("employees",)
    plain = DerivedMetric(key, label, unit, _UP, f"{of} ÷ employees", _PER_PERSON, Formula(unit, top, bottom))
    yearly = DerivedMetric(
        f"{key}_annualised",
        f"{label}, annualised",
        unit,
        _UP,
        f"{of} × 12 ÷ months ÷ employees",
        f"{_PER_PERSON} Comparable between a month, a quarter and a year.",
        Formula(unit, top, bottom, is_annualised=True),
    )
    return plain, yearly


def _expense_ratio(key: str, label: str, of: str, expense: str, direction: Direction) -> DerivedMetric:
    return _percent(key, label, direction, f"{of} ÷ total revenue", _MARGIN, (expense,), _REVENUE)


_UP, _DOWN, _NEUTRAL = Direction.UP_IS_GOOD, Direction.DOWN_IS_GOOD, Direction.NEUTRAL

# In display order.
DERIVED: tuple[DerivedMetric, ...] = (
    _money("service_revenue", "Service revenue", "nrr + mrr + orr", _PEERS, _SERVICES),
    _money("recurring_revenue", "Recurring revenue", "mrr + orr", _PEERS, _RECURRING),
    _money(
        "gross_profit",
        "Gross profit",
        "Total revenue − product cost of goods sold",
        _GROSS,
        ("total_revenue", "-product_cogs"),
    ),
    _percent(
        "gross_margin",
        "Gross margin",
        _UP,
        "(Total revenue − product cost of goods sold) ÷ total revenue",
        _GROSS,
        ("total_revenue", "-product_cogs"),
        _REVENUE,
    ),
    _percent(
        "service_margin",
        "Service margin (proxy)",
        _UP,
        "(Service revenue − employee expense) ÷ service revenue",
        "A proxy of our own: it holds all employee expense against services, because a profit and loss statement does"
        " not tell technicians from the office, and no tools or subcontractors.",
        (*_SERVICES, "-employee_expense"),
        _SERVICES,
    ),
    _percent("recurring_share", "Recurring share", _UP, "(mrr + orr) ÷ total revenue", _PEERS, _RECURRING, _REVENUE),
    _percent("services_share", "Services share", _UP, "(nrr + mrr + orr) ÷ total revenue", _PEERS, _SERVICES, _REVENUE),
    _percent(
        "recurring_share_of_services",
        "Recurring share of services",
        _UP,
        "(mrr + orr) ÷ (nrr + mrr + orr)",
        _PEERS,
        _RECURRING,
        _SERVICES,
    ),
    _percent("net_margin", "Net margin", _UP, "Net profit ÷ total revenue", _MARGIN, ("net_profit",), _REVENUE),
    _money(
        "net_profit_before_owner",
        "Net profit before owner compensation",
        "Net profit + owner compensation + owner compensation taxes",
        _PEERS,
        _BEFORE_OWNER,
    ),
    _percent(
        "net_margin_before_owner",
        "Net margin before owner compensation",
        _UP,
        "(Net profit + owner compensation + owner compensation taxes) ÷ total revenue",
        _PEERS,
        _BEFORE_OWNER,
        _REVENUE,
    ),
    *_per_person("revenue_per_employee", "Revenue per employee", "Total revenue", _REVENUE),
    *_per_person("service_revenue_per_employee", "Service revenue per employee", "Service revenue", _SERVICES),
    DerivedMetric(
        "labour_multiple",
        "Service revenue per 1.00 of employee expense",
        Unit.RATIO,
        _UP,
        "(nrr + mrr + orr) ÷ employee expense",
        "A proxy of our own, from the same two figures as the service margin.",
        Formula(Unit.RATIO, _SERVICES, ("employee_expense",)),
    ),
    _expense_ratio("employee_expense_ratio", "Employee expense ratio", "Employee expense", "employee_expense", _DOWN),
    _expense_ratio("owner_comp_ratio", "Owner compensation ratio", "Owner compensation", "owner_comp", _NEUTRAL),
    _expense_ratio(
        "owner_comp_taxes_ratio",
        "Owner compensation taxes ratio",
        "Owner compensation taxes",
        "owner_comp_taxes",
        _NEUTRAL,
    ),
    _expense_ratio("product_cogs_ratio", "Product cost ratio", "Product cost of goods sold", "product_cogs", _DOWN),
    _expense_ratio("other_expenses_ratio", "Other expenses ratio", "Other expenses", "other_expenses", _DOWN),
    _expense_ratio("total_expense_ratio", "Total expense ratio", "Total expenses", "total_expenses", _DOWN),
)
