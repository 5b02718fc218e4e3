"""SVG as text: elements, escaped words, and how wide words are. Pure.

Every shape has `fill` and `stroke` as attributes, for paper, and classes, by which a stylesheet overrides them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

INK, SOFT, LINE, SURFACE = "#15212b", "#55636e", "#dfe5e8", "#ffffff"
GOOD, BAD, ACCENT, MARK = "#1b6b3f", "#b3261e", "#0f5c78", "#c26a00"
PALETTE = ("#0f5c78", "#4a9cb8", "#b47a12", "#6a5b9e", "#7b8891", "#b3261e")
FONT = "Inter, system-ui, sans-serif"
SMALL = 11.0

# Widths of semibold Inter with tabular figures, in thousandths of its size, rounded up: measured in a browser.
_CLASSES = (
    (300, " ',.:;Iijl’"),
    (350, '!"·'),
    (400, "()/[]`f{|}t"),
    (450, "r"),
    (500, "^_–"),
    (550, "?s"),
    (600, "FJLacekvxyz"),
    (650, "0123456789#$*+-<=>EPSbdghnopqu~£"),
    (700, "&BRTZ€"),
    (750, "ACDGHKUVXY"),
    (800, "NOQ"),
    (850, "w"),
    (900, "m"),
    (950, "M"),
    (1050, "%W@—…"),
)
_WIDTHS = {sign: width for width, signs in _CLASSES for sign in signs}
_OTHER, _IDEOGRAPH = 800, 1050


def text_width(words: str, size: float = SMALL) -> float:
    """An upper bound, in the drawing's units."""
    return sum(_WIDTHS.get(sign, _OTHER if ord(sign) <= 0x2E7F else _IDEOGRAPH) for sign in words) * size / 1000


def fitted(words: str, width: float, size: float = SMALL) -> str:
    """Cut with an ellipsis where it would not fit."""
    if text_width(words, size) <= width:
        return words
    while words and text_width(f"{words}…", size) > width:
        words = words[:-1]
    return f"{words.rstrip()}…"


def number(value: float) -> str:
    """One decimal is finer than any screen shows."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def words(x: float, y: float, said: str, *, anchor: str = "start", kind: str = "soft", bold: bool = False) -> str:
    """`kind`: soft, ink, good or bad."""
    colour = {"ink": INK, "good": GOOD, "bad": BAD}.get(kind, SOFT)
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text class="t-{kind}" x="{number(x)}" y="{number(y)}" text-anchor="{anchor}" fill="{colour}"{weight}>'
        f"{clean(said)}</text>"
    )


def line(x1: float, y1: float, x2: float, y2: float, kind: str = "grid", *, dashes: str = "") -> str:
    """`kind`: grid, zero or mark."""
    colour, width = {"zero": ("#7b8891", "1"), "mark": (MARK, "2.5")}.get(kind, (LINE, "1"))
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<line class="{kind}" x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
        f' stroke="{colour}" stroke-width="{width}"{dashed}/>'
    )


def bar(x: float, y: float, width: float, height: float, place: int | str, hover: str) -> str:
    """`place` in the palette, or "good" or "bad"."""
    colour = PALETTE[place % len(PALETTE)] if isinstance(place, int) else {"good": GOOD, "bad": BAD}[place]
    name = f"s{place % len(PALETTE)}" if isinstance(place, int) else place
    return (
        f'<rect class="{name}" x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
        f' fill="{colour}" stroke="{SURFACE}" stroke-width="0.5"><title>{clean(hover)}</title></rect>'
    )


def dot(x: float, y: float, radius: float, place: int, hover: str) -> str:
    """A month on a line."""
    return (
        f'<circle class="s{place % len(PALETTE)}" cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"'
        f' fill="{PALETTE[place % len(PALETTE)]}" stroke="{SURFACE}" stroke-width="1">'
        f"<title>{clean(hover)}</title></circle>"
    )


def path(points: Iterable[tuple[float, float]], place: int) -> str:
    """A line through the points."""
    drawn = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    colour = PALETTE[place % len(PALETTE)]
    return (
        f'<path class="l{place % len(PALETTE)}" d="M{drawn}" fill="none" stroke="{colour}" stroke-width="2"'
        ' stroke-linejoin="round" stroke-linecap="round"/>'
    )


def linked(shape: str, address: str, label: str) -> str:
    """The shape as a link, or as it is. Only addresses of this site and of the web become links."""
    if not address.startswith(("/", "?", "#", "https://", "http://")):
        return shape
    return f'<a href="{clean(address)}" aria-label="{clean(label)}">{shape}</a>'


def picture(ident: str, title: str, description: str, width: float, height: float, parts: Iterable[str]) -> str:
    """The whole drawing. With links it is a group: a program that reads aloud passes over what is inside an image."""
    drawn = "".join(parts)
    role = "group" if "<a href" in drawn else "img"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {number(width)} {number(height)}"'
        f' role="{role}" aria-labelledby="{ident}-title" aria-describedby="{ident}-desc"'
        f' font-family="{FONT}" font-size="{number(SMALL)}">'
        f'<title id="{ident}-title">{clean(title)}</title>'
        f'<desc id="{ident}-desc">{clean(description)}</desc>{drawn}</svg>'
    )


def clean(text: str) -> str:
    """Escaped, and without the signs that XML cannot hold."""
    return escape(_NOT_IN_XML.sub(" ", text))


_NOT_IN_XML = re.compile("[\x00-\x1f\ufffe\uffff]")
