"""The workbook's charts: Excel's own, fed from cells of the Charts sheet, so that people may edit them."""

from __future__ import annotations

from typing import Any

from metrics.charts import MonthlyChart, Step, Waterfall
from metrics.derived import Unit
from metrics.drawing.svg import BAD, MARK, PALETTE
from metrics.exports.review import Review

CODES = {Unit.PERCENT: "0.0%_);[Red](0.0%)", Unit.COUNT: "#,##0_)"}
MONEY = "#,##0.00_);[Red](#,##0.00)"
AXES = {Unit.PERCENT: "0.0%;(0.0%)", Unit.COUNT: "#,##0"}
AXIS = "#,##0;(#,##0)"
HIGH = 16  # rows of a chart


def add_charts(book: Any, review: Review, accent: str, footer: str = "") -> None:
    """The sheet with the values of every chart on the right, and the charts on the left."""
    sheet = book.add_worksheet("Charts")
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_footer(footer)
    sheet.set_column(FAR, FAR, 30)
    sheet.set_column(FAR + 1, FAR + max(3, len(review.months)), 14)
    row = 0
    for chart in review.shown_charts:
        if isinstance(chart, Waterfall):
            drawn = [_waterfall(book, sheet, chart, row, accent)]
        else:
            drawn = _monthly(book, sheet, chart, row, accent)
        for one in drawn:
            sheet.insert_chart(
                row, 0, one, {"object_position": 1, "description": f"{chart.title}. {chart.description}"}
            )
            row += HIGH + 1
    # On paper the charts alone, two on a page and none cut in two; their values stay beside them on the screen.
    sheet.print_area(0, 0, row, FAR - 1)
    sheet.set_print_scale(85)
    sheet.set_h_pagebreaks(list(range(2 * (HIGH + 1), row, 2 * (HIGH + 1))))


FAR = 12  # the first column of the values


def _monthly(book: Any, sheet: Any, chart: MonthlyChart, row: int, accent: str) -> list[Any]:
    found = []
    for place, panel in enumerate(chart.panels):
        top = row + place * (HIGH + 1)
        code = book.add_format({"num_format": CODES.get(panel.unit, MONEY)})
        for at, month in enumerate(chart.months, FAR + 1):
            sheet.write_string(top, at, month.label)
        bars: Any = book.add_chart({"type": "column", "subtype": "stacked"}) if panel.bars else None
        lines: Any = book.add_chart({"type": "line"}) if panel.lines or panel.marks else None
        for number, one in enumerate(panel.series, 1):
            _values(sheet, top + number, one.label, one.values, panel.unit, code)
            into = bars if number <= len(panel.bars) else lines
            # As on the slides: the firm's colour first.
            colour = PALETTE[(number - 1) % len(PALETTE)] if number > 1 else f"#{accent}"
            colour = MARK if one in panel.marks else colour
            into.add_series(_series(sheet.get_name(), top, number, len(chart.months), colour, into is bars))
        whole = bars or lines
        if bars and lines:
            bars.combine(lines)
        title = f"{chart.title}: {panel.label}" if len(chart.panels) > 1 else f"{chart.title}, {panel.label}"
        _dress(whole, title, AXES.get(panel.unit, AXIS), len(panel.series))
        found.append(whole)
    return found


def _values(sheet: Any, row: int, label: str, values: Any, unit: Unit, style: Any) -> None:
    sheet.write_string(row, FAR, label)
    for at, value in enumerate(values, FAR + 1):
        if value is not None:
            sheet.write_number(row, at, value / 100 if unit is Unit.PERCENT else value, style)


def _series(name: str, top: int, number: int, count: int, colour: str, is_bar: bool) -> dict[str, Any]:
    # Excel paints what is below zero white unless told otherwise.
    bar = {"fill": {"color": colour}, "gap": 60, "invert_if_negative": False}
    shape = bar if is_bar else {"line": {"color": colour, "width": 2.25}}
    return {
        "name": [name, top + number, FAR],
        "categories": [name, top, FAR + 1, top, FAR + count],
        "values": [name, top + number, FAR + 1, top + number, FAR + count],
        **shape,
    }


def _waterfall(book: Any, sheet: Any, chart: Waterfall, row: int, accent: str) -> Any:
    """Excel's own kind is too new for many readers: an unseen foot under each bar does the same.

    Where the running total falls below zero the foot cannot stand; then plain columns tell each amount.
    """
    code = book.add_format({"num_format": MONEY})
    feet, at, is_plain = [], 0, False
    running = chart.steps[0].amount * 0
    for step in chart.steps:
        after = step.amount if step.is_total else running + step.amount
        feet.append(0 if step.is_total else min(running, after))
        is_plain = is_plain or after < 0 or running < 0
        running = after
    for head, words in enumerate((chart.currency, "Foot", "Size", "Amount")):
        sheet.write_string(row, FAR + head, words)
    for at, (step, foot) in enumerate(zip(chart.steps, feet, strict=True), row + 1):
        sheet.write_string(at, FAR, step.label)
        sheet.write_number(at, FAR + 1, 0 if is_plain else foot, code)
        sheet.write_number(at, FAR + 2, step.amount if is_plain else abs(step.amount), code)
        sheet.write_number(at, FAR + 3, step.amount, code)
    drawn = book.add_chart({"type": "column", "subtype": "stacked"})
    name, last = sheet.get_name(), row + len(chart.steps)
    names = [name, row + 1, FAR, last, FAR]
    drawn.add_series(
        {"categories": names, "values": [name, row + 1, FAR + 1, last, FAR + 1], "fill": {"none": True}, "gap": 40}
    )
    points = [{"fill": {"color": _step_colour(step, accent)}} for step in chart.steps]
    drawn.add_series({"categories": names, "values": [name, row + 1, FAR + 2, last, FAR + 2], "points": points})
    _dress(drawn, f"{chart.title}, {chart.currency}", AXIS, 1)
    return drawn


def _step_colour(step: Step, accent: str) -> str:
    if not step.is_total:
        return PALETTE[4]
    return f"#{accent}" if step.amount >= 0 else BAD


def _dress(chart: Any, title: str, code: str, series: int) -> None:
    chart.set_title({"name": title, "name_font": {"size": 12, "color": "#15212B"}, "overlay": False})
    chart.set_legend({"position": "bottom"} if series > 1 else {"none": True})
    chart.set_y_axis({"num_format": code, "major_gridlines": {"visible": True, "line": {"color": "#DFE5E8"}}})
    chart.set_x_axis({"label_position": "low"})
    chart.set_size({"width": 720, "height": 20 * HIGH})
