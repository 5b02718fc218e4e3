"""The audit trail: append-only, chained, one writer at a time."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from accounts import audit
from accounts.models import AuditEvent
from accounts.tests.factories import CompanyFactory

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)


def write(action: str = "thing.done", **details: Any) -> AuditEvent:
    return audit.record(action=action, success=True, now=NOW, actor="alice", **details)


@pytest.mark.django_db
def test_every_line_carries_the_hash_of_the_line_before() -> None:
    first, second = write("first"), write("second")

    assert first.previous_hash == "0" * 64
    assert second.previous_hash == first.hash
    assert audit.verify() == []


@pytest.mark.django_db
def test_a_line_says_what_it_was_told() -> None:
    company = CompanyFactory.create()

    pk = audit.record(action="a.b", success=False, now=NOW, actor="bob", company=company, reason="closed", tries=3).pk

    line = AuditEvent.objects.get(pk=pk)
    assert (line.action, line.success, line.actor, line.company, line.timestamp) == ("a.b", False, "bob", company, NOW)
    assert line.details == {"reason": "closed", "tries": 3}


@pytest.mark.django_db
def test_details_of_every_kind_survive_the_database() -> None:
    write(amount=Decimal("1.10"), ratio=0.1, when=NOW, none=None, nested={"a": [1, {2}]}, odd="a\x00b\ud800")

    assert audit.verify() == []
    details = AuditEvent.objects.get().details
    assert details["amount"] == "1.10"
    assert details["nested"] == {"a": [1, [2]]}
    assert details["odd"] == "a\ufffdb?"


@pytest.mark.django_db
def test_endless_text_is_cut() -> None:
    line = write("x" * 500, text="y" * 100_000)

    assert (len(line.action), len(line.details["text"])) == (80, 2000)


@pytest.mark.django_db
def test_a_line_cannot_be_saved_again() -> None:
    line = write()
    line.actor = "mallory"

    with pytest.raises(audit.AuditTrailIsAppendOnly):
        line.save()


@pytest.mark.django_db
def test_a_line_cannot_be_written_past_the_trail() -> None:
    with pytest.raises(audit.AuditTrailIsAppendOnly):
        AuditEvent.objects.create(timestamp=NOW, action="forged", success=True, previous_hash="", hash="")


@pytest.mark.django_db
def test_lines_cannot_be_deleted_one_by_one_or_together() -> None:
    line = write()

    with pytest.raises(audit.AuditTrailIsAppendOnly), transaction.atomic():
        line.delete()
    with pytest.raises(audit.AuditTrailIsAppendOnly), transaction.atomic():
        AuditEvent.objects.all().delete()
    assert AuditEvent.objects.count() == 1


@pytest.mark.django_db
def test_a_change_behind_the_servers_back_is_found() -> None:
    write("one")
    changed = write("two")
    write("three")

    AuditEvent.objects.filter(pk=changed.pk).update(actor="nobody")

    assert audit.verify() == [changed.pk]


@pytest.mark.django_db
def test_a_line_taken_out_behind_the_servers_back_is_found() -> None:
    write("one")
    removed, after = write("two"), write("three")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM qbr_audit_log WHERE id = %s", [removed.pk])

    assert audit.verify() == [after.pk]
    assert audit.verify(newest=1) == []
    assert audit.verify(newest=10) == [after.pk]


@pytest.mark.django_db(transaction=True)
def test_concurrent_writers_make_one_unbroken_chain() -> None:
    start = threading.Barrier(6)
    failures: list[BaseException] = []

    def writer() -> None:
        try:
            start.wait(timeout=60)
            for _ in range(8):
                write()
        except BaseException as error:  # a thread's error would be lost
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=writer) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)

    assert failures == []
    assert AuditEvent.objects.count() == 48
    assert audit.verify() == []


@pytest.mark.django_db(transaction=True)
def test_what_a_failed_transaction_recorded_leaves_no_gap_in_the_chain() -> None:
    write("before")
    with transaction.atomic():
        write("undone")
        transaction.set_rollback(True)
    write("after")

    assert [line.action for line in AuditEvent.objects.order_by("pk")] == ["before", "after"]
    assert audit.verify() == []
