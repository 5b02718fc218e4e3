"""The waterfall, drawn sideways so that long names and large amounts stay legible at any width. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from metrics.charts import Step, Waterfall
from metrics.derived import Unit
from metrics.drawing.scales import Scale, scale
from metrics.drawing.svg import bar, fitted, line, linked, picture, text_width, words
from metrics.figure_words import written

ROW, TALL_ROW, THICK = 30.0, 42.0, 18.0
NARROW = 480


def draw_waterfall(chart: Waterfall, width: int) -> str:
    """One row per step: its name, its bar from where the one before ended, its amount; on a phone, words above bars."""
    amounts = [_amount(step) for step in chart.steps]
    figures = max((text_width(amount) for amount in amounts), default=0.0)
    is_narrow = width < NARROW
    names = min(max((text_width(step.label) for step in chart.steps), default=0.0), width * 0.4)
    edges = _edges(chart.steps)
    left, right = (4.0, width - 4.0) if is_narrow else (names + 10, width - figures - 10)
    on = scale([one for pair in edges for one in pair], left, right, from_zero=True)
    row = TALL_ROW if is_narrow else ROW
    parts: list[str] = []
    for place, (step, (start, end)) in enumerate(zip(chart.steps, edges, strict=True)):
        y = 4 + row * place
        room = width - figures - 12 if is_narrow else names
        parts.append(words(0, y + (12 if is_narrow else 17), fitted(step.label, room), kind="ink", bold=step.is_total))
        said = y + (12 if is_narrow else 17)
        parts.append(words(width, said, amounts[place], anchor="end", kind="ink", bold=step.is_total))
        top = y + row - THICK - (6 if is_narrow else 8)
        parts += _bar(step, on, (start, end), top)
        if place + 1 < len(chart.steps) and any(step.amount for step in chart.steps):
            parts.append(line(on.at(end), top + THICK, on.at(end), top + row, "zero", dashes="2 2"))
    height = row * len(chart.steps) + 8
    zero = [] if is_narrow else [line(on.at(0), 0, on.at(0), height, "zero")]
    return picture(f"{chart.key}-{width}", chart.title, chart.description, width, height, [*zero, *parts])


def _bar(step: Step, on: Scale, edges: tuple[Decimal, Decimal], top: float) -> Iterator[str]:
    left, right = sorted(on.at(one) for one in edges)
    hover = f"{step.label}: {_amount(step)}"
    colour: int | str = 0 if step.is_total and step.amount >= 0 else "bad" if step.is_total else 4
    if not step.is_total and step.amount > 0:
        colour = "good"
    yield linked(bar(left, top, max(right - left, 0.8), THICK, colour, hover), step.link, hover)


def _edges(steps: tuple[Step, ...]) -> list[tuple[Decimal, Decimal]]:
    """Where each bar begins and ends."""
    at, found = Decimal(0), []
    for step in steps:
        start = Decimal(0) if step.is_total else at
        at = step.amount if step.is_total else at + step.amount
        found.append((start, at))
    return found


def _amount(step: Step) -> str:
    return written(step.amount, Unit.MONEY)
