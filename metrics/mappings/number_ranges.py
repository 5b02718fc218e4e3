"""Conditions on account numbers: "4000-4999, 41*, 6010" read once and tested on any number.

Terms stand between commas, semicolons or line ends; one of them is enough.
- A range compares numbers as numbers, both ends included, and a number's parts belong to it: 6000-6999 holds
  6080, 6080.13 and 6999-5, but not 60801.
- * stands for any characters, ? for one. A lone * is any account that has a number.
- Anything else is the number itself, upper and lower case alike.
An account without a number meets no condition but the empty one.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable
from dataclasses import dataclass

MOST_TERMS = 100

_SEPARATORS = re.compile(r"[,;\r\n]")
_RANGE = re.compile(r"([0-9]{1,18})\s*[-–—]\s*([0-9]{1,18})", re.ASCII)
_TERM = re.compile(r"[\w.\-/*?]{1,40}")
_PARTS = re.compile(r"([0-9]{1,18})|([^\W\d_]+)")

_Test = Callable[[str], bool]
_Key = tuple[tuple[int, int, str], ...]


class BadNumbers(ValueError):
    """A condition that cannot be read; the message says what was seen and what would be right."""


@dataclass(frozen=True)
class NumberCondition:
    """A condition that has been read; no tests: every account, with or without a number."""

    text: str
    tests: tuple[_Test, ...]

    def holds_for(self, number: str) -> bool:
        """Whether an account with this number ("": none) meets the condition."""
        if not self.tests:
            return True
        plain = number.strip().casefold()
        return plain != "" and any(test(plain) for test in self.tests)


def read_numbers(text: str) -> NumberCondition:
    """The condition a person wrote; "" holds for every account. BadNumbers for what is none."""
    terms = [term.strip() for term in _SEPARATORS.split(text) if term.strip()]
    if text.strip() and not terms:
        raise BadNumbers(f"“{text.strip()}” names no account number: write 4000-4999, 41* or 6010.")
    if len(terms) > MOST_TERMS:
        raise BadNumbers(f"There are {len(terms)} account numbers; a rule takes {MOST_TERMS} at most. Use ranges.")
    return NumberCondition(text, tuple(_test(term) for term in terms))


def _test(term: str) -> _Test:
    found = _RANGE.fullmatch(term)
    if found:
        return _range_test(term, found[1], found[2])
    if not _TERM.fullmatch(term):
        raise BadNumbers(
            f"“{term}” is no account number: write a range (4000-4999), a beginning (41*) or a number (6010), "
            "with commas between."
        )
    plain = term.casefold()
    return _wildcard_test(plain) if "*" in plain or "?" in plain else lambda number: number == plain


def _range_test(term: str, low: str, high: str) -> _Test:
    first, last = number_key(low), number_key(high)
    if first > last:
        raise BadNumbers(
            f"“{term}” runs backwards: write the smaller number first. "
            f"(If the number itself has a dash, write {low}-{high[:-1]}*.)"
        )
    return lambda number: first <= (key := number_key(number)) and key[: len(last)] <= last


def _wildcard_test(plain: str) -> _Test:
    # Its expressions do not backtrack over a *, however many there are; a term has no [ and ].
    expression = re.compile(fnmatch.translate(plain))
    return lambda number: expression.match(number) is not None


def number_key(number: str) -> _Key:
    """The parts of a number in comparable form: digits as numbers, before letters."""
    return tuple((0, int(digits), "") if digits else (1, 0, letters) for digits, letters in _PARTS.findall(number))
