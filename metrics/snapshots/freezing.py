"""A period frozen as it was presented: the only writer of snapshots, and the proof that one was not touched.

Only name, note and presentation date may change afterwards; whatever else is saved over a snapshot is refused, and
what is changed past the application is found out by its hash.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.fields.json import KT
from django.db.models.signals import pre_delete, pre_save
from django.dispatch import receiver

from accounts import audit
from accounts.models import Company
from metrics.canonical import canonical, digest, plain_text
from metrics.company_time import running_month
from metrics.mappings.changes import newest_version
from metrics.models import SharedLink, Snapshot
from metrics.months import Month
from metrics.periods import Period
from metrics.recompute import lock
from metrics.review.readiness import Readiness, readiness
from metrics.snapshots.content import Occasion, content_of

CHANGEABLE = frozenset(("name", "note", "presented_on"))
LONGEST_NAME, LONGEST_NOTE, LONGEST_REASON = 200, 10_000, 1_000


class BadSnapshot(ValueError):
    """A snapshot that cannot be; `problems` names each field and what is wrong with it."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


class NotReady(ValueError):
    """The period is not fit to be presented; `readiness` has the reasons. A person may freeze it all the same."""

    def __init__(self, found: Readiness) -> None:
        super().__init__(" ".join(reason.message for reason in found.reasons))
        self.readiness = found


class SnapshotIsFrozen(Exception):
    """Somebody tried to change what was presented, or to delete it past `delete_snapshot`."""


def freeze(
    company: Company,
    period: Period,
    basis: str,
    name: str,
    note: str = "",
    presented_on: date | None = None,
    *,
    actor: str,
    now: datetime,
    forced_because: str = "",
) -> Snapshot:
    """Keep the period as it is now. Raises BadSnapshot, and NotReady unless `forced_because` says why to do it yet."""
    name, note, forced_because = plain_text(name).strip(), plain_text(note).strip(), forced_because.strip()
    _check(name, note, forced_because)
    with transaction.atomic():
        lock(company)
        found = readiness(company, period, basis, running_month(company, now))
        if not found.is_ready and not forced_because:
            raise NotReady(found)
        version = newest_version(company, now)
        why = "" if found.is_ready else forced_because
        content = content_of(Occasion(company, period, basis, now, found, why), version)
        if not content["months"]:
            raise BadSnapshot({"period": f"Nothing was read from QuickBooks for {period.label} on this basis."})
        snapshot = Snapshot.objects.create(
            company=company,
            name=name,
            note=note,
            presented_on=presented_on,
            basis=basis,
            first_month=period.first.first_day,
            last_month=period.last.first_day,
            content=content,
            sha256=digest(content),
            mapping_version=version,
            net_profit=Decimal(content["figures"]["figures"]["net_profit"]),
            created_by=actor[:200],
            created_at=now,
        )
        _audit("snapshot.frozen", snapshot, actor, now, forced_because=why)
    return snapshot


def listed(rows: QuerySet[Snapshot]) -> QuerySet[Snapshot]:
    """For a list: without the content, but with `period_text`, `period_label` and `mapping_number` out of it."""
    return rows.defer("content").annotate(
        period_text=KT("content__period__text"),
        period_label=KT("content__period__label"),
        mapping_number=KT("content__mapping__number"),
    )


def verify(snapshot: Snapshot) -> bool:
    """Whether it is what was frozen: content against its hash, and the row's columns against the content."""
    content = snapshot.content
    try:
        return digest(content) == snapshot.sha256 and (
            content["basis"],
            content["period"]["first"],
            content["period"]["last"],
            Decimal(content["figures"]["figures"]["net_profit"]),
        ) == (
            snapshot.basis,
            str(Month.of(snapshot.first_month)),
            str(Month.of(snapshot.last_month)),
            snapshot.net_profit,
        )
    except (ArithmeticError, KeyError, TypeError):
        return False


def rename(
    snapshot: Snapshot, name: str, note: str, presented_on: date | None, *, actor: str, now: datetime
) -> Snapshot:
    """Change what is written beside the frozen content. Raises BadSnapshot."""
    name, note = plain_text(name).strip(), plain_text(note).strip()
    _check(name, note)
    with transaction.atomic():
        same = Snapshot.objects.filter(pk=snapshot.pk, sha256=snapshot.sha256)
        if not same.update(name=name, note=note, presented_on=presented_on):
            raise BadSnapshot({"name": "The snapshot was deleted in the meantime."})
        snapshot.name, snapshot.note, snapshot.presented_on = name, note, presented_on
        _audit("snapshot.renamed", snapshot, actor, now, presented_on=str(presented_on or ""))
    return snapshot


def delete_snapshot(snapshot: Snapshot, *, actor: str, is_superuser: bool, now: datetime) -> None:
    """Only a superuser may; the audit trail keeps its name, period and hash. Raises SnapshotIsFrozen."""
    if not is_superuser:
        raise SnapshotIsFrozen("Only a superuser may delete a snapshot.")
    with transaction.atomic():
        _audit("snapshot.deleted", snapshot, actor, now)
        SharedLink.objects.filter(snapshot=snapshot).delete()  # they open nothing any more, and refer to its row
        rows: QuerySet[Snapshot] = Snapshot.objects.filter(pk=snapshot.pk)
        rows._raw_delete(rows.db)


def text_of(snapshot: Snapshot) -> str:
    """The content exactly as it is hashed, to be kept elsewhere and checked with any SHA-256 program."""
    return canonical(snapshot.content)


@receiver(pre_save, sender=Snapshot)
def _refuse_changes(instance: Snapshot, **_kwargs: object) -> None:
    if instance._state.adding:
        if digest(instance.content) != instance.sha256:
            raise SnapshotIsFrozen("Snapshots are made with metrics.snapshots.freezing.freeze().")
        return
    fixed = [field.attname for field in Snapshot._meta.concrete_fields if field.name not in CHANGEABLE]
    kept: dict[str, Any] | None = Snapshot.objects.filter(pk=instance.pk).values(*fixed).first()
    if kept is None or any(getattr(instance, name) != value for name, value in kept.items()):
        raise SnapshotIsFrozen("A snapshot keeps what was presented: only its name, note and date may change.")


@receiver(pre_delete, sender=Snapshot)
def _refuse_deletion(instance: Snapshot, origin: object = None, **_kwargs: object) -> None:
    """A company that is deleted takes its snapshots with it; nobody else does."""
    if not isinstance(origin, Company):
        raise SnapshotIsFrozen(f"Snapshot {instance.pk} is deleted with delete_snapshot() only.")


def _check(name: str, note: str, reason: str = "") -> None:
    problems = {}
    if not name:
        problems["name"] = "Give it a name, such as “Q1 review”."
    elif len(name) > LONGEST_NAME:
        problems["name"] = f"A name has at most {LONGEST_NAME} characters."
    if len(note) > LONGEST_NOTE:
        problems["note"] = f"A note has at most {LONGEST_NOTE:,} characters."
    if len(reason) > LONGEST_REASON:
        problems["forced_because"] = f"A reason has at most {LONGEST_REASON:,} characters."
    if problems:
        raise BadSnapshot(problems)


def _audit(action: str, snapshot: Snapshot, actor: str, now: datetime, **details: object) -> None:
    audit.record(
        action=action,
        success=True,
        now=now,
        actor=actor,
        company=snapshot.company,
        snapshot=snapshot.pk,
        name=snapshot.name,
        period=snapshot.content["period"]["text"],
        basis=snapshot.basis,
        sha256=snapshot.sha256,
        **details,
    )
