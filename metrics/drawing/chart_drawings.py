"""Charts as SVG: the same picture for the page, the PDF and a file of its own. Pure."""

from __future__ import annotations

from metrics.charts import Chart, Sparkline, Waterfall
from metrics.drawing.monthly import draw_monthly
from metrics.drawing.spark import draw_sparkline
from metrics.drawing.steps import draw_waterfall

WIDE, NARROW = 640, 360  # made to be read at about this many pixels across


def draw(chart: Chart, width: int = WIDE) -> str:
    """SVG text; safe to put into a page as it is: every word in it is escaped, and it holds no style and no script."""
    return draw_waterfall(chart, width) if isinstance(chart, Waterfall) else draw_monthly(chart, width)


def sparkline(spark: Sparkline, ident: str) -> str:
    """SVG text; `ident` is unique on its page."""
    return draw_sparkline(spark, ident)
