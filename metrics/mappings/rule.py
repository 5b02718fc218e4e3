"""A mapping rule as a value: what it compares, under which conditions, and where it sends an account."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from metrics.months import Month
from metrics.profit_and_loss import Section


class MatchType(enum.Enum):
    """How a pattern is compared; the values are the database's."""

    EXACT = "exact"
    STARTS_WITH = "starts_with"
    CONTAINS = "contains"
    WILDCARD = "wildcard"
    REGEX = "regex"
    ACCOUNT = "account"  # pinned: one ledger account by its ListID; the pattern is then its name for people


@dataclass(frozen=True)
class Rule:
    """One rule. No sections: every section. metric_key is a category or "unmapped" (a person must decide).

    list_id is for ACCOUNT only. numbers is a condition on the account number ("4000-4999, 41*, 6010"), "" for none.
    Both effective months belong to the time in which the rule is in force; None: no limit on that side.
    """

    rule_id: int | None
    match_type: MatchType
    pattern: str
    sections: frozenset[Section]
    metric_key: str
    priority: int
    list_id: str = ""
    numbers: str = ""
    effective_from: Month | None = None
    effective_to: Month | None = None

    @property
    def is_pinned(self) -> bool:
        """Whether the rule names one ledger account by its ListID."""
        return self.match_type is MatchType.ACCOUNT

    def is_in_force(self, month: Month | None) -> bool:
        """In this month; None means as of now: every rule that has no last month."""
        if month is None:
            return self.effective_to is None
        is_begun = self.effective_from is None or self.effective_from <= month
        return is_begun and (self.effective_to is None or month <= self.effective_to)


class BadRule(ValueError):
    """A rule that cannot be used; the message tells its author why."""


class SlowPattern(BadRule):
    """A regular expression that could search for ages; it was found out by trying."""
