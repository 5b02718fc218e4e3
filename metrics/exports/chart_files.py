"""One chart as a file of its own: SVG, or PNG for where SVG is not taken."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import typst
from lxml import etree

from metrics.charts import Chart
from metrics.drawing.chart_drawings import WIDE, draw
from metrics.exports.document import FONTS
from metrics.exports.review import Review

TEMPLATE = Path(__file__).with_name("picture.typ")
DOTS_PER_INCH = 200
HEAD, EDGE = 52, 12  # what title and caption take of the height; white around
LONGEST_CAPTION = 92  # signs on one line over a chart
INK = "#15212b"


def chart_of(charts: Sequence[Chart], key: str) -> Chart | None:
    """The chart of this key, if there is one."""
    return next((chart for chart in charts if chart.key == key), None)


def caption_of(review: Review) -> str:
    """Whose figures, of when, on what terms: a picture travels without the page around it. The name may be cut."""
    terms = f"{review.period} · {review.basis} basis · {review.currency} · {review.status}"
    name, room = review.company, max(20, LONGEST_CAPTION - len(terms))
    return f"{name if len(name) <= room else f'{name[: room - 1].rstrip()}…'} · {terms}"


def chart_svg(chart: Chart, caption: str = "", width: int = WIDE) -> bytes:
    """The drawing as it stands on the page; with a caption on white, under its title."""
    drawn = draw(chart, width)
    if not caption:
        return drawn.encode()
    wide, high = (float(one) for one in etree.fromstring(drawn.encode()).get("viewBox", "").split()[2:])
    box = f"{wide + 2 * EDGE:g}", f"{high + HEAD + EDGE:g}"
    words = f'font-family="Inter, system-ui, sans-serif" fill="{INK}" x="{EDGE}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {" ".join(box)}" width="{box[0]}" height="{box[1]}">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>'
        f'<text {words} y="22" font-size="15" font-weight="600">{escape(chart.title)}</text>'
        f'<text {words} y="40" font-size="11">{escape(caption)}</text>'
        f'<svg x="{EDGE}" y="{HEAD}" width="{wide:g}" height="{high:g}">{drawn}</svg></svg>'
    ).encode()


def chart_png(chart: Chart, caption: str = "") -> bytes:
    """On white, with its title above."""
    data = json.dumps({"title": chart.title, "caption": caption, "svg": draw(chart, WIDE)})
    made = typst.compile(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        font_paths=FONTS,
        # A name may be written in letters that only the machine has; all else looks the same everywhere.
        ignore_system_fonts=all(sign < "\u0250" or sign in "–…’" for sign in caption),
        format="png",
        ppi=DOTS_PER_INCH,
        sys_inputs={"chart": data},
    )
    return bytes(made)
