"""Which metric a ledger account belongs to: rules tried by priority, the account's own words before its parents'.

How a rule is matched
---------------------
- A rule with sections only looks at accounts of those sections; one with account numbers only at accounts whose
  number meets the condition (number_ranges.py), never at an account without a number.
- A rule with effective months is in force in those months only. Asked without a month, "as of now", the rules
  count that have no last month.
- EXACT compares the full name as it is, upper and lower case alike. The other types compare a plain form of
  the full name: lower case, without accents, account numbers, apostrophes and punctuation; the colon between
  levels stays ("60100 · Payroll:Officer's Salary" is compared as "payroll:officers salary").
- STARTS_WITH and WILDCARD (* and ?) see that whole path. CONTAINS and REGEX look for words anywhere in it.
- A last level "Parent - Other" under "Parent" is the parent itself: what was booked to it directly.
- REGEX has a time limit (safe_regex.py). Where it runs out, the rule does not match, and Mapper.slow_rules tells.

Which rule wins
---------------
A rule pinned to the account by its ListID wins over all others. Then rules are tried in priority order (lower
first, then the order given), in two rounds:
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
import heapq
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from metrics.arithmetic import CATEGORY_METRICS
from metrics.arithmetic import UNMAPPED as UNMAPPED
from metrics.mappings.matching import Comparison, Reach, Subject, compile_pattern, exact_name, subject_of
from metrics.mappings.number_ranges import BadNumbers, NumberCondition, read_numbers
from metrics.mappings.rule import BadRule as BadRule
from metrics.mappings.rule import MatchType as MatchType
from metrics.mappings.rule import Rule as Rule
from metrics.mappings.rule import SlowPattern as SlowPattern
from metrics.mappings.safe_regex import Patience
from metrics.months import Month
from metrics.profit_and_loss import Section


@dataclass(frozen=True)
class Match:
    """Where an account goes and the rule that said so; rule None when no rule knows the account."""

    metric_key: str
    rule: Rule | None
    is_catch_all: bool = False

    @property
    def is_pinned(self) -> bool:
        """Whether a person sent this very account there."""
        return self.rule is not None and self.rule.is_pinned


class Outcome(enum.Enum):
    """What came of asking a rule about an account; `words` are for people."""

    DECIDED = "decided"
    COMES_LATER = "comes_later"
    PARENTS_ONLY = "parents_only"
    CATCH_ALL = "catch_all"
    OTHER_WORDS = "other_words"
    OTHER_ACCOUNT = "other_account"
    OTHER_SECTION = "other_section"
    OTHER_NUMBER = "other_number"
    NO_NUMBER = "no_number"
    NOT_IN_FORCE = "not_in_force"
    OUT_OF_TIME = "out_of_time"

    @property
    def words(self) -> str:
        """One clause, after the rule's name."""
        return _WORDS[self]


_WORDS = {
    Outcome.DECIDED: "decides",
    Outcome.COMES_LATER: "would match too, but another rule comes first",
    Outcome.PARENTS_ONLY: "matches a parent's name only; a rule that speaks of the account itself comes first",
    Outcome.CATCH_ALL: "catches whatever is left; a rule that knows the account comes first",
    Outcome.OTHER_WORDS: "its pattern does not fit the name",
    Outcome.OTHER_ACCOUNT: "is for another ledger account",
    Outcome.OTHER_SECTION: "is for other account types",
    Outcome.OTHER_NUMBER: "is for other account numbers",
    Outcome.NO_NUMBER: "is for account numbers, and this account has none",
    Outcome.NOT_IN_FORCE: "is not in force in this month",
    Outcome.OUT_OF_TIME: "took too long to compare and was passed over; simplify its pattern",
}


@dataclass(frozen=True)
class Tried:
    """A rule and what came of it."""

    rule: Rule
    outcome: Outcome


@dataclass(frozen=True, eq=False)
class _Entry:
    """A compiled rule in its place."""

    place: int
    rule: Rule
    comparison: Comparison
    numbers: NumberCondition

    def refusal(self, subject: Subject) -> Outcome | None:
        """The condition, months apart, that keeps the rule from looking at the account."""
        if self.rule.sections and subject.section not in self.rule.sections:
            return Outcome.OTHER_SECTION
        if self.numbers.holds_for(subject.number):
            return None
        return Outcome.OTHER_NUMBER if subject.number.strip() else Outcome.NO_NUMBER


@dataclass(eq=False)
class _Account:
    """An account that was asked for, with what is known of it: the months change which rules count, not reaches."""

    subject: Subject
    reaches: dict[int, Reach] = field(default_factory=dict)
    decisions: dict[int, tuple[Match, _Entry | None]] = field(default_factory=dict)


def compile_rules(rules: Iterable[Rule]) -> Mapper:
    """Make the rules ready to match; BadRule when one of them cannot be used."""
    patience = Patience()
    ordered = sorted(rules, key=lambda rule: rule.priority)
    return Mapper(tuple(_compile(place, rule, patience) for place, rule in enumerate(ordered)))


def _compile(place: int, rule: Rule, patience: Patience) -> _Entry:
    if rule.metric_key != UNMAPPED and rule.metric_key not in CATEGORY_METRICS:
        raise BadRule(f"“{rule.metric_key}” is not a metric that accounts can be mapped to.")
    first, last = rule.effective_from, rule.effective_to
    if first is not None and last is not None and last < first:
        raise BadRule(f"The rule would end ({last.label}) before it begins ({first.label}): swap the two months.")
    try:
        numbers = read_numbers(rule.numbers)
    except BadNumbers as problem:
        raise BadRule(str(problem)) from problem
    return _Entry(place, rule, compile_pattern(rule, patience), numbers)


class Mapper:
    """Compiled rules. Answers are remembered, so a mapper serves one set of rules and is then thrown away."""

    def __init__(self, entries: tuple[_Entry, ...]) -> None:
        self._entries = entries
        self._pinned: dict[str, list[_Entry]] = {}
        self._exact: dict[str, list[_Entry]] = {}
        self._others: list[_Entry] = []
        self._by_section: dict[Section, list[_Entry]] = {}
        self._by_side: dict[tuple[Section, int], tuple[list[_Entry], list[_Entry]]] = {}
        for entry in entries:
            self._file(entry)
        self._boundaries = _boundaries(entry.rule for entry in entries)
        self._accounts: dict[tuple[str, Section, str, str], _Account] = {}
        self._slow: list[tuple[Rule, str]] = []

    def match(
        self, full_name: str, section: Section, number: str = "", list_id: str = "", month: Month | None = None
    ) -> Match:
        """The metric of an account (colon path) in a month; the module's docstring says which rule wins."""
        account = self._account(full_name, section, number, list_id)
        return self._decided(account, month)[0]

    def is_unmapped(
        self, full_name: str, section: Section, number: str = "", list_id: str = "", month: Month | None = None
    ) -> bool:
        """Whether match() would find UNMAPPED, in fewer comparisons: mostly any rule that fits settles it, so the one
        that fitted last is tried first."""
        account = self._account(full_name, section, number, list_id)
        asking, others = self._sides(section, month)
        is_named = list_id in self._pinned or any(name in self._exact for name in account.subject.names)
        if is_named or any(self._fits(entry, account) for entry in asking):
            return self._decided(account, month)[0].metric_key == UNMAPPED
        for place, entry in enumerate(others):
            if self._fits(entry, account):
                others.insert(0, others.pop(place))
                return False
        return True

    def diagnose(
        self, full_name: str, section: Section, number: str = "", list_id: str = "", month: Month | None = None
    ) -> tuple[Tried, ...]:
        """Every rule in the order in which it counts, with what came of it for this account."""
        account = self._account(full_name, section, number, list_id)
        winner = self._decided(account, month)[1]
        ordered = sorted(self._entries, key=lambda entry: (not entry.rule.is_pinned, entry.place))
        return tuple(Tried(entry.rule, self._outcome(entry, account, month, winner)) for entry in ordered)

    @property
    def slow_rules(self) -> tuple[tuple[Rule, str], ...]:
        """The rules that ran out of time so far, each with the full name it was passed over for."""
        return tuple(self._slow)

    @property
    def turns(self) -> tuple[Month | None, ...]:
        """A month of each span in which the same rules are in force, from the first span to the last."""
        return (self._boundaries[0].plus(-1), *self._boundaries) if self._boundaries else (None,)

    def _file(self, entry: _Entry) -> None:
        """Rules for one name or one ListID are looked up; only the others have to be tried one by one."""
        if entry.rule.match_type is MatchType.ACCOUNT:
            self._pinned.setdefault(entry.rule.list_id, []).append(entry)
        elif entry.rule.match_type is MatchType.EXACT:
            self._exact.setdefault(exact_name(entry.rule.pattern), []).append(entry)
        else:
            self._others.append(entry)

    def _account(self, full_name: str, section: Section, number: str, list_id: str) -> _Account:
        key = (full_name, section, number, list_id)
        if key not in self._accounts:
            self._accounts[key] = _Account(subject_of(full_name, section, number, list_id))
        return self._accounts[key]

    def _epoch(self, month: Month | None) -> int:
        """Months between two boundaries have the same rules in force; -1 stands for "as of now"."""
        if not self._boundaries:
            return 0
        return -1 if month is None else bisect_right(self._boundaries, month)

    def _decided(self, account: _Account, month: Month | None) -> tuple[Match, _Entry | None]:
        epoch = self._epoch(month)
        if epoch not in account.decisions:
            winner = self._winner(account, month)
            account.decisions[epoch] = _match_of(winner), winner
        return account.decisions[epoch]

    def _winner(self, account: _Account, month: Month | None) -> _Entry | None:
        second_round: _Entry | None = None
        for entry in self._candidates(account.subject):
            if not entry.rule.is_in_force(month) or entry.refusal(account.subject):
                continue
            reach = self._reach(entry, account)
            if reach is Reach.ACCOUNT:
                return entry
            if reach is Reach.PARENTS_OR_ALL and second_round is None:
                second_round = entry
        return second_round

    def _candidates(self, subject: Subject) -> Iterator[_Entry]:
        yield from self._pinned.get(subject.list_id, ())
        named = [entry for name in subject.names for entry in self._exact.get(name, ())]
        others = self._others_of(subject.section)
        yield from heapq.merge(sorted(named, key=_place), others, key=_place) if named else others

    def _others_of(self, section: Section) -> list[_Entry]:
        if section not in self._by_section:
            self._by_section[section] = [
                entry for entry in self._others if not entry.rule.sections or section in entry.rule.sections
            ]
        return self._by_section[section]

    def _sides(self, section: Section, month: Month | None) -> tuple[list[_Entry], list[_Entry]]:
        """The rules by words that count then for such accounts: those that say "unmapped", and the others."""
        key = section, self._epoch(month)
        if key not in self._by_side:
            counting = [entry for entry in self._others_of(section) if entry.rule.is_in_force(month)]
            asking = [entry for entry in counting if entry.rule.metric_key == UNMAPPED]
            self._by_side[key] = asking, [entry for entry in counting if entry.rule.metric_key != UNMAPPED]
        return self._by_side[key]

    def _fits(self, entry: _Entry, account: _Account) -> bool:
        if entry.refusal(account.subject):
            return False
        return self._reach(entry, account) in (Reach.ACCOUNT, Reach.PARENTS_OR_ALL)

    def _reach(self, entry: _Entry, account: _Account) -> Reach:
        reach = account.reaches.get(entry.place)
        if reach is None:
            reach = account.reaches[entry.place] = entry.comparison.reach(account.subject)
            if reach is Reach.OUT_OF_TIME:
                self._slow.append((entry.rule, account.subject.full_name))
        return reach

    def _outcome(self, entry: _Entry, account: _Account, month: Month | None, winner: _Entry | None) -> Outcome:
        if entry is winner:
            return Outcome.DECIDED
        if entry.rule.is_pinned and entry.rule.list_id != account.subject.list_id:
            return Outcome.OTHER_ACCOUNT
        if not entry.rule.is_in_force(month):
            return Outcome.NOT_IN_FORCE
        refusal = entry.refusal(account.subject)
        return refusal or self._outcome_of_words(entry, account, winner)

    def _outcome_of_words(self, entry: _Entry, account: _Account, winner: _Entry | None) -> Outcome:
        reach = self._reach(entry, account)
        if reach is Reach.NOTHING:
            return Outcome.OTHER_WORDS
        if reach is Reach.OUT_OF_TIME:
            return Outcome.OUT_OF_TIME
        is_outranked = winner is not None and self._reach(winner, account) is Reach.ACCOUNT
        if reach is Reach.PARENTS_OR_ALL and is_outranked:
            return Outcome.CATCH_ALL if entry.comparison.is_catch_all else Outcome.PARENTS_ONLY
        return Outcome.COMES_LATER


def _place(entry: _Entry) -> int:
    return entry.place


def _match_of(entry: _Entry | None) -> Match:
    if entry is None:
        return Match(UNMAPPED, None)
    return Match(entry.rule.metric_key, entry.rule, entry.comparison.is_catch_all)


def _boundaries(rules: Iterable[Rule]) -> list[Month]:
    """Every month with which a rule begins to count or has ceased to."""
    found: set[Month] = set()
    for rule in rules:
        if rule.effective_from is not None:
            found.add(rule.effective_from)
        if rule.effective_to is not None and rule.effective_to != _LAST_MONTH:
            found.add(rule.effective_to.plus(1))
    return sorted(found)


_LAST_MONTH = Month(9999, 12)
