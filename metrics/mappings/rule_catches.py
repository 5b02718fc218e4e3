"""What each rule of a mapping catches, which rules took too long, and the months that this is looked at in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from accounts.models import Company
from metrics.cells import Cell, cells
from metrics.mapping import Rule
from metrics.mappings.rows import mapper_from, rules_of
from metrics.mappings.values import KeptRule
from metrics.models import MonthlyMetric
from metrics.months import Month
from metrics.profit_and_loss import ZERO


@dataclass(frozen=True)
class SlowRule:
    """A rule whose expression ran out of time, and the first account it was passed over for."""

    rule: Rule
    full_name: str


def known_months(company: Company, basis: str, count: int, last: Month | None = None) -> tuple[Month, ...]:
    """The newest months that were read, up to `last`, oldest first; one query."""
    rows = MonthlyMetric.objects.filter(company=company, basis=basis)
    if last is not None:
        rows = rows.filter(month__lte=last.first_day)
    newest = rows.order_by("-month").values_list("month", flat=True)[:count]
    return tuple(sorted(Month.of(month) for month in newest))


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
