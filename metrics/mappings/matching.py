"""How one pattern is compared with one ledger account: plain words, and what part of the path a match speaks of."""

from __future__ import annotations

import enum
import fnmatch
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from metrics.mappings.rule import BadRule, MatchType, Rule
from metrics.mappings.safe_regex import Expression, OutOfTime, Patience
from metrics.profit_and_loss import Section


class Reach(enum.Enum):
    """What a rule speaks of, when asked about an account."""

    NOTHING = enum.auto()
    PARENTS_OR_ALL = enum.auto()
    ACCOUNT = enum.auto()
    OUT_OF_TIME = enum.auto()


@dataclass(frozen=True)
class Subject:
    """A ledger account as rules see it.

    names: the full name, case folded, as EXACT compares it; with the parent's when it is its "Parent - Other".
    plain: the path in plain words; leaf_start is where its last level begins.
    """

    full_name: str
    names: tuple[str, ...]
    plain: str
    leaf_start: int
    section: Section
    number: str
    list_id: str

    @property
    def leaf(self) -> str:
        """The last level in plain words."""
        return self.plain[self.leaf_start :]


@dataclass(frozen=True)
class Comparison:
    """A compiled pattern. A catch-all would match a nameless account."""

    reach: Callable[[Subject], Reach]
    is_catch_all: bool = False


def subject_of(full_name: str, section: Section, number: str, list_id: str) -> Subject:
    """The account with its names taken apart once. "Payroll:Payroll - Other" has the plain path of "Payroll"."""
    names, levels = [exact_name(full_name)], full_name.split(":")
    if len(levels) > 1 and _is_other_of(levels[-1], levels[-2]):
        levels = levels[:-1]
        names.append(exact_name(":".join(levels)))
    plain_levels = [plain_level(level) for level in levels]
    plain = ":".join(plain_levels)
    return Subject(full_name, tuple(names), plain, len(plain) - len(plain_levels[-1]), section, number, list_id)


def _is_other_of(name: str, parent: str) -> bool:
    return name.strip().casefold().endswith(" - other") and plain_level(name) == f"{plain_level(parent)} other"


def exact_name(text: str) -> str:
    """A full name as EXACT compares it."""
    return text.strip().casefold()


def compile_pattern(rule: Rule, patience: Patience) -> Comparison:
    """The comparison a rule asks for; BadRule when its pattern cannot be used."""
    if rule.match_type is MatchType.ACCOUNT:
        return _pinned(rule)
    if not rule.pattern.strip():
        raise BadRule("A rule needs a pattern: an empty one would catch every account.")
    if rule.match_type is MatchType.REGEX:
        return _regex(rule.pattern, patience)
    return _COMPILERS[rule.match_type](rule.pattern)


def _pinned(rule: Rule) -> Comparison:
    if not rule.list_id.strip():
        raise BadRule("A rule for one ledger account needs its ListID: choose the account again.")
    return Comparison(lambda subject: _of_account(subject.list_id == rule.list_id))


def _exact(pattern: str) -> Comparison:
    wanted = exact_name(pattern)
    return Comparison(lambda subject: _of_account(wanted in subject.names))


def _starts_with(pattern: str) -> Comparison:
    wanted = _checked_plain(pattern, ":".join(plain_level(level) for level in pattern.split(":")))
    return Comparison(lambda subject: _of_account(subject.plain.startswith(wanted)))


def _contains(pattern: str) -> Comparison:
    wanted = _checked_plain(pattern, ":".join(_plain_words(one) for one in _DOTTED_NUMBER.sub("", pattern).split(":")))

    def reach(subject: Subject) -> Reach:
        last = subject.plain.rfind(wanted)
        if last < 0:
            return Reach.NOTHING
        return Reach.ACCOUNT if last + len(wanted) > subject.leaf_start else Reach.PARENTS_OR_ALL

    return Comparison(reach)


def _wildcard(pattern: str) -> Comparison:
    if not pattern.strip(" *:"):
        return _catch_all()
    # [ and ] are punctuation and gone by then, so only * and ? mean something.
    plain = ":".join(_plain_words(level, kept="*?") for level in pattern.split(":"))
    expression = re.compile(fnmatch.translate(_checked_plain(pattern, plain)))
    return Comparison(lambda subject: _of_account(expression.match(subject.plain) is not None))


def _regex(pattern: str, patience: Patience) -> Comparison:
    expression = Expression(pattern, patience)
    if expression.matches_nothing:
        return _catch_all()
    path_first = not looks_left(pattern)

    def reach(subject: Subject) -> Reach:
        try:
            if path_first and subject.leaf_start and not expression.is_in(subject.plain):
                return Reach.NOTHING
            return _searched(expression, subject)
        except OutOfTime:
            return Reach.OUT_OF_TIME

    return Comparison(reach)


def looks_left(pattern: str) -> bool:
    """Whether a match may hang on what stands before it. Where it does not, what is nowhere in a path is not in its
    last level either: one search instead of two."""
    return _LOOKS_LEFT.search(_NOT_AFTER_WORDS.sub("", pattern)) is not None


# Words are no obstacle: the colon before the last level is in none of them. Any flag is, as it may change everything.
_NOT_AFTER_WORDS = re.compile(r"\(\?<[!=][A-Za-z0-9 ]+\)")
_LOOKS_LEFT = re.compile(r"\^|\\[AGKX]|\(\?(?![:=!])")


def _searched(expression: Expression, subject: Subject) -> Reach:
    # The last level by itself too: an anchored pattern ("^rent$") means the account's own name.
    if expression.is_in(subject.leaf):
        return Reach.ACCOUNT
    if not subject.leaf_start:
        return Reach.NOTHING
    found = Reach.NOTHING
    for end in expression.ends(subject.plain):
        if end > subject.leaf_start:
            return Reach.ACCOUNT
        found = Reach.PARENTS_OR_ALL
    return found


_COMPILERS: dict[MatchType, Callable[[str], Comparison]] = {
    MatchType.EXACT: _exact,
    MatchType.STARTS_WITH: _starts_with,
    MatchType.CONTAINS: _contains,
    MatchType.WILDCARD: _wildcard,
}


def _catch_all() -> Comparison:
    return Comparison(lambda subject: Reach.PARENTS_OR_ALL, is_catch_all=True)


def _of_account(is_match: bool) -> Reach:
    return Reach.ACCOUNT if is_match else Reach.NOTHING


# "60200 · Automobile", "6080.13 - Internet", "41000 Sales"; not "365 Licences", and 1099 is the tax form.
_NUMBER = re.compile(r"(?:\d{3,7}(?:[.-]\d+)*\s*[·–—:-]\s+|(?!1099\b)\d{4,7}(?:[.-]\d+)*\s+)(?=\S)")
_DOTTED_NUMBER = re.compile(r"^\s*\d{1,7}\s*·\s*(?=\S)")
_APOSTROPHES = re.compile(r"['’‘`´]")


def plain_level(level: str) -> str:
    """One level without its account number, in plain words."""
    text = level.strip()
    return _plain_words(_NUMBER.sub("", text, count=1) if _NUMBER.match(text) else text)


def _plain_words(text: str, kept: str = "") -> str:
    letters = _APOSTROPHES.sub("", text).casefold()
    if not letters.isascii():
        folded = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text)).casefold()
        letters = "".join(one for one in folded if not unicodedata.combining(one))
    words = "".join(one if one.isalnum() or one in kept else " " for one in letters)
    return " ".join(words.split())


def _checked_plain(pattern: str, plain: str) -> str:
    """Refuse a pattern of which nothing is left to look for: it would match every account."""
    if not any(one.isalnum() for one in plain):
        raise BadRule(f"The pattern “{pattern}” has no letter or digit to look for.")
    return plain
