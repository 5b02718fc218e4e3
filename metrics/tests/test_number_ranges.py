"""Conditions on account numbers: ranges with their parts, beginnings, single numbers, and what is none of them."""

import pytest

from metrics.mappings.number_ranges import BadNumbers, read_numbers

MIXED = "4000-4999, 61*; 6010"


@pytest.mark.parametrize(
    ("condition", "number"),
    [
        (MIXED, "4000"),
        (MIXED, "4999"),
        (MIXED, "4999.50"),
        (MIXED, "4500-2"),
        (MIXED, "4500A"),
        (MIXED, "04500"),
        (MIXED, "61"),
        (MIXED, "6199.1"),
        (MIXED, " 6010 "),
        ("4000 – 4999", "4100"),
        ("a1*\nB?", "A100"),
        ("a1*\nB?", "b7"),
        ("*", "1"),
        ("60.1-5*", "60.1-5x"),
        ("", ""),
        ("", "4000"),
    ],
)
def test_what_meets_the_condition(condition: str, number: str) -> None:
    assert read_numbers(condition).holds_for(number)


@pytest.mark.parametrize(
    ("condition", "number"),
    [
        (MIXED, "3999.99"),
        (MIXED, "5000"),
        (MIXED, "45000"),
        (MIXED, "A4500"),
        (MIXED, "6010.1"),
        (MIXED, ""),
        ("*", " "),
        ("*1" * 19 + "x", "1" * 400),
        ("4.0", "400"),
    ],
)
def test_what_does_not(condition: str, number: str) -> None:
    assert not read_numbers(condition).holds_for(number)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("4000 to 4999", "“4000 to 4999” is no account number: write a range"),
        (">4000", "is no account number"),
        ("4999-4000", "runs backwards"),
        (",", "names no account number"),
        (",".join(["1"] * 101), "takes 100 at most"),
    ],
)
def test_a_condition_that_cannot_be_read_says_what_would_be_right(condition: str, message: str) -> None:
    with pytest.raises(BadNumbers, match=message):
        read_numbers(condition)
