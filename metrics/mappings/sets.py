"""Whole sets of rules: given by a template, read from a file, written to one, compared, and made a company's own.

Every change of a set goes the same way: make the rules, look at them with `mapping_preview.preview`, then `apply_set`
with the preview's digest, which refuses if somebody else has changed the mapping since.
"""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import transaction

from accounts.models import Company
from metrics.arithmetic import UNMAPPED
from metrics.mapping import MatchType, SlowPattern, compile_rules
from metrics.mapping_models import MappingVersion
from metrics.mappings.changes import MappingMoved, apply_rules, newest_version
from metrics.mappings.difference import Change, Difference, Identity, difference, identity
from metrics.mappings.file_row import MappingFileRow, RowError
from metrics.mappings.files import mappings_csv, mappings_xlsx, read_mappings
from metrics.mappings.rows import PRIORITIES, problems_of, rules_of
from metrics.mappings.rule_templates import PRIORITY_STEP
from metrics.mappings.templates import BadTemplate as BadTemplate
from metrics.mappings.templates import NoSuchTemplate as NoSuchTemplate
from metrics.mappings.templates import Template as Template
from metrics.mappings.templates import delete_template as delete_template
from metrics.mappings.templates import find_template as find_template
from metrics.mappings.templates import save_template as save_template
from metrics.mappings.templates import template_rules as template_rules
from metrics.mappings.templates import templates_for as templates_for
from metrics.mappings.values import KeptRule, MappingValues, as_json, digest_of, rule_of
from metrics.recompute import lock

Mode = Literal["replace", "add"]
Format = Literal["csv", "xlsx", "json"]

_MOST_SLOW_PATTERNS = 5
_NOTHING = Difference((), (), (), 0)


@dataclass(frozen=True)
class FilePlan:
    """What a file would make of the mapping; apply `rules` only without errors. `difference` is to today's rules."""

    rules: tuple[KeptRule, ...]
    difference: Difference
    errors: tuple[RowError, ...]

    @property
    def is_sound(self) -> bool:
        return not self.errors


class TooSlow(ValueError):
    """Expressions that could search for ages; the message names them."""


def merge_template(
    company: Company, template: Template | Sequence[KeptRule], mode: Mode = "replace"
) -> tuple[KeptRule, ...]:
    """The company's rules once it is given the template's; not saved.

    "replace" keeps the rules that people pinned to one ledger account and drops all others; "add" keeps everything
    and puts the template's rules behind, without those that look at exactly what an own rule looks at.
    """
    given = template.rules if isinstance(template, Template) else tuple(template)
    own = rules_of(company)
    if mode == "replace":
        return _in_order((*(rule for rule in own if is_pin(rule)), *_with_rows(own, [one.values for one in given])))
    known = {identity(row_of(rule.values)) for rule in own}
    last = max((rule.values.priority for rule in own), default=0)
    added = [rule.values for rule in given if identity(row_of(rule.values)) not in known]
    behind = [
        dataclasses.replace(values, priority=min(last + (place + 1) * PRIORITY_STEP, PRIORITIES.stop - 1))
        for place, values in enumerate(added)
    ]
    return (*own, *(KeptRule(None, values) for values in behind))


def is_pin(rule: KeptRule) -> bool:
    """Whether it is for one ledger account, by its ListID."""
    return rule.values.match_type == MatchType.ACCOUNT.value


def from_file(company: Company, content: bytes, mode: Mode = "replace") -> FilePlan:
    """What a CSV file or Excel workbook would make of the company's mapping; nothing is saved, nothing is raised.

    "replace": exactly the file's rules. "add": its rules beside the own ones; a rule that looks at exactly what an own
    one looks at changes that one.
    """
    read = read_mappings(content)
    errors = [*read.errors, *_errors_of(zip(read.row_numbers, read.rows, strict=True))]
    if not errors and not read.rows:
        errors.append(RowError(0, "", "The file has no mapping below its first row."))
    if errors:
        return FilePlan((), _NOTHING, tuple(sorted(errors, key=lambda one: one.row)))
    own = rules_of(company)
    given = _with_rows(own, [values_of_row(row) for row in read.rows])
    if mode == "replace":
        given = _with_rows_in_place(own, given)
    else:
        taken = {rule.pk for rule in given}
        given = [*(rule for rule in own if rule.pk not in taken), *given]
    rules = _in_order(given)
    return FilePlan(rules, difference_of(own, rules), ())


def export(company: Company, format: Format) -> bytes:
    """All rules in the order in which they are tried. JSON is what the API takes back as `rules`."""
    rules = rules_of(company)
    if format == "json":
        return json.dumps({"rules": [as_json(rule.values) for rule in rules]}, ensure_ascii=False, indent=2).encode()
    rows = [row_of(rule.values) for rule in rules]
    return mappings_csv(rows) if format == "csv" else mappings_xlsx(rows)


def difference_of(before: Sequence[KeptRule], after: Sequence[KeptRule]) -> Difference:
    """Rules with the same row are the same rule; of the others, those that look at exactly the same accounts."""
    old = {rule.pk: rule for rule in before if rule.pk is not None}
    pairs = [(old.pop(rule.pk), rule) for rule in after if rule.pk in old]
    paired = {id(rule) for pair in pairs for rule in pair}
    left = _by_identity(rule for rule in before if id(rule) not in paired)
    added = []
    for rule in (one for one in after if id(one) not in paired):
        waiting = left[identity(row_of(rule.values))]
        if waiting:
            pairs.append((waiting.popleft(), rule))
        else:
            added.append(row_of(rule.values))
    gone = {id(rule) for waiting in left.values() for rule in waiting}
    changed = [Change(row_of(then.values), row_of(now.values)) for then, now in pairs if then.values != now.values]
    return Difference(
        added=tuple(added),
        removed=tuple(row_of(rule.values) for rule in before if id(rule) in gone),
        changed=tuple(changed),
        unchanged=len(pairs) - len(changed),
    )


def apply_set(
    company: Company,
    rules: Sequence[KeptRule],
    *,
    kind: MappingVersion.Kind,
    summary: str,
    actor: str,
    now: datetime,
    expected: str | None,
) -> MappingVersion:
    """`apply_rules`, except that rules that are the company's already make no version. BadMappings, MappingMoved."""
    with transaction.atomic():
        lock(company)
        today = digest_of(rules_of(company))
        if expected is not None and expected != today:
            raise MappingMoved("The mapping was changed by somebody else in the meantime. Look at it again.")
        if digest_of(_in_order(rules)) == today:
            return newest_version(company, now)
        return apply_rules(company, rules, kind=kind, summary=summary, actor=actor, now=now, expected=expected)


def check_patience(rules: Iterable[KeptRule]) -> None:
    """TooSlow when several expressions take very long: finding that out costs a moment each."""
    slow = []
    for rule in rules:
        if rule.values.match_type == MatchType.REGEX.value:
            try:
                compile_rules([rule_of(dataclasses.replace(rule.values, qbr_metric_key=UNMAPPED), None)])
            except SlowPattern:
                slow.append(rule.values.pattern)
            except ValueError:
                continue  # another fault, which problems_of tells
        if len(slow) >= _MOST_SLOW_PATTERNS:
            shown = ", ".join(f"“{pattern[:40]}”" for pattern in slow)
            raise TooSlow(f"These patterns can take very long to search: {shown}. Simplify them first.")


def row_of(values: MappingValues) -> MappingFileRow:
    return MappingFileRow(**{name: getattr(values, name) for name in _FIELDS})


def values_of_row(row: MappingFileRow) -> MappingValues:
    return MappingValues(**{name: getattr(row, name) for name in _FIELDS})


_FIELDS = tuple(field.name for field in dataclasses.fields(MappingFileRow))
_COLUMN_OF = {"qbr_metric_key": "metric"}


def _in_order(rules: Iterable[KeptRule]) -> tuple[KeptRule, ...]:
    """As they are tried; among equal priorities the order given."""
    return tuple(sorted(rules, key=lambda rule: rule.values.priority))


def _by_identity(rules: Iterable[KeptRule]) -> dict[Identity, deque[KeptRule]]:
    found: dict[Identity, deque[KeptRule]] = defaultdict(deque)
    for rule in rules:
        found[identity(row_of(rule.values))].append(rule)
    return found


def _with_rows(own: Sequence[KeptRule], wanted: Sequence[MappingValues]) -> list[KeptRule]:
    """A rule that looks at what an own one looks at keeps that one's row, and with it its history."""
    rows = _by_identity(own)
    found = []
    for values in wanted:
        waiting = rows[identity(row_of(values))]
        found.append(KeptRule(waiting.popleft().pk if waiting else None, values))
    return found


def _with_rows_in_place(own: Sequence[KeptRule], given: Sequence[KeptRule]) -> list[KeptRule]:
    """So does a rule that was edited where it stands in the file."""
    taken = {rule.pk for rule in given}
    free = [rule for rule in own if rule.pk not in taken]
    new = [row_of(rule.values) for rule in given]
    edited = difference([row_of(rule.values) for rule in own], new).changed
    rows = {id(change.new): next((one for one in free if row_of(one.values) == change.old), None) for change in edited}
    found = []
    for rule, row in zip(given, new, strict=True):
        before = rows.get(id(row)) if rule.pk is None else None
        found.append(KeptRule(before.pk, rule.values) if before else rule)
    return found


def _errors_of(rows: Iterable[tuple[int, MappingFileRow]]) -> list[RowError]:
    return [
        RowError(number, _COLUMN_OF.get(field, field), problem)
        for number, row in rows
        for field, problem in problems_of(values_of_row(row)).items()
    ]
