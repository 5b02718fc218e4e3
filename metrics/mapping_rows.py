"""Mapping rows as rules: reading them for a company, and judging one before it is saved."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from accounts.models import Company
from metrics.arithmetic import CATEGORY_METRICS, UNMAPPED
from metrics.mapping import BadRule, Mapper, MatchType, Rule, compile_rules
from metrics.models import AccountMapping
from metrics.profit_and_loss import Section

logger = logging.getLogger(__name__)

# `unmapped` is a rule's way of saying "ask a person": it keeps later rules from catching the account.
METRIC_KEYS: tuple[str, ...] = (*CATEGORY_METRICS, UNMAPPED)
ACCOUNT_TYPES: tuple[str, ...] = tuple(section.value for section in Section)
MAX_PATTERN = 500
MAX_NOTE = 300
PRIORITIES = range(0, 1_000_001)


@dataclass(frozen=True)
class MappingValues:
    """What a person decides about a mapping; `account_types` empty means every profit and loss account."""

    match_type: str
    pattern: str
    qbr_metric_key: str
    account_types: tuple[str, ...] = ()
    priority: int = 100
    is_active: bool = True
    note: str = ""


def values_of(row: AccountMapping) -> MappingValues:
    return MappingValues(
        match_type=row.match_type,
        pattern=row.pattern,
        qbr_metric_key=row.qbr_metric_key,
        account_types=tuple(row.account_types),
        priority=row.priority,
        is_active=row.is_active,
        note=row.note,
    )


def mapper_of(company: Company) -> Mapper:
    """The company's active rules, ready to match; one query.

    A bad rule, written past our checks (by hand in SQL, say), is left out: it must not stop a company's figures.
    """
    rows = AccountMapping.objects.filter(company=company, is_active=True).order_by("priority", "pk")
    return compile_rules([_rule(row) for row in rows if _is_usable(row)])


def _is_usable(row: AccountMapping) -> bool:
    problems = _reasons_not_to_match(values_of(row))
    if problems:
        logger.warning("mapping %s is left out: %s", row.pk, problems)
    return not problems


def _rule(row: AccountMapping) -> Rule:
    return Rule(
        rule_id=row.pk,
        match_type=MatchType(row.match_type),
        pattern=row.pattern,
        sections=frozenset(Section(value) for value in row.account_types),
        metric_key=row.qbr_metric_key,
        priority=row.priority,
    )


def problems_of(values: MappingValues) -> dict[str, str]:
    """Field → what is wrong and what would be right; empty when the mapping may be saved."""
    return _reasons_not_to_match(values) | _told(
        pattern="" if len(values.pattern) <= MAX_PATTERN else f"A pattern has at most {MAX_PATTERN} characters.",
        priority="" if values.priority in PRIORITIES else f"Give a number from 0 to {PRIORITIES.stop - 1}.",
        note="" if len(values.note) <= MAX_NOTE else f"A note has at most {MAX_NOTE} characters.",
    )


def _reasons_not_to_match(values: MappingValues) -> dict[str, str]:
    return _told(
        match_type=_problem_of_match_type(values.match_type),
        pattern=_problem_of_pattern(values),
        account_types=_problem_of_account_types(values.account_types),
        qbr_metric_key=_problem_of_metric_key(values.qbr_metric_key),
    )


def _told(**problems: str) -> dict[str, str]:
    return {field: problem for field, problem in problems.items() if problem}


def _problem_of_match_type(match_type: str) -> str:
    known = AccountMapping.MatchType.values
    return "" if match_type in known else f"“{match_type}” is not one of {', '.join(known)}."


def _problem_of_pattern(values: MappingValues) -> str:
    if not values.pattern.strip():
        return "A mapping needs a pattern; * with match type “wildcard” matches every account."
    if values.match_type not in AccountMapping.MatchType.values:
        return ""
    try:
        compile_rules([Rule(None, MatchType(values.match_type), values.pattern, frozenset(), UNMAPPED, 0)])
    except BadRule as problem:
        return str(problem)
    return ""


def _problem_of_account_types(account_types: tuple[str, ...]) -> str:
    unknown = [name for name in account_types if name not in ACCOUNT_TYPES]
    return f"“{unknown[0]}” is not one of {', '.join(ACCOUNT_TYPES)}." if unknown else ""


def _problem_of_metric_key(key: str) -> str:
    return "" if key in METRIC_KEYS else f"“{key}” is not one of {', '.join(METRIC_KEYS)}."
