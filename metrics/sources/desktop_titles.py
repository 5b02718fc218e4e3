"""Titles of period columns, as QuickBooks Desktop prints them: "Jan 24", "May 1 - 19, 26", "Jan - Dec 24"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from metrics.months import Month

_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_TOKEN = re.compile(r"[^\W\d_]+|\d+")


@dataclass(frozen=True)
class Period:
    """What a title says: first to last month. Days are given when the title names days of one month."""

    first: Month
    last: Month
    first_day: int | None = None
    last_day: int | None = None


def read_title(text: str) -> Period | None:
    """The period of an English title, None when it is not one (a class, TOTAL, another language)."""
    tokens = [_token(token) for token in _TOKEN.findall(text)]
    if None in tokens:
        return None
    shape = "".join("M" if isinstance(token, str) else "n" for token in tokens)
    reader = _SHAPES.get(shape)
    try:
        return reader([_number(token) for token in tokens]) if reader else None
    except ValueError:  # a month 0, a year 0: not a title of ours
        return None


def _token(text: str) -> str | int | None:
    """A month's name kept as text, a number; None for any other word."""
    if text.isdecimal():
        return int(text) if len(text) <= 4 else None
    word = text.casefold()
    return word if _number_of_month(word) else None


def _number_of_month(word: str) -> int:
    """1 to 12; 0 for a word that is no month. "Sept" and other cuts of three letters or more are accepted."""
    found = [index for index, name in enumerate(_MONTH_NAMES, 1) if len(word) >= 3 and name.startswith(word)]
    return found[0] if found else 0


def _number(token: str | int | None) -> int:
    return _number_of_month(token) if isinstance(token, str) else int(token or 0)


def _month(month: int, year: int) -> Month:
    """Two digits mean 1970 to 2069."""
    if year < 100:
        year += 2000 if year < 70 else 1900
    return Month(year, month)


def _of_days(month: int, first_day: int, last_day: int, year: int) -> Period:
    whole = _month(month, year)
    return Period(whole, whole, first_day, last_day)


# M a month's name, n a number; a shape that could be a day or a year is read as QuickBooks writes it.
_SHAPES: dict[str, Callable[[Sequence[int]], Period]] = {
    "Mn": lambda t: Period(_month(t[0], t[1]), _month(t[0], t[1])),  # Jan 24
    "Mnn": lambda t: _of_days(t[0], t[1], t[1], t[2]),  # Jun 1, 26
    "Mnnn": lambda t: _of_days(t[0], t[1], t[2], t[3]),  # May 1 - 19, 26
    "nMn": lambda t: _of_days(t[1], t[0], t[0], t[2]),  # 1 Jun 26
    "nnMn": lambda t: _of_days(t[2], t[0], t[1], t[3]),  # 1 - 19 May 26
    "MMn": lambda t: Period(_month(t[0], t[2]), _month(t[1], t[2])),  # Jan - Dec 24
    "MMnn": lambda t: Period(_month(t[0], t[3]), _month(t[1], t[3])),  # Jan - May 19, 26
    "MnMn": lambda t: Period(_month(t[0], t[1]), _month(t[2], t[3])),  # Jan 24 - Dec 25
    "MnMnn": lambda t: Period(_month(t[0], t[4]), _month(t[2], t[4])),  # Jan 15 - Feb 14, 24
    "MnnMnn": lambda t: Period(_month(t[0], t[2]), _month(t[3], t[5])),  # Dec 15, 24 - Jan 14, 25
}


def fit_in_another_language(titles: Sequence[str], months: Sequence[Month]) -> bool:
    """Whether titles of an unknown language can be these months: "janv. 24", "févr. 24" … in order.

    Every title must name its month's year, and the words beside it must be the same for the same month of
    another year and different for different months. Classes or customers do not pass that.
    """
    if len(titles) != len(months):
        return False
    words: dict[int, str] = {}
    for title, month in zip(titles, months, strict=True):
        if not {str(month.year), f"{month.year % 100:02d}"} & set(re.findall(r"\d+", title)):
            return False
        if words.setdefault(month.month, _words(title)) != _words(title):
            return False
    return "" not in words.values() and len(set(words.values())) == len(words)


def _words(title: str) -> str:
    return " ".join(re.findall(r"[^\W\d_]+", title.casefold()))
