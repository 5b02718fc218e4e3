"""Targets: what can have one, a year's amount over its months to the cent, and how a figure did against it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.arithmetic import DERIVED, METRICS, Direction, Unit
from metrics.months import Month, months_between
from metrics.periods import Period
from metrics.targets.rules import (
    TARGET_KEYS,
    Light,
    TargetError,
    TargetKind,
    TargetSource,
    TargetValue,
    assess,
    attainment,
    light,
    monthly_targets,
    period_target,
    season,
    spread,
)

D = Decimal
YEAR = months_between(Month(2026, 1), Month(2026, 12))
UP, DOWN, NEUTRAL = Direction.UP_IS_GOOD, Direction.DOWN_IS_GOOD, Direction.NEUTRAL


def test_every_metric_and_every_derived_one_can_have_a_target() -> None:
    assert TARGET_KEYS[:14] == tuple(metric.key for metric in METRICS)
    assert TARGET_KEYS[14:] == tuple(metric.key for metric in DERIVED)


@pytest.mark.parametrize(
    ("key", "amount", "reason"),
    [
        ("margin", D(1), "not a metric"),
        ("mrr", D("NaN"), "lies between"),
        ("mrr", D("1000000000000.00"), "lies between"),
        ("mrr", D("1.005"), "round it to 1.01"),
        ("employees", D(-1), "0 or more"),
    ],
)
def test_a_target_that_cannot_be_is_refused(key: str, amount: Decimal, reason: str) -> None:
    with pytest.raises(TargetError, match=reason):
        TargetValue(key, Month(2026, 1), amount)


def test_an_amount_is_spread_equally_to_the_cent() -> None:
    parts = spread(D("100.00"), YEAR)
    assert sum(parts.values()) == D("100.00")
    assert set(parts.values()) == {D("8.33"), D("8.34")}


def test_an_amount_is_spread_by_weights() -> None:
    assert list(spread(D("1000.00"), YEAR[:3], [D(1), D(0), D(3)]).values()) == [D("250.00"), D("0.00"), D("750.00")]


@pytest.mark.parametrize(
    ("annual", "months", "weights", "reason"),
    [
        (D(1), (), [], "months"),
        (D(1), (YEAR[0], YEAR[0]), [D(1), D(1)], "each once"),
        (D(1), YEAR[:2], [D(1)], "2, not 1"),
        (D(1), YEAR[:2], [D(1), D(-1)], "zero or more"),
        (D(1), YEAR[:2], [D(0), D(0)], "not all zero"),
        (D(1), YEAR[:2], [D(1), D("Infinity")], "zero or more"),
        (D("0.001"), YEAR[:2], [D(1), D(1)], "round it to 0.00"),
        (D("NaN"), YEAR[:2], [D(1), D(1)], "lies between"),
    ],
)
def test_what_cannot_be_spread_is_refused(
    annual: Decimal, months: tuple[Month, ...], weights: list[Decimal], reason: str
) -> None:
    with pytest.raises(TargetError, match=reason):
        spread(annual, months, weights)


WEIGHTS = st.lists(st.decimals("0", "999999999.99", places=2), min_size=1, max_size=24).filter(any)


@given(st.decimals("-999999999999.99", "999999999999.99", places=2), WEIGHTS)
def test_the_parts_of_any_spread_add_up_and_are_within_a_cent_of_their_share(
    annual: Decimal, weights: list[Decimal]
) -> None:
    months = months_between(Month(2026, 1), Month(2026, 1).plus(len(weights) - 1))
    for how in ("equal", weights):
        parts = spread(annual, months, how)
        assert tuple(parts) == months
        assert sum(parts.values()) == annual
        shares = [D(1)] * len(months) if isinstance(how, str) else how
        for part, weight in zip(parts.values(), shares, strict=True):
            assert part == part.quantize(D("0.01"))
            assert abs(part - annual * weight / sum(shares)) <= D("0.01")
            assert part * annual >= 0


def test_last_years_months_are_this_years_weights_unless_they_tell_no_season() -> None:
    assert season([D(1), D(0), D(3)]) == (D(1), D(0), D(3))
    for figures in ([], [D(1), None], [D(1), D(-1)], [D(0), D(0)]):
        with pytest.raises(TargetError, match="Spread equally"):
            season(figures)


def test_a_years_money_is_spread_and_a_percentage_is_the_same_every_month() -> None:
    money = monthly_targets("mrr", D("1200.00"), YEAR, kind=TargetKind.BUDGET, source=TargetSource.QUICKBOOKS)
    assert money[0] == TargetValue("mrr", YEAR[0], D("100.00"), TargetKind.BUDGET, TargetSource.QUICKBOOKS)
    assert {value.amount for value in monthly_targets("net_margin", D("15.0"), YEAR)} == {D("15.0")}
    assert {value.amount for value in monthly_targets("employees", D(9), YEAR)} == {D(9)}
    with pytest.raises(TargetError, match="not a metric"):
        monthly_targets("magic", D(1), YEAR)


def test_a_periods_target_adds_money_averages_percentages_and_takes_the_last_head_count() -> None:
    quarter = Period.quarter(YEAR[0])
    values = [
        *(TargetValue("mrr", month, D(10 + number)) for number, month in enumerate(YEAR)),
        *(TargetValue("net_margin", month, D(10 + number)) for number, month in enumerate(YEAR[:3])),
        *(TargetValue("employees", month, D(number)) for number, month in enumerate(YEAR[:3])),
        TargetValue("orr", YEAR[0], D(1)),
    ]
    assert period_target(values, "mrr", quarter) == D(33)
    assert period_target(values, "net_margin", quarter) == D("11.0")
    assert period_target(values, "employees", quarter) == D(2)
    assert period_target(values, "orr", quarter) is None
    assert period_target(values, "nrr", quarter) is None


@pytest.mark.parametrize(
    ("actual", "direction", "expected"),
    [
        (100, UP, Light.GOOD),
        (500, UP, Light.GOOD),
        (95, UP, Light.NEAR),
        (D("94.99"), UP, Light.MISSED),
        (100, DOWN, Light.GOOD),
        (1, DOWN, Light.GOOD),
        (105, DOWN, Light.NEAR),
        (D("105.01"), DOWN, Light.MISSED),
        (95, NEUTRAL, Light.GOOD),
        (105, NEUTRAL, Light.GOOD),
        (90, NEUTRAL, Light.NEAR),
        (111, NEUTRAL, Light.MISSED),
    ],
)
def test_the_light_follows_the_direction_and_the_tolerance(
    actual: int | Decimal, direction: Direction, expected: Light
) -> None:
    assert light(actual, D(100), direction) is expected


def test_without_tolerance_nothing_is_near_and_a_target_below_zero_still_has_a_right_side() -> None:
    assert light(D("99.99"), D(100), UP, D(0)) is Light.MISSED
    assert light(D(-90), D(-100), UP) is Light.GOOD
    assert light(D(-105), D(-100), UP) is Light.NEAR
    assert light(D(1), D(0), UP) is Light.GOOD
    assert light(D(-1), D(0), UP) is Light.MISSED


def test_no_target_or_no_figure_is_no_light() -> None:
    assert light(None, D(1), UP) is light(D(1), None, UP) is Light.NONE
    assert assess(D(1), None, UP).words == "no target"
    assert assess(None, D(1), UP).words == "no figure yet"


@pytest.mark.parametrize(
    ("actual", "target", "direction", "kind", "words"),
    [
        (D(100), D(100), UP, TargetKind.TARGET, "on target"),
        (D(112), D(100), UP, TargetKind.TARGET, "on target, 12.0% over"),
        (D(97), D(100), UP, TargetKind.TARGET, "close to target, 3.0% under"),
        (D(90), D(100), UP, TargetKind.TARGET, "target missed, 10.0% under"),
        (D(90), D(100), DOWN, TargetKind.BUDGET, "on budget, 10.0% under"),
        (D(120), D(100), DOWN, TargetKind.BUDGET, "budget missed, 20.0% over"),
        (D("100.01"), D(100), UP, TargetKind.TARGET, "on target, less than 0.1% over"),
        (D(5), D(-100), UP, TargetKind.TARGET, "on target, over"),
    ],
)
def test_the_words_say_what_the_light_says(
    actual: Decimal, target: Decimal, direction: Direction, kind: TargetKind, words: str
) -> None:
    found = assess(actual, target, direction, kind=kind)
    assert (found.words, found.difference) == (words, actual - target)


@pytest.mark.parametrize(
    ("actual", "target", "words"),
    [
        ("18.4", "0.9", "on target, 17.5 points over"),
        ("-17.5", "0.9", "target missed, 18.4 points under"),
        ("34.4", "35.4", "close to target, 1.0 points under"),
        ("35.42", "35.4", "on target, less than 0.1 points over"),
        ("5", "-5", "on target, 10.0 points over"),
    ],
)
def test_a_percentage_is_off_by_points_not_by_percent_of_a_percentage(actual: str, target: str, words: str) -> None:
    assert assess(D(actual), D(target), UP, unit=Unit.PERCENT).words == words


def test_a_figure_beyond_ten_times_its_target_is_told_without_the_digits() -> None:
    assert assess(D(1100), D(100), UP).words == "on target, 1,000.0% over"
    assert assess(D(1101), D(100), UP).words == "on target, more than 10 times over"
    assert assess(D(-901), D(100), UP).words == "target missed, more than 10 times under"


def test_attainment_is_in_percent_and_only_of_a_target_above_zero() -> None:
    assert attainment(D(90), D(120)) == D("75.0")
    assert attainment(D(-3), D(120)) == D("-2.5")
    assert attainment(D(1), D(0)) is attainment(D(1), D(-5)) is attainment(None, D(1)) is attainment(D(1), None) is None


AMOUNT = st.decimals("-999999999999.99", "999999999999.99", places=2)


@given(AMOUNT, AMOUNT, st.sampled_from(Direction), st.integers(0, 50))
def test_a_wider_tolerance_never_makes_a_light_worse(
    actual: Decimal, target: Decimal, direction: Direction, tolerance: int
) -> None:
    order = [Light.MISSED, Light.NEAR, Light.GOOD]
    found = [light(actual, target, direction, D(room)) for room in (tolerance, tolerance + 5)]
    assert order.index(found[0]) <= order.index(found[1])
    assert light(target, target, direction, D(tolerance)) is Light.GOOD
