"""What a person decides about a job that ended badly: once, audited, and never a write that is switched off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import AuditEvent
from qbwc import alerts, queue, settling
from qbwc.models import CompanyFile, Job, SyncPlan
from qbwc.tests.conversation import a_company_file, reading_into

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@pytest.fixture
def company_file() -> Iterator[CompanyFile]:
    with reading_into([], "write", is_write=True), reading_into([], "read"):
        made = a_company_file()
        made.company.allows_writes = True
        made.company.save()
        yield made


def a_job(company_file: CompanyFile, state: str, purpose: str = "write", **columns: Any) -> Job:
    values = {"created_at": NOW, "available_at": NOW, "finished_at": NOW, "is_write": purpose == "write", **columns}
    return Job.objects.create(company_file=company_file, purpose=purpose, state=state, **values)


def test_a_write_found_in_quickbooks_ends_as_done(company_file: CompanyFile) -> None:
    job = a_job(company_file, "outcome_unknown", failure="Nobody knows.", message_set_id="abc")

    settling.settle_as_done(job, NOW, actor="alice")

    job.refresh_from_db()
    assert (job.state, job.failure, job.finished_at) == ("done", "", NOW)
    line = AuditEvent.objects.get(action="job.settled_as_done")
    assert (line.actor, line.company, line.details["known"]) == ("alice", company_file.company, "Nobody knows.")
    assert line.details["message_set_id"] == "abc"


def test_a_write_not_found_goes_again_under_a_new_message_set_id(company_file: CompanyFile) -> None:
    job = a_job(
        company_file,
        "outcome_unknown",
        parameters={"request": "x"},
        message_set_id="old",
        priority=queue.RECOVERY,
        deadline_at=NOW - timedelta(days=1),
    )

    new = settling.send_again(job, NOW, actor="alice")

    job.refresh_from_db()
    assert (job.state, f"Sent again as job {new.pk}." in job.failure) == ("failed", True)
    assert (new.state, new.parameters, new.is_write, new.deadline_at) == ("queued", {"request": "x"}, True, None)
    assert (new.priority, new.attempts) == (queue.INTERACTIVE, 0)
    assert len(new.message_set_id) == 22
    assert AuditEvent.objects.get(action="job.sent_again").details["new_job"] == new.pk


def test_a_failed_job_goes_again_once(company_file: CompanyFile) -> None:
    job = a_job(company_file, "failed", "read", failure="No permission.", priority=50)

    new = settling.try_again(job, NOW, actor="alice")

    job.refresh_from_db()
    assert (job.state, job.failure) == ("failed", f"No permission. Sent again as job {new.pk}.")
    assert new.priority == 50
    with pytest.raises(settling.NotSettled, match="sent again or settled already"):
        settling.try_again(job, NOW, actor="alice")
    assert Job.objects.count() == 2


@pytest.mark.parametrize("state", ["queued", "in_flight", "done", "failed", "cancelled"])
def test_only_an_unknown_outcome_is_settled(company_file: CompanyFile, state: str) -> None:
    job = a_job(company_file, state)

    with pytest.raises(settling.NotSettled):
        settling.settle_as_done(job, NOW, actor="alice")
    with pytest.raises(settling.NotSettled):
        settling.send_again(job, NOW, actor="alice")

    assert (Job.objects.get().state, AuditEvent.objects.exists()) == (state, False)


def test_two_people_deciding_at_once_make_one_job(company_file: CompanyFile) -> None:
    job = a_job(company_file, "outcome_unknown")
    seen_by_bob = Job.objects.get(pk=job.pk)

    settling.send_again(job, NOW, actor="alice")
    with pytest.raises(settling.NotSettled):
        settling.send_again(seen_by_bob, NOW, actor="bob")
    with pytest.raises(settling.NotSettled):
        settling.settle_as_done(seen_by_bob, NOW, actor="bob")

    assert Job.objects.count() == 2


@pytest.mark.parametrize("decision", [settling.send_again, settling.try_again])
def test_a_write_is_not_sent_while_changes_are_switched_off(company_file: CompanyFile, decision: Any) -> None:
    company_file.company.allows_writes = False
    company_file.company.save()
    job = a_job(company_file, "failed" if decision is settling.try_again else "outcome_unknown")

    with pytest.raises(settling.NotSettled, match="switched off"):
        decision(job, NOW, actor="alice")

    assert Job.objects.count() == 1


def test_a_reading_that_waits_already_is_not_doubled(company_file: CompanyFile) -> None:
    plan = SyncPlan.objects.create(company_file=company_file, purpose="read", priority=70)
    job = a_job(company_file, "failed", "read", plan=plan, priority=queue.RECOVERY)
    assert settling.try_again(job, NOW, actor="alice").priority == 70

    again = a_job(company_file, "failed", "read", plan=plan)
    with pytest.raises(settling.NotSettled, match="waiting already"):
        settling.try_again(again, NOW, actor="alice")


def test_a_purpose_nobody_knows_any_more_is_said(company_file: CompanyFile) -> None:
    job = a_job(company_file, "failed", "gone")

    with pytest.raises(settling.NotSettled, match="no longer knows"):
        settling.try_again(job, NOW, actor="alice")


def test_cancelling_is_audited_once(company_file: CompanyFile) -> None:
    job = a_job(company_file, "queued")

    assert settling.cancel(job, NOW, actor="alice")
    assert not settling.cancel(job, NOW, actor="alice")

    assert AuditEvent.objects.filter(action="job.cancelled").count() == 1


def _told(company_file: CompanyFile) -> list[tuple[str, int | None]]:
    return [(alert.kind, alert.job.pk if alert.job else None) for alert in alerts.alerts_of(company_file, NOW)]


def test_alerts_hold_old_unknown_outcomes_and_the_failures_of_a_week(company_file: CompanyFile) -> None:
    fresh = a_job(company_file, "failed", finished_at=NOW - timedelta(days=6))
    a_job(company_file, "failed", finished_at=NOW - timedelta(days=8))
    unknown = a_job(company_file, "outcome_unknown", finished_at=NOW - timedelta(days=400))
    a_job(company_file, "done")
    a_job(a_company_file_of("Other"), "outcome_unknown")

    assert _told(company_file) == [("outcome_unknown", unknown.pk), ("failed_job", fresh.pk)]


def test_a_failed_reading_that_has_run_again_is_not_told(company_file: CompanyFile) -> None:
    plan = SyncPlan.objects.create(company_file=company_file, purpose="read")
    a_job(company_file, "failed", "read", plan=plan)
    newest = a_job(company_file, "failed", "read", plan=plan)
    assert _told(company_file) == [("failed_job", newest.pk)]

    a_job(company_file, "done", "read", plan=plan)
    assert _told(company_file) == []


def a_company_file_of(name: str) -> CompanyFile:
    first = CompanyFile.objects.get()
    CompanyFile.objects.update(file_id=first.owner_id)
    return a_company_file(name, name.lower())
