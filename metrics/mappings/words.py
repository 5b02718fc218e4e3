"""A mapping in words for people: its metric, its conditions, and what a change made different."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from metrics.arithmetic import METRICS, UNMAPPED
from metrics.mapping import MatchType
from metrics.mappings.difference import Change, Difference
from metrics.mappings.file_row import MappingFileRow
from metrics.months import Month

METRIC_LABELS = {metric.key: metric.label for metric in METRICS} | {UNMAPPED: "Unmapped: ask a person"}
MATCH_LABELS = {
    MatchType.EXACT.value: "is",
    MatchType.STARTS_WITH.value: "starts with",
    MatchType.CONTAINS.value: "contains",
    MatchType.WILDCARD.value: "matches",
    MatchType.REGEX.value: "regular expression",
    MatchType.ACCOUNT.value: "this account",
}
TYPE_LABELS = {
    "Income": "income",
    "CostOfGoodsSold": "cost of goods sold",
    "Expense": "expense",
    "OtherIncome": "other income",
    "OtherExpense": "other expense",
}

_ALL_OF = {
    frozenset(("CostOfGoodsSold", "Expense", "OtherExpense")): "every cost",
    frozenset(("Income", "OtherIncome")): "every income",
}


@dataclass(frozen=True)
class FieldChange:
    """One field of a mapping before and after, as people read it."""

    field: str
    label: str
    before: str
    after: str


def metric_label(key: str) -> str:
    return METRIC_LABELS.get(key, key)


def conditions_of(row: MappingFileRow) -> str:
    """What an account has to be apart from its name; "" for no condition."""
    parts = [types_in_words(row.account_types)]
    if row.account_numbers:
        parts.append(f"number {row.account_numbers}")
    parts.append(_months(row.effective_from, row.effective_to))
    return " · ".join(part for part in parts if part)


def types_in_words(account_types: Sequence[str]) -> str:
    """ "every cost" for all three kinds of it, else each kind by its name; "" for every account."""
    short = _ALL_OF.get(frozenset(account_types))
    return short or ", ".join(TYPE_LABELS.get(name, name) for name in account_types)


def _months(first: Month | None, last: Month | None) -> str:
    if first and last:
        return first.label if first == last else f"{first.label} to {last.label}"
    if first:
        return f"from {first.label}"
    return f"until {last.label}" if last else ""


def changed_fields(change: Change) -> tuple[FieldChange, ...]:
    """What is different, in the order of a file's columns."""
    pairs = [(name, label, words(change.old), words(change.new)) for name, label, words in _FIELDS]
    return tuple(FieldChange(*pair) for pair in pairs if pair[2] != pair[3])


def counts_of(difference: Difference) -> str:
    """ "3 added, 1 changed" ; "nothing changed"."""
    parts = [
        f"{len(found)} {word}"
        for found, word in (
            (difference.added, "added"),
            (difference.changed, "changed"),
            (difference.removed, "removed"),
        )
        if found
    ]
    return ", ".join(parts) or "nothing changed"


_FIELDS: tuple[tuple[str, str, Callable[[MappingFileRow], str]], ...] = (
    ("priority", "Priority", lambda row: str(row.priority)),
    ("match_type", "Match type", lambda row: MATCH_LABELS.get(row.match_type, row.match_type)),
    ("pattern", "Pattern", lambda row: row.pattern),
    ("list_id", "ListID", lambda row: row.list_id),
    ("account_types", "Account types", lambda row: ", ".join(row.account_types) or "every"),
    ("account_numbers", "Account numbers", lambda row: row.account_numbers or "any"),
    ("qbr_metric_key", "Metric", lambda row: metric_label(row.qbr_metric_key)),
    ("effective_from", "First month", lambda row: str(row.effective_from or "always")),
    ("effective_to", "Last month", lambda row: str(row.effective_to or "for good")),
    ("is_active", "Active", lambda row: "yes" if row.is_active else "no"),
    ("note", "Note", lambda row: row.note),
)
