"""A person's own head count for a month, which wins over what QuickBooks' list says; and taking it back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import Company
from metrics.canonical import plain_text
from metrics.models import MonthlyHeadCount
from metrics.months import Month
from metrics.recompute import lock, recompute

MOST_PEOPLE = 100_000
LONGEST_NOTE = 300


class BadHeadCount(ValueError):
    """A head count that cannot be kept; `problems` names each field and what is wrong with it."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


def enter(company: Company, month: Month, count: int, note: str, *, actor: str, now: datetime) -> None:
    """Keep this count for the month, on both bases. Raises BadHeadCount."""
    problems = {}
    if not 0 <= count <= MOST_PEOPLE:
        problems["employees"] = f"Write a whole number from 0 to {MOST_PEOPLE:,}."
    if len(note) > LONGEST_NOTE:
        problems["note"] = f"A note has at most {LONGEST_NOTE} characters."
    if problems:
        raise BadHeadCount(problems)
    with transaction.atomic():
        lock(company)
        row = _row(company, month) or MonthlyHeadCount(company=company, month=month.first_day, frozen_at=now)
        before = row.entered
        row.entered, row.entered_by, row.note = count, actor[:200], plain_text(note).strip()
        row.save()
        recompute(company, as_of=now.date(), months=(month,))
        audit.record(
            action="head_count.entered",
            success=True,
            now=now,
            actor=actor,
            company=company,
            month=str(month),
            before=before,
            employees=count,
            note=row.note,
        )


def take_back(company: Company, month: Month, *, actor: str, now: datetime) -> bool:
    """Let QuickBooks' list count again; whether there was a person's count at all."""
    with transaction.atomic():
        lock(company)
        row = _row(company, month)
        if row is None or row.entered is None:
            return False
        entered = row.entered
        if row.exchange_id is None and not row.counts:  # a person's word alone: no list was frozen under it
            row.delete()
        else:
            row.entered, row.entered_by, row.note = None, "", ""
            row.save()
        recompute(company, as_of=now.date(), months=(month,))
        audit.record(
            action="head_count.taken_back",
            success=True,
            now=now,
            actor=actor,
            company=company,
            month=str(month),
            employees=entered,
        )
    return True


def _row(company: Company, month: Month) -> MonthlyHeadCount | None:
    return MonthlyHeadCount.objects.filter(company=company, month=month.first_day).first()
