"""Mapping rows as rules: reading them for a company, and judging one before it is saved."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from accounts.models import Company
from metrics.arithmetic import CATEGORY_METRICS, UNMAPPED
from metrics.mapping import BadRule, Mapper, MatchType, Rule, compile_rules
from metrics.mapping_models import AccountMapping
from metrics.mappings.values import KeptRule, MappingValues, rule_of
from metrics.mappings.values import values_of as values_of
from metrics.profit_and_loss import Section

logger = logging.getLogger(__name__)

# `unmapped` is a rule's way of saying "ask a person": it keeps later rules from catching the account.
METRIC_KEYS: tuple[str, ...] = (*CATEGORY_METRICS, UNMAPPED)
ACCOUNT_TYPES: tuple[str, ...] = tuple(section.value for section in Section)
MAX_PATTERN = 500
MAX_NOTE = 300
MAX_LIST_ID = 40
MAX_NUMBERS = 200
PRIORITIES = range(0, 1_000_001)


def rules_of(company: Company) -> tuple[KeptRule, ...]:
    """All rules of a company as they are now, in the order in which they are tried; one query."""
    rows = AccountMapping.objects.filter(company=company).order_by("priority", "pk")
    return tuple(KeptRule(row.pk, values_of(row)) for row in rows)


def mapper_of(company: Company) -> Mapper:
    """The company's active rules, ready to match; one query."""
    return mapper_from(rules_of(company))


def mapper_from(rules: Iterable[KeptRule]) -> Mapper:
    """The active ones of these rules, ready to match.

    A bad rule, written past our checks (by hand in SQL, say), is left out: it must not stop a company's figures.
    """
    return compile_rules(
        [rule_of(rule.values, rule.pk) for rule in rules if rule.values.is_active and _is_usable(rule)]
    )


def _is_usable(rule: KeptRule) -> bool:
    problems = _reasons_not_to_match(rule.values)
    if problems:
        logger.warning("mapping %s is left out: %s", rule.pk, problems)
    return not problems


def problems_of(values: MappingValues) -> dict[str, str]:
    """Field → what is wrong and what would be right; empty when the mapping may be saved."""
    return _reasons_not_to_match(values) | _told(
        pattern="" if len(values.pattern) <= MAX_PATTERN else f"A pattern has at most {MAX_PATTERN} characters.",
        priority="" if values.priority in PRIORITIES else f"Give a number from 0 to {PRIORITIES.stop - 1}.",
        note="" if len(values.note) <= MAX_NOTE else f"A note has at most {MAX_NOTE} characters.",
        account_numbers=_problem_of_numbers_length(values.account_numbers),
    )


def _reasons_not_to_match(values: MappingValues) -> dict[str, str]:
    return _told(
        match_type=_problem_of_match_type(values.match_type),
        list_id=_problem_of_list_id(values),
        account_types=_problem_of_account_types(values.account_types),
        qbr_metric_key=_problem_of_metric_key(values.qbr_metric_key),
        effective_to=_problem_of_months(values),
    ) | _problems_of_rule(values)


def _told(**problems: str) -> dict[str, str]:
    return {field: problem for field, problem in problems.items() if problem}


def _problem_of_match_type(match_type: str) -> str:
    known = AccountMapping.MatchType.values
    return "" if match_type in known else f"“{match_type}” is not one of {', '.join(known)}."


def _problem_of_list_id(values: MappingValues) -> str:
    if values.match_type == MatchType.ACCOUNT.value:
        if not values.list_id:
            return "Name the ledger account by its ListID; the mapping page does it with one click."
        return "" if len(values.list_id) <= MAX_LIST_ID else f"A ListID has at most {MAX_LIST_ID} characters."
    return "Only a rule for one ledger account has a ListID; leave it empty here." if values.list_id else ""


def _problem_of_months(values: MappingValues) -> str:
    first, last = values.effective_from, values.effective_to
    return f"The last month ({last}) lies before the first ({first})." if first and last and last < first else ""


def _problem_of_numbers_length(numbers: str) -> str:
    return "" if len(numbers) <= MAX_NUMBERS else f"Account numbers have at most {MAX_NUMBERS} characters in all."


def _problems_of_rule(values: MappingValues) -> dict[str, str]:
    """What makes the pattern, or the condition on account numbers, unusable."""
    if not values.pattern.strip():
        return {"pattern": "A mapping needs a pattern; * with match type “wildcard” matches every account."}
    if values.match_type not in AccountMapping.MatchType.values:
        return {}
    list_id = "8-1" if values.match_type == MatchType.ACCOUNT.value else ""
    for field, numbers in (("pattern", ""), ("account_numbers", values.account_numbers)):
        try:
            compile_rules(
                [Rule(None, MatchType(values.match_type), values.pattern, frozenset(), UNMAPPED, 0, list_id, numbers)]
            )
        except BadRule as problem:
            return {field: str(problem)}
    return {}


def _problem_of_account_types(account_types: tuple[str, ...]) -> str:
    unknown = [name for name in account_types if name not in ACCOUNT_TYPES]
    return f"“{unknown[0]}” is not one of {', '.join(ACCOUNT_TYPES)}." if unknown else ""


def _problem_of_metric_key(key: str) -> str:
    return "" if key in METRIC_KEYS else f"“{key}” is not one of {', '.join(METRIC_KEYS)}."
