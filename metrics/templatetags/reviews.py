"""Figures of any unit on a page: 35.5%, 7, 1,234.50."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from metrics.arithmetic import Unit
from metrics.templatetags.figures import figure

register = template.Library()


@register.filter
def kept(text: str) -> Decimal:
    """An amount as a snapshot keeps it: a text of digits."""
    return Decimal(text)


@register.simple_tag
def in_unit(value: Decimal | int | None, unit: Unit, is_difference: bool = False) -> SafeString:
    """A percentage with its sign (a difference of two in points), people without decimals, money as money."""
    if value is None:
        return figure(None)
    if unit is Unit.COUNT:
        return figure(int(value))
    if unit is not Unit.PERCENT:
        return figure(value)
    sign = " pts" if is_difference else "%"
    text = f"{abs(value):,.1f}{sign}"
    if value >= 0:
        return format_html("{}", text)
    return format_html('<span class="neg"><span class="visually-hidden">minus </span>({})</span>', text)
