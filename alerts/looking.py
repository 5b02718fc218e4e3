"""The look at many companies at once: what the sources find against what is known, in a fixed number of queries."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import Company
from alerts import changing, telling
from alerts.left_out import owe_again
from alerts.models import Alert
from alerts.sources import Found, fitted, sources

logger = logging.getLogger(__name__)

BATCH = 500
SOON = 10  # seconds that changes of figures are gathered before somebody looks
Key = tuple[int, str, str]  # company, kind, subject


def look(now: datetime, company_ids: Sequence[int] | None = None) -> None:
    """At these companies, or all; then tell what is new."""
    companies = Company.objects.order_by("pk")
    chosen = list(companies if company_ids is None else companies.filter(pk__in=company_ids))
    for start in range(0, len(chosen), BATCH):
        _look_at(chosen[start : start + BATCH], now)
    telling.tell([company.pk for company in chosen], now)


def judge_anew(company: Company, now: datetime) -> None:
    """In the commit that changes thresholds: what is there stays the same thing, however it is measured now."""
    found, judged = _found([company], now, apart=transaction.atomic)
    rows = Alert.objects.filter(company=company, kind__in=judged, ended_at=None).order_by("pk").select_for_update()
    changed = [row for row in rows if (one := found.get(_key(row))) and one.fingerprint != row.fingerprint]
    for row in changed:
        changing.judged_anew(row, found[_key(row)], now)
    Alert.objects.bulk_update(changed, changing.COLUMNS)


def ask_look(company_id: int) -> None:
    """After the commit, and only once for all that changes within some seconds; a caller pays for a task alone."""
    transaction.on_commit(lambda: _ask(company_id))


def _ask(company_id: int) -> None:
    try:
        from alerts.tasks import look_at_company  # tasks imports this module

        if cache.add(f"alerts-look-{company_id}", 1, timeout=SOON):
            look_at_company.apply_async(kwargs={"company_id": company_id}, countdown=SOON)
    except Exception:  # a broker that is down costs nothing: the look of every few minutes finds it
        logger.warning("nobody could be asked to look at company %s; the next look will", company_id, exc_info=True)


def _look_at(companies: Sequence[Company], now: datetime) -> None:
    found, judged = _found(companies, now)
    rows = Alert.objects.filter(company__in=companies, kind__in=judged)
    known = {_key(row): row for row in rows.filter(ended_at=None)}
    is_quiet = known.keys() == found.keys() and all(
        changing.is_as_it_was(known[key], one, now) for key, one in found.items()
    )
    if not is_quiet:
        _write(rows, found, now)


def _found(
    companies: Sequence[Company],
    now: datetime,
    apart: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> tuple[Mapping[Key, Found], list[str]]:
    """What there is, and which kinds were judged: a source that fails neither begins nor ends anything.

    `apart`: what each is asked in; a savepoint, where what the database refuses would end the caller's transaction.
    """
    found: dict[Key, Found] = {}
    judged = []
    for kind, source in sources().items():
        try:
            with apart():
                seen = {(one.company_id, kind, one.subject): one for one in map(fitted, source.look(companies, now))}
        except Exception:
            logger.exception("the look for alerts of kind %s failed", kind)
            continue
        found |= seen
        judged.append(kind)
    return found, judged


def _write(rows: QuerySet[Alert], found: Mapping[Key, Found], now: datetime) -> None:
    """Under a lock, from the rows as they are by then; what was written later than `now`, when the sources had not
    been read yet, knows better and stays: the next look sees it."""
    subjects = {key[2] for key in found}
    with transaction.atomic():
        wanted = rows.filter(Q(ended_at=None) | Q(subject__in=subjects)).order_by("pk").select_for_update()
        known = {_key(row): row for row in wanted}
        before = {row.pk: (row.ended_at, row.fingerprint) for row in known.values()}
        changed = [row for key, row in known.items() if row.updated_at <= now and _move(row, found.get(key), now)]
        again = [row for row in changed if changing.is_back(*before[row.pk], row, found.get(_key(row)))]
        new = [changing.begun(key[1], one, now) for key, one in found.items() if key not in known]
        # Whoever comes second with a new one loses it here, and sees it as known at the next look.
        Alert.objects.bulk_create(new, ignore_conflicts=True)
        Alert.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["pk"], update_fields=list(changing.COLUMNS)
        )
        if again:
            owe_again(again, now)


def _move(row: Alert, found: Found | None, now: datetime) -> bool:
    """Whether it has to be written."""
    if found is None:
        if row.ended_at is not None:
            return False
        changing.over(row, now)
        return True
    if changing.is_as_it_was(row, found, now):
        return False
    changing.seen(row, found, now, sources()[row.kind])
    return True


def _key(row: Alert) -> Key:
    return row.company_id, row.kind, row.subject
