"""Figures that are older than they should be say so: on the pages, in the freeze, in its files."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Company, Membership, User
from metrics.downloads.files import review_of_snapshot, told_what_changed
from metrics.models import Snapshot
from metrics.periods import Period
from metrics.review.freshness import changed_since, freshness_of, months_changed
from metrics.snapshots.freezing import freeze, verify
from metrics.tests import sample_company as sample
from metrics.tests.factories import NOW
from metrics.tests.reviewed_company import BOTH, CHANGED, FEBRUARY, JANUARY, read, reviewed_company
from qbwc.models import CompanyFile, SyncPlan

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=1)


@pytest.fixture
def dana() -> User:
    return sample.person()


def test_a_company_that_is_read_when_due_has_nothing_to_say(dana: User) -> None:
    company = sample.synced_company(dana)
    found = freshness_of(company, sample.NOW)
    assert (found.is_stale, found.cautions, found.read_at) == (False, (), sample.READ_AT)


def test_a_night_without_a_reading_is_not_late_but_two_days_are(dana: User) -> None:
    company = sample.synced_company(dana)
    SyncPlan.objects.update(next_due_at=sample.NOW - timedelta(hours=12))
    assert not freshness_of(company, sample.NOW).is_stale
    SyncPlan.objects.filter(purpose="profit_loss").update(next_due_at=sample.NOW - timedelta(days=2))
    CompanyFile.objects.update(last_seen_at=sample.NOW - timedelta(days=3))
    (said,) = freshness_of(Company.objects.get(), sample.NOW).cautions
    assert said == (
        "Profit & Loss was last read 21 Nov 2026, 08:00 UTC; it was due 19 Nov 2026, 08:12 UTC."
        " The Web Connector last called 18 Nov 2026, 08:12 UTC."
    )


def test_a_failed_reading_is_told_on_paper_without_the_machines_own_words(dana: User) -> None:
    company = sample.synced_company(dana)
    sample.fail(company, "profit_loss", "Secret path C:\\Books\\x.qbw is locked.")
    found = freshness_of(company, sample.NOW)
    assert [line.failure for line in found.failed] == ["Secret path C:\\Books\\x.qbw is locked."]
    assert found.cautions == (
        "Profit & Loss could not be read at the last try; the figures are from 21 Nov 2026, 08:00 UTC.",
    )


def test_a_company_without_a_file_or_any_figures_has_no_caution(dana: User) -> None:
    company = Company.objects.create(name="New", slug="new")
    assert freshness_of(company, sample.NOW).cautions == ()


def test_months_that_changed_after_a_freeze_are_named_and_those_before_it_are_not() -> None:
    company = reviewed_company()
    assert changed_since(company, BOTH, "accrual") is None
    snapshot = freeze(company, BOTH, "accrual", "Q1", actor="dana", now=NOW)
    assert changed_since(company, BOTH, "accrual") is None
    read(company, CHANGED, LATER)
    found = changed_since(company, BOTH, "accrual")
    assert found is not None
    assert (found.snapshot_id, found.name, found.months) == (snapshot.pk, "Q1", (FEBRUARY,))
    assert months_changed(company, "accrual", JANUARY, JANUARY, snapshot.created_at) == ()
    freeze(company, BOTH, "accrual", "Q1 again", actor="dana", now=LATER + timedelta(hours=1))
    assert changed_since(company, BOTH, "accrual") is None


def test_a_file_of_a_freeze_says_which_months_changed_since_and_the_freeze_itself_stays() -> None:
    company = reviewed_company()
    snapshot = freeze(company, BOTH, "accrual", "Q1", actor="dana", now=NOW)
    assert told_what_changed(review_of_snapshot(snapshot), snapshot).cautions == ()
    read(company, CHANGED, LATER)
    (said,) = told_what_changed(review_of_snapshot(snapshot), snapshot).cautions
    assert said.startswith("QuickBooks has changed Feb 2026 since this was frozen")
    assert review_of_snapshot(snapshot).cautions == ()
    assert verify(Snapshot.objects.get())


def test_what_was_late_when_it_was_frozen_is_kept_in_the_snapshot(dana: User) -> None:
    company = sample.synced_company(dana)
    SyncPlan.objects.update(next_due_at=sample.NOW - timedelta(days=9))
    period = Period.quarter(FEBRUARY)
    snapshot = freeze(company, period, "accrual", "Q1", actor="dana", now=sample.NOW, forced_because="A sample.")
    assert len(snapshot.content["cautions"]) == 3
    assert review_of_snapshot(snapshot).cautions == tuple(snapshot.content["cautions"])


@pytest.mark.parametrize("address", ["review/", "review/present/", "review/present/?page=tie-out"])
def test_the_pages_say_that_figures_are_old(dana: User, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.clock.now", lambda: sample.NOW)
    sample.synced_company(dana)
    client = Client()
    client.force_login(dana)
    path = f"/companies/cascadia/{address}"
    assert b"older than" not in client.get(path).content.lower()
    SyncPlan.objects.update(next_due_at=sample.NOW - timedelta(days=9))
    assert b"older than" in client.get(path).content.lower()


def test_whoever_freezes_is_told_first_that_the_figures_are_old(dana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.clock.now", lambda: sample.NOW)
    sample.synced_company(dana)
    Membership.objects.update(role=Membership.Role.ADMINISTRATOR)
    client = Client()
    client.force_login(dana)
    assert b"What is frozen now is older" not in client.get("/companies/cascadia/snapshots/").content
    SyncPlan.objects.update(next_due_at=sample.NOW - timedelta(days=9))
    assert b"What is frozen now is older" in client.get("/companies/cascadia/snapshots/").content
