"""A mapping as a person decides it, between its forms: database row, JSON of a version, rule that matches."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from metrics.mapping import MatchType, Rule
from metrics.mapping_models import AccountMapping
from metrics.mappings.file_cells import plain_text
from metrics.months import Month
from metrics.profit_and_loss import Section


@dataclass(frozen=True)
class MappingValues:
    """What a person decides about a mapping; `account_types` empty means every profit and loss account.

    `list_id` belongs to match type "account" alone. The effective months are included; None has no limit.
    Texts are one line without outer blanks and account types stand in printed order, as a file holds them: what is
    previewed, saved, versioned and exported is then the same to the letter.
    """

    match_type: str
    pattern: str
    qbr_metric_key: str
    account_types: tuple[str, ...] = ()
    priority: int = 100
    is_active: bool = True
    note: str = ""
    list_id: str = ""
    account_numbers: str = ""
    effective_from: Month | None = None
    effective_to: Month | None = None

    def __post_init__(self) -> None:
        for name in ("pattern", "note", "list_id", "account_numbers"):
            object.__setattr__(self, name, plain_text(getattr(self, name)))
        object.__setattr__(self, "account_types", _in_printed_order(self.account_types))


def _in_printed_order(account_types: Iterable[str]) -> tuple[str, ...]:
    """Each once; those that do not exist come last, for the checks to refuse."""
    given = dict.fromkeys(account_types)
    known = [section.value for section in Section if section.value in given]
    return (*known, *(name for name in given if name not in known))


@dataclass(frozen=True)
class KeptRule:
    """A mapping with the primary key of its row; None while it has none."""

    pk: int | None
    values: MappingValues


def values_of(row: AccountMapping) -> MappingValues:
    return MappingValues(
        match_type=row.match_type,
        pattern=row.pattern,
        qbr_metric_key=row.qbr_metric_key,
        account_types=tuple(row.account_types),
        priority=row.priority,
        is_active=row.is_active,
        note=row.note,
        list_id=row.list_id,
        account_numbers=row.account_numbers,
        effective_from=_month(row.effective_from),
        effective_to=_month(row.effective_to),
    )


def put_values(row: AccountMapping, values: MappingValues) -> AccountMapping:
    """Write the values into the row's columns; not saved."""
    for field in dataclasses.fields(values):
        setattr(row, field.name, _column(getattr(values, field.name)))
    return row


def _column(value: object) -> object:
    if isinstance(value, Month):
        return value.first_day
    return list(value) if isinstance(value, tuple) else value


def rule_of(values: MappingValues, pk: int | None) -> Rule:
    """ValueError for a match type or account type that does not exist; BadRule comes later, from compile_rules."""
    return Rule(
        rule_id=pk,
        match_type=MatchType(values.match_type),
        pattern=values.pattern,
        sections=frozenset(Section(value) for value in values.account_types),
        metric_key=values.qbr_metric_key,
        priority=values.priority,
        list_id=values.list_id,
        numbers=values.account_numbers,
        effective_from=values.effective_from,
        effective_to=values.effective_to,
    )


def as_json(values: MappingValues) -> dict[str, Any]:
    """Months as "2026-01"; everything else as it is."""
    found = dataclasses.asdict(values)
    for name in ("effective_from", "effective_to"):
        month = getattr(values, name)
        found[name] = None if month is None else str(month)
    return found | {"account_types": list(values.account_types)}


def from_json(found: Mapping[str, Any]) -> MappingValues:
    """The reverse; fields that an older version did not have yet take their default."""
    names = {field.name for field in dataclasses.fields(MappingValues)}
    known = {name: value for name, value in found.items() if name in names}
    for name in ("effective_from", "effective_to"):
        known[name] = Month.parse(known[name]) if known.get(name) else None
    return MappingValues(**{**known, "account_types": tuple(known.get("account_types", ()))})


def rules_as_json(rules: Iterable[KeptRule]) -> list[dict[str, Any]]:
    return [{"id": rule.pk, **as_json(rule.values)} for rule in rules]


def rules_from_json(found: Iterable[Mapping[str, Any]]) -> tuple[KeptRule, ...]:
    return tuple(KeptRule(one.get("id"), from_json(one)) for one in found)


def digest_of(rules: Sequence[KeptRule]) -> str:
    """SHA-256 of what the rules say, whatever their primary keys."""
    text = json.dumps([as_json(rule.values) for rule in rules], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _month(day: date | None) -> Month | None:
    return None if day is None else Month.of(day)
