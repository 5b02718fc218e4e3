"""Figures as texts of their unit: 1,234.50, (1,234.50), 35.5%, 7; short ones for an axis: 1.2M; days and moments."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from metrics.derived import Figure, Unit
from metrics.months import MONTH_NAMES

_SIZES = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "K"))


def written(value: Figure, unit: Unit) -> str:
    """In full, negative in parentheses; an en dash where nothing is known."""
    if value is None:
        return "–"
    amount = Decimal(value)
    if unit is Unit.PERCENT:
        text = f"{abs(amount):,.1f}%"
    elif unit is Unit.COUNT:
        text = f"{abs(amount):,.0f}"
    else:
        text = f"{abs(amount):,.2f}"
    return f"({text})" if amount < 0 else text


def short(value: Decimal, unit: Unit) -> str:
    """At most four signs for an axis or a small label: 1.2M, 350K, 40%, (20K)."""
    size = abs(value)
    letter = ""
    for least, name in _SIZES:
        if size >= least and unit is not Unit.PERCENT:
            size, letter = size / least, name
            break
    places = Decimal("1") if size >= 100 else Decimal("0.1") if size >= 10 else Decimal("0.01")
    number = f"{size.quantize(places, ROUND_HALF_UP):f}"
    number = number.rstrip("0").rstrip(".") if "." in number else number
    text = f"{number}{letter}{'%' if unit is Unit.PERCENT else ''}"
    return f"({text})" if value < 0 and number != "0" else text


def day_words(day: date) -> str:
    """ "21 Nov 2026": how every page, letter and document for people writes a date; files for programs have ISO's."""
    return f"{day.day} {MONTH_NAMES[day.month - 1][:3]} {day.year}"


def moment_words(at: datetime) -> str:
    """ "21 Nov 2026, 08:00 UTC", in the zone that the moment carries."""
    return f"{day_words(at)}, {at:%H:%M %Z}"
