"""A year of targets from last year: figures or targets, and a percentage more."""

from __future__ import annotations

from decimal import Decimal

import pytest

from metrics.months import Month, months_between
from metrics.targets.plans import by_season, from_figures, from_targets, grown
from metrics.targets.rules import TargetError, TargetKind, TargetValue

JAN25, JAN26 = Month(2025, 1), Month(2026, 1)
YEAR = months_between(JAN26, Month(2026, 12))


@pytest.mark.parametrize(
    ("key", "amount", "grew"),
    [
        ("mrr", "1000.00", "1050.00"),
        ("mrr", "0.10", "0.11"),
        ("net_profit", "-100.00", "-105.00"),
        ("employees", "9", "9.00"),
        ("employees", "10", "11.00"),
        ("gross_margin", "35.5", "35.50"),
        ("labour_multiple", "2.15", "2.15"),
    ],
)
def test_money_and_people_grow_and_shares_stay(key: str, amount: str, grew: str) -> None:
    assert grown(key, Decimal(amount), Decimal(5)) == Decimal(grew)


def test_targets_are_copied_a_year_later_with_their_kind() -> None:
    old = TargetValue("mrr", JAN25, Decimal("200.00"), TargetKind.BUDGET)
    assert from_targets([old], Decimal(-10)) == (TargetValue("mrr", JAN26, Decimal("180.00"), TargetKind.BUDGET),)


def test_a_figure_that_is_not_there_makes_no_target() -> None:
    last_year = {JAN25: {"mrr": Decimal("10.00"), "employees": None}}
    found = from_figures(last_year, ("mrr", "employees", "orr"), Decimal(0), TargetKind.TARGET)
    assert found == (TargetValue("mrr", JAN26, Decimal("10.00")),)


def test_a_years_amount_follows_last_years_season_to_the_cent() -> None:
    last_year = {month.plus(-12): {"mrr": Decimal(number)} for number, month in enumerate(YEAR, start=1)}
    found = by_season("mrr", Decimal("1000.00"), YEAR, last_year, TargetKind.TARGET)
    assert sum(one.amount for one in found) == Decimal("1000.00")
    assert found[0].amount < found[-1].amount
    with pytest.raises(TargetError, match="season"):
        by_season("mrr", Decimal("1000.00"), YEAR, {}, TargetKind.TARGET)
