"""What a person means to change on the mapping page, collected before it is saved, and the rules it makes."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metrics.columns import list_id_of
from metrics.mapping import MatchType
from metrics.mappings.edits import PIN_PRIORITY, PlacedAccount, in_order, pin_of
from metrics.mappings.rows import PRIORITIES
from metrics.mappings.rule_templates import PRIORITY_STEP
from metrics.mappings.values import KeptRule, MappingValues
from metrics.mappings.words import TYPE_LABELS, metric_label
from metrics.months import Month
from metrics.profit_and_loss import Section

RELEASE = ""  # the metric key of "let the rules decide again"
_ROOM = 100  # how far the other rules move down when none is left above them


class Scope(enum.Enum):
    """Which accounts an assignment is for."""

    THIS = "this"
    BELOW = "below"
    CONTAINS = "contains"


@dataclass(frozen=True)
class Assignment:
    """One account, with all below it, or all of its section whose name contains `text`, to a metric.

    metric_key "" takes back what a person decided for the account; the other rules decide then.
    """

    account_key: str
    full_name: str
    section: Section
    metric_key: str
    scope: Scope = Scope.THIS
    text: str = ""
    first_month: Month | None = None

    @property
    def words(self) -> str:
        """ "Rent and everything below it → Other expenses, from Jan 2026"."""
        name = self.full_name
        if self.scope is Scope.BELOW:
            name = f"{name} and everything below it"
        elif self.scope is Scope.CONTAINS:
            name = f"Every {TYPE_LABELS[self.section.value]} account with “{self.text}” in its name"
        to = metric_label(self.metric_key) if self.metric_key else "as the other rules say"
        since = f", from {self.first_month.label}" if self.first_month else ""
        return f"{name} → {to}{since}"

    def as_json(self) -> dict[str, Any]:
        return {
            **dataclasses.asdict(self),
            "section": self.section.value,
            "scope": self.scope.value,
            "first_month": str(self.first_month) if self.first_month else None,
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Assignment:
        """KeyError, TypeError or ValueError for what as_json never wrote."""
        first = found["first_month"]
        return cls(
            **{
                **found,
                "section": Section(found["section"]),
                "scope": Scope(found["scope"]),
                "first_month": Month.parse(first) if first else None,
            }
        )


def with_assignment(draft: Sequence[Assignment], new: Assignment) -> tuple[Assignment, ...]:
    """The draft with it; what was drafted for the same account and scope before is replaced."""
    return (*(one for one in draft if _subject(one) != _subject(new)), new)


def _subject(one: Assignment) -> tuple[object, ...]:
    return one.account_key, one.scope is Scope.CONTAINS, one.text.casefold()


def rules_with(rules: Sequence[KeptRule], draft: Iterable[Assignment]) -> tuple[KeptRule, ...]:
    """The rules once the draft is saved, in the order in which they are then tried."""
    found = list(rules)
    for assignment in draft:
        for values in _wanted(assignment):
            found, dropped = _without(found, values, assignment.first_month)
            if assignment.metric_key != RELEASE:
                found, placed = _with_room(found, values)
                found.append(KeptRule(dropped, placed))
    return in_order(found)


def _wanted(one: Assignment) -> tuple[MappingValues, ...]:
    types = (one.section.value,)
    if one.scope is Scope.CONTAINS:
        given: tuple[MappingValues, ...] = (MappingValues(MatchType.CONTAINS.value, one.text, one.metric_key, types),)
    else:
        given = (pin_of(PlacedAccount(one.full_name, one.section, list_id_of(one.account_key)), one.metric_key),)
        if one.scope is Scope.BELOW:
            # Up to the colon: "Payroll" and what is below it, but not "Payroll Taxes".
            below = f"{one.full_name}:"
            given = (*given, MappingValues(MatchType.STARTS_WITH.value, below, one.metric_key, types))
    return tuple(dataclasses.replace(values, effective_from=one.first_month) for values in given)


def _without(
    rules: Iterable[KeptRule], values: MappingValues, first: Month | None
) -> tuple[list[KeptRule], int | None]:
    """What was said of the same accounts ends with the month before; all of it goes when the new word is for ever.

    Also a row that is free now: the new rule takes it, and with it the history of the decision.
    """
    found, dropped = [], []
    for rule in rules:
        if not _is_about_the_same(rule.values, values):
            found.append(rule)
            continue
        ended = _ended(rule.values, first)
        if ended is None:
            dropped.append(rule.pk)
        else:
            found.append(KeptRule(rule.pk, ended))
    return found, next((pk for pk in dropped if pk is not None), None)


def _is_about_the_same(one: MappingValues, other: MappingValues) -> bool:
    if one.match_type != other.match_type or one.account_numbers != other.account_numbers:
        return False
    if one.match_type == MatchType.ACCOUNT.value:
        return one.list_id == other.list_id
    return one.pattern.casefold() == other.pattern.casefold() and one.account_types == other.account_types


def _ended(values: MappingValues, first: Month | None) -> MappingValues | None:
    if first is None or (values.effective_from is not None and values.effective_from >= first):
        return None
    last = first.plus(-1)
    if values.effective_to is not None and values.effective_to <= last:
        return values
    return dataclasses.replace(values, effective_to=last)


def _with_room(rules: list[KeptRule], values: MappingValues) -> tuple[list[KeptRule], MappingValues]:
    """A decision about one account stands on top anyway; one about several comes before all rules but those."""
    if _is_decision(values):
        return rules, values
    others = [rule.values.priority for rule in rules if not _is_decision(rule.values)]
    top = min(others, default=PRIORITY_STEP + 1)
    if top <= PIN_PRIORITY + 1:
        rules = [rule if _is_decision(rule.values) else _lower(rule) for rule in rules]
        top += _ROOM
    return rules, dataclasses.replace(values, priority=top - 1)


def _is_decision(values: MappingValues) -> bool:
    """Whether it is what pin_of makes."""
    if values.match_type == MatchType.ACCOUNT.value:
        return True
    return values.match_type == MatchType.EXACT.value and values.priority == PIN_PRIORITY


def _lower(rule: KeptRule) -> KeptRule:
    priority = min(rule.values.priority + _ROOM, PRIORITIES.stop - 1)
    return KeptRule(rule.pk, dataclasses.replace(rule.values, priority=priority))
