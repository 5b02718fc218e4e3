"""The mapping workspace's reading: every profit and loss account, what catches it, and what a person should look at."""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from accounts.models import Company
from metrics.arithmetic import UNMAPPED
from metrics.cells import SECTIONS, in_months
from metrics.columns import UNRESOLVED, list_id_of
from metrics.mapping import Mapper, Match
from metrics.mappings.rows import mapper_from, rules_of
from metrics.mappings.rule import Rule
from metrics.mappings.rule_catches import known_months
from metrics.mappings.rule_templates import TEMPLATES
from metrics.mappings.suggestions import Account, Neighbour, Suggester, Suggestion
from metrics.mappings.values import KeptRule
from metrics.models import LedgerAccount, MonthlyAmount
from metrics.months import Month
from metrics.profit_and_loss import ZERO, Section

MONTHS = 12
NOTICED_FOR = timedelta(days=45)  # a new, renamed or moved account, unless it is pinned before


class Flag(enum.Enum):
    """What is noteworthy about an account; `words` stand on its tag."""

    UNMAPPED = "unmapped"
    CATCH_ALL = "catch_all"
    NEW = "new"
    RENAMED = "renamed"
    MOVED = "moved"
    SLOW = "slow"
    PINNED = "pinned"

    @property
    def words(self) -> str:
        return _FLAG_WORDS[self]


_FLAG_WORDS = {
    Flag.UNMAPPED: "unmapped",
    Flag.CATCH_ALL: "catch-all",
    Flag.NEW: "new",
    Flag.RENAMED: "renamed",
    Flag.MOVED: "moved",
    Flag.SLOW: "slow rule",
    Flag.PINNED: "pinned",
}


@dataclass(frozen=True)
class Span:
    """Where an account went from one month to another."""

    first: Month
    last: Month
    metric_key: str


@dataclass(frozen=True)
class WorkspaceAccount:
    """A ledger account. `amounts` are as printed, None where there was no row; `match` is as of the newest month.

    `spans` tells where it went when that was not the same metric in all months; `former_metric_key` is where its
    former name would go ("" when it was not renamed lately); `unmapped_amount` what no metric had in these months.
    """

    account_key: str
    full_name: str
    number: str
    section: Section
    special_type: str
    former_full_name: str
    former_metric_key: str
    match: Match
    amounts: tuple[Decimal | None, ...]
    total: Decimal
    unmapped_amount: Decimal
    spans: tuple[Span, ...]
    flags: frozenset[Flag]

    @property
    def list_id(self) -> str:
        """Empty when the chart of accounts does not know the account."""
        return list_id_of(self.account_key)

    @property
    def metric_key(self) -> str:
        return self.match.metric_key

    @property
    def has_amounts(self) -> bool:
        return any(self.amounts)

    @property
    def shown_flags(self) -> tuple[Flag, ...]:
        return tuple(flag for flag in Flag if flag in self.flags)

    @property
    def needs_attention(self) -> bool:
        """Whether a person should decide. One who pinned it has, unless he pinned it as "ask a person"."""
        if Flag.UNMAPPED in self.flags:
            return self.has_amounts or Flag.NEW in self.flags
        return self.has_amounts and Flag.PINNED not in self.flags and bool(self.flags & _FOR_PEOPLE)


_FOR_PEOPLE = {Flag.CATCH_ALL, Flag.NEW, Flag.RENAMED, Flag.MOVED, Flag.SLOW}


@dataclass(frozen=True)
class Workspace:
    """All accounts by section and name, the months that are shown, and the rules that were asked."""

    basis: str
    months: tuple[Month, ...]
    accounts: tuple[WorkspaceAccount, ...]
    rules: tuple[KeptRule, ...]
    mapper: Mapper

    @property
    def newest(self) -> Month | None:
        return self.months[-1] if self.months else None

    @property
    def attention(self) -> tuple[WorkspaceAccount, ...]:
        """Biggest first."""
        return biggest_first(one for one in self.accounts if one.needs_attention)

    def unmapped(self, *, revenue: bool) -> Decimal:
        """What the months have of it in no metric, as printed."""
        return sum((one.unmapped_amount for one in self.accounts if one.section.is_revenue is revenue), ZERO)

    def account(self, account_key: str) -> WorkspaceAccount | None:
        return next((one for one in self.accounts if one.account_key == account_key), None)


def workspace(
    company: Company, basis: str, *, now: datetime, count: int = MONTHS, last: Month | None = None
) -> Workspace:
    """Every active profit and loss account, and every account with an amount in the newest months up to `last`.

    Four queries.
    """
    months = known_months(company, basis, count, last)
    rows = _rows(company, basis, months)
    chart = {
        row.list_id: row for row in LedgerAccount.objects.filter(company=company, account_type__in=SECTIONS)
    }  # fmt: skip
    rules = rules_of(company)
    reader = _Reader(months, _mapper_of(rules), _first_reading(chart.values()), now)
    found = [reader.account(_Known.of(key, cells, chart.get(key)), cells) for key, cells in rows.items()]
    found += [reader.account(_Known.of(key, (), row), ()) for key, row in chart.items() if _is_only_in_chart(row, rows)]
    found = _with_slow(found, reader.mapper)
    return Workspace(basis, months, tuple(sorted(found, key=_place)), rules, reader.mapper)


def suggestions_for(
    space: Workspace, accounts: Iterable[WorkspaceAccount], limit: int = 3
) -> dict[str, tuple[Suggestion, ...]]:
    """By account_key. What people decided weighs more than what rules of a shipped template did; a catch-all, nothing.

    Where an account goes already is suggested too: pinning it there is a decision.
    """
    wanted = tuple(accounts)
    if not wanted:
        return {}
    suggester = Suggester(
        Neighbour(_as_account(one), one.metric_key, _is_decided(one.match.rule))
        for one in space.accounts
        if not one.match.is_catch_all
    )
    return {one.account_key: suggester.suggest(_as_account(one), limit) for one in wanted}


def biggest_first(accounts: Iterable[WorkspaceAccount]) -> tuple[WorkspaceAccount, ...]:
    """By what went through them, whatever the sign."""
    return tuple(sorted(accounts, key=lambda one: (-abs(one.total), one.full_name.casefold(), one.account_key)))


def _mapper_of(rules: tuple[KeptRule, ...]) -> Mapper:
    """Ready-made when these very rules were asked lately: comparing names is the greater part of reading a workspace.

    One that ran out of time is not kept: the machine may have been busy then.
    """
    found = _remembered_mapper(rules)
    if found.slow_rules:
        _remembered_mapper.cache_clear()
        return mapper_from(rules)
    return found


@lru_cache(maxsize=4)
def _remembered_mapper(rules: tuple[KeptRule, ...]) -> Mapper:
    return mapper_from(rules)


_Row = tuple[date, str, str, str, Decimal]  # first day, full name, number, account type, amount


@dataclass(frozen=True)
class _Known:
    """What an account is called now: by the chart, else by its newest row."""

    account_key: str
    full_name: str
    number: str
    section: Section
    row: LedgerAccount | None

    @classmethod
    def of(cls, key: str, cells: Sequence[_Row], row: LedgerAccount | None) -> _Known:
        if row is not None:
            return cls(key, row.full_name, row.number, SECTIONS[row.account_type], row)
        _, full_name, number, account_type, _ = cells[-1]
        return cls(key, full_name, number, SECTIONS[account_type], None)


@dataclass
class _Reader:
    """Makes accounts of rows; all of them with the same rules, months and moment."""

    months: tuple[Month, ...]
    mapper: Mapper
    first_reading: datetime | None
    now: datetime

    def account(self, known: _Known, cells: Sequence[_Row]) -> WorkspaceAccount:
        list_id = list_id_of(known.account_key)
        newest = self.months[-1] if self.months else None
        match = self.mapper.match(known.full_name, known.section, known.number, list_id, newest)
        goes = self._goes(cells, list_id)
        amounts = {day: amount for day, _, _, _, amount in cells}
        former = self._former(known)
        return WorkspaceAccount(
            account_key=known.account_key,
            full_name=known.full_name,
            number=known.number,
            section=known.section,
            special_type=known.row.special_type if known.row else "",
            former_full_name=known.row.former_full_name if known.row else "",
            former_metric_key=self.mapper.match(former, known.section, known.number, list_id, newest).metric_key
            if former
            else "",
            match=match,
            amounts=tuple(amounts.get(day) for day in self._days),
            total=sum(amounts.values(), ZERO),
            unmapped_amount=sum((cell[4] for cell, key in zip(cells, goes, strict=True) if key == UNMAPPED), ZERO),
            spans=_spans(cells, goes, match.metric_key),
            flags=frozenset(self._flags(known, former, match)),
        )

    def _goes(self, cells: Sequence[_Row], list_id: str) -> list[str]:
        """The metric of each row, by the name it had then: this is how the figures count it."""
        match, months = self.mapper.match, self._months
        return [
            match(name, SECTIONS[kind], number, list_id, months[day]).metric_key for day, name, number, kind, _ in cells
        ]

    def _former(self, known: _Known) -> str:
        row = known.row
        if row is None or not row.renamed_at or row.renamed_at <= self.now - NOTICED_FOR:
            return ""
        return row.former_full_name

    def _flags(self, known: _Known, former: str, match: Match) -> Iterable[Flag]:
        if match.metric_key == UNMAPPED:
            yield Flag.UNMAPPED
        if match.is_catch_all:
            yield Flag.CATCH_ALL
        if match.is_pinned:
            yield Flag.PINNED
            return  # who pinned it has seen its news
        if known.row is not None and self._is_new(known.row.first_seen_at):
            yield Flag.NEW
        if former:
            was, is_now = former.rpartition(":"), known.full_name.rpartition(":")
            if was[0] != is_now[0]:
                yield Flag.MOVED
            if was[2] != is_now[2]:
                yield Flag.RENAMED

    def _is_new(self, seen: datetime | None) -> bool:
        """Not what the first reading of the chart brought: then everything would be new."""
        return bool(seen and self.first_reading and seen > max(self.first_reading, self.now - NOTICED_FOR))

    def __post_init__(self) -> None:
        self._days = [month.first_day for month in self.months]
        self._months = dict(zip(self._days, self.months, strict=True))


def _rows(company: Company, basis: str, months: Sequence[Month]) -> dict[str, list[_Row]]:
    """By account_key, months in order: narrower than cells(), because only names and amounts are looked at."""
    found: dict[str, list[_Row]] = defaultdict(list)
    if not months:
        return found
    rows = in_months(MonthlyAmount.objects.filter(company=company, basis=basis), months[0], months[-1])
    known = {month.first_day for month in months}
    for key, *row in rows.order_by("month", "row_number", "pk").values_list(
        "account_key", "month", "full_name", "number", "account_type", "amount"
    ):
        if row[0] in known:
            found[key].append((row[0], row[1], row[2], row[3], row[4]))
    return found


def _first_reading(chart: Iterable[LedgerAccount]) -> datetime | None:
    return min((row.first_seen_at for row in chart if row.first_seen_at), default=None)


def _is_only_in_chart(row: LedgerAccount, rows: Mapping[str, object]) -> bool:
    """Active, and without a row in the months, under its ListID or under its mere name."""
    return row.is_active and row.list_id not in rows and UNRESOLVED + row.full_name not in rows


def _spans(cells: Sequence[_Row], goes: Sequence[str], newest: str) -> tuple[Span, ...]:
    """Empty when the account always went where it goes now."""
    if set(goes) <= {newest}:
        return ()
    spans: list[Span] = []
    for (day, *_), key in zip(cells, goes, strict=True):
        month = Month.of(day)
        if spans and spans[-1].metric_key == key:
            spans[-1] = Span(spans[-1].first, month, key)
        else:
            spans.append(Span(month, month, key))
    return tuple(spans)


def _with_slow(accounts: Iterable[WorkspaceAccount], mapper: Mapper) -> list[WorkspaceAccount]:
    """Accounts that a rule was passed over for, because it took too long, say so."""
    names = {full_name for _, full_name in mapper.slow_rules}
    return [
        WorkspaceAccount(**{**vars(one), "flags": one.flags | {Flag.SLOW}}) if one.full_name in names else one
        for one in accounts
    ]


def _place(one: WorkspaceAccount) -> tuple[int, str, str]:
    return _ORDER[one.section], one.full_name.casefold(), one.account_key


def _as_account(one: WorkspaceAccount) -> Account:
    return Account(one.full_name, one.section, one.number, one.special_type)


def _is_decided(rule: Rule | None) -> bool:
    """Whether a person said so: a pin, or a rule that no shipped template has."""
    return rule is not None and (rule.is_pinned or _said(rule) not in _SHIPPED)


def _said(rule: Rule) -> tuple[object, ...]:
    return rule.match_type, rule.pattern, rule.sections, rule.metric_key


_SHIPPED = {_said(rule) for template in TEMPLATES for rule in template.as_rules()}
_ORDER = {section: place for place, section in enumerate(Section)}
