"""A period's figures: the sums of its months, its head count, and how much of it is there."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.arithmetic import LINES, METRICS, Unit
from metrics.derived import AVERAGE_EMPLOYEES, MONTH_COUNT, Figure
from metrics.months import Month
from metrics.periods import (
    Change,
    FiscalCalendar,
    Period,
    PeriodError,
    changes,
    like_for_like,
    sum_period,
)

D = Decimal
MONEY = [metric.key for metric in METRICS if metric.unit is Unit.MONEY]
Q1 = Period.quarter(Month(2026, 1))


def figures(amount: str, employees: int | None = 5) -> dict[str, Figure]:
    return {**dict.fromkeys(MONEY, D(amount)), "employees": employees}


def test_money_adds_up_and_people_are_counted_at_the_end_and_on_average() -> None:
    months = {
        Month(2025, 12): figures("1000.00", 50),
        Month(2026, 1): figures("1.00", 4),
        Month(2026, 2): figures("2.50", 5),
        Month(2026, 3): figures("-0.25", 7),
        Month(2026, 4): figures("1000.00", 50),
    }
    found = sum_period(months, Q1)
    assert {found.figures[key] for key in MONEY} == {D("3.25")}
    assert found.figures["employees"] == 7
    assert found.figures[MONTH_COUNT] == 3
    average = found.figures[AVERAGE_EMPLOYEES]
    assert average is not None
    assert round(average, 4) == D("5.3333")
    assert found.is_complete
    assert not found.is_partial_current


def test_figures_per_person_take_the_average_head_count_and_the_whole_period() -> None:
    months = {Q1.first: figures("10.00", 4), Q1.first.plus(1): figures("10.00", 4), Q1.last: figures("10.00", 7)}
    found = sum_period(months, Q1).derived
    assert found["revenue_per_employee"] == D("6.00")
    assert found["revenue_per_employee_annualised"] == D("24.00")


def test_a_margin_of_a_period_is_worked_out_from_its_sums() -> None:
    months: dict[Month, dict[str, Figure]] = {
        Month(2026, 1): {"net_profit": D(50), "total_revenue": D(100), "net_margin": D("50.0")},
        Month(2026, 2): {"net_profit": D(0), "total_revenue": D(900), "net_margin": D("0.0")},
    }
    found = sum_period(months, Period.custom(Month(2026, 1), Month(2026, 2)))
    assert found.derived["net_margin"] == D("5.0")
    assert "net_margin" not in found.figures


def test_months_that_are_missing_are_named_and_those_to_come_too() -> None:
    found = sum_period({Q1.first: figures("1.00")}, Q1, current=Month(2026, 2))
    assert found.months_present == (Month(2026, 1),)
    assert found.months_missing == (Month(2026, 2), Month(2026, 3))
    assert found.months_to_come == (Month(2026, 3),)
    assert found.is_partial_current
    assert not found.is_complete
    assert found.figures["employees"] == 5


def test_a_running_month_makes_its_period_partial_and_no_other() -> None:
    months = {month: figures("1.00") for month in Q1.months}
    assert sum_period(months, Q1, current=Q1.last).is_partial_current
    assert not sum_period(months, Q1, current=Q1.last).is_complete
    assert sum_period(months, Q1, current=Q1.last.plus(1)).is_complete


def test_a_period_without_a_month_has_every_figure_and_none_is_known() -> None:
    found = sum_period({}, Q1)
    assert {found.figures[metric.key] for metric in METRICS} == {None}
    assert not any(found.derived.values())
    assert found.months_missing == Q1.months


def test_a_part_is_not_the_sum() -> None:
    months = {Q1.first: figures("1.00", None), Q1.last: {**figures("1.00"), "mrr": None}}
    found = sum_period(months, Q1)
    assert found.figures["mrr"] is None
    assert found.figures[AVERAGE_EMPLOYEES] is None
    assert found.figures["employees"] == 5
    assert found.figures["orr"] == D("2.00")


def test_every_line_is_held_against_the_other_period_in_its_own_unit() -> None:
    now = sum_period({Q1.last: figures("3.00", 6)}, Period.month(Q1.last))
    before = sum_period({Q1.first: figures("2.00", 5)}, Period.month(Q1.first))
    found = changes(now, before)
    assert set(found) == set(LINES)
    assert found["mrr"] == Change(D("1.00"), D("50.0"), True, "up 50.0%")
    assert found["employees"] == Change(D(1), D("20.0"), True, "up 1")
    assert found["net_margin"].words == "unchanged"
    assert found["net_margin"].percent is None


def test_a_period_half_over_is_held_against_as_much_of_the_other() -> None:
    now, before = like_for_like(Q1, Period.quarter(Month(2025, 10)), Month(2026, 2))
    assert (str(now), str(before)) == ("2026-01..2026-02", "2025-10..2025-11")
    assert like_for_like(Q1, Q1, Month(2026, 3)) == (Q1, Q1)
    with pytest.raises(PeriodError, match="Q1 2026 has not begun in Dec 2025: choose Q4 2025"):
        like_for_like(Q1, Q1, Month(2025, 12))


FIRST = Month(2024, 1)
AMOUNTS = st.lists(st.decimals("-999999999999.99", "999999999999.99", places=2), min_size=36, max_size=36)


@given(AMOUNTS, st.integers(0, 35), st.integers(1, 12))
def test_windows_are_the_sums_of_their_months(amounts: list[Decimal], at: int, first_month: int) -> None:
    months = {FIRST.plus(number): {"net_profit": amount} for number, amount in enumerate(amounts)}
    last, calendar = FIRST.plus(at), FiscalCalendar(first_month)
    windows = (Period.month(last), Period.quarter(last, calendar), Period.ytd(last, calendar), Period.ttm(last))
    for window in (*windows, Period.year(last, calendar), Period.custom(FIRST, last)):
        found = sum_period(months, window)
        inside = [values["net_profit"] for month, values in months.items() if window.first <= month <= window.last]
        assert found.figures["net_profit"] == sum(inside)
        assert set(found.months_present) | set(found.months_missing) == set(window.months)
        assert found.is_complete == (len(inside) == len(window))


@given(AMOUNTS)
def test_the_months_of_a_year_its_quarters_and_the_year_come_to_the_same(amounts: list[Decimal]) -> None:
    months = {FIRST.plus(number): {"mrr": amount} for number, amount in enumerate(amounts)}

    def total(period: Period) -> Decimal:
        found = sum_period(months, period).figures["mrr"]
        assert found is not None
        return Decimal(found)

    quarters = [total(Period.quarter(FIRST.plus(step))) for step in (12, 15, 18, 21)]
    assert (
        sum(quarters) == total(Period.year(FIRST.plus(12))) == total(Period.ttm(FIRST.plus(23))) == sum(amounts[12:24])
    )
