"""What the page draws: changes that do not mislead, sparklines with a zero line, figures as they are written."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from metrics.arithmetic import METRICS
from metrics.charts import MonthLine, Tile, Value, months_table, tile
from metrics.derived import Unit
from metrics.months import Month
from metrics.templatetags.figures import account_type, ago, headline, leaf, money, parents, stamp, tie_out_mark
from metrics.templatetags.review_figures import figure_text
from metrics.tests.sample_company import NOW, READ_AT

OCTOBER = Month(2026, 10)


def _tile(*values: Value, good: str = "up") -> Tile:
    """Values of the months up to October 2026."""
    made = tile(
        "Revenue", [(OCTOBER.plus(back), value) for back, value in zip(_back(values), values, strict=True)], good
    )
    assert made is not None
    return made


def _back(values: tuple[Value, ...]) -> range:
    return range(1 - len(values), 1)


def test_a_rise_is_a_percentage_of_the_month_before() -> None:
    made = _tile(Decimal("400.00"), Decimal("450.00"))
    assert made.change is not None
    assert (made.arrow, made.change.words, made.tone, made.since) == ("▲", "up 12.5%", "good", Month(2026, 9))


@pytest.mark.parametrize(("before", "now"), [("0", "5"), ("-20", "5"), ("20", "-5"), ("-20", "-5")])
def test_no_percentage_from_zero_or_across_a_loss(before: str, now: str) -> None:
    change = _tile(Decimal(before), Decimal(now)).change
    assert change is not None
    assert "%" not in change.words


def test_people_are_counted_and_not_in_percent() -> None:
    change = _tile(9, 11, good="").change
    assert change is not None
    assert change.words == "up 2"


def test_a_fall_of_what_should_rise_is_bad_and_neutral_where_no_direction_is_good() -> None:
    assert _tile(Decimal(2), Decimal(1)).tone == "bad"
    assert _tile(Decimal(2), Decimal(1), good="").tone == ""
    assert (_tile(Decimal(2), Decimal(2)).arrow, _tile(Decimal(2), Decimal(2)).tone) == ("", "")


def test_months_that_do_not_follow_each_other_are_not_compared() -> None:
    made = tile("Revenue", [(OCTOBER.plus(-2), Decimal(1)), (OCTOBER, Decimal(2))])
    assert made is not None
    assert made.change is None


def test_without_a_month_there_is_no_tile() -> None:
    assert tile("Revenue", []) is None


def test_a_sparkline_shows_zero_only_where_a_value_is_negative() -> None:
    risen, lost = _tile(Decimal(5), Decimal(9)).sparkline, _tile(Decimal(5), Decimal(-5)).sparkline
    assert risen is not None
    assert lost is not None
    assert risen.zero == ""
    assert lost.zero == "16.0"
    assert risen.description == "Revenue, Sep 2026 to Oct 2026: lowest 5, highest 9"


@pytest.mark.parametrize("values", [(Decimal(0),) * 3, (Decimal(-7),) * 3, (3, 3)])
def test_a_flat_line_is_drawn_too(values: tuple[Value, ...]) -> None:
    assert _tile(*values).sparkline is not None


def test_a_gap_is_not_drawn_as_if_it_were_a_figure() -> None:
    assert _tile(1, None, 2).sparkline is None


def test_a_month_that_is_not_known_leaves_a_gap_in_the_line() -> None:
    drawn = _tile(1, 2, None, 4, 5).sparkline
    assert drawn is not None
    assert drawn.line.count("M") == drawn.area.count("Z") == 2
    assert drawn.description.endswith("lowest 1, highest 5; 1 of 5 months not known")


def test_a_flat_line_lies_on_the_ground_at_zero_at_the_bottom_of_a_loss_and_in_the_middle_otherwise() -> None:
    places = {value: drawn.line for value in (0, -7, 3) if (drawn := _tile(value, value).sparkline)}
    assert places == {0: "M0.0 30.0L120.0 30.0", -7: "M0.0 30.0L120.0 30.0", 3: "M0.0 16.0L120.0 16.0"}


def test_a_share_is_read_aloud_with_two_places() -> None:
    drawn = _tile(Decimal(200) / 3, Decimal(100) / 3).sparkline
    assert drawn is not None
    assert drawn.description.endswith("lowest 33.33, highest 66.67")


def test_the_table_has_every_metric_and_unmapped_lines_only_when_they_hold_something() -> None:
    figures: dict[str, Value] = {metric.key: Decimal(1) for metric in METRICS}
    figures |= {"unmapped_revenue": Decimal(0), "unmapped_expenses": Decimal(3)}
    rows = [row for group in months_table([MonthLine(figures, is_running=False)]) for row in group.rows]
    keys = {row.key for row in rows}
    assert keys == {metric.key for metric in METRICS} | {"unmapped_expenses"}


def test_money_is_grouped_and_negative_money_is_in_parentheses() -> None:
    assert [money(value) for value in (Decimal("1234.5"), Decimal("-0.07"), 1200, None)] == [
        "1,234.50",
        "(0.07)",
        "1,200",
        "–",
    ]
    assert headline(Decimal("480999.50"), "USD") == "$481,000"
    assert "(CHF 1,250)" in headline(Decimal("-1250.49"), "CHF")


def test_billions_are_shortened_in_a_tile_and_stand_behind_it_in_full() -> None:
    assert headline(Decimal("26005600115.84"), "USD") == '<abbr title="$26,005,600,116">$26.01B</abbr>'
    assert '<abbr title="($1,000,000,000)">($1.00B)</abbr>' in headline(Decimal("-1000000000"), "USD")
    assert headline(Decimal("999999999"), "USD") == '<span class="long">$999,999,999</span>'


def test_a_target_of_so_many_people_has_no_cents() -> None:
    assert figure_text(Decimal("19.00"), Unit.COUNT) == "19"
    assert figure_text(Decimal("18.5"), Unit.COUNT) == "18.5"


def test_a_tie_out_mark_has_words_for_those_who_cannot_see_it() -> None:
    assert "tied to QuickBooks’ Net Income" in tie_out_mark(True, Decimal(0))
    assert "off by </span>12.34" in tie_out_mark(False, Decimal("12.34"))
    assert "subtotal" in tie_out_mark(False, Decimal("0.00"))


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=47), "47 hours ago"),
        (timedelta(days=3), "3 days ago"),
        (-timedelta(hours=6), "in 6 hours"),
        (-timedelta(seconds=5), "in a moment"),
    ],
)
def test_moments_are_told_from_now(distance: timedelta, words: str) -> None:
    assert ago(NOW - distance, NOW) == words


def test_moments_carry_their_zone_and_accounts_their_path() -> None:
    assert stamp(READ_AT) == "21 Nov 2026, 08:00 UTC"
    assert stamp(None) == ""
    assert (parents("Travel:Air:Fees"), leaf("Travel:Air:Fees")) == ("Travel › Air › ", "Fees")
    assert account_type("CostOfGoodsSold") == "Cost of goods sold"
