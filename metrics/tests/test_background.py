"""Work in the background: ordered once, carried out once, its end told in words; a dead worker loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Company
from metrics import background
from metrics.background import Done, Progress, WorkFailed
from metrics.models import BackgroundWork
from metrics.tests.factories import NOW, CompanyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create()


@pytest.fixture(autouse=True)
def kinds() -> Iterator[None]:
    before = dict(background._kinds)
    background.register_work("count", _count)
    background.register_work("refuse", _refuse)
    background.register_work("break", _break)
    yield
    background._kinds.clear()
    background._kinds.update(before)


def _count(company: Company, parameters: dict[str, Any], progress: Progress) -> Done:
    progress(50, "half way")
    assert BackgroundWork.objects.get().progress == 50
    return Done(f"Counted {parameters['to']}.", {"to": parameters["to"]}, "count.txt", "text/plain", b"1 2 3")


def _refuse(company: Company, parameters: dict[str, Any], progress: Progress) -> Done:
    raise WorkFailed("There is nothing to count. Sync the company first.")


def _break(company: Company, parameters: dict[str, Any], progress: Progress) -> Done:
    raise ZeroDivisionError("secret detail")


def test_work_is_done_once_and_its_file_is_kept(company: Company) -> None:
    work = background.ask(company, "count", {"to": 3}, actor="dana", now=NOW)
    background.run(work.pk)
    background.run(work.pk)
    work.refresh_from_db()
    assert (work.state, work.progress, work.message, work.result) == ("done", 100, "Counted 3.", {"to": 3})
    assert (work.file_name, bytes(work.file_body or b"")) == ("count.txt", b"1 2 3")


def test_the_same_work_is_not_ordered_twice_while_it_waits(company: Company) -> None:
    first = background.ask(company, "count", {"to": 3}, actor="dana", now=NOW)
    assert background.ask(company, "count", {"to": 3}, actor="eli", now=NOW).pk == first.pk
    assert background.ask(company, "count", {"to": 4}, actor="eli", now=NOW).pk != first.pk


def test_a_refusal_is_told_in_its_words(company: Company) -> None:
    work = background.ask(company, "refuse", {}, actor="dana", now=NOW)
    background.run(work.pk)
    work.refresh_from_db()
    assert (work.state, work.message) == ("failed", "There is nothing to count. Sync the company first.")


def test_a_fault_of_ours_is_told_without_its_details(company: Company) -> None:
    work = background.ask(company, "break", {}, actor="dana", now=NOW)
    background.run(work.pk)
    work.refresh_from_db()
    assert work.state == "failed"
    assert "secret" not in work.message


def test_unknown_work_cannot_be_ordered(company: Company) -> None:
    with pytest.raises(LookupError):
        background.ask(company, "unheard of", {}, actor="dana", now=NOW)


def test_what_a_dead_worker_left_is_handed_out_again_and_old_work_forgotten(company: Company) -> None:
    lost = background.ask(company, "count", {"to": 1}, actor="dana", now=NOW)
    BackgroundWork.objects.filter(pk=lost.pk).update(state="running", started_at=NOW)
    old = BackgroundWork.objects.create(
        company=company, kind="count", state="done", requested_by="d", requested_at=NOW, finished_at=NOW
    )
    background.sweep(NOW + background.SILENT + timedelta(seconds=1))
    lost.refresh_from_db()
    assert lost.state == "queued"
    background.sweep(NOW + background.KEPT + timedelta(seconds=1))
    assert not BackgroundWork.objects.filter(pk=old.pk).exists()


def test_work_that_ends_its_workers_again_and_again_is_given_up_and_says_so(company: Company) -> None:
    """One order too large for the machine must not bring the server down every quarter of an hour for ever."""
    lost = background.ask(company, "count", {"to": 1}, actor="dana", now=NOW)
    dies_at = NOW + background.PATIENCE
    BackgroundWork.objects.filter(pk=lost.pk).update(state="running", started_at=dies_at)
    background.sweep(dies_at + background.SILENT + timedelta(seconds=1))
    lost.refresh_from_db()
    assert (lost.state, lost.file_body) == ("failed", None)
    assert "ended before it was done" in lost.message
    again = background.ask(company, "count", {"to": 1}, actor="dana", now=NOW)
    assert again.pk != lost.pk


def test_work_that_waited_for_a_worker_all_day_is_not_given_up(company: Company) -> None:
    waits = background.ask(company, "count", {"to": 1}, actor="dana", now=NOW)
    BackgroundWork.objects.update(state="queued")
    background.sweep(NOW + timedelta(days=1))
    waits.refresh_from_db()
    assert waits.state != "failed"


def test_what_waits_can_be_cancelled_and_is_never_begun(company: Company) -> None:
    work = background.ask(company, "count", {"to": 3}, actor="dana", now=NOW)
    assert background.cancel(work.pk, actor="eli", now=NOW)
    assert not background.cancel(work.pk, actor="eli", now=NOW)
    background.run(work.pk)
    work.refresh_from_db()
    assert (work.state, work.message, work.started_at) == ("failed", "Cancelled by eli.", None)
    assert background.ask(company, "count", {"to": 3}, actor="dana", now=NOW).pk != work.pk


def test_whoever_works_on_what_was_cancelled_stops_at_the_next_step(company: Company) -> None:
    steps = []

    def go_on(company: Company, parameters: dict[str, Any], progress: Progress) -> Done:
        for step in (10, 20):
            progress(step, "…")
            steps.append(step)
            background.cancel(BackgroundWork.objects.get().pk, actor="dana", now=NOW)
        return Done("Nobody wants it.")

    background.register_work("go_on", go_on)
    work = background.ask(company, "go_on", {}, actor="dana", now=NOW)
    background.run(work.pk)
    work.refresh_from_db()
    assert (work.state, work.message, steps) == ("failed", "Cancelled by dana.", [10])


def test_what_is_done_cannot_be_cancelled_any_more(company: Company) -> None:
    work = background.ask(company, "count", {"to": 3}, actor="dana", now=NOW)
    background.run(work.pk)
    assert not background.cancel(work.pk, actor="dana", now=NOW)
    work.refresh_from_db()
    assert work.state == "done"
