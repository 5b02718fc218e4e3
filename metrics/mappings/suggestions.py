"""Suggestions for an account that nobody placed yet: which metric, how sure, and why, in words.

Evidence, each worth a share of certainty: accounts of the same section with a similar name, the nearest account
numbers, the accounts under the same parent, QuickBooks' SpecialAccountType, what the shipped templates say of such
a name, and where most accounts of the section go. What a person decided weighs more than what a rule did. Shares
for the same metric add up as independent hints do: two of 50 % make 75 %. Everything is deterministic.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from metrics.arithmetic import METRICS
from metrics.mapping import UNMAPPED, Mapper, compile_rules
from metrics.mappings.name_similarity import NameIndex
from metrics.mappings.number_ranges import number_key
from metrics.mappings.rule_templates import TEMPLATES, RuleTemplate
from metrics.profit_and_loss import Section

MOST_CERTAIN = 98  # a suggestion is never certain; a person decides


@dataclass(frozen=True)
class Account:
    """A ledger account as suggestions see it; full_name is the colon path."""

    full_name: str
    section: Section
    number: str = ""
    special_type: str = ""


@dataclass(frozen=True)
class Neighbour:
    """Another account of the company and where it goes; is_decided: a person said so, not a rule."""

    account: Account
    metric_key: str
    is_decided: bool = False


@dataclass(frozen=True)
class Suggestion:
    """A metric, how sure (0 to 100), and the strongest reason as a clause for people."""

    metric_key: str
    confidence: int
    reason: str


@dataclass(frozen=True)
class _Hint:
    metric_key: str
    share: float  # 0 to 1
    reason: str


# Name (and special type) as people know it; AccountRet's SpecialAccountType. The section still has to fit.
_SPECIAL_TYPES = {
    ("PayrollExpenses", Section.EXPENSE): "employee_expense",
    ("CostOfGoodsSold", Section.COST_OF_GOODS_SOLD): "product_cogs",
    ("ExchangeGainLoss", Section.OTHER_EXPENSE): "other_expenses",
    ("ExchangeGainLoss", Section.OTHER_INCOME): "misc_revenue",
    ("ReconciliationDifferences", Section.EXPENSE): "other_expenses",
    ("ReconciliationDifferences", Section.OTHER_EXPENSE): "other_expenses",
}
_SECTION_HABITS = {
    Section.INCOME: ("misc_revenue", 0.05),
    Section.COST_OF_GOODS_SOLD: ("product_cogs", 0.30),
    Section.EXPENSE: ("other_expenses", 0.20),
    Section.OTHER_INCOME: ("misc_revenue", 0.50),
    Section.OTHER_EXPENSE: ("other_expenses", 0.40),
}
_SECTION_NAMES = {
    Section.INCOME: "income",
    Section.COST_OF_GOODS_SOLD: "cost of goods sold",
    Section.EXPENSE: "expense",
    Section.OTHER_INCOME: "other income",
    Section.OTHER_EXPENSE: "other expense",
}
_LABELS = {metric.key: metric.label for metric in METRICS}

_SIMILAR_NAMES = 5  # as many of the most similar names give a hint each
_LEAST_SIMILARITY = 0.35
_SHARE_OF_NAME = {True: 0.90, False: 0.60}
_SHARE_OF_PARENT = {True: 0.50, False: 0.30}
_SHARE_OF_NUMBER = {True: 0.30, False: 0.20}
_SHARE_OF_TEMPLATE = 0.50
_SHARE_OF_SPECIAL_TYPE = 0.65
_NEAR_NUMBERS = 100  # further apart, account numbers say nothing


def suggest(
    account: Account,
    neighbours: Iterable[Neighbour],
    templates: Sequence[RuleTemplate] = TEMPLATES,
    limit: int = 3,
) -> tuple[Suggestion, ...]:
    """For one account. For many accounts of one company make one Suggester: it looks at the neighbours once."""
    return Suggester(neighbours, templates).suggest(account, limit)


class Suggester:
    """The mapped accounts of a company, indexed once; then each question costs little, whatever their number."""

    def __init__(self, neighbours: Iterable[Neighbour], templates: Sequence[RuleTemplate] = TEMPLATES) -> None:
        placed = sorted((one for one in neighbours if one.metric_key != UNMAPPED), key=_name_order)
        by_section: dict[Section, list[Neighbour]] = {section: [] for section in Section}
        for neighbour in placed:
            by_section[neighbour.account.section].append(neighbour)
        self._sections = {section: _SectionIndex(members) for section, members in by_section.items()}
        self._templates = tuple((template, compile_rules(template.as_rules())) for template in templates)

    def suggest(self, account: Account, limit: int = 3) -> tuple[Suggestion, ...]:
        """The best metrics for this account, surest first; the account itself is no evidence."""
        index = self._sections[account.section]
        hints = [
            *index.hints_of_names(account),
            *index.hints_of_parent(account),
            *index.hints_of_numbers(account),
            *_hints_of_templates(account, self._templates),
            *_hints_of_types(account),
        ]
        return _weighed(hints)[: max(limit, 0)]


class _SectionIndex:
    """The mapped accounts of one section, by words, by parent and by number."""

    def __init__(self, members: Sequence[Neighbour]) -> None:
        self._members = members
        self._names = NameIndex([one.account.full_name for one in members])
        self._children: dict[str, Counter[tuple[str, bool]]] = defaultdict(Counter)
        for one in members:
            self._children[_parent(one.account)][one.metric_key, one.is_decided] += 1
        self._metrics = {(one.account.full_name, one.account.number): one for one in members}
        self._numbered = sorted(
            (number_key(one.account.number), place) for place, one in enumerate(members) if one.account.number.strip()
        )

    def hints_of_names(self, account: Account) -> Iterator[_Hint]:
        """From the most similar names; each next one of a metric counts half."""
        seen: Counter[str] = Counter()
        for place, similarity in self._names.most_similar(account.full_name, _SIMILAR_NAMES + 1):
            neighbour = self._members[place]
            if similarity < _LEAST_SIMILARITY or _is_same(neighbour.account, account):
                continue
            share = _SHARE_OF_NAME[neighbour.is_decided] * similarity / 2 ** seen[neighbour.metric_key]
            seen[neighbour.metric_key] += 1
            yield _Hint(neighbour.metric_key, share, f"like “{neighbour.account.full_name}”, {_says(neighbour)}")

    def hints_of_parent(self, account: Account) -> Iterator[_Hint]:
        """From the accounts under the same parent, by how many of them agree."""
        parent = _parent(account)
        if not parent:
            return
        children = self._children.get(parent, Counter()) - self._own(account)
        total = children.total()
        for (metric_key, is_decided), count in sorted(children.items()):
            words = f"{count} of {total} other {'account' if total == 1 else 'accounts'} under “{parent}”"
            verb = "goes" if count == 1 else "go"
            share = _SHARE_OF_PARENT[is_decided] * count / total
            yield _Hint(metric_key, share, f"{words} {verb} to {_LABELS[metric_key]}")

    def hints_of_numbers(self, account: Account) -> Iterator[_Hint]:
        """From the nearest account number on each side."""
        if not account.number.strip():
            return
        key = number_key(account.number)
        at = bisect_left(self._numbered, (key, -1))
        below, above = self._numbered[max(at - 2, 0) : at][::-1], self._numbered[at : at + 2]
        for side in (below, above):  # two of each side: one of them may be the account itself
            nearest = next((place for _, place in side if not self._is_at(place, account)), None)
            if nearest is not None:
                yield from self._hint_of_number(self._members[nearest], account)

    def _hint_of_number(self, neighbour: Neighbour, account: Account) -> Iterator[_Hint]:
        distance = _distance(neighbour.account.number, account.number)
        if distance is None or distance > _NEAR_NUMBERS:
            return
        share = _SHARE_OF_NUMBER[neighbour.is_decided] * (1 - distance / (2 * _NEAR_NUMBERS))
        name = f"{neighbour.account.number} · {neighbour.account.full_name}"
        yield _Hint(neighbour.metric_key, share, f"numbered next to “{name}”, {_says(neighbour)}")

    def _own(self, account: Account) -> Counter[tuple[str, bool]]:
        own = self._metrics.get((account.full_name, account.number))
        return Counter({(own.metric_key, own.is_decided): 1} if own else {})

    def _is_at(self, place: int, account: Account) -> bool:
        return _is_same(self._members[place].account, account)


def _hints_of_templates(account: Account, templates: Sequence[tuple[RuleTemplate, Mapper]]) -> Iterator[_Hint]:
    """From the first template that knows the name; a catch-all knows nothing."""
    for template, mapper in templates:
        match = mapper.match(account.full_name, account.section, account.number)
        if match.metric_key != UNMAPPED and not match.is_catch_all:
            reason = f"the template “{template.name}” sends such names to {_LABELS[match.metric_key]}"
            yield _Hint(match.metric_key, _SHARE_OF_TEMPLATE, reason)
            return


def _hints_of_types(account: Account) -> Iterator[_Hint]:
    special = _SPECIAL_TYPES.get((account.special_type, account.section))
    if special:
        yield _Hint(special, _SHARE_OF_SPECIAL_TYPE, f"QuickBooks calls it a {account.special_type} account")
    metric_key, share = _SECTION_HABITS[account.section]
    reason = f"most {_SECTION_NAMES[account.section]} accounts that say nothing else go to {_LABELS[metric_key]}"
    yield _Hint(metric_key, share, reason)


def _weighed(hints: Iterable[_Hint]) -> tuple[Suggestion, ...]:
    """One suggestion per metric, surest first; equal ones in the order of the metrics."""
    doubts: dict[str, float] = {}
    strongest: dict[str, _Hint] = {}
    for hint in hints:
        doubts[hint.metric_key] = doubts.get(hint.metric_key, 1.0) * (1 - hint.share)
        if hint.metric_key not in strongest or hint.share > strongest[hint.metric_key].share:
            strongest[hint.metric_key] = hint
    order = list(_LABELS)
    found = [
        Suggestion(key, min(round(100 * (1 - doubt)), MOST_CERTAIN), strongest[key].reason)
        for key, doubt in doubts.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.confidence, order.index(one.metric_key))))


def _says(neighbour: Neighbour) -> str:
    label = _LABELS[neighbour.metric_key]
    return f"which you mapped to {label}" if neighbour.is_decided else f"which goes to {label}"


def _is_same(one: Account, other: Account) -> bool:
    return one.full_name.casefold() == other.full_name.casefold() and one.number == other.number


def _parent(account: Account) -> str:
    return account.full_name.rpartition(":")[0]


def _name_order(neighbour: Neighbour) -> tuple[str, str, str]:
    return neighbour.account.full_name, neighbour.account.number, neighbour.metric_key


def _distance(one: str, other: str) -> int | None:
    """How far two account numbers are apart; None when one of them does not begin with a number."""
    firsts = [key[0] for key in (number_key(one), number_key(other)) if key]
    if len(firsts) < 2 or any(kind for kind, _, _ in firsts):
        return None
    return abs(firsts[0][1] - firsts[1][1])
