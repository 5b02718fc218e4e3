"""The slides' charts: PowerPoint's own, with their figures inside, so that people may edit them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
from pptx.util import Pt

from metrics.charts import MonthlyChart, Panel, Waterfall
from metrics.derived import Unit
from metrics.drawing.svg import PALETTE

Box = tuple[int, int, int, int]
# python-pptx says that it is typed, and is not.
chart_data: Any = CategoryChartData
rgb_of: Any = RGBColor.from_string
CODES = {Unit.PERCENT: '0.0"%"', Unit.COUNT: "#,##0"}
MONEY = "#,##0;(#,##0)"
MARK = "15212B"


def add_panel(slide: Any, chart: MonthlyChart, panel: Panel, box: Box, accent: str) -> None:
    """Bars stacked, or lines; a target stands as a second column beside its bars."""
    data = chart_data(number_format=CODES.get(panel.unit, "#,##0.00"))
    data.categories = [month.label for month in chart.months]
    for one in panel.series:
        data.add_series(one.label, one.values)
    stacked = panel.bars and not panel.marks
    kind = XL_CHART_TYPE.COLUMN_STACKED if stacked else XL_CHART_TYPE.COLUMN_CLUSTERED
    kind = kind if panel.bars else XL_CHART_TYPE.LINE_MARKERS
    drawn = slide.shapes.add_chart(kind, *box, data).chart
    _dress(drawn, panel, panel.label)
    for place, (one, series) in enumerate(zip(panel.series, drawn.plots[0].series, strict=True)):
        colour = accent if len(panel.series) == 1 else PALETTE[place % len(PALETTE)].removeprefix("#")
        colour = MARK if one in panel.marks else accent if place == 0 else colour
        _paint(series, colour, is_line=not panel.bars)


def add_waterfall(slide: Any, chart: Waterfall, box: Box, accent: str) -> None:
    """An unseen foot under each bar; where the running total falls below zero, plain columns tell each amount."""
    feet, sizes = feet_and_sizes(chart)
    data = chart_data(number_format="#,##0.00")
    data.categories = [step.label for step in chart.steps]
    if any(feet):
        data.add_series("Foot", feet)
    data.add_series(chart.currency, sizes)
    drawn = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_STACKED, *box, data).chart
    _dress(drawn, Panel(chart.currency, Unit.MONEY), "")
    drawn.has_legend = False
    plot = drawn.plots[0]
    if any(feet):
        plot.series[0].format.fill.background()
    bars = plot.series[len(plot.series) - 1]
    _paint(bars, PALETTE[4].removeprefix("#"), is_line=False)
    for place, step in enumerate(chart.steps):
        if step.is_total:
            fill = bars.points[place].format.fill
            fill.solid()
            fill.fore_color.rgb = rgb_of(accent.upper() if step.amount >= 0 else "B3261E")
    bars.data_labels.show_value = True
    bars.data_labels.number_format, bars.data_labels.number_format_is_linked = MONEY, False
    bars.data_labels.font.size = Pt(11)


def feet_and_sizes(chart: Waterfall) -> tuple[list[Decimal], list[Decimal]]:
    """What each bar stands on, and how high it is."""
    feet, running, is_plain = [], Decimal(0), False
    for step in chart.steps:
        after = step.amount if step.is_total else running + step.amount
        is_plain = is_plain or after < 0 or running < 0
        feet.append(Decimal(0) if step.is_total else min(running, after))
        running = after
    if is_plain:
        return [Decimal(0)] * len(feet), [step.amount for step in chart.steps]
    return feet, [abs(step.amount) for step in chart.steps]


def _dress(drawn: Any, panel: Panel, title: str) -> None:
    drawn.has_title = bool(title)
    if title:
        drawn.chart_title.text_frame.text = title
        drawn.chart_title.text_frame.paragraphs[0].runs[0].font.size = Pt(12)
    drawn.font.size, drawn.font.name = Pt(11), "Calibri"
    drawn.font.color.rgb = rgb_of("55636E")
    drawn.has_legend = len(panel.series) > 1
    if drawn.has_legend:
        drawn.legend.position, drawn.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    drawn.value_axis.major_gridlines.format.line.color.rgb = rgb_of("DFE5E8")
    drawn.value_axis.tick_labels.number_format = CODES.get(panel.unit, MONEY)
    drawn.value_axis.tick_labels.number_format_is_linked = False
    drawn.value_axis.format.line.fill.background()
    drawn.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    if panel.bars or not panel.series:
        drawn.plots[0].gap_width = 60


def _paint(series: Any, colour: str, *, is_line: bool) -> None:
    rgb = rgb_of(colour.upper())
    if is_line:
        series.format.line.color.rgb, series.smooth = rgb, False
        series.marker.format.fill.solid()
        series.marker.format.fill.fore_color.rgb = rgb
    else:
        series.invert_if_negative = False
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = rgb
