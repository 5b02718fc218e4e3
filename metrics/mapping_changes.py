"""The only writer of mappings after set-up: each change is checked, audited, and followed by a recompute."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import Company
from metrics.mapping_rows import MappingValues, problems_of, values_of
from metrics.models import AccountMapping
from metrics.recompute import recompute


class BadMapping(ValueError):
    """A mapping that cannot be saved; `problems` names each field and what is wrong with it."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{field}: {problem}" for field, problem in problems.items()))
        self.problems = dict(problems)


def create_mapping(company: Company, values: MappingValues, *, actor: str, now: datetime) -> AccountMapping:
    """Raises BadMapping."""
    return save_mapping(AccountMapping(company=company), values, actor=actor, now=now)


def save_mapping(row: AccountMapping, values: MappingValues, *, actor: str, now: datetime) -> AccountMapping:
    """Write these values into a new or existing row. Raises BadMapping."""
    problems = problems_of(values)
    if problems:
        raise BadMapping(problems)
    action = "mapping.created" if row.pk is None else "mapping.changed"
    for field, value in dataclasses.asdict(values).items():
        setattr(row, field, list(value) if field == "account_types" else value)
    with transaction.atomic():
        row.save()
        _changed(row.company, action, row.pk, values, actor, now)
    return row


def delete_mapping(row: AccountMapping, *, actor: str, now: datetime) -> None:
    with transaction.atomic():
        pk = row.pk
        row.delete()
        _changed(row.company, "mapping.deleted", pk, values_of(row), actor, now)


def _changed(company: Company, action: str, pk: int, values: MappingValues, actor: str, now: datetime) -> None:
    audit.record(
        action=action, success=True, now=now, actor=actor, company=company, mapping=pk, **dataclasses.asdict(values)
    )
    transaction.on_commit(lambda: recompute(company, as_of=now.date()))
