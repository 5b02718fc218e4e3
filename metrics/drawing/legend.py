"""What the colours of a chart mean: little squares with words, in as many lines as they need. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from metrics.drawing.svg import MARK, PALETTE, fitted, number, text_width, words

LINE_HEIGHT = 18.0
SQUARE = 10.0
GAP = 14.0


def legend(entries: Sequence[tuple[str, int | None]], width: float) -> tuple[list[str], float]:
    """Entries are (label, place in the palette; None: a target's dash). The parts, and how high they are."""
    parts: list[str] = []
    x, y = 0.0, 0.0
    for label, place in entries:
        shown = fitted(label, width - SQUARE - 6)
        needed = SQUARE + 6 + text_width(shown)
        if x and x + needed > width:
            x, y = 0.0, y + LINE_HEIGHT
        parts += (_square(x, y, place), words(x + SQUARE + 6, y + 12, shown))
        x += needed + GAP
    return parts, y + LINE_HEIGHT if entries else 0.0


def _square(x: float, y: float, place: int | None) -> str:
    if place is None:
        return f'<rect class="mark" x="{number(x)}" y="{number(y + 7)}" width="10" height="2" fill="{MARK}"/>'
    name, colour = f"s{place % len(PALETTE)}", PALETTE[place % len(PALETTE)]
    return f'<rect class="{name}" x="{number(x)}" y="{number(y + 3)}" width="10" height="10" rx="2" fill="{colour}"/>'
