"""How a tie-out is drawn: many cells in one go, and a difference in words as well as in colour."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from metrics.profit_and_loss import SectionCheck
from metrics.templatetags.figures import figure, leaf, parents

register = template.Library()

_OFF = (
    '<b class="mark untied"><span aria-hidden="true">≠ </span>{}</b><span class="beside">QuickBooks {}</span>'
    '<span class="beside">off by {}</span>'
)
_ABSENT = SafeString('<span class="muted"><span class="visually-hidden">not known</span>–</span>')


@register.simple_tag
def check_cells(checks: Iterable[SectionCheck | None]) -> SafeString:
    """A total's `<td>` for each month."""
    return format_html_join("", "<td{}>{}</td>", (_cell(check) for check in checks))


def _cell(check: SectionCheck | None) -> tuple[SafeString, SafeString]:
    if check is None:
        return SafeString(), _ABSENT
    if check.is_tied:
        return SafeString(' class="zero"' if not check.computed else ""), figure(check.computed)
    printed = SafeString("prints none") if check.printed is None else figure(check.printed)
    return SafeString(' class="off"'), format_html(_OFF, figure(check.computed), printed, figure(check.difference))


@register.simple_tag
def ledger_number(number: str, full_name: str) -> SafeString:
    """ "4010 · Services › Managed" as on every page, the number only where there is one."""
    number = f"{number} · " if number else ""
    return format_html('<span class="path">{}{}</span>{}', number, parents(full_name), leaf(full_name))
