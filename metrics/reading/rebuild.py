"""All figures of a company again from its stored answers, without QuickBooks: once more, or from nothing.

Rules
-----
- Reading again takes, in the order in which they were sent, the answers that figures or tie-outs rest on today.
- From scratch, everything derived is deleted and every stored answer is read in the order in which it was read at
  first: a late answer restates nothing, so that order is part of what is known. What a person did stays: restatements
  acknowledged, head counts entered.
- Both happen in one transaction under the company's lock; a check rolls it back. An answer that is stored no more, or
  that cannot be read any more, would leave a gap: then nothing is kept, unless gaps are accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from accounts import audit
from accounts.models import Company
from metrics.derived_rows import DERIVED, Difference, State, differences, state_of
from metrics.models import MappingVersion, MonthlyHeadCount, SyncHistory
from metrics.reading.kept_decisions import KeptDecisions
from metrics.reading.stored_answers import (
    StoredAnswer,
    SyncType,
    answers_in_use,
    answers_of,
    loaded,
    months_without_answer,
    read_again,
)
from metrics.recompute import lock, recompute

ACTOR = "manage.py reread"
Progress = Callable[[int, int], None]  # answers read so far, of how many


@dataclass(frozen=True)
class Outcome:
    """What came of it. `gaps`: answers that could not be read again, each in words. `is_kept`: it was written."""

    company: Company
    answers_read: int
    gaps: tuple[str, ...]
    differences: tuple[Difference, ...]
    is_kept: bool

    @property
    def is_identical(self) -> bool:
        return not self.differences and not self.gaps


@dataclass
class _Run:
    """What one run has done so far."""

    read: int = 0
    gaps: list[str] = field(default_factory=list)


def _quiet(_read: int, _of: int) -> None:
    pass


def reread(company: Company, now: datetime, *, is_check: bool = False, progress: Progress = _quiet) -> Outcome:
    """Read again what today's figures rest on. Twice changes nothing."""
    with transaction.atomic():
        lock(company)
        before, run, answers = state_of(company), _Run(), answers_in_use(company)
        run.gaps = [f"The answer that {month} rests on was deleted." for month in months_without_answer(company)]
        # A chart that is read again brings no new account: its line in the history would say so.
        _read_all(run, answers, company, progress, kinds_without_record=(SyncType.ACCOUNTS,))
        recompute(company, as_of=_last_day(company, answers, now))
        return _ended(company, run, before, now, "figures.reread", is_kept=not is_check)


def rebuild(
    company: Company,
    now: datetime,
    *,
    is_check: bool = False,
    accepts_gaps: bool = False,
    progress: Progress = _quiet,
    order: Callable[[Sequence[StoredAnswer]], Sequence[StoredAnswer]] = tuple,
) -> Outcome:
    """Delete everything derived and read every stored answer. `order` is for proofs that another one does no harm."""
    with transaction.atomic():
        lock(company)
        before, run, answers = state_of(company), _Run(), answers_of(company)
        kept = KeptDecisions.of(company)
        _clear(company, answers)
        _read_all(run, order(answers), company, progress)
        _put_back_lost(answers)
        run.gaps += kept.put_back(company)
        recompute(company, as_of=_last_day(company, answers, now))
        is_kept = not is_check and (accepts_gaps or not run.gaps)
        return _ended(company, run, before, now, "figures.rebuilt", is_kept=is_kept)


def _read_all(
    run: _Run,
    answers: Sequence[StoredAnswer],
    company: Company,
    progress: Progress,
    kinds_without_record: tuple[str, ...] = (),
) -> None:
    for at, answer in enumerate(loaded(answers), start=1):
        if answer.may_be_read:
            problem = read_again(answer, company, records=answer.sync_type not in kinds_without_record)
            run.read += not problem
        else:
            problem = "its text is no longer stored."
        if problem and answer.was_read:
            run.gaps.append(f"{answer.name}: {problem}")
        progress(at, len(answers))


def _clear(company: Company, answers: Sequence[StoredAnswer]) -> None:
    """Nothing derived, and nothing read yet: what the history says of later answers must not count for earlier ones."""
    for table in DERIVED:
        rows = table._default_manager.filter(company=company)
        if table is MonthlyHeadCount:  # entered for a month that no list was there for: a person's word alone
            rows = rows.exclude(exchange=None, entered__isnull=False)
        rows.delete()
    SyncHistory.objects.filter(company=company, sync_type__in=SyncType.values, exchange__isnull=False).update(
        success=False
    )


def _put_back_lost(answers: Sequence[StoredAnswer]) -> None:
    """That an answer was read well stays true when its text is gone."""
    lost = [one.exchange.pk for one in answers if one.exchange is not None and one.was_read and not one.may_be_read]
    for exchange_id in lost:
        SyncHistory.objects.filter(exchange_id=exchange_id).update(success=True)


def _last_day(company: Company, answers: Sequence[StoredAnswer], now: datetime) -> date:
    """The day on which figures were last worked out: the running month's head count is of that day."""
    moments = [one.exchange.delivered_at or one.at for one in answers if one.exchange is not None]
    versions = MappingVersion.objects.filter(company=company).aggregate(newest=Max("created_at"))
    if versions["newest"] is not None:
        moments.append(versions["newest"])
    return max(moments, default=now).date()


def _ended(company: Company, run: _Run, before: State, now: datetime, action: str, *, is_kept: bool) -> Outcome:
    found = differences(before, state_of(company))
    if not is_kept:
        transaction.set_rollback(True)
    else:
        audit.record(
            action=action,
            success=not run.gaps,
            now=now,
            actor=ACTOR,
            company=company,
            answers=run.read,
            differences=len(found),
            gaps=len(run.gaps),
        )
    return Outcome(company, run.read, tuple(run.gaps), found, is_kept)
