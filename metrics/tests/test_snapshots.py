"""A snapshot keeps what was presented: complete, under one hash, refused unless ready, and never changed."""

from __future__ import annotations

import hashlib
import tomllib
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import transaction

from accounts.models import AuditEvent, Company
from metrics.fiscal import Period
from metrics.mappings.changes import create_mapping, newest_version
from metrics.mappings.values import MappingValues
from metrics.models import Snapshot
from metrics.months import Month
from metrics.reporting.settings import save_reporting
from metrics.review.notes import add_note
from metrics.review.readiness import ReasonCode
from metrics.snapshots.content import SOFTWARE_VERSION
from metrics.snapshots.freezing import (
    BadSnapshot,
    NotReady,
    SnapshotIsFrozen,
    delete_snapshot,
    freeze,
    listed,
    rename,
    text_of,
    verify,
)
from metrics.targets.changes import save_targets
from metrics.targets.rules import monthly_targets
from metrics.tests.factories import NOW, CompanyFactory
from metrics.tests.reviewed_company import BOTH, CHANGED, FEBRUARY, JANUARY, read, reviewed_company

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=1)


@pytest.fixture
def company() -> Company:
    return reviewed_company()


def frozen(company: Company, period: Period = BOTH, forced_because: str = "") -> Snapshot:
    return freeze(company, period, "accrual", "Q1 review", actor="dana", now=NOW, forced_because=forced_because)


def test_everything_that_was_presented_is_in_it(company: Company) -> None:
    save_targets(company, monthly_targets("mrr", Decimal(2000), BOTH.months), actor="d", now=NOW)
    add_note(company, "A new client in February.", FEBRUARY, "mrr", actor="dana", now=NOW)
    content = frozen(company).content
    january, february = content["months"]
    assert january["figures"]["mrr"] == "1000.00"
    assert (february["figures"]["net_profit"], february["derived"]["net_margin"]) == ("790.00", "71.8")
    assert content["figures"]["figures"]["total_revenue"] == "2150.00"
    assert january["tie_out"]["status"] == "tied"
    sections = {one["key"]: (one["printed"], one["computed"]) for one in january["tie_out"]["sections"]}
    assert sections["income"] == ("1050.00", "1050.00")
    services = next(one for one in content["accounts"] if one["full_name"] == "Services")
    assert services["months"]["2026-01"]["metric"] == "mrr"
    rule = services["months"]["2026-01"]["rule"]
    assert [one["pattern"] for one in content["mapping"]["rules"] if one["id"] == rule] == ["Services"]
    assert {one["metric"] for one in content["targets"]["months"]} == {"mrr"}
    assert [one["text"] for one in content["notes"]] == ["A new client in February."]
    assert content["mapping"]["number"] == newest_version(company, NOW).number
    assert content["readiness"] == {"is_ready": True, "reasons": [], "forced_because": ""}


def test_restatements_known_then_are_in_it(company: Company) -> None:
    read(company, CHANGED, LATER)
    restatements = freeze(company, BOTH, "accrual", "x", actor="d", now=LATER).content["restatements"]
    assert [(one["month"], one["net_income_before"], one["net_income_after"]) for one in restatements] == [
        ("2026-02", "790.00", "590.00")
    ]


def test_the_hash_is_that_of_the_file_that_is_downloaded(company: Company) -> None:
    snapshot = frozen(company)
    kept = Snapshot.objects.get()
    assert verify(kept)
    assert hashlib.sha256(text_of(kept).encode()).hexdigest() == snapshot.sha256


def test_what_is_changed_past_the_application_is_found_out(company: Company) -> None:
    snapshot = frozen(company)
    content = snapshot.content
    content["months"][0]["figures"]["mrr"] = "9999.00"
    Snapshot.objects.update(content=content)
    assert not verify(Snapshot.objects.get())


@pytest.mark.parametrize("columns", [{"net_profit": 1}, {"basis": "cash"}, {"last_month": date(2026, 3, 1)}])
def test_a_row_that_says_other_than_its_content_is_found_out(company: Company, columns: dict[str, object]) -> None:
    frozen(company)
    Snapshot.objects.update(**columns)
    assert not verify(Snapshot.objects.get())


def test_content_of_another_shape_is_not_verified_and_does_not_raise(company: Company) -> None:
    frozen(company)
    Snapshot.objects.update(content={"a": 1.5})
    assert not verify(Snapshot.objects.get())


def test_saving_over_a_snapshot_is_refused_but_for_name_note_and_date(company: Company) -> None:
    snapshot = frozen(company)
    snapshot.net_profit += 1
    with pytest.raises(SnapshotIsFrozen):
        snapshot.save()
    kept = Snapshot.objects.get()
    kept.name, kept.note = "Other", "words"
    kept.save()
    assert verify(Snapshot.objects.get(name="Other"))
    with pytest.raises(SnapshotIsFrozen):
        Snapshot.objects.create(company=company, content={}, sha256="x", created_at=NOW)


def test_name_note_and_date_are_changed_and_audited(company: Company) -> None:
    snapshot = frozen(company)
    rename(snapshot, "As shown", "It went well.", date(2026, 3, 20), actor="dana", now=LATER)
    kept = Snapshot.objects.get()
    assert (kept.name, kept.note, kept.presented_on) == ("As shown", "It went well.", date(2026, 3, 20))
    assert verify(kept)
    assert AuditEvent.objects.filter(action="snapshot.renamed", actor="dana").exists()
    with pytest.raises(BadSnapshot):
        rename(snapshot, "  ", "", None, actor="dana", now=LATER)


def test_only_a_superuser_deletes_one_and_the_trail_keeps_its_hash(company: Company) -> None:
    snapshot = frozen(company)
    with pytest.raises(SnapshotIsFrozen):
        delete_snapshot(snapshot, actor="dana", is_superuser=False, now=LATER)
    with pytest.raises(SnapshotIsFrozen), transaction.atomic():
        Snapshot.objects.get().delete()
    with pytest.raises(SnapshotIsFrozen), transaction.atomic():
        Snapshot.objects.all().delete()
    delete_snapshot(snapshot, actor="root", is_superuser=True, now=LATER)
    assert not Snapshot.objects.exists()
    assert AuditEvent.objects.get(action="snapshot.deleted").details["sha256"] == snapshot.sha256


def test_a_period_that_is_not_ready_is_refused_with_its_reasons(company: Company) -> None:
    period = Period.custom(Month(2025, 12), FEBRUARY)
    with pytest.raises(NotReady) as refusal:
        frozen(company, period)
    assert [one.code for one in refusal.value.readiness.reasons] == [ReasonCode.NOT_SYNCED]
    assert not Snapshot.objects.exists()


def test_a_forced_snapshot_keeps_why(company: Company) -> None:
    snapshot = frozen(company, Period.custom(Month(2025, 12), FEBRUARY), forced_because="The client began in January.")
    said = snapshot.content["readiness"]
    assert (said["is_ready"], said["forced_because"]) == (False, "The client began in January.")
    assert said["reasons"][0]["months"] == ["2025-12"]
    assert AuditEvent.objects.get(action="snapshot.frozen").details["forced_because"] == said["forced_because"]
    assert snapshot.content["figures"]["months_missing"] == ["2025-12"]


def test_a_reason_that_was_not_needed_is_not_kept(company: Company) -> None:
    assert frozen(company, forced_because="just in case").content["readiness"]["forced_because"] == ""


def test_nothing_at_all_cannot_be_frozen() -> None:
    with pytest.raises(BadSnapshot, match="Nothing was read"):
        frozen(CompanyFactory.create(), forced_because="because")


def test_two_snapshots_of_the_same_moment_have_the_same_hash(company: Company) -> None:
    assert frozen(company).sha256 == frozen(company).sha256


def test_later_changes_leave_it_alone(company: Company) -> None:
    snapshot = frozen(company)
    read(company, CHANGED, LATER)
    create_mapping(company, MappingValues("exact", "Services", "orr", priority=1), actor="d", now=LATER)
    save_reporting(company, {"counts_owners": False}, actor="d", now=LATER)
    kept = Snapshot.objects.get()
    assert verify(kept)
    assert kept.content == snapshot.content


def test_a_list_leaves_the_content_in_the_database(company: Company) -> None:
    frozen(company)
    row = listed(Snapshot.objects.all())[0]
    assert "content" in row.get_deferred_fields()
    assert (row.period_text, row.period_label) == ("2026-01..2026-02", "Jan – Feb 2026")  # type: ignore[attr-defined]


def test_freezing_asks_the_database_as_often_for_many_months_as_for_one(
    company: Company, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(40):  # type: ignore[operator]
        frozen(company, Period.month(JANUARY))
    with django_assert_max_num_queries(40):  # type: ignore[operator]
        frozen(company)


def test_the_software_version_is_the_projects() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["project"]["version"] == SOFTWARE_VERSION
