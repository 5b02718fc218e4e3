"""The slides' charts: PowerPoint's own, with their figures inside, so that people may edit them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
from pptx.util import Pt

from metrics.charts import MonthlyChart, Panel, Waterfall
from metrics.derived import Unit
from metrics.drawing.svg import BAD, MARK, PALETTE

Box = tuple[int, int, int, int]
# python-pptx says that it is typed, and is not.
chart_data: Any = CategoryChartData
rgb_of: Any = RGBColor.from_string
CODES = {Unit.PERCENT: '0.0"%";(0.0"%")', Unit.COUNT: "#,##0"}
MONEY = "#,##0;(#,##0)"
CENTS, TAKEN = "#,##0.00;(#,##0.00)", "(#,##0.00)"  # so that what is written on the bars adds up
INK = "15212B"


def add_panel(slide: Any, chart: MonthlyChart, panel: Panel, box: Box, accent: str) -> None:
    """Bars stacked, or lines; a target stands as a second column beside its bars."""
    data = chart_data(number_format=CODES.get(panel.unit, "#,##0.00"))
    data.categories = [month.label for month in chart.months]
    for one in panel.series:
        data.add_series(one.label, one.values)
    stacked = panel.bars and not panel.marks
    kind = XL_CHART_TYPE.COLUMN_STACKED if stacked else XL_CHART_TYPE.COLUMN_CLUSTERED
    kind = kind if panel.bars else XL_CHART_TYPE.LINE_MARKERS
    frame = slide.shapes.add_chart(kind, *box, data)
    describe(frame, f"{chart.title}, {panel.label}: {', '.join(one.label for one in panel.series)}, by month")
    drawn = frame.chart
    _dress(drawn, panel, panel.label)
    for place, (one, series) in enumerate(zip(panel.series, drawn.plots[0].series, strict=True)):
        colour = accent if len(panel.series) == 1 else PALETTE[place % len(PALETTE)].removeprefix("#")
        colour = MARK.removeprefix("#") if one in panel.marks else accent if place == 0 else colour
        _paint(series, colour, is_line=not panel.bars)


def add_waterfall(slide: Any, chart: Waterfall, box: Box, accent: str) -> None:
    """An unseen foot under each bar; where the running total falls below zero, plain columns tell each amount.

    On a foot every bar is as high as its size, so what is taken away is a series of its own, written in parentheses.
    """
    feet, sizes = feet_and_sizes(chart)
    stands = any(feet)
    data = chart_data(number_format="#,##0.00")
    data.categories = [step.label for step in chart.steps]
    if stands:
        is_down = [not step.is_total and step.amount < 0 for step in chart.steps]
        data.add_series("Foot", feet)
        data.add_series(chart.currency, [None if down else size for down, size in zip(is_down, sizes, strict=True)])
        data.add_series("Taken away", [size if down else None for down, size in zip(is_down, sizes, strict=True)])
    else:
        data.add_series(chart.currency, sizes)
    # Stacked bars may not carry their figure outside; columns without feet may.
    kind = XL_CHART_TYPE.COLUMN_STACKED if stands else XL_CHART_TYPE.COLUMN_CLUSTERED
    frame = slide.shapes.add_chart(kind, *box, data)
    describe(frame, f"{chart.title}. {chart.description}")
    drawn = frame.chart
    _dress(drawn, Panel(chart.currency, Unit.MONEY), "")
    drawn.has_legend = False
    shown = list(drawn.plots[0].series)
    if stands:
        shown.pop(0).format.fill.background()
    for series, code in zip(shown, (CENTS, TAKEN), strict=False):
        _paint(series, PALETTE[4].removeprefix("#"), is_line=False)
        _label(series, code, is_outside=not stands)
    ground = tinted(accent) if stands else accent.upper()
    for place, step in enumerate(chart.steps):
        if step.is_total:
            fill = shown[0].points[place].format.fill
            fill.solid()
            fill.fore_color.rgb = rgb_of(ground if step.amount >= 0 else BAD.removeprefix("#").upper())


def _label(series: Any, code: str, *, is_outside: bool) -> None:
    labels = series.data_labels
    labels.show_value = True
    labels.number_format, labels.number_format_is_linked = code, False
    labels.font.size, labels.font.color.rgb = Pt(11), rgb_of(INK)
    if is_outside:
        labels.position = XL_LABEL_POSITION.OUTSIDE_END


def describe(shape: Any, said: str) -> None:
    """What a screen reader says instead of the picture; the library has no name for it."""
    shape._element._nvXxPr.cNvPr.set("descr", said)


def tinted(accent: str) -> str:
    """Half way to white: dark words can be read on it, whatever the accent."""
    return "".join(f"{(int(accent[at : at + 2], 16) + 255) // 2:02X}" for at in (0, 2, 4))


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
