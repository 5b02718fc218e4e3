"""Single changes to a set of rules, made on the values before anything is saved: add, change, delete, pin."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from metrics.mapping import MatchType
from metrics.mappings.values import KeptRule, MappingValues, as_json, from_json
from metrics.profit_and_loss import Section

Action = Literal["create", "update", "delete", "pin"]
PIN_PRIORITY = 0  # shown first; a pinned rule wins whatever its priority


class BadChange(ValueError):
    """A change that cannot be made; the message says why."""


@dataclass(frozen=True)
class PlacedAccount:
    """The ledger account a pin is for. Without a ListID it is named by its full name instead."""

    full_name: str
    section: Section
    list_id: str = ""


@dataclass(frozen=True)
class Edit:
    """One change: `fields` of the rule (those left out stay, or take their default), `pk` of the one to change."""

    action: Action
    pk: int | None = None
    fields: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    account: PlacedAccount | None = None


def edited(rules: Sequence[KeptRule], edits: Sequence[Edit]) -> tuple[KeptRule, ...]:
    """The rules after these changes, one after the other, in the order in which they are then tried. BadChange."""
    found = list(rules)
    for edit in edits:
        found = _STEPS[edit.action](found, edit)
    return in_order(found)


def in_order(rules: Sequence[KeptRule]) -> tuple[KeptRule, ...]:
    """As rows are tried: by priority, then the older row, then those that have no row yet."""
    newest = float("inf")
    return tuple(
        sorted(rules, key=lambda rule: (rule.values.priority, newest if rule.pk is None else rule.pk)),
    )


def pin_of(account: PlacedAccount, metric_key: str, note: str = "") -> MappingValues:
    """A rule for this one account, whatever it is called later; by its full name if QuickBooks gave no ListID."""
    if account.list_id:
        return MappingValues(
            MatchType.ACCOUNT.value,
            account.full_name,
            metric_key,
            priority=PIN_PRIORITY,
            note=note,
            list_id=account.list_id,
        )
    return MappingValues(
        MatchType.EXACT.value,
        account.full_name,
        metric_key,
        (account.section.value,),
        priority=PIN_PRIORITY,
        note=note,
    )


def _created(rules: list[KeptRule], edit: Edit) -> list[KeptRule]:
    defaults = as_json(MappingValues("contains", "", ""))
    return [*rules, KeptRule(None, from_json({**defaults, **edit.fields}))]


def _updated(rules: list[KeptRule], edit: Edit) -> list[KeptRule]:
    at = _place(rules, edit.pk)
    values = from_json({**as_json(rules[at].values), **edit.fields})
    return [*rules[:at], KeptRule(edit.pk, values), *rules[at + 1 :]]


def _deleted(rules: list[KeptRule], edit: Edit) -> list[KeptRule]:
    at = _place(rules, edit.pk)
    return rules[:at] + rules[at + 1 :]


def _pinned(rules: list[KeptRule], edit: Edit) -> list[KeptRule]:
    """In the place of what was pinned for this account before; rules for some months only are left alone."""
    if edit.account is None:
        raise BadChange("Name the ledger account to pin, by its account_key.")
    pin = pin_of(edit.account, str(edit.fields.get("qbr_metric_key", "")), str(edit.fields.get("note", "")))
    same = [rule for rule in rules if _is_same_pin(rule.values, pin)]
    kept = [rule for rule in rules if rule not in same]
    return [*kept, KeptRule(same[0].pk if same else None, pin)]


def _is_same_pin(values: MappingValues, pin: MappingValues) -> bool:
    if values.effective_from or values.effective_to or values.match_type != pin.match_type:
        return False
    if pin.list_id:
        return values.list_id == pin.list_id
    return values.pattern.casefold() == pin.pattern.casefold() and values.account_types == pin.account_types


def _place(rules: Sequence[KeptRule], pk: int | None) -> int:
    for at, rule in enumerate(rules):
        if rule.pk is not None and rule.pk == pk:
            return at
    raise BadChange(f"There is no mapping {pk} in this company.")


_STEPS = {"create": _created, "update": _updated, "delete": _deleted, "pin": _pinned}
