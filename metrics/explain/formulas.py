"""A figure's formula in words and with its numbers, and the figures that it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from metrics.arithmetic import EXPENSE_METRICS, LINES, METRICS, REVENUE_METRICS, DerivedMetric
from metrics.derived import AVERAGE_EMPLOYEES, MONTH_COUNT, Figure, Figures, Unit
from metrics.explain.explained import AccountLine, Input

PLUS, MINUS, DIVISOR = "plus", "minus", "divisor"
_MOST_TERMS = 6
_UNMAPPED = {
    "unmapped_revenue": ("Unmapped revenue", "Income that no rule of the mapping knows. Counted in total revenue."),
    "unmapped_expenses": ("Unmapped expenses", "Costs that no rule of the mapping knows. Counted in total expenses."),
}
_TOTALS: Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "total_revenue": (
        "The five revenue metrics and unmapped revenue, added.",
        (*REVENUE_METRICS, "unmapped_revenue"),
        (),
    ),
    "total_expenses": (
        "The five expense metrics and unmapped expenses, added.",
        (*EXPENSE_METRICS, "unmapped_expenses"),
        (),
    ),
    "net_profit": ("Total revenue − total expenses.", ("total_revenue",), ("total_expenses",)),
}
_DEFINITIONS = {metric.key: metric.description for metric in METRICS}


class UnknownMetric(LookupError):
    """No figure has this key."""


@dataclass(frozen=True)
class Named:
    """What a figure is called, means and is measured in."""

    label: str
    definition: str
    unit: Unit


def named(key: str) -> Named:
    """Raises UnknownMetric."""
    if key in _UNMAPPED:
        return Named(*_UNMAPPED[key], Unit.MONEY)
    line = LINES.get(key)
    if line is None:
        raise UnknownMetric(f"No metric is called “{key[:60]}”.")
    return Named(line.label, line.source if isinstance(line, DerivedMetric) else _DEFINITIONS[key], line.unit)


def has_accounts(key: str) -> bool:
    """Whether ledger accounts add up to it; the others are made of such figures, or are head counts."""
    return key != "employees" and not isinstance(LINES.get(key), DerivedMetric)


def words_of(key: str) -> str:
    """The formula in words; a head count's is its story."""
    line = LINES.get(key)
    if isinstance(line, DerivedMetric):
        return line.formula
    if key in _TOTALS:
        return _TOTALS[key][0]
    if key in _UNMAPPED:
        return "The accounts that no rule knows, as QuickBooks printed them, added."
    sides = "income raises it, costs lower it" if key in REVENUE_METRICS else "costs raise it, income lowers it"
    return f"The accounts that the mapping sends here, added: {sides}."


def inputs_of(key: str, figures: Figures, *, is_month: bool) -> tuple[Input, ...]:
    """The figures it is made of, in the formula's order; none for what accounts add up to directly."""
    line = LINES.get(key)
    if isinstance(line, DerivedMetric):
        top = [_input(term, figures, MINUS if term.startswith("-") else PLUS) for term in line.compute.top]
        divisors = [_divisor(term, figures, is_month=is_month) for term in line.compute.bottom]
        return (*top, *divisors)
    if key not in _TOTALS:
        return ()
    _, plus, minus = _TOTALS[key]
    return (*(_input(one, figures, PLUS) for one in plus), *(_input(one, figures, MINUS) for one in minus))


def in_numbers(key: str, value: Figure, inputs: Sequence[Input], lines: Sequence[AccountLine], figures: Figures) -> str:
    """ "(1,000.00 − 20.00) ÷ 1,000.00 = 98.0%"; a figure that is not known comes out as "not known"."""
    line = LINES.get(key)
    result = written(value, named(key).unit)
    if not inputs:
        return f"{_sum([one.contribution for one in lines])} = {result}" if lines else result
    top = _joined([one for one in inputs if one.role != DIVISOR])
    divisors = [one for one in inputs if one.role == DIVISOR]
    if not divisors:
        return f"{top} = {result}"
    if isinstance(line, DerivedMetric) and line.compute.is_annualised:
        top = f"{_bracketed(top)} × 12 ÷ {figures.get(MONTH_COUNT) or 1}"
        return f"({top}) ÷ {_bracketed(_joined(divisors))} = {result}"
    return f"{_bracketed(top)} ÷ {_bracketed(_joined(divisors))} = {result}"


def written(value: Figure, unit: Unit) -> str:
    """An amount with two decimals, a percentage with its sign, a count as it is."""
    if value is None:
        return "not known"
    sign, size = ("−" if value < 0 else ""), abs(Decimal(value))
    match unit:
        case Unit.PERCENT:
            return f"{sign}{size:,.1f}%"
        case Unit.COUNT:
            return f"{sign}{size.quantize(Decimal('0.01')).normalize():,f}" if size else "0"
        case _:
            return f"{sign}{size:,.2f}"


def _input(term: str, figures: Figures, role: str) -> Input:
    key = term.removeprefix("-")
    about = named(key)
    return Input(key, about.label, figures.get(key), about.unit, role, key)


def _divisor(term: str, figures: Figures, *, is_month: bool) -> Input:
    """People are averaged over a period; one month has its own count."""
    if term == "employees" and not is_month:
        return Input(AVERAGE_EMPLOYEES, "Employees, average", figures.get(AVERAGE_EMPLOYEES), Unit.COUNT, DIVISOR, term)
    return _input(term, figures, DIVISOR)


def _joined(inputs: Sequence[Input]) -> str:
    words = [(("−" if one.role == MINUS else "+"), written(one.value, one.unit)) for one in inputs]
    return _chain(words)


def _sum(amounts: Sequence[Decimal]) -> str:
    shown = amounts if len(amounts) <= _MOST_TERMS else amounts[: _MOST_TERMS - 1]
    text = _chain([("+", written(amount, Unit.MONEY)) for amount in shown])
    left = len(amounts) - len(shown)
    return text if not left else f"{text} + {left} more that come to {written(sum(amounts[len(shown) :]), Unit.MONEY)}"


def _chain(terms: Sequence[tuple[str, str]]) -> str:
    """ "1.00 − 2.00 + 3.00": a negative amount that is added reads as one taken away."""
    text = ""
    for sign, words in terms:
        if words.startswith("−"):
            sign, words = ("−" if sign == "+" else "+"), words[1:]
        text += f" {sign} {words}" if text else (words if sign == "+" else f"−{words}")
    return text


def _bracketed(text: str) -> str:
    return f"({text})" if " " in text else text
