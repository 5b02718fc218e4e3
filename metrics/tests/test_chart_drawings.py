"""Charts are legible at any width and for any figures: nothing overlaps, nothing leaves the picture, all is said."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from lxml import etree

from metrics.charts import Chart, ChartSeries, MonthlyChart, Panel, Step, Waterfall, tile
from metrics.derived import Unit
from metrics.drawing.chart_drawings import NARROW, WIDE, draw, sparkline
from metrics.drawing.chart_figures import ChartMonth, all_charts, net_profit, revenue_mix, waterfall
from metrics.drawing.svg import text_width
from metrics.figure_words import short, written
from metrics.months import Month
from metrics.tests.review_sample import review

SVG = "{http://www.w3.org/2000/svg}"
JANUARY = Month(2025, 1)
HUGE = Decimal("999999999999.99")


def charts(count: int = 12, *, zero: bool = False) -> tuple[Chart, ...]:
    return review(count, zero=zero).charts


def parsed(drawn: str) -> etree._Element:
    return etree.fromstring(drawn.encode())


def boxes(root: etree._Element) -> Iterator[tuple[str, float, float, float, float]]:
    """Every text as (words, left, right, top, bottom); its real width is at most the estimate."""
    for text in root.iter(f"{SVG}text"):
        said = text.text or ""
        wide, x, y = text_width(said) * 0.92, float(text.get("x", "0")), float(text.get("y", "0"))
        left = {"middle": x - wide / 2, "end": x - wide}.get(text.get("text-anchor", "start"), x)
        yield said, left, left + wide, y - 9, y + 2


def overlapping(root: etree._Element) -> list[tuple[str, str]]:
    found = list(boxes(root))
    return [
        (one[0], other[0])
        for place, one in enumerate(found)
        for other in found[place + 1 :]
        if one[1] < other[2] and other[1] < one[2] and one[3] < other[4] and other[3] < one[4]
    ]


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize(("count", "zero"), [(1, False), (3, False), (12, False), (36, False), (12, True)])
def test_no_words_overlap_or_leave_the_picture(width: int, count: int, zero: bool) -> None:
    for chart in charts(count, zero=zero):
        root = parsed(draw(chart, width))
        assert overlapping(root) == [], chart.title
        height = float(root.get("viewBox", "").split()[3])
        for said, left, right, top, bottom in boxes(root):
            assert (left >= -1, right <= width + 1, top >= -1, bottom <= height + 1) == (True,) * 4, said


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("count", [1, 36])
def test_no_bar_leaves_the_picture(width: int, count: int) -> None:
    for chart in charts(count):
        root = parsed(draw(chart, width))
        height = float(root.get("viewBox", "").split()[3])
        for bar in root.iter(f"{SVG}rect"):
            x, y, wide, high = (float(bar.get(name, "0")) for name in ("x", "y", "width", "height"))
            assert x >= 0
            assert y >= 0
            assert wide > 0
            assert x + wide <= width + 0.1
            assert y + high <= height + 0.1


def test_every_figure_is_said_when_it_is_pointed_at() -> None:
    for chart in charts():
        said = "\n".join(title.text or "" for title in parsed(draw(chart)).iter(f"{SVG}title"))
        for row in chart.rows():
            for value in row.values:
                assert not value or written(value, row.unit) in said, (chart.title, row.label)


def test_the_table_says_the_same_as_the_chart() -> None:
    months = [ChartMonth(JANUARY, {"net_profit": Decimal("-5.50"), "net_margin": None}, {"net_profit": Decimal(10)})]
    chart = net_profit(months, "USD")
    assert chart.heads == ("Jan 2025",)
    assert [(row.label, row.unit, row.values) for row in chart.rows()] == [
        ("Net profit", Unit.MONEY, (Decimal("-5.50"),)),
        ("Target", Unit.MONEY, (Decimal(10),)),
        ("Net margin", Unit.PERCENT, (None,)),
    ]


def test_a_picture_has_a_title_and_a_description_and_an_image_s_role() -> None:
    root = parsed(draw(charts()[0]))
    assert (root.get("role"), root[0].tag, root[1].tag) == ("img", f"{SVG}title", f"{SVG}desc")
    assert (root.get("aria-labelledby"), root.get("aria-describedby")) == (root[0].get("id"), root[1].get("id"))
    assert root[0].text == "Revenue mix"
    assert "Monthly recurring revenue" in (root[1].text or "")


def test_bars_are_links_where_addresses_are_given_and_then_it_is_a_group() -> None:
    months = [ChartMonth(JANUARY, {"mrr": Decimal(5), "orr": Decimal(7)})]
    root = parsed(draw(revenue_mix(months, "USD", lambda key, month: f"/explain/{key}/{month}/?a=1&b=2")))
    found = [link.get("href") for link in root.iter(f"{SVG}a")]
    assert found == ["/explain/mrr/2025-01/?a=1&b=2", "/explain/orr/2025-01/?a=1&b=2"]
    assert root.get("role") == "group"


def test_an_address_that_is_none_of_the_web_is_no_link() -> None:
    months = [ChartMonth(JANUARY, {"mrr": Decimal(5)})]
    assert "<a" not in draw(revenue_mix(months, "USD", lambda _key, _month: "javascript:alert(1)"))


def test_names_are_escaped_and_no_style_or_script_is_in_it() -> None:
    name = "<script>alert(1)</script> \"' & \x00\x1b 😀 שלום " + "very long " * 40
    chart = Waterfall("w", name, "USD", (Step("a", name, Decimal(-1)), Step("b", name, Decimal(2), True)))
    monthly = MonthlyChart(
        "m", name, "USD", (JANUARY,), (Panel(name[:20], Unit.MONEY, bars=(ChartSeries("a", name, (Decimal(1),)),)),)
    )
    for drawn in (draw(chart, NARROW), draw(monthly, NARROW)):
        root = parsed(drawn)
        assert "<script" not in drawn
        assert " style=" not in drawn
        assert all(right <= NARROW + 1 for _, _, right, _, _ in boxes(root))


def test_colours_stand_as_attributes_for_paper_and_as_classes_for_the_page() -> None:
    for chart in charts():
        for shape in parsed(draw(chart)).iter(f"{SVG}rect", f"{SVG}circle", f"{SVG}text"):
            assert shape.get("fill")
            assert shape.get("class")
        for drawn in parsed(draw(chart)).iter(f"{SVG}path", f"{SVG}line"):
            assert drawn.get("stroke")
            assert drawn.get("class")


def test_a_month_that_is_not_known_leaves_a_gap() -> None:
    values = (Decimal(10), None, Decimal(30), Decimal(40))
    panel = Panel("x", Unit.PERCENT, lines=(ChartSeries("a", "A", values),))
    root = parsed(draw(MonthlyChart("m", "t", "USD", tuple(JANUARY.plus(at) for at in range(4)), (panel,))))
    assert len(list(root.iter(f"{SVG}circle"))) == 3
    assert len(list(root.iter(f"{SVG}path"))) == 1


def test_a_loss_hangs_below_zero_in_another_colour() -> None:
    months = [ChartMonth(JANUARY.plus(at), {"net_profit": Decimal(value)}) for at, value in enumerate((100, -50))]
    bars = [
        bar for bar in parsed(draw(net_profit(months, "USD"))).iter(f"{SVG}rect") if bar.find(f"{SVG}title") is not None
    ]
    assert [bar.get("class") for bar in bars] == ["s0", "bad"]
    assert float(bars[0].get("y", "")) + float(bars[0].get("height", "")) == pytest.approx(
        float(bars[1].get("y", "")), abs=0.2
    )


def test_a_waterfall_ends_at_its_last_total() -> None:
    figures = {"total_revenue": Decimal(100), "employee_expense": Decimal(130), "net_profit": Decimal(-30)}
    chart = waterfall(figures, "USD")
    assert sum(step.amount for step in chart.steps[:-1]) == chart.steps[-1].amount
    assert "(30.00)" in draw(chart)


def test_huge_amounts_and_no_months_at_all_are_drawn() -> None:
    months = [ChartMonth(JANUARY.plus(at), {"mrr": HUGE, "net_profit": -HUGE, "employees": 5}) for at in range(3)]
    for chart in (*all_charts(months, {"total_revenue": HUGE}, "USD"), *all_charts([], {}, "USD")):
        for width in (NARROW, WIDE):
            assert overlapping(parsed(draw(chart, width))) == []


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        ("1200000", Unit.MONEY, "1.2M"),
        ("0", Unit.MONEY, "0"),
        ("-20000", Unit.MONEY, "(20K)"),
        ("999999999999.99", Unit.MONEY, "1000B"),
        ("40", Unit.PERCENT, "40%"),
        ("2500", Unit.PERCENT, "2500%"),
        ("350", Unit.COUNT, "350"),
        ("0.25", Unit.RATIO, "0.25"),
    ],
)
def test_an_axis_writes_short_figures(value: str, unit: Unit, words: str) -> None:
    assert short(Decimal(value), unit) == words


def test_a_small_line_says_its_lowest_and_highest() -> None:
    made = tile("MRR", [(JANUARY.plus(at), Decimal(at - 1)) for at in range(3)])
    assert made is not None
    assert made.sparkline is not None
    root = parsed(sparkline(made.sparkline, "tile-1"))
    assert root[0].text == "MRR, Jan 2025 to Mar 2025: lowest -1, highest 1"


def words_below(chart: Chart, width: int) -> list[str]:
    """What stands under the months, from left to right."""
    texts = list(parsed(draw(chart, width)).iter(f"{SVG}text"))
    lowest = max(float(text.get("y", "0")) for text in texts)
    below = [text for text in texts if float(text.get("y", "0")) >= lowest - 15]
    return [text.text or "" for text in sorted(below, key=lambda one: float(one.get("x", "0")))]


@pytest.mark.parametrize(
    ("width", "months", "said"),
    [
        (WIDE, 36, ["Jan", "2024", "Apr", "Jul", "Oct", "Jan", "2025", "Apr", "Jul", "Oct", "Jan", "2026", "Apr", "Jul",
                    "Oct"]),
        (NARROW, 12, ["Jan", "2026", "Mar", "May", "Jul", "Sep", "Nov"]),
        (NARROW, 1, ["Nov", "2026"]),
    ],
)  # fmt: skip
def test_the_same_months_of_every_year_are_named_and_january_has_its_year(
    width: int, months: int, said: list[str]
) -> None:
    last = Month(2026, 11)
    figures = [ChartMonth(last.plus(at + 1 - months), {"mrr": Decimal(at)}) for at in range(months)]
    assert words_below(revenue_mix(figures, "USD"), width) == said


def test_a_panel_without_a_bar_says_why() -> None:
    nothing = [ChartMonth(JANUARY, {"net_profit": Decimal(0), "net_margin": None})]
    said = [text.text for text in parsed(draw(net_profit(nothing, "USD"))).iter(f"{SVG}text")]
    assert "Zero in every month" in said
    assert "Not known for these months" in said
    some = [ChartMonth(JANUARY, {"net_profit": Decimal(1), "net_margin": Decimal(2)})]
    assert "Zero in every month" not in draw(net_profit(some, "USD"))
