"""The queue with 10 to 1,000,000 jobs waiting and as many finished; the poll with 10 to 1,000 companies. In process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

from django.db import connection, transaction

from accounts.models import Company
from bench.calls import PASSWORD
from qbwc import opening, queue, raw, soap
from qbwc.models import CompanyFile, Job, WebConnectorSession
from qbwc.passwords import hash_password

JOBS = (10, 10_000, 1_000_000)
COMPANIES = (10, 100, 1_000)
SAMPLES = 200
_WAITING_AND_FINISHED = """
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < %s)
INSERT INTO qbwc_job (company_file_id, purpose, parameters, is_write, state, priority, created_at, available_at,
    attempts, max_attempts, message_set_id, acknowledges, iterator_id, pages, failure)
SELECT %s, 'raw_query', '{"request": "<CustomerQueryRq/>"}', false, %s, 100, %s, %s, 0, 5, '', '', '', 0, ''
FROM number
"""


def run() -> None:
    _by_jobs()
    _by_companies()


def _by_jobs() -> None:
    print(f"{'jobs waiting':>13} {'finished':>10} {'claim':>10} {'any ready?':>11} {'sign-in':>10} {'enqueue':>10}")
    busy = _company("Busy", PASSWORD)
    session = WebConnectorSession.objects.create(
        company_file=busy,
        ticket="bench",
        started_at=_now(),
        last_call_at=_now(),
        state=WebConnectorSession.State.CLOSED,
    )
    there = 0
    for count in JOBS:
        for state in (Job.State.QUEUED, Job.State.DONE):
            _add(busy, count - there, state)
        there = count
        actions: list[Callable[[], object]] = [
            lambda: queue.claim(session, _now()),
            lambda: queue.has_ready_job(busy, _now()),
            lambda: opening.authenticate(soap.Authenticate("Busy", PASSWORD), _now()),
            lambda: queue.enqueue(
                company_file=busy, purpose=raw.QUERY, now=_now(), parameters={"request": "<CustomerQueryRq/>"}
            ),
        ]
        figures = " ".join(f"{_microseconds(action):>7,.0f} µs" for action in actions)
        print(f"{count:>13,} {count:>10,} {figures}")


def _by_companies() -> None:
    print(f"\n{'companies':>13} {'poll':>10} {'first of a minute':>18}")
    names: list[str] = []
    for count in COMPANIES:
        names += [_company(f"Company {number}", PASSWORD, rounds=4).username for number in range(len(names), count)]
        for name in names:  # bcrypt once, as in a day's first poll
            opening.authenticate(soap.Authenticate(name, PASSWORD), _now())
        some = (names * SAMPLES)[: max(SAMPLES, count)]
        later = _now() + timedelta(hours=1)
        print(
            f"{count:>13,} {_median(partial(_poll, name, _now()) for name in some):>7,.0f} µs "
            f"{_median(partial(_poll, name, later) for name in names):>15,.0f} µs"
        )


def _poll(name: str, now: datetime) -> None:
    verdict = opening.authenticate(soap.Authenticate(name, PASSWORD), now)[1]
    assert verdict == "none", verdict


def _add(company_file: CompanyFile, count: int, state: Job.State) -> None:
    moment = connection.ops.adapt_datetimefield_value(_now() - timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute(_WAITING_AND_FINISHED, (count, company_file.pk, state, moment, moment))


def _company(name: str, password: str, rounds: int = 12) -> CompanyFile:
    company = Company.objects.create(name=name, slug=name.lower().replace(" ", "-"))
    return CompanyFile.objects.create(
        company=company,
        username=name,
        password_hash=hash_password(password, rounds=rounds),
        owner_id=uuid4(),
        file_id=uuid4(),
        app_name="Bench",
    )


def _microseconds(action: Callable[[], object]) -> float:
    """The median of SAMPLES runs, each taken back: its own commit is not in it."""
    return _median(partial(_taken_back, action) for _ in range(SAMPLES)) - _median(
        partial(_taken_back, lambda: None) for _ in range(SAMPLES)
    )


def _taken_back(action: Callable[[], object]) -> None:
    with transaction.atomic():
        action()
        transaction.set_rollback(True)


def _median(actions: Iterable[Callable[[], object]]) -> float:
    """Microseconds."""
    return statistics.median(map(_seconds, actions)) * 1e6


def _seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _now() -> datetime:
    return datetime.now(tz=UTC)
