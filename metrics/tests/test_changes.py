"""One figure against an earlier one: the step, the percentage where it means something, and the words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.arithmetic import Unit
from metrics.derived import Figure
from metrics.periods import Change, change

D = Decimal


@pytest.mark.parametrize(
    ("now", "before", "percent", "words"),
    [
        (D("112.50"), D("100.00"), "12.5", "up 12.5%"),
        (D("97.00"), D("100.00"), "-3.0", "down 3.0%"),
        (D("100.00"), D("100.00"), "0.0", "unchanged"),
        (D("0.00"), D("100.00"), "-100.0", "down 100.0%"),
        (D("5000.00"), D("1.00"), "499900.0", "up 499,900.0%"),
        (D("100000.01"), D("100000.00"), "0.0", "up less than 0.1%"),
        (D("100.25"), D("200.00"), "-49.9", "down 49.9%"),  # −49.875
    ],
)
def test_a_change_from_a_positive_figure_has_a_percentage(
    now: Decimal, before: Decimal, percent: str, words: str
) -> None:
    assert change(now, before) == Change(now - before, D(percent), True, words)


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        (D(5), D(-5), "from a loss"),
        (D(0), D(-5), "from a loss"),
        (D(-5), D(5), "into a loss"),
        (D(-3), D(-5), "still at a loss, less than before"),
        (D(-9), D(-5), "still at a loss, more than before"),
        (D(5), D(0), "from nothing"),
        (D(-5), D(0), "from nothing to a loss"),
        (D(0), D(0), "unchanged"),
    ],
)
def test_no_percentage_of_nothing_or_of_a_loss(now: Decimal, before: Decimal, words: str) -> None:
    assert change(now, before) == Change(now - before, None, False, words)


def test_a_revenue_line_below_zero_is_not_called_a_loss() -> None:
    assert change(D(1), D(-1), is_profit=False).words == "from below zero"
    assert change(D(-1), D(1), is_profit=False).words == "to below zero"
    assert change(D(-1), D(-2), is_profit=False).words == "still below zero, less than before"


def test_a_percentage_changes_by_points_also_below_zero() -> None:
    assert change(D("35.0"), D("30.5"), Unit.PERCENT) == Change(D("4.5"), None, True, "up 4.5 points")
    assert change(D("-2.0"), D("1.0"), Unit.PERCENT).words == "down 3.0 points"


def test_people_are_counted_in_words() -> None:
    assert change(6, 8, Unit.COUNT) == Change(D(-2), D("-25.0"), True, "down 2")


def test_nothing_to_compare_with_is_said() -> None:
    for pair in ((None, D(1)), (D(1), None), (None, None)):
        assert change(*pair) == Change(None, None, False, "nothing to compare with")


ANY = st.none() | st.integers() | st.decimals(allow_nan=True, allow_infinity=True)


@given(ANY, ANY, st.sampled_from(Unit), st.booleans())
def test_it_never_raises_and_always_has_words(now: Figure, before: Figure, unit: Unit, is_profit: bool) -> None:
    found = change(now, before, unit, is_profit=is_profit)
    assert found.words
    assert found.is_meaningful or found.percent is None


MONEY = st.decimals("-999999999999.99", "999999999999.99", places=2)


@given(MONEY, MONEY)
def test_step_percentage_and_words_agree(now: Decimal, before: Decimal) -> None:
    found = change(now, before)
    assert found.absolute == now - before
    assert (found.percent is not None) == (before > 0 and now >= 0) == found.is_meaningful
    if found.percent is not None:
        assert found.percent >= -100
        assert (found.words.startswith("up"), found.words.startswith("down")) == (now > before, now < before)
