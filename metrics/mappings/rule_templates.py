"""The templates a company's mappings can start from; a company's own saved templates are rows, these are shipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metrics.mappings.default_mappings import ANY_EXPENSE, DEFAULT_RULES, INCOME, DefaultRule
from metrics.mappings.reseller_mappings import RESELLER_RULES
from metrics.mappings.rule import MatchType, Rule
from metrics.mappings.small_business_mappings import SMALL_BUSINESS_RULES

# Gaps between the priorities leave room for a person's own rules in between.
PRIORITY_STEP = 10


@dataclass(frozen=True)
class RuleTemplate:
    """A named set of rules, in the order they are tried."""

    key: str
    name: str
    description: str
    rules: tuple[DefaultRule, ...]

    def as_rules(self) -> tuple[Rule, ...]:
        """The rules with their priorities, ready for compile_rules."""
        return tuple(as_rule(rule, (place + 1) * PRIORITY_STEP) for place, rule in enumerate(self.rules))


def as_rule(rule: DefaultRule, priority: int) -> Rule:
    """A template's rule as one that can be matched."""
    return Rule(None, rule.match_type, rule.pattern, rule.sections, rule.metric_key, priority)


_CATCH_ALLS = (
    DefaultRule(
        MatchType.WILDCARD,
        "*",
        INCOME,
        "misc_revenue",
        "Review: income that no other rule knows. Give each account its own metric.",
        is_review=True,
    ),
    DefaultRule(
        MatchType.WILDCARD,
        "*",
        ANY_EXPENSE,
        "other_expenses",
        "Review: expenses that no other rule knows. Look for pay, owners and resold goods among them.",
        is_review=True,
    ),
)

TEMPLATES: tuple[RuleTemplate, ...] = (
    RuleTemplate(
        "managed_services",
        "Managed services",
        "For managed service providers. Nothing is guessed: income and expenses no rule knows stay unmapped.",
        DEFAULT_RULES,
    ),
    RuleTemplate(
        "managed_services_complete",
        "Managed services, complete",
        "The same, and every other account is placed under miscellaneous revenue or other expenses for review. "
        "QuickBooks' own parking places (Ask My Accountant, Suspense) stay unmapped.",
        DEFAULT_RULES + _CATCH_ALLS,
    ),
    RuleTemplate(
        "product_reseller",
        "Product reseller",
        "For dealers in hardware, software, copiers and supplies: sales are goods unless their name says otherwise.",
        RESELLER_RULES,
    ),
    RuleTemplate(
        "small_business",
        "Small business",
        "For shops, trades, practices and agencies: goods, work and what recurs are told apart by their names.",
        SMALL_BUSINESS_RULES,
    ),
)
DEFAULT_TEMPLATE = TEMPLATES[0]


def template_of(key: str, templates: Sequence[RuleTemplate] = TEMPLATES) -> RuleTemplate:
    """The template with this key; KeyError when there is none."""
    return {template.key: template for template in templates}[key]
