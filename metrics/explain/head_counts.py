"""How a month's head count came about: who entered it, which list froze it, or which list it was counted from."""

from __future__ import annotations

from datetime import UTC, date, datetime

from accounts.models import Company
from metrics.explain.explained import HeadCountPart, HeadCountStory
from metrics.figure_words import day_words
from metrics.head_counts.rows import employees_of, settings_of
from metrics.headcount import HeadCountByType, HeadCountSettings, count, head_count_by_type, is_hindsight
from metrics.models import MonthlyHeadCount, SyncHistory
from metrics.months import Month

_UNKNOWN = "No employee list was read yet, so nobody was counted."
_NOT_THEN = (
    "This month's count was not frozen by then, and QuickBooks only ever has today's list: it cannot be told any more."
)


def story_of(company: Company, month: Month, moment: datetime | None, read_at: datetime | None) -> HeadCountStory:
    """`read_at`: when the month was last read, which is the day of a running month's count. Four queries at most."""
    row = MonthlyHeadCount.objects.filter(company=company, month=month.first_day).first()
    if row is not None and (moment is None or row.frozen_at <= moment):
        return _kept(company, month, row)
    if moment is not None:
        return HeadCountStory("unknown", month, _NOT_THEN, (), None)
    lists = SyncHistory.objects.filter(company=company, sync_type=SyncHistory.SyncType.EMPLOYEES, success=True)
    newest = lists.order_by("-created_at", "-pk").first()
    if newest is None:
        return HeadCountStory("unknown", month, _UNKNOWN, (), None)
    return _counted(company, month, newest, read_at)


def _kept(company: Company, month: Month, row: MonthlyHeadCount) -> HeadCountStory:
    settings = settings_of(company)
    by_type = HeadCountByType(row.counts, row.estimated)
    if row.entered is not None:
        words = f"Entered by {row.entered_by or 'a person'}: {row.entered}. An entered count wins over every list."
        return HeadCountStory("entered", month, words, _parts(by_type, settings), row.exchange_id, row.note)
    words = (
        f"People employed on {_day(month.last_day)}, by the list that QuickBooks gave on {_day(row.frozen_at)}, the"
        " first one after the month was over. The count was frozen then; newer lists do not change it."
    )
    return HeadCountStory("frozen", month, words, _parts(by_type, settings), row.exchange_id, row.note)


def _counted(company: Company, month: Month, newest: SyncHistory, read_at: datetime | None) -> HeadCountStory:
    listed = newest.created_at.astimezone(UTC).date()
    as_of = max(listed, read_at.astimezone(UTC).date()) if read_at is not None else listed
    by_type = head_count_by_type(employees_of(company), month, as_of)
    parts = _parts(by_type, settings_of(company))
    if as_of <= month.last_day:
        words = f"The month still runs: people employed on {_day(as_of)}, by the list of {_day(newest.created_at)}."
        return HeadCountStory("running", month, words, parts, newest.exchange_id)
    words = (
        f"People employed on {_day(month.last_day)}, worked out from the hire and release dates in the newest list, of"
        f" {_day(newest.created_at)}. No list of the month's own time was read."
    )
    if is_hindsight(month, listed):
        words += " That is long after the month: people rehired or retyped since may be counted wrongly."
    return HeadCountStory("hindsight", month, words, parts, newest.exchange_id)


def _parts(by_type: HeadCountByType, settings: HeadCountSettings) -> tuple[HeadCountPart, ...]:
    kinds = sorted({*by_type.counts, *by_type.estimated}, key=lambda kind: (-by_type.counts.get(kind, 0), kind))
    return tuple(
        HeadCountPart(
            kind,
            by_type.counts.get(kind, 0),
            by_type.estimated.get(kind, 0),
            count(HeadCountByType({kind: 1}, {}), settings).count > 0,
        )
        for kind in kinds
    )


def _day(day: date | datetime) -> str:
    """ "31 Jan 2026"; a moment's day is UTC's."""
    return day_words(day.astimezone(UTC) if isinstance(day, datetime) else day)
