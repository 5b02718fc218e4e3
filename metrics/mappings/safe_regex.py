"""Regular expressions that people write, kept from stalling anybody.

Some expressions, such as (a+)+$, take longer than the universe on a text of fifty letters. Two guards:
- Before an expression is used, it is tried on hostile texts made from its own letters; one that runs out of time
  there is refused with advice (SlowPattern).
- Each search has a time limit. An expression that runs out is reported and counts as not found in that text; after
  a few times it is no longer asked, and when a whole set of rules has run out often, the limit shrinks.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

import regex

from metrics.mappings.rule import BadRule, SlowPattern

SECONDS_PER_SEARCH = 0.01  # two searches per rule and account
_SECONDS_WHEN_IMPATIENT = 0.001
_TIMES_OUT_PER_EXPRESSION = 2
_TIMES_OUT_BEFORE_IMPATIENT = 4
_TRIES = 3  # a busy machine must not make an honest expression look slow
_PROBE_LENGTH = 200
_GIVEN_UP = (TimeoutError, MemoryError, RecursionError, regex.error)


class OutOfTime(Exception):
    """A search was given up; whether the text matches is not known."""


class Patience:
    """How often the expressions of one set of rules ran out of time."""

    def __init__(self) -> None:
        self.times_out = 0

    @property
    def seconds(self) -> float:
        """The limit of the next search."""
        return SECONDS_PER_SEARCH if self.times_out < _TIMES_OUT_BEFORE_IMPATIENT else _SECONDS_WHEN_IMPATIENT


class Expression:
    """An expression with its time limit; upper and lower case alike. BadRule when it cannot be used."""

    def __init__(self, pattern: str, patience: Patience) -> None:
        self._compiled = _compiled(pattern)
        if _explodes(pattern):
            raise SlowPattern(
                f"The pattern “{pattern}” can take very long to search. Repetitions inside repetitions, such as (a+)+, "
                "do that, and so do several .* in one pattern: write it without them, or use “contains” or “wildcard”."
            )
        self._patience = patience
        self._times_out = 0
        self.matches_nothing = self._compiled.search("") is not None

    def is_in(self, text: str) -> bool:
        """Whether anything in the text matches. OutOfTime when it takes too long."""
        if self._times_out >= _TIMES_OUT_PER_EXPRESSION:
            raise OutOfTime
        try:
            return self._compiled.search(text, timeout=self._patience.seconds) is not None
        except _GIVEN_UP as error:
            raise self._out_of_time() from error

    def ends(self, text: str) -> Iterator[int]:
        """Where each match in the text ends, from left to right. OutOfTime when it takes too long."""
        if self._times_out >= _TIMES_OUT_PER_EXPRESSION:
            raise OutOfTime
        try:
            for match in self._compiled.finditer(text, timeout=self._patience.seconds):
                yield match.end()
        except _GIVEN_UP as error:
            raise self._out_of_time() from error

    def _out_of_time(self) -> OutOfTime:
        self._times_out += 1
        self._patience.times_out += 1
        return OutOfTime()


def _compiled(pattern: str) -> regex.Pattern[str]:
    try:
        return regex.compile(pattern, regex.IGNORECASE)
    except (regex.error, ValueError, OverflowError, RecursionError, MemoryError) as error:
        raise BadRule(f"The pattern “{pattern}” is not a regular expression: {_reason(error)}.") from error


def _reason(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError | MemoryError) else str(error)


@functools.lru_cache(maxsize=4096)
def _explodes(pattern: str) -> bool:
    """Whether the expression runs out of time on one of the texts, each time it is tried."""
    expression = _compiled(pattern)
    return any(all(_runs_out(expression, text) for _ in range(_TRIES)) for text in _hostile_texts(pattern))


def _runs_out(expression: regex.Pattern[str], text: str) -> bool:
    try:
        expression.search(text, timeout=SECONDS_PER_SEARCH)
    except _GIVEN_UP:
        return True
    return False


def _hostile_texts(pattern: str) -> Iterator[str]:
    """Long runs of what the expression may repeat, each broken by an end that fits nothing."""
    literal = re.sub(r"\\.", " ", pattern.casefold())
    letters = list(dict.fromkeys(one for one in literal if one.isalnum()))[:8]
    words = re.findall(r"[^\W_]{2,}", literal)[:4]
    runs = ["a", "0", " ", "a ", "ab:", *letters, "".join(letters), "".join(words), " ".join([*words, ""])]
    for run in dict.fromkeys(run for run in runs if run):
        yield (run * _PROBE_LENGTH)[:_PROBE_LENGTH] + ":!" + "".join(letters)
