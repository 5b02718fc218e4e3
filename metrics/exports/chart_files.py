"""One chart as a file of its own: SVG, or PNG for where SVG is not taken."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import typst

from metrics.charts import Chart
from metrics.drawing.chart_drawings import WIDE, draw
from metrics.exports.document import FONTS

TEMPLATE = Path(__file__).with_name("picture.typ")
DOTS_PER_INCH = 200


def chart_of(charts: Sequence[Chart], key: str) -> Chart | None:
    """The chart of this key, if there is one."""
    return next((chart for chart in charts if chart.key == key), None)


def chart_svg(chart: Chart, width: int = WIDE) -> bytes:
    """The drawing as it stands on the page."""
    return draw(chart, width).encode()


def chart_png(chart: Chart) -> bytes:
    """On white, with its title above."""
    data = json.dumps({"title": chart.title, "svg": draw(chart, WIDE)})
    made = typst.compile(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        font_paths=FONTS,
        ignore_system_fonts=True,
        format="png",
        ppi=DOTS_PER_INCH,
        sys_inputs={"chart": data},
    )
    return bytes(made)
