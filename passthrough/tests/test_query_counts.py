"""How many statements and commits a call costs: counted here, because timings in a test depend on the machine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator

import pytest
from django.db import connections

from accounts import clock
from passthrough import direct, holding
from passthrough.answers import Answer
from passthrough.call_reading import Asked
from passthrough.models import Transaction
from passthrough.tests.calling import CUSTOMERS, FOUND, INVOICE, Desk, a_connected_company, a_key, job_states, run
from qbwc import live
from qbwc.models import CompanyFile, Exchange, Job, LiveWindow

pytestmark = pytest.mark.django_db(transaction=True)

NOISE = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


class Cost:
    """What was sent to the database of the test's own thread."""

    def __init__(self, log: Iterable[dict[str, str]]) -> None:
        self.sql = [query["sql"] for query in log]
        self.statements = [text for text in self.sql if not text.startswith(NOISE)]
        self.transactions = sum(text.startswith("BEGIN") for text in self.sql)


class Meter:
    """Coroutines of a test run on another thread than its database, so that this is asked for here."""

    def __init__(self) -> None:
        self._database = connections["default"]
        self._database.force_debug_cursor = True

    def begin(self) -> None:
        self._database.queries_log.clear()

    def end(self) -> Cost:
        return Cost(self._database.queries_log)


@pytest.fixture
def meter() -> Iterator[Meter]:
    yield Meter()
    connections["default"].force_debug_cursor = False


@pytest.fixture(autouse=True)
def nobody_looks_for_lost_wakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """One waiter looks for all of them in a moment that chance decides; on a slow machine that fell into a count."""
    monkeypatch.setattr(holding, "_ended_among", lambda pks: set())


@pytest.fixture
def key(company_file: CompanyFile) -> str:
    return a_key(company_file)


@pytest.fixture
def company_file() -> CompanyFile:
    return a_connected_company()


def calling(key: str, qbxml: str = CUSTOMERS, **values: object) -> asyncio.Task[Answer | None]:
    asked = Asked("application/json", {"x-api-key": key}, {})
    body = json.dumps({"qbxml": qbxml, **values}).encode()
    return asyncio.create_task(direct.answer(asked, body, holding.never, holding.in_thread))


async def held(count: int) -> None:
    for _ in range(500):
        if holding.how_many() == count:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{holding.how_many()} are held")


async def used(key: str) -> None:
    """The key was used and the company file was asked for a moment ago, as of any call but the first of a minute."""
    await calling(key, wait=0)
    await Job.objects.all().aupdate(state=Job.State.CANCELLED)


@pytest.mark.parametrize(
    ("qbxml", "values", "statements"), [(CUSTOMERS, {}, 3), (INVOICE, {"idempotency_key": "k"}, 5)]
)
def test_a_call_is_queued_in_one_commit(
    meter: Meter, key: str, qbxml: str, values: dict[str, str], statements: int
) -> None:
    async def scenario() -> Cost:
        await used(key)
        meter.begin()
        task = calling(key, qbxml, **values)
        await held(1)
        cost = meter.end()
        task.cancel()
        await asyncio.wait({task})
        return cost

    cost = run(scenario)
    assert len(cost.statements) == statements, "\n".join(cost.sql)
    assert cost.transactions <= 1


def test_an_answer_is_stored_read_and_handed_to_its_caller_in_one_commit(meter: Meter, key: str) -> None:
    async def scenario() -> tuple[Cost, Cost, Answer | None]:
        desk = Desk()
        await used(key)
        task = calling(key)
        await held(1)
        assert await desk.take()
        task_of_another = calling(key)
        await held(2)
        await desk.answer(desk.sent[0], FOUND)
        await task
        meter.begin()
        request = await desk.take()
        going = meter.end()
        meter.begin()
        await desk.answer(request, FOUND)
        answer = await task_of_another
        return going, meter.end(), answer

    going, coming, answer = run(scenario)
    assert answer is not None
    assert answer.status == 200
    assert len(going.statements) <= 7, "\n".join(going.sql)
    assert len(coming.statements) <= 11, "\n".join(coming.sql)
    assert going.transactions == coming.transactions == 1
    assert not Exchange.objects.filter(delivered_at=None).exists()


def test_callers_that_hang_up_together_are_withdrawn_together(meter: Meter, key: str) -> None:
    async def scenario() -> Cost:
        await used(key)
        tasks = [calling(key) for _ in range(20)]
        await held(20)
        meter.begin()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        return meter.end()

    cost = run(scenario)
    assert cost.transactions <= 2, "\n".join(cost.sql)
    assert len(cost.statements) <= 20 * 2 + 2 * 4, "\n".join(cost.sql)
    assert not Transaction.objects.filter(status="pending", is_write=False).exclude(held_until=None).exists()
    assert set(run(job_states)) == {Job.State.CANCELLED}


def test_a_held_connector_looks_for_work_with_one_statement(meter: Meter, company_file: CompanyFile) -> None:
    CompanyFile.objects.update(live_window=LiveWindow.BUSINESS_HOURS)
    live.has_news(company_file.pk, clock.now())
    meter.begin()
    assert not live.has_news(company_file.pk, clock.now())
    assert len(meter.end().statements) == 1
