"""Charts over months: panels of stacked bars, lines and target marks. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from metrics.charts import ChartSeries, MonthlyChart, Panel
from metrics.derived import Unit
from metrics.drawing.legend import legend
from metrics.drawing.scales import Scale, scale
from metrics.drawing.svg import bar, dot, line, linked, path, picture, text_width, words
from metrics.figure_words import short, written

NARROW = 480
PANEL_HEAD, GAP, MONTHS_BELOW = 27.0, 16.0, 32.0
STRIDES = (1, 2, 3, 4, 6, 12)  # every so many months: the same ones in each year, January among them
ZERO = Decimal(0)


@dataclass(frozen=True)
class Frame:
    """Where the months of a panel lie: its left edge, and each month's share of the width."""

    chart: MonthlyChart
    left: float
    right: float
    step: float

    def middle(self, place: int) -> float:
        """Of the month at this place."""
        return self.left + self.step * (place + 0.5)

    @property
    def bar_width(self) -> float:
        """Never so wide that a lone month looks like a wall."""
        return min(self.step * 0.7, 44.0)


def draw_monthly(chart: MonthlyChart, width: int) -> str:
    """The drawing in units of `width` across."""
    entries = _entries(chart)
    parts, y = legend(entries, width) if len(entries) > 1 else ([], 0.0)
    y += 6.0 if entries else 0.0
    tops = []
    for place, panel in enumerate(chart.panels):
        height = (150.0 if width < NARROW else 190.0) if place == 0 else (80.0 if width < NARROW else 95.0)
        tops.append((y + PANEL_HEAD, y + PANEL_HEAD + height))
        parts.append(words(0, y + 12, panel.label, bold=True))
        y += PANEL_HEAD + height + GAP
    scales = [_scale(panel, *edges) for panel, edges in zip(chart.panels, tops, strict=True)]
    frame = _frame(chart, scales, width)
    colours = {id(one): place for place, one in enumerate(_coloured(chart))}
    for panel, on in zip(chart.panels, scales, strict=True):
        parts += _panel(panel, on, frame, colours)
    parts += _months(frame, y + 2)
    return picture(f"{chart.key}-{width}", chart.title, chart.description, width, y + MONTHS_BELOW, parts)


def _coloured(chart: MonthlyChart) -> list[ChartSeries]:
    return [one for panel in chart.panels for one in (*panel.bars, *panel.lines)]


def _entries(chart: MonthlyChart) -> list[tuple[str, int | None]]:
    coloured: list[tuple[str, int | None]] = [(one.label, place) for place, one in enumerate(_coloured(chart))]
    if len(chart.panels) > 1 and all(len(panel.bars) + len(panel.lines) == 1 for panel in chart.panels):
        coloured = []  # each panel's own heading says it
    marks: list[tuple[str, int | None]] = [(one.label, None) for panel in chart.panels for one in panel.marks]
    return [*coloured, *marks] if coloured or not marks else [(chart.panels[0].bars[0].label, 0), *marks]


def _scale(panel: Panel, top: float, bottom: float) -> Scale:
    values = [Decimal(value) for one in (*panel.lines, *panel.marks) for value in one.values if value is not None]
    for place in range(max((len(one.values) for one in panel.bars), default=0)):
        here = [Decimal(one.values[place] or 0) for one in panel.bars]
        values += [sum((one for one in here if one > 0), ZERO), sum((one for one in here if one < 0), ZERO)]
    most = 5 if bottom - top > 100 else 3
    return scale(values, bottom, top, from_zero=bool(panel.bars), is_count=panel.unit is Unit.COUNT, most=most)


def _frame(chart: MonthlyChart, scales: list[Scale], width: int) -> Frame:
    labels = [short(tick, panel.unit) for panel, on in zip(chart.panels, scales, strict=True) for tick in on.ticks]
    left = max((text_width(label) for label in labels), default=0.0) + 8
    right = width - 4.0
    step = (right - left) / max(1, len(chart.months))
    if step < text_width("MMM"):  # the newest month's name is wider than its bar
        right -= (text_width("MMM") - step) / 2
        step = (right - left) / len(chart.months)
    return Frame(chart, left, right, step)


def _panel(panel: Panel, on: Scale, frame: Frame, colours: dict[int, int]) -> Iterator[str]:
    for tick in on.ticks:
        kind = "zero" if tick == 0 else "grid"
        yield line(frame.left, on.at(tick), frame.right, on.at(tick), kind)
        yield words(frame.left - 8, on.at(tick) + 4, short(tick, panel.unit), anchor="end")
    if nothing := _nothing(panel):
        yield words((frame.left + frame.right) / 2, (on.top + on.bottom) / 2 + 4, nothing, anchor="middle")
    for place in range(len(frame.chart.months)):
        yield from _stack(panel, on, frame, place, colours)
    for one in panel.lines:
        yield from _line(one, panel, on, frame, colours[id(one)])
    for one in panel.marks:
        yield from _marks(one, panel, on, frame)


def _nothing(panel: Panel) -> str:
    """What stands in a panel that would be empty: nobody has to guess whether it is broken."""
    known = [value for one in panel.series for value in one.values if value is not None]
    return "" if any(known) else "Zero in every month" if known else "Not known for these months"


def _stack(panel: Panel, on: Scale, frame: Frame, place: int, colours: dict[int, int]) -> Iterator[str]:
    """What is below zero hangs from the zero line; a lone series says a loss by colour, and by hanging."""
    up = down = ZERO
    x = frame.middle(place) - frame.bar_width / 2
    for one in panel.bars:
        value = one.values[place]
        if value is None or (value == 0 and len(panel.bars) > 1):
            continue
        start = up if value >= 0 else down
        end = start + value
        up, down = (end, down) if value >= 0 else (up, end)
        top, bottom = sorted((on.at(start), on.at(end)))
        hover = said(frame.chart, one, panel, place)
        colour: int | str = "bad" if value < 0 and len(panel.bars) == 1 else colours[id(one)]
        shape = bar(x, top, frame.bar_width, max(bottom - top, 0.6), colour, hover)
        yield linked(shape, one.links[place] if one.links else "", hover)


def _line(one: ChartSeries, panel: Panel, on: Scale, frame: Frame, colour: int) -> Iterator[str]:
    points = [(frame.middle(at), on.at(value)) if value is not None else None for at, value in enumerate(one.values)]
    run: list[tuple[float, float]] = []
    for point in (*points, None):
        if point is not None:
            run.append(point)
        elif run:
            yield path(run, colour) if len(run) > 1 else ""
            run = []
    radius = 3.5 if frame.step > 12 else 2.2
    for place, point in enumerate(points):
        if point is not None:
            hover = said(frame.chart, one, panel, place)
            yield linked(dot(*point, radius, colour, hover), one.links[place] if one.links else "", hover)


def _marks(one: ChartSeries, panel: Panel, on: Scale, frame: Frame) -> Iterator[str]:
    half = min(frame.step, frame.bar_width + 8) / 2
    for place, value in enumerate(one.values):
        if value is not None:
            x, y = frame.middle(place), on.at(value)
            mark = line(x - half, y, x + half, y, "mark").removesuffix("/>")
            yield f"{mark}><title>{said(frame.chart, one, panel, place)}</title></line>"


def said(chart: MonthlyChart, one: ChartSeries, panel: Panel, place: int) -> str:
    """What a bar or point says when it is pointed at."""
    return f"{chart.months[place].label} · {one.label}: {written(one.values[place], panel.unit)}"


def _months(frame: Frame, y: float) -> Iterator[str]:
    """As many months as fit, the same ones in every year; the year under the first one and under each January."""
    every = next((one for one in STRIDES if one * frame.step >= text_width("MMM0")), STRIDES[-1])
    year = None
    for place, month in enumerate(frame.chart.months):
        if (month.month - 1) % every:
            continue
        yield words(frame.middle(place), y, month.label[:3], anchor="middle")
        if month.year != year:
            yield words(frame.middle(place), y + 14, str(month.year), anchor="middle")
        year = month.year
