"""Margins, shares, figures per person and expense ratios: their definitions, their rounding, and when there is none."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.arithmetic import (
    CATEGORY_METRICS,
    DERIVED,
    EXPENSE_METRICS,
    LINES,
    METRICS,
    REVENUE_METRICS,
    UNMAPPED,
    Direction,
    Unit,
    derived,
    month_figures,
)
from metrics.derived import AVERAGE_EMPLOYEES, MONTH_COUNT, Figure
from metrics.profit_and_loss import Section

D = Decimal

# A month worked out by hand: revenue 100,000; expenses 85,000.
MONTH: dict[str, Figure] = {
    "nrr": D("10000.00"),
    "mrr": D("40000.00"),
    "orr": D("20000.00"),
    "product_sales": D("28000.00"),
    "misc_revenue": D("2000.00"),
    "employee_expense": D("35000.00"),
    "owner_comp": D("9000.00"),
    "owner_comp_taxes": D("1000.00"),
    "product_cogs": D("22500.00"),
    "other_expenses": D("17500.00"),
    "total_revenue": D("100000.00"),
    "total_expenses": D("85000.00"),
    "net_profit": D("15000.00"),
    "employees": 8,
}


def test_every_derived_metric_of_a_month_worked_out_by_hand() -> None:
    assert derived(MONTH) == {
        "service_revenue": D("70000.00"),
        "recurring_revenue": D("60000.00"),
        "gross_profit": D("77500.00"),
        "gross_margin": D("77.5"),
        "service_margin": D("50.0"),
        "recurring_share": D("60.0"),
        "services_share": D("70.0"),
        "recurring_share_of_services": D("85.7"),
        "net_margin": D("15.0"),
        "net_profit_before_owner": D("25000.00"),
        "net_margin_before_owner": D("25.0"),
        "revenue_per_employee": D("12500.00"),
        "revenue_per_employee_annualised": D("150000.00"),
        "service_revenue_per_employee": D("8750.00"),
        "service_revenue_per_employee_annualised": D("105000.00"),
        "labour_multiple": D("2.00"),
        "employee_expense_ratio": D("35.0"),
        "owner_comp_ratio": D("9.0"),
        "owner_comp_taxes_ratio": D("1.0"),
        "product_cogs_ratio": D("22.5"),
        "other_expenses_ratio": D("17.5"),
        "total_expense_ratio": D("85.0"),
    }


def test_the_table_names_each_line_once_and_says_formula_source_and_what_it_is_made_of() -> None:
    keys = [metric.key for metric in DERIVED]
    assert len(set(keys)) == len(keys) == 22
    assert not set(keys) & {metric.key for metric in METRICS}
    known = {metric.key for metric in METRICS}
    for metric in DERIVED:
        assert metric.label
        assert metric.formula
        assert metric.source.endswith(".")
        assert set(metric.needs) <= known
    assert set(LINES) == known | set(keys)


def test_every_expense_category_has_its_ratio() -> None:
    ratios = {metric.needs[0] for metric in DERIVED if metric.key.endswith("_ratio")}
    assert ratios == {*EXPENSE_METRICS, "total_expenses"}


@pytest.mark.parametrize("figure", [D("0.00"), D("-1.00")])
def test_a_share_of_nothing_or_of_less_is_not_meaningful(figure: Decimal) -> None:
    found = derived({**MONTH, "total_revenue": figure})
    assert found["net_margin"] is found["total_expense_ratio"] is found["recurring_share"] is None
    assert found["service_margin"] == D("50.0")


def test_without_a_head_count_there_is_no_figure_per_person() -> None:
    assert derived({**MONTH, "employees": None})["revenue_per_employee"] is None
    assert derived({**MONTH, "employees": 0})["revenue_per_employee_annualised"] is None


def test_a_figure_that_is_missing_makes_only_what_needs_it_unknown() -> None:
    found = derived({"net_profit": D("1.00"), "total_revenue": D("3.00")})
    assert {key for key, value in found.items() if value is not None} == {"net_margin"}
    assert not any(derived({}).values())


def test_percentages_are_rounded_half_up_to_one_place() -> None:
    assert derived({"net_profit": D("0.25"), "total_revenue": D(100)})["net_margin"] == D("0.3")
    assert derived({"net_profit": D("-0.25"), "total_revenue": D(100)})["net_margin"] == D("-0.3")
    assert str(derived({"net_profit": D(5), "total_revenue": D(100)})["net_margin"]) == "5.0"


def test_a_period_is_held_against_its_average_head_count_and_annualised_over_its_months() -> None:
    quarter = {**MONTH, "employees": 9, AVERAGE_EMPLOYEES: D("8.00"), MONTH_COUNT: 3}
    assert derived(quarter)["revenue_per_employee"] == D("12500.00")
    assert derived(quarter)["revenue_per_employee_annualised"] == D("50000.00")


def test_expenses_are_better_lower_and_what_owners_draw_is_their_own_affair() -> None:
    assert LINES["mrr"].direction is LINES["net_margin"].direction is Direction.UP_IS_GOOD
    assert LINES["other_expenses"].direction is LINES["total_expenses"].direction is Direction.DOWN_IS_GOOD
    assert LINES["owner_comp"].direction is LINES["employees"].direction is Direction.NEUTRAL
    assert (LINES["employees"].unit, LINES["mrr"].unit, LINES["net_margin"].unit) == (
        Unit.COUNT,
        Unit.MONEY,
        Unit.PERCENT,
    )


def test_what_adds_up_over_a_year_is_money() -> None:
    assert LINES["mrr"].is_additive
    assert LINES["gross_profit"].is_additive
    assert LINES["revenue_per_employee"].is_additive
    assert not LINES["revenue_per_employee_annualised"].is_additive
    assert not LINES["net_margin"].is_additive
    assert not LINES["employees"].is_additive


ANY_DECIMAL = st.decimals(allow_nan=True, allow_infinity=True)
ANY_FIGURE = st.none() | st.integers(-(10**9), 10**9) | ANY_DECIMAL
ANY_KEY = st.sampled_from([*MONTH, AVERAGE_EMPLOYEES, MONTH_COUNT])


@given(st.dictionaries(ANY_KEY, ANY_FIGURE))
def test_no_figures_make_it_raise(figures: dict[str, Figure]) -> None:
    assert set(derived(figures)) == {metric.key for metric in DERIVED}


AMOUNT = st.decimals("0.00", "999999999999.99", places=2)


@given(st.fixed_dictionaries(dict.fromkeys(CATEGORY_METRICS, AMOUNT)), st.integers(0, 500))
def test_shares_of_amounts_that_are_not_negative_lie_between_nothing_and_all(
    amounts: dict[str, Decimal], employees: int
) -> None:
    figures = month_figures(
        (key, Section.INCOME if key in REVENUE_METRICS else Section.EXPENSE, amount) for key, amount in amounts.items()
    )
    found = derived({**figures.by_key(), "employees": employees})
    for key in ("recurring_share", "services_share", "recurring_share_of_services"):
        value = found[key]
        assert value is None or 0 <= value <= 100
    for key in ("gross_margin", "net_margin", "service_margin"):
        value = found[key]
        assert value is None or value <= 100
    for metric in DERIVED:
        value = found[metric.key]
        assert value is None or metric.key.startswith(("gross", "net", "service_margin")) or value >= 0
    margin, before = found["net_margin"], found["net_margin_before_owner"]
    assert (margin is None) == (before is None)
    assert margin is None or before is None or before >= margin
    assert (found["net_margin"] is None) == (figures.total_revenue == 0)


@given(st.lists(st.tuples(st.sampled_from([*CATEGORY_METRICS, UNMAPPED]), st.sampled_from(Section), AMOUNT)))
def test_expense_ratio_and_net_margin_make_up_the_whole(amounts: list[tuple[str, Section, Decimal]]) -> None:
    found = derived(month_figures(amounts).by_key())
    if found["net_margin"] is not None and found["total_expense_ratio"] is not None:
        assert abs(found["net_margin"] + found["total_expense_ratio"] - 100) <= D("0.1")
