"""The profit and loss accounts of a company with what the mapping makes of each: metric, rule, amounts, flags."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import Company
from metrics.arithmetic import UNMAPPED
from metrics.cells import SECTIONS, Cell, cells
from metrics.mapping import Mapper, Match, Rule
from metrics.mapping_rows import mapper_from, rules_of
from metrics.mapping_values import KeptRule
from metrics.models import LedgerAccount, MonthlyMetric
from metrics.months import Month
from metrics.profit_and_loss import ZERO, Section
from metrics.suggestions import Account, Neighbour, Suggester, Suggestion

MONTHS = 12
NOTICED_FOR = timedelta(days=45)
FLAGS = ("unmapped", "catch_all", "new", "renamed", "moved", "pinned")


@dataclass(frozen=True)
class AccountLine:
    """A ledger account. `amounts` are as printed, None where there was no row; the match is the newest month's.

    `flags`, of FLAGS: new, renamed and moved (to another parent) are told for 45 days, or until it is pinned.
    """

    account_key: str
    list_id: str
    full_name: str
    number: str
    section: Section
    special_type: str
    former_full_name: str
    match: Match
    amounts: tuple[Decimal | None, ...]
    flags: tuple[str, ...]

    @property
    def total(self) -> Decimal:
        return sum((amount for amount in self.amounts if amount is not None), ZERO)

    @property
    def metric_key(self) -> str:
        return self.match.metric_key


@dataclass(frozen=True)
class AccountLines:
    """By section and name; biggest first is the reader's business."""

    basis: str
    months: tuple[Month, ...]
    lines: tuple[AccountLine, ...]


@dataclass(frozen=True)
class SlowRule:
    """A rule whose expression ran out of time, and the first account it was passed over for."""

    rule: Rule
    full_name: str


def account_lines(
    company: Company, basis: str, *, now: datetime, months: int = MONTHS, last: Month | None = None
) -> AccountLines:
    """Every active profit and loss account, and every account with an amount in these months; four queries."""
    shown = known_months(company, basis, months, last)
    found = cells(company, basis, shown[0], shown[-1]) if shown else ()
    chart = {row.list_id: row for row in LedgerAccount.objects.filter(company=company, account_type__in=SECTIONS)}
    mapper = mapper_from(rules_of(company))
    newest = shown[-1] if shown else None
    lines = [_line(rows, shown, chart, mapper, newest) for rows in _by_account(found).values()]
    seen = {line.list_id for line in lines}
    lines += [
        _unused(row, shown, mapper, newest) for row in chart.values() if row.is_active and row.list_id not in seen
    ]
    first_reading = min((row.first_seen_at for row in chart.values() if row.first_seen_at), default=None)
    flagged = [_flagged(line, chart.get(line.list_id), first_reading, now) for line in lines]
    return AccountLines(basis, shown, tuple(sorted(flagged, key=_place)))


def known_months(company: Company, basis: str, count: int, last: Month | None = None) -> tuple[Month, ...]:
    """The newest months that were read, up to `last`, oldest first; one query."""
    rows = MonthlyMetric.objects.filter(company=company, basis=basis)
    if last is not None:
        rows = rows.filter(month__lte=last.first_day)
    newest = rows.order_by("-month").values_list("month", flat=True)[:count]
    return tuple(sorted(Month.of(month) for month in newest))


def suggestions_for(lines: Sequence[AccountLine], limit: int = 3) -> dict[str, tuple[Suggestion, ...]]:
    """By account_key, for the unmapped and the caught ones; what people pinned weighs more than what rules did."""
    suggester = Suggester(
        Neighbour(_as_account(line), line.metric_key, line.match.is_pinned)
        for line in lines
        if not line.match.is_catch_all
    )
    wanted = [line for line in lines if line.metric_key == UNMAPPED or line.match.is_catch_all]
    return {line.account_key: suggester.suggest(_as_account(line), limit) for line in wanted}


def slow_rules_of(company: Company) -> tuple[SlowRule, ...]:
    """The rules that took too long on one of today's accounts and were passed over there: each once."""
    mapper = mapper_from(rules_of(company))
    for basis in MonthlyMetric.objects.filter(company=company).order_by().values_list("basis", flat=True).distinct():
        for cell in cells(company, basis, None, None):
            mapper.match(cell.full_name, cell.section, cell.number, cell.list_id, cell.month)
    found = {rule.rule_id: SlowRule(rule, full_name) for rule, full_name in reversed(mapper.slow_rules)}
    return tuple(sorted(found.values(), key=lambda slow: (slow.rule.priority, slow.rule.rule_id or 0)))


@dataclass(frozen=True)
class Catch:
    """What a rule catches in the months that are looked at; is_slow: it took too long on an account."""

    accounts: int
    amount: Decimal
    is_slow: bool = False


def catches_of(found: Iterable[Cell], rules: Iterable[KeptRule]) -> dict[int, Catch]:
    """By the rule's primary key; a rule that catches nothing is left out unless it is slow."""
    mapper = mapper_from(rules)
    names: dict[int, set[str]] = defaultdict(set)
    sums: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for cell in found:
        rule = mapper.match(cell.full_name, cell.section, cell.number, cell.list_id, cell.month).rule
        if rule is not None and rule.rule_id is not None:
            names[rule.rule_id].add(cell.account_key)
            sums[rule.rule_id] += cell.amount
    slow = {rule.rule_id for rule, _ in mapper.slow_rules if rule.rule_id is not None}
    return {pk: Catch(len(names[pk]), sums[pk], pk in slow) for pk in names.keys() | slow}


def _by_account(found: Iterable[Cell]) -> dict[str, list[Cell]]:
    grouped: dict[str, list[Cell]] = {}
    for cell in found:
        grouped.setdefault(cell.account_key, []).append(cell)
    return grouped


def _line(
    rows: Sequence[Cell],
    shown: Sequence[Month],
    chart: Mapping[str, LedgerAccount],
    mapper: Mapper,
    month: Month | None,
) -> AccountLine:
    newest, amounts = rows[-1], {cell.month: cell.amount for cell in rows}
    account = chart.get(newest.list_id)
    return AccountLine(
        account_key=newest.account_key,
        list_id=newest.list_id,
        full_name=newest.full_name,
        number=newest.number,
        section=newest.section,
        special_type=account.special_type if account else "",
        former_full_name=account.former_full_name if account else "",
        match=mapper.match(newest.full_name, newest.section, newest.number, newest.list_id, month),
        amounts=tuple(amounts.get(one) for one in shown),
        flags=(),
    )


def _unused(row: LedgerAccount, shown: Sequence[Month], mapper: Mapper, month: Month | None) -> AccountLine:
    section = SECTIONS[row.account_type]
    return AccountLine(
        account_key=row.list_id,
        list_id=row.list_id,
        full_name=row.full_name,
        number=row.number,
        section=section,
        special_type=row.special_type,
        former_full_name=row.former_full_name,
        match=mapper.match(row.full_name, section, row.number, row.list_id, month),
        amounts=(None,) * len(shown),
        flags=(),
    )


def _flagged(
    line: AccountLine, row: LedgerAccount | None, first_reading: datetime | None, now: datetime
) -> AccountLine:
    flags = {"unmapped": line.metric_key == UNMAPPED, "catch_all": line.match.is_catch_all}
    if line.match.is_pinned:
        flags["pinned"] = True
    elif row is not None:
        flags |= _news_of(row, first_reading, now)
    found = tuple(name for name in FLAGS if flags.get(name))
    return AccountLine(**{**vars(line), "flags": found})


def _news_of(row: LedgerAccount, first_reading: datetime | None, now: datetime) -> dict[str, bool]:
    since = now - NOTICED_FOR
    is_new = bool(row.first_seen_at and first_reading and row.first_seen_at > max(first_reading, since))
    if not row.former_full_name or not row.renamed_at or row.renamed_at <= since:
        return {"new": is_new}
    was, now_is = row.former_full_name.rpartition(":"), row.full_name.rpartition(":")
    return {"new": is_new, "renamed": was[2] != now_is[2], "moved": was[0] != now_is[0]}


def _place(line: AccountLine) -> tuple[int, str, str]:
    return list(Section).index(line.section), line.full_name.casefold(), line.account_key


def _as_account(line: AccountLine) -> Account:
    return Account(line.full_name, line.section, line.number, line.special_type)
