"""The only writer of mappings: each change is checked, versioned, audited, and followed by a recompute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from accounts import audit
from accounts.models import Company
from metrics.mapping_models import AccountMapping, MappingVersion
from metrics.mappings.rows import problems_of, rules_of
from metrics.mappings.values import (
    KeptRule,
    MappingValues,
    as_json,
    digest_of,
    put_values,
    rules_as_json,
    rules_from_json,
    values_of,
)
from metrics.recompute import lock, recompute

Kind = MappingVersion.Kind
_COLUMNS = [*MappingValues.__dataclass_fields__, "updated_at"]
_NEW = float("inf")  # a row that is still to be made comes after all that are there


class BadMapping(ValueError):
    """A mapping that cannot be saved; `problems` names each field and what is wrong with it."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{field}: {problem}" for field, problem in problems.items()))
        self.problems = dict(problems)


class BadMappings(ValueError):
    """Several mappings of which some cannot be saved; `rows` has the problems by place, from 0."""

    def __init__(self, rows: Mapping[int, Mapping[str, str]]) -> None:
        super().__init__(f"{len(rows)} of the rules cannot be used.")
        self.rows = rows


class MappingMoved(ValueError):
    """Somebody else changed the mapping since it was looked at; look again."""


def create_mapping(company: Company, values: MappingValues, *, actor: str, now: datetime) -> AccountMapping:
    """Raises BadMapping."""
    return save_mapping(AccountMapping(company=company), values, actor=actor, now=now)


def save_mapping(row: AccountMapping, values: MappingValues, *, actor: str, now: datetime) -> AccountMapping:
    """Write these values into a new or existing row. Raises BadMapping."""
    problems = problems_of(values)
    if problems:
        raise BadMapping(problems)
    is_new = row.pk is None
    with transaction.atomic():
        lock(row.company)
        _ensure_start(row.company, now)
        put_values(row, values).save()
        words = f"{'Added' if is_new else 'Changed'} “{values.pattern}” → {values.qbr_metric_key}"
        _changed(row.company, Kind.EDIT, words, actor, now)
        action = "mapping.created" if is_new else "mapping.changed"
        _audited(row.company, action, row.pk, values, actor, now)
    return row


def delete_mapping(row: AccountMapping, *, actor: str, now: datetime) -> None:
    with transaction.atomic():
        lock(row.company)
        _ensure_start(row.company, now)
        pk, values = row.pk, values_of(row)
        row.delete()
        _changed(row.company, Kind.EDIT, f"Deleted “{values.pattern}” → {values.qbr_metric_key}", actor, now)
        _audited(row.company, "mapping.deleted", pk, values, actor, now)


def apply_rules(
    company: Company,
    rules: Sequence[KeptRule],
    *,
    kind: MappingVersion.Kind,
    summary: str,
    actor: str,
    now: datetime,
    expected: str | None = None,
) -> MappingVersion:
    """Make exactly these the company's rules: rows keep their primary key where it is given and still exists.

    `expected` is the digest of the rules that the change was made from. Raises BadMappings, MappingMoved.
    """
    problems = {place: found for place, rule in enumerate(rules) if (found := problems_of(rule.values))}
    if problems:
        raise BadMappings(problems)
    with transaction.atomic():
        lock(company)
        before = rules_of(company)
        if expected is not None and expected != digest_of(before):
            raise MappingMoved("The mapping was changed by somebody else in the meantime. Look at it again.")
        _ensure_start(company, now)
        _write(company, {rule.pk for rule in before}, rules, now)
        version = _changed(company, kind, summary, actor, now)
        audit.record(
            action=f"mapping.{kind}",
            success=True,
            now=now,
            actor=actor,
            company=company,
            version=version.number,
            rules=len(rules),
            summary=summary,
        )
    return version


def roll_back(company: Company, version: MappingVersion, *, actor: str, now: datetime) -> MappingVersion:
    """Put an earlier version's rules back, as a new version."""
    words = f"Back to version {version.number}"
    return apply_rules(company, rules_from_json(version.rules), kind=Kind.ROLLBACK, summary=words, actor=actor, now=now)


def newest_version(company: Company, now: datetime) -> MappingVersion:
    """The version that the rules are in now; written if there is none yet, or if rows were edited past this module."""
    with transaction.atomic():
        lock(company)
        rules = rules_of(company)
        found = MappingVersion.objects.filter(company=company).order_by("-number").first()
        if found is not None and found.sha256 == digest_of(rules):
            return found
        words = "Set up" if found is None else "Changed by hand in the database"
        return _add_version(company, rules, Kind.START if found is None else Kind.EDIT, words, "", now)


def _ensure_start(company: Company, now: datetime) -> None:
    """The rules as they were before the first change that is versioned; later ones find their predecessor there."""
    newest_version(company, now)


def _write(company: Company, known: set[int | None], given: Sequence[KeptRule], now: datetime) -> None:
    rules = _in_given_order(given, known)
    kept = {rule.pk for rule in rules} & known
    AccountMapping.objects.filter(company=company).exclude(pk__in=[pk for pk in kept if pk is not None]).delete()
    old = {row.pk: row for row in AccountMapping.objects.filter(company=company)}
    changed = []
    for rule in rules:
        row = old.get(rule.pk) if rule.pk is not None else None
        if row is not None and values_of(row) != rule.values:
            row.updated_at = now
            changed.append(put_values(row, rule.values))
    AccountMapping.objects.bulk_update(changed, _COLUMNS, batch_size=50)
    AccountMapping.objects.bulk_create(
        [put_values(AccountMapping(company=company), rule.values) for rule in rules if rule.pk not in kept]
    )


def _in_given_order(rules: Sequence[KeptRule], known: set[int | None]) -> list[KeptRule]:
    """By priority; among equal ones a rule keeps its row only where the rows' order is then the order given.

    Rows of one priority are tried by primary key: without this, rules would be tried in another order than previewed.
    """
    found: list[KeptRule] = []
    newest: dict[int, float] = {}  # priority → the primary key that the next rule of it has to come after
    free = set(known)
    for rule in sorted(rules, key=lambda one: one.values.priority):
        place = rule.pk if rule.pk is not None and rule.pk in free else _NEW
        if place <= newest.get(rule.values.priority, 0):
            place = _NEW
        free.discard(rule.pk)
        newest[rule.values.priority] = place
        found.append(KeptRule(None if place == _NEW else rule.pk, rule.values))
    return found


def _changed(company: Company, kind: MappingVersion.Kind, summary: str, actor: str, now: datetime) -> MappingVersion:
    version = _add_version(company, rules_of(company), kind, summary, actor, now)
    recompute(company, as_of=now.date())
    return version


def _add_version(
    company: Company, rules: Sequence[KeptRule], kind: MappingVersion.Kind, summary: str, actor: str, now: datetime
) -> MappingVersion:
    newest = MappingVersion.objects.filter(company=company).aggregate(number=Max("number"))["number"] or 0
    return MappingVersion.objects.create(
        company=company,
        number=newest + 1,
        kind=kind,
        summary=summary[:300],
        rules=rules_as_json(rules),
        sha256=digest_of(rules),
        actor=actor,
        created_at=now,
    )


def _audited(company: Company, action: str, pk: int, values: MappingValues, actor: str, now: datetime) -> None:
    audit.record(action=action, success=True, now=now, actor=actor, company=company, mapping=pk, **as_json(values))
