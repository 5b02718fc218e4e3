"""Figures of any unit as they stand on the overview and in a review, and the small lines beside them."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from metrics.arithmetic import LINES
from metrics.charts import HEIGHT, WIDTH, Chart, Sparkline
from metrics.derived import Figure, Unit, rounded
from metrics.models import ActionItem, Note
from metrics.review.action_items import version_of as item_version
from metrics.review.notes import version_of
from metrics.review.page import TableCell, TableRow
from metrics.targets.rules import Light
from metrics.templatetags.figures import headline

register = template.Library()

_SPARK = (
    '<svg class="spark" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
    '<path class="area" d="{}" fill="#e3eff4"/>{}<path class="line" d="{}" fill="none" stroke="#0f5c78"/></svg>'
)
_ZERO = '<path class="zero" d="M0 {}H{}" stroke="#8b979f"/>'


@register.simple_tag
def note_version(note: Note) -> str:
    """What a form sends back, so that nothing is done to a note that somebody else has changed since."""
    return version_of(note)


@register.simple_tag
def action_version(item: ActionItem) -> str:
    """The same for an action item."""
    return item_version(item)


@register.simple_tag
def sparkline(drawn: Sparkline | None) -> SafeString:
    """The line with its words for a screen reader; nothing where there is nothing to draw."""
    if drawn is None:
        return SafeString("")
    zero = format_html(_ZERO, drawn.zero, WIDTH) if drawn.zero else SafeString("")
    return format_html(_SPARK, WIDTH, HEIGHT, drawn.description, drawn.area, zero, drawn.line)


@register.simple_tag
def figure_of(value: Figure, unit: Unit | str) -> SafeString:
    """35.5%, 1,234.50, 12: negative in parentheses and with "minus" for a screen reader; unknown: an en dash."""
    return SafeString(_signed(value, Unit(unit)))


@register.simple_tag
def big_figure(value: Figure, unit: Unit | str, currency: str) -> SafeString:
    """For a tile: money in whole units with its sign, everything else in full."""
    if value is not None and Unit(unit) in (Unit.MONEY, Unit.MONEY_PER_PERSON):
        return headline(Decimal(value), currency)
    return figure_of(value, unit)


def figure_text(value: Figure, unit: Unit) -> str:
    """Digits and signs only: safe in a page as it is."""
    if value is None:
        return "–"
    size = abs(Decimal(value)) if unit is Unit.COUNT else rounded(abs(Decimal(value)), unit)
    if unit is Unit.COUNT and size == size.to_integral_value():
        size = size.to_integral_value()  # a target of 19.00 people is 19
    text = f"{size:,}%" if unit is Unit.PERCENT else f"{size:,}"
    return f"({text})" if value < 0 else text


@register.simple_tag
def month_cells(row: TableRow, base: str, basis: str) -> SafeString:
    """A row's months, each a link to its explanation; in one go, because a page holds many hundreds of them."""
    query = escape(f"/?basis={basis}")
    start = escape(f"{base}{row.key}/")
    return SafeString("".join(_month_cell(cell, row.unit, start, query) for cell in row.cells))


@register.simple_tag
def period_cell(row: TableRow, base: str, period: str, basis: str) -> SafeString:
    """The whole period's figure, linked the same way."""
    if row.total is None:
        return SafeString('<td class="total">–</td>')
    address = escape(f"{base}{row.key}/{period}/?basis={basis}")
    return SafeString(f'<td class="total"><a href="{address}">{_signed(row.total, row.unit)}</a></td>')


@register.simple_tag
def chart_rows(chart: Chart) -> SafeString:
    """The rows of the table that says the same as a chart."""
    rows = (
        f'<tr><th scope="row">{escape(row.label)}</th>'
        f"{''.join(f'<td>{_signed(value, row.unit)}</td>' for value in row.values)}</tr>"
        for row in chart.rows()
    )
    return SafeString("".join(rows))


def _month_cell(cell: TableCell, unit: Unit, start: str, query: str) -> str:
    names = f"{'running ' if cell.is_running else ''}{'' if cell.value else 'zero'}".strip()
    opening = f'<td class="{names}">' if names else "<td>"
    if cell.value is None:
        return f'{opening}<span class="visually-hidden">not known</span>–</td>'
    mark = '<abbr title="estimated">*</abbr>' if cell.is_estimated else ""
    return f'{opening}<a href="{start}{cell.month}{query}">{_signed(cell.value, unit)}</a>{mark}</td>'


def _signed(value: Figure, unit: Unit) -> str:
    text = figure_text(value, unit)
    if value is not None and value < 0:
        return f'<span class="neg"><span class="visually-hidden">minus </span>{text}</span>'
    return text


LIGHTS = {Light.GOOD: "good", Light.NEAR: "warn", Light.MISSED: "bad", Light.NONE: ""}


@register.filter
def tone_of(light: Light) -> str:
    """The class of a target's light; its words stand beside it."""
    return LIGHTS[light]


@register.filter
def metric_label(key: str) -> str:
    """A metric's name; a key that is no metric any more stays as it is."""
    return LINES[key].label if key in LINES else key
