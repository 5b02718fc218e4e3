"""How figures are written on a page: money with parentheses, moments with their zone, "2 hours ago"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from metrics.figure_words import day_words, moment_words

register = template.Library()


class _HasValue(Protocol):
    @property
    def value(self) -> Decimal | int | None: ...


class _HasCells(Protocol):
    @property
    def cells(self) -> Sequence[_HasValue]: ...


class CellGroup(Protocol):
    """Rows of a table under one heading: those of a company's page, and those of its review."""

    @property
    def rows(self) -> Sequence[_HasCells]: ...


SYMBOLS = {"USD": "$", "CAD": "CA$", "AUD": "A$", "NZD": "NZ$", "GBP": "£", "EUR": "€"}
BILLION = Decimal(10**9)
LONG = 12  # signs of an amount for which a tile of six in a row has no room in its usual size
SPANS = ((86_400 * 2, 86_400, "day"), (3_600, 3_600, "hour"), (60, 60, "minute"))  # from this many seconds, in …


@register.filter
def money(value: Decimal | int | None) -> str:
    """1,234.50; negative in parentheses: (1,234.50); whole numbers stay whole; nothing known: an en dash."""
    if value is None:
        return "–"
    text = f"{abs(value):,.2f}" if isinstance(value, Decimal) else f"{abs(value):,}"
    return f"({text})" if value < 0 else text


@register.simple_tag
def headline(value: Decimal, currency: str) -> SafeString:
    """An amount for a tile, in whole currency units: $481,024 or ($1,250); a billion and more is $26.01B."""
    symbol, size = SYMBOLS.get(currency, currency + " "), abs(value)
    whole = f"{symbol}{size.quantize(Decimal(1), ROUND_HALF_UP):,}"
    shown = f"{symbol}{size / BILLION:,.2f}B" if size >= BILLION else whole
    text = escape(f"({shown})" if value < 0 else shown)
    if size >= BILLION:
        text = format_html('<abbr title="{}">{}</abbr>', f"({whole})" if value < 0 else whole, text)
    elif len(text) >= LONG:
        text = format_html('<span class="long">{}</span>', text)
    return _signed(text) if value < 0 else text


@register.simple_tag
def figure(value: Decimal | int | None) -> SafeString:
    """An amount in running text or a cell; a negative one also says "minus" to a screen reader."""
    return _signed(money(value)) if value is not None and value < 0 else SafeString(money(value))


def _signed(text: str) -> SafeString:
    """Digits and signs only: safe in a page as they are."""
    return SafeString(f'<span class="neg"><span class="visually-hidden">minus </span>{text}</span>')


TIED = SafeString(
    '<span class="mark tied"><span aria-hidden="true">✓</span>'
    '<span class="visually-hidden">tied to QuickBooks’ Net Income</span></span>'
)
UNTIED = (
    '<span class="mark untied"><span aria-hidden="true">≠</span> <span class="visually-hidden">off by </span>{}</span>'
)


@register.simple_tag
def tie_out_mark(is_tied: bool, difference: Decimal) -> SafeString:
    """✓ or ≠ with the difference, and the same in words for a screen reader."""
    if is_tied:
        return TIED
    words = figure(difference) if difference else SafeString("subtotal")
    return format_html(UNTIED, words)


@register.filter
def stamp(moment: datetime | None) -> str:
    """21 Nov 2026, 08:00 UTC, in the installation's time zone; the month is never mistaken for the day."""
    return moment_words(localtime(moment)) if moment is not None else ""


@register.filter
def day(when: date | None) -> str:
    """21 Nov 2026; a moment's day is the installation's."""
    if when is None:
        return ""
    return day_words(localtime(when) if isinstance(when, datetime) else when)


@register.filter
def has_long_figures(groups: Sequence[CellGroup]) -> bool:
    """Whether some amount needs a column of its own on a phone: half a number could be read as another number."""
    values = (cell.value for group in groups for row in group.rows for cell in row.cells)
    return any(value is not None and not -(10**8) < value < 10**9 for value in values)


@register.filter
def ago(moment: datetime, now: datetime) -> str:
    """ "12 minutes ago", "in 3 hours", "just now": how far `moment` lies from `now`."""
    seconds = int((now - moment).total_seconds())
    for least, unit, name in SPANS:
        if abs(seconds) >= least:
            count = abs(seconds) // unit
            words = f"{count} {name}{'' if count == 1 else 's'}"
            return f"{words} ago" if seconds > 0 else f"in {words}"
    return "just now" if seconds >= 0 else "in a moment"


ACCOUNT_TYPES = {
    "Income": "Income",
    "CostOfGoodsSold": "Cost of goods sold",
    "Expense": "Expense",
    "OtherIncome": "Other income",
    "OtherExpense": "Other expense",
}


@register.filter
def account_type(value: str) -> str:
    """QuickBooks' AccountType in words."""
    return ACCOUNT_TYPES.get(value, value)


@register.filter
def parents(full_name: str) -> str:
    """The path above a ledger account, `Travel › Air › `; empty at the top."""
    return "".join(f"{name} › " for name in full_name.split(":")[:-1])


@register.filter
def leaf(full_name: str) -> str:
    """The ledger account's own name."""
    return full_name.rsplit(":", 1)[-1]
