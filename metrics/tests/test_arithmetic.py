"""The ten categories, what is unmapped, and totals that always come to QuickBooks' Net Income."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.arithmetic import (
    CATEGORY_METRICS,
    EXPENSE_METRICS,
    METRICS,
    REVENUE_METRICS,
    UNMAPPED,
    MetricKind,
    month_figures,
)
from metrics.profit_and_loss import Section

D = Decimal


def test_there_are_fourteen_metrics_and_ten_of_them_are_categories() -> None:
    assert len(METRICS) == 14
    assert len({metric.key for metric in METRICS}) == 14
    assert REVENUE_METRICS == ("nrr", "mrr", "orr", "product_sales", "misc_revenue")
    assert EXPENSE_METRICS == ("employee_expense", "owner_comp", "owner_comp_taxes", "product_cogs", "other_expenses")
    assert CATEGORY_METRICS == REVENUE_METRICS + EXPENSE_METRICS
    assert [metric.key for metric in METRICS if metric.kind is MetricKind.TOTAL] == [
        "total_revenue",
        "total_expenses",
        "net_profit",
    ]
    assert [metric.key for metric in METRICS if metric.kind is MetricKind.COUNT] == ["employees"]


def test_amounts_are_added_up_by_metric() -> None:
    figures = month_figures(
        [
            ("mrr", Section.INCOME, D("100.00")),
            ("mrr", Section.INCOME, D("20.00")),
            ("misc_revenue", Section.OTHER_INCOME, D("3.00")),
            ("misc_revenue", Section.INCOME, D("-5.00")),
            ("product_cogs", Section.COST_OF_GOODS_SOLD, D("30.00")),
            ("other_expenses", Section.EXPENSE, D("40.00")),
            ("other_expenses", Section.OTHER_EXPENSE, D("-1.00")),
        ]
    )
    assert figures.categories["mrr"] == D("120.00")
    assert figures.categories["misc_revenue"] == D("-2.00")
    assert figures.categories["other_expenses"] == D("39.00")
    assert (figures.total_revenue, figures.total_expenses, figures.net_profit) == (D("118.00"), D("69.00"), D("49.00"))


def test_unmapped_accounts_stay_on_the_side_of_their_section_and_count_in_the_totals() -> None:
    figures = month_figures(
        [
            (UNMAPPED, Section.INCOME, D("7.00")),
            (UNMAPPED, Section.OTHER_INCOME, D("1.00")),
            (UNMAPPED, Section.COST_OF_GOODS_SOLD, D("2.00")),
            (UNMAPPED, Section.OTHER_EXPENSE, D("0.50")),
        ]
    )
    assert (figures.unmapped_revenue, figures.unmapped_expenses) == (D("8.00"), D("2.50"))
    assert (figures.total_revenue, figures.total_expenses, figures.net_profit) == (D("8.00"), D("2.50"), D("5.50"))


def test_an_account_mapped_to_the_other_side_enters_with_its_sign() -> None:
    figures = month_figures([("mrr", Section.EXPENSE, D("10.00")), ("owner_comp", Section.INCOME, D("4.00"))])
    assert figures.categories["mrr"] == D("-10.00")
    assert figures.categories["owner_comp"] == D("-4.00")
    assert figures.net_profit == D("-6.00")


def test_a_month_without_amounts_is_zero_everywhere() -> None:
    figures = month_figures([])
    assert {str(value) for value in figures.by_key().values()} == {"0.00"}
    assert len(figures.by_key()) == 15


def test_figures_are_known_by_the_names_of_the_metrics() -> None:
    names = {metric.key for metric in METRICS} - {"employees"} | {"unmapped_revenue", "unmapped_expenses"}
    assert set(month_figures([]).by_key()) == names


def test_a_total_is_nothing_to_map_to() -> None:
    with pytest.raises(ValueError, match="'net_profit' is not a metric an account can be mapped to"):
        month_figures([("net_profit", Section.INCOME, D(1))])


CENTS = st.decimals(min_value="-999999999999.99", max_value="999999999999.99", places=2)
MAPPED = st.tuples(st.sampled_from((*CATEGORY_METRICS, UNMAPPED)), st.sampled_from(Section), CENTS)


@settings(derandomize=True, max_examples=300)
@given(st.lists(MAPPED, max_size=60))
def test_categories_and_unmapped_always_come_to_net_income(amounts: list[tuple[str, Section, Decimal]]) -> None:
    figures = month_figures(amounts)
    net_income = sum((section.sign * amount for _, section, amount in amounts), D("0.00"))
    revenue = sum(figures.categories[key] for key in REVENUE_METRICS) + figures.unmapped_revenue
    expenses = sum(figures.categories[key] for key in EXPENSE_METRICS) + figures.unmapped_expenses
    assert (figures.total_revenue, figures.total_expenses) == (revenue, expenses)
    assert figures.net_profit == revenue - expenses == net_income


@settings(derandomize=True, max_examples=100)
@given(st.lists(MAPPED, max_size=30))
def test_the_order_of_the_accounts_does_not_matter(amounts: list[tuple[str, Section, Decimal]]) -> None:
    assert month_figures(amounts) == month_figures(sorted(amounts, key=lambda one: (one[2], one[0], one[1].value)))
