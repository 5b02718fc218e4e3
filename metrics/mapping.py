"""Which metric a ledger account belongs to: rules tried by priority, the account's own words before its parents'.

How a rule is matched
---------------------
- A rule with sections only looks at accounts of those sections.
- EXACT compares the full name as it is, upper and lower case alike. The other types compare a plain form of
  the full name: lower case, without accents, account numbers, apostrophes and punctuation; the colon between
  levels stays ("60100 · Payroll:Officer's Salary" is compared as "payroll:officers salary").
- STARTS_WITH and WILDCARD (* and ?) see that whole path. CONTAINS and REGEX look for words anywhere in it.

Which rule wins
---------------
Rules are tried in priority order (lower first, then the order given), in two rounds:
1. Rules that speak of the account itself: EXACT, STARTS_WITH, WILDCARD, and CONTAINS or REGEX whose match is
   in, or reaches into, the last level of the path. So "Officers:Salaries" is caught by a rule that wants
   "officer" near "salary", although the word is the parent's.
2. CONTAINS and REGEX rules whose match lies in the parents only, and catch-alls: the wildcard "*", and any
   expression that would match a nameless account.
So "Managed Services:Microsoft 365" follows the rule for Microsoft 365 even when the rule for managed services
has the better priority, and "Payroll Expenses:Lump Sum" still goes with payroll. To send a whole branch
somewhere whatever its accounts are called, use STARTS_WITH: it takes part in the first round.
"""

from __future__ import annotations

import enum
import fnmatch
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from metrics.arithmetic import CATEGORY_METRICS
from metrics.arithmetic import UNMAPPED as UNMAPPED
from metrics.profit_and_loss import Section


class MatchType(enum.Enum):
    """How a pattern is compared; the values are the database's."""

    EXACT = "exact"
    STARTS_WITH = "starts_with"
    CONTAINS = "contains"
    WILDCARD = "wildcard"
    REGEX = "regex"


@dataclass(frozen=True)
class Rule:
    """One rule. No sections: every section. metric_key is a category or "unmapped" (a person must decide)."""

    rule_id: int | None
    match_type: MatchType
    pattern: str
    sections: frozenset[Section]
    metric_key: str
    priority: int


@dataclass(frozen=True)
class Match:
    """Where an account goes and the rule that said so; rule None when no rule knows the account."""

    metric_key: str
    rule: Rule | None


class BadRule(ValueError):
    """A rule that cannot be used; the message tells its author why."""


class _Reach(enum.Enum):
    """What a rule speaks of, when asked about an account."""

    NOTHING = enum.auto()
    PARENTS_OR_ALL = enum.auto()
    ACCOUNT = enum.auto()


@dataclass(frozen=True)
class _Path:
    """An account's full name and its plain form; leaf_start is where the last level begins in plain."""

    full_name: str
    plain: str
    leaf_start: int


_Test = Callable[[_Path], _Reach]


def compile_rules(rules: Iterable[Rule]) -> Mapper:
    """Make the rules ready to match; BadRule when one of them cannot be used."""
    ordered = sorted(rules, key=lambda rule: rule.priority)
    return Mapper(tuple((rule, _compile(rule)) for rule in ordered))


class Mapper:
    """Compiled rules. Answers are remembered, so a mapper serves one set of rules and is then thrown away."""

    def __init__(self, tests: tuple[tuple[Rule, _Test], ...]) -> None:
        self._tests = {
            section: tuple((rule, test) for rule, test in tests if not rule.sections or section in rule.sections)
            for section in Section
        }
        self._known: dict[tuple[str, Section], Match] = {}

    def match(self, full_name: str, section: Section) -> Match:
        """The metric of an account (colon path) of a section; the module's docstring says which rule wins."""
        key = (full_name, section)
        if key not in self._known:
            self._known[key] = self._decide(_path(full_name), section)
        return self._known[key]

    def _decide(self, path: _Path, section: Section) -> Match:
        second_round: Rule | None = None
        for rule, test in self._tests[section]:
            reach = test(path)
            if reach is _Reach.ACCOUNT:
                return Match(rule.metric_key, rule)
            if reach is _Reach.PARENTS_OR_ALL and second_round is None:
                second_round = rule
        return Match(second_round.metric_key if second_round else UNMAPPED, second_round)


def _compile(rule: Rule) -> _Test:
    if rule.metric_key != UNMAPPED and rule.metric_key not in CATEGORY_METRICS:
        raise BadRule(f"“{rule.metric_key}” is not a metric that accounts can be mapped to.")
    if not rule.pattern.strip():
        raise BadRule("A rule needs a pattern: an empty one would catch every account.")
    return _COMPILERS[rule.match_type](rule.pattern)


def _compile_exact(pattern: str) -> _Test:
    wanted = pattern.strip().casefold()
    return lambda path: _of_account(path.full_name.strip().casefold() == wanted)


def _compile_starts_with(pattern: str) -> _Test:
    wanted = _checked_plain(pattern, ":".join(_plain_level(level) for level in pattern.split(":")))
    return lambda path: _of_account(path.plain.startswith(wanted))


def _compile_contains(pattern: str) -> _Test:
    plain = ":".join(_plain_words(level) for level in _DOTTED_NUMBER.sub("", pattern).split(":"))
    return _searching(re.compile(re.escape(_checked_plain(pattern, plain))))


def _compile_wildcard(pattern: str) -> _Test:
    if not pattern.strip(" *:"):
        return lambda path: _Reach.PARENTS_OR_ALL
    # [ and ] are punctuation and gone by then, so only * and ? mean something.
    plain = ":".join(_plain_words(level, kept="*?") for level in pattern.split(":"))
    expression = re.compile(fnmatch.translate(_checked_plain(pattern, plain)))
    return lambda path: _of_account(expression.match(path.plain) is not None)


def _compile_regex(pattern: str) -> _Test:
    try:
        return _searching(re.compile(pattern, re.IGNORECASE))
    except (re.error, OverflowError, RecursionError) as error:
        raise BadRule(f"The pattern “{pattern}” is not a regular expression: {error}.") from error


_COMPILERS: dict[MatchType, Callable[[str], _Test]] = {
    MatchType.EXACT: _compile_exact,
    MatchType.STARTS_WITH: _compile_starts_with,
    MatchType.CONTAINS: _compile_contains,
    MatchType.WILDCARD: _compile_wildcard,
    MatchType.REGEX: _compile_regex,
}


def _of_account(is_match: bool) -> _Reach:
    return _Reach.ACCOUNT if is_match else _Reach.NOTHING


def _searching(expression: re.Pattern[str]) -> _Test:
    if expression.search(""):
        return lambda path: _Reach.PARENTS_OR_ALL

    def test(path: _Path) -> _Reach:
        # The last level by itself too: an anchored pattern ("^rent$") means the account's own name.
        if expression.search(path.plain[path.leaf_start :]):
            return _Reach.ACCOUNT
        ends = [match.end() for match in expression.finditer(path.plain)] if path.leaf_start else []
        if any(end > path.leaf_start for end in ends):
            return _Reach.ACCOUNT
        return _Reach.PARENTS_OR_ALL if ends else _Reach.NOTHING

    return test


def _path(full_name: str) -> _Path:
    levels = [_plain_level(level) for level in full_name.split(":")]
    plain = ":".join(levels)
    return _Path(full_name, plain, len(plain) - len(levels[-1]))


# "60200 · Automobile", "6080.13 - Internet", "41000 Sales"; not "365 Licences", and 1099 is the tax form.
_NUMBER = re.compile(r"(?:\d{3,7}(?:[.-]\d+)*\s*[·–—:-]\s+|(?!1099\b)\d{4,7}(?:[.-]\d+)*\s+)(?=\S)")
_DOTTED_NUMBER = re.compile(r"^\s*\d{1,7}\s*·\s*(?=\S)")
_APOSTROPHES = re.compile(r"['’‘`´]")


def _plain_level(level: str) -> str:
    """One level without its account number, in plain words."""
    text = level.strip()
    return _plain_words(_NUMBER.sub("", text, count=1) if _NUMBER.match(text) else text)


def _plain_words(text: str, kept: str = "") -> str:
    folded = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text)).casefold()
    letters = "".join(one for one in folded if not unicodedata.combining(one))
    words = "".join(one if one.isalnum() or one in kept else " " for one in letters)
    return " ".join(words.split())


def _checked_plain(pattern: str, plain: str) -> str:
    """Refuse a pattern of which nothing is left to look for: it would match every account."""
    if not any(one.isalnum() for one in plain):
        raise BadRule(f"The pattern “{pattern}” has no letter or digit to look for.")
    return plain
