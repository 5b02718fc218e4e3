"""A small line without axes, for a tile or a cell of the PDF. Pure."""

from __future__ import annotations

from metrics.charts import HEIGHT, WIDTH, Sparkline
from metrics.drawing.svg import ACCENT, clean


def draw_sparkline(spark: Sparkline, ident: str) -> str:
    """The line with its area, and its lowest and highest in words."""
    zero = (
        f'<path class="zero" d="M0 {spark.zero}H{WIDTH}" stroke="#7b8891" stroke-dasharray="2 3"/>'
        if spark.zero
        else ""
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-labelledby="{ident}-title" preserveAspectRatio="none">'
        f'<title id="{ident}-title">{clean(spark.description)}</title>'
        f'<path class="area" d="{spark.area}" fill="#e3eff4" stroke="none"/>{zero}'
        f'<path class="line" d="{spark.line}" fill="none" stroke="{ACCENT}" stroke-width="1.75"/></svg>'
    )
