"""Notes beside a month, a metric, or both: the only writer, and the read."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.models import AuditEvent, Company
from metrics.arithmetic import LINES
from metrics.canonical import digest
from metrics.models import Note
from metrics.months import Month

LONGEST = 4000


class BadNote(ValueError):
    """A note that cannot be kept; `problems` names each field and what is wrong with it."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


class NotYourNote(ValueError):
    """Only its author or an administrator of the company may change a note."""

    def __init__(self) -> None:
        super().__init__("Only the author of a note, or an administrator of the company, may change it.")


class NoteWasChanged(ValueError):
    """Somebody else changed or deleted the note since it was read: nothing was overwritten. `now` None: deleted."""

    def __init__(self, now: Note | None) -> None:
        did = "deleted" if now is None else "changed"
        super().__init__(f"The note was {did} by somebody else in the meantime; nothing was overwritten.")
        self.now = now


def notes(company: Company, first: Month | None = None, last: Month | None = None) -> tuple[Note, ...]:
    """Newest first. With months: those of the months, and those that belong to no month."""
    rows = Note.objects.filter(company=company)
    if first is not None:
        rows = rows.exclude(month__lt=first.first_day)
    if last is not None:
        rows = rows.exclude(month__gt=last.first_day)
    return tuple(rows)


def add_note(company: Company, text: str, month: Month | None, metric_key: str, *, actor: str, now: datetime) -> Note:
    """Raises BadNote."""
    clean = _checked(text, metric_key)
    with transaction.atomic():
        note = Note.objects.create(
            company=company,
            month=month.first_day if month else None,
            metric_key=metric_key,
            text=clean,
            author=actor[:200],
            created_at=now,
            updated_at=now,
        )
        _audit("note.added", note, actor, now)
    return note


def change_note(
    note: Note, text: str, *, actor: str, may_administer: bool, now: datetime, seen: str | None = None
) -> Note:
    """`seen`: version_of the note as it was read, None to take it as it is. Raises BadNote, NotYourNote,
    NoteWasChanged."""
    _refuse_others(note, actor, may_administer)
    clean = _checked(text, note.metric_key)
    with transaction.atomic():
        kept = _locked(note, seen)
        before = kept.text
        kept.text, kept.updated_at = clean, now
        kept.save(update_fields=["text", "updated_at"])
        _audit("note.changed", kept, actor, now, before=before)
    return kept


def delete_note(note: Note, *, actor: str, may_administer: bool, now: datetime, seen: str | None = None) -> None:
    """Raises NotYourNote, NoteWasChanged."""
    _refuse_others(note, actor, may_administer)
    with transaction.atomic():
        kept = _locked(note, seen)
        _audit("note.deleted", kept, actor, now)
        kept.delete()


def version_of(note: Note) -> str:
    """What says that two readings of a note are the same."""
    return f"{note.updated_at.timestamp():.6f}-{digest({'text': note.text})[:16]}"


def note_history(note: Note) -> QuerySet[AuditEvent]:
    """Who wrote and changed it, newest first, out of the audit trail."""
    return AuditEvent.objects.filter(company=note.company, action__startswith="note.", details__note=note.pk).order_by(
        "-pk"
    )


def _locked(note: Note, seen: str | None) -> Note:
    kept = Note.objects.select_for_update(of=("self",)).select_related("company").filter(pk=note.pk).first()
    if kept is None or (seen is not None and version_of(kept) != seen):
        raise NoteWasChanged(kept)
    return kept


def _refuse_others(note: Note, actor: str, may_administer: bool) -> None:
    if not may_administer and (not actor or note.author != actor):
        raise NotYourNote


def _checked(text: str, metric_key: str) -> str:
    clean = text.replace("\x00", "").strip()
    problems = {}
    if not clean:
        problems["text"] = "A note needs some words."
    elif len(clean) > LONGEST:
        problems["text"] = f"A note has at most {LONGEST:,} characters; this one has {len(clean):,}."
    if metric_key and metric_key not in LINES:
        problems["metric_key"] = f"“{metric_key[:40]}” is not a metric."
    if problems:
        raise BadNote(problems)
    return clean


def _audit(action: str, note: Note, actor: str, now: datetime, **details: str) -> None:
    month = str(Month.of(note.month)) if note.month else ""
    audit.record(
        action=action,
        success=True,
        now=now,
        actor=actor,
        company=note.company,
        note=note.pk,
        month=month,
        metric=note.metric_key,
        text=note.text,
        **details,
    )
