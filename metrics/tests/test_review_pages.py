"""The pages of settings, targets and snapshots: who may do what, one save each, and errors beside what was typed."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts import clock
from accounts.models import AuditEvent, Company, Membership
from metrics.models import MonthlyHeadCount, Snapshot, Target
from metrics.months import Month
from metrics.reporting.settings import reporting_of
from metrics.targets.changes import save_targets
from metrics.targets.rules import TargetKind, TargetValue, monthly_targets
from metrics.targets.selectors import values
from metrics.tests.callers import client_of
from metrics.tests.factories import NOW, CompanyFactory
from metrics.tests.reviewed_company import CHANGED, FEBRUARY, JANUARY, read, reviewed_company

pytestmark = pytest.mark.django_db

ADMINISTRATOR = Membership.Role.ADMINISTRATOR
SETTINGS = {
    "default_basis": "accrual",
    "counts_owners": "on",
    "counts_officers": "on",
    "fiscal_year_first_month": "",
    "unmapped_threshold_percent": "1.00",
}


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def company() -> Company:
    return reviewed_company()


@pytest.fixture
def admin(company: Company) -> Client:
    return client_of(company, role=ADMINISTRATOR, username="dana")


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def page(company: Company, name: str) -> str:
    return f"/companies/{company.slug}/{name}/"


def test_others_companies_are_not_there_and_strangers_must_sign_in(company: Company) -> None:
    stranger, other = Client(), client_of(CompanyFactory.create())
    for name in ("targets", "snapshots", "reporting"):
        assert stranger.get(page(company, name)).status_code == 302
        assert other.get(page(company, name)).status_code == 404


def test_a_viewer_looks_but_changes_nothing(company: Company) -> None:
    viewer = client_of(company)
    assert viewer.get(page(company, "reporting")).status_code == 403
    for name in ("targets", "snapshots"):
        assert viewer.get(page(company, name)).status_code == 200
        assert "<input name=" not in text_of(viewer.get(page(company, name)))
        assert viewer.post(page(company, name)).status_code == 403
    for path in ("targets/plan", "targets/apply", "reporting/head-counts/2026-01"):
        assert viewer.post(page(company, path)).status_code == 403


def test_settings_are_saved_only_where_they_differ(company: Company, admin: Client) -> None:
    address = page(company, "reporting")
    admin.post(address, SETTINGS | {"fiscal_year_first_month": "7", "reads_cash": "on"})
    reporting = reporting_of(company)
    assert (reporting.calendar.first_month, reporting.reads_cash) == (7, True)
    details = AuditEvent.objects.get(action="reporting.changed").details
    assert details == {"fiscal_year_first_month": "7", "reads_cash": "True"}
    assert text_of(admin.get(address)).count("Since 15 Mar 2026, by dana.") == 2
    admin.post(address, SETTINGS | {"fiscal_year_first_month": "7", "reads_cash": "on"})
    assert AuditEvent.objects.filter(action="reporting.changed").count() == 1


def test_settings_that_cannot_be_are_refused_beside_their_field(company: Company, admin: Client) -> None:
    answer = admin.post(page(company, "reporting"), SETTINGS | {"default_basis": "cash"})
    assert (answer.status_code, "Cash basis is not read" in text_of(answer)) == (422, True)
    answer = admin.post(page(company, "reporting"), SETTINGS | {"unmapped_threshold_percent": "lots"})
    assert (answer.status_code, "Write a number from 0 to 100." in text_of(answer)) == (422, True)
    assert reporting_of(company).default_basis == "accrual"


def test_a_head_count_is_entered_and_taken_back(company: Company, admin: Client) -> None:
    address = page(company, "reporting/head-counts/2026-01")
    answer = admin.post(address, {"employees": "12", "note": "Contractors"}, follow=True)
    assert "Jan 2026: 12 people, as you say." in text_of(answer)
    assert MonthlyHeadCount.objects.get().entered == 12
    assert "was not changed" in text_of(admin.post(address, {"employees": "many"}, follow=True))
    assert "QuickBooks&#x27; list counts again" in text_of(admin.post(address, {"take_back": "1"}, follow=True))
    assert not MonthlyHeadCount.objects.exists()
    assert admin.post(page(company, "reporting/head-counts/2026-13")).status_code == 404


def digest_in(company: Company, admin: Client, query: str = "") -> str:
    text = text_of(admin.get(page(company, "targets") + query))
    return text.split('name="digest" value="')[1].split('"')[0]


def test_a_grid_is_saved_in_one_step(company: Company, admin: Client) -> None:
    save_targets(company, [TargetValue("orr", FEBRUARY, Decimal(5))], actor="d", now=NOW)
    sent = {"kind": "target", "year": "2026", "digest": digest_in(company, admin)}
    sent |= {"t-mrr-2026-01": "1,200.50", "t-net_margin-2026-01": "12.5%", "t-orr-2026-02": ""}
    answer = admin.post(page(company, "targets"), sent, follow=True)
    assert "Saved: 2 added, 1 removed." in text_of(answer)
    assert {(one.metric_key, one.amount) for one in values(company)} == {
        ("mrr", Decimal("1200.50")),
        ("net_margin", Decimal("12.50")),
    }
    assert 'value="1,200.50"' in text_of(answer)


def test_a_cell_that_cannot_be_read_saves_nothing_and_keeps_what_was_typed(company: Company, admin: Client) -> None:
    sent = {"kind": "target", "year": "2026", "digest": digest_in(company, admin)}
    answer = admin.post(page(company, "targets"), sent | {"t-mrr-2026-01": "100", "t-orr-2026-02": "ten <b>"})
    text = text_of(answer)
    assert answer.status_code == 422
    assert 'value="ten &lt;b&gt;"' in text
    assert 'value="100"' in text
    assert "Other recurring revenue, Feb 2026:" in text
    assert not Target.objects.exists()


def test_a_save_over_somebody_elses_is_refused_with_what_was_typed(company: Company, admin: Client) -> None:
    sent = {"kind": "target", "year": "2026", "digest": digest_in(company, admin), "t-mrr-2026-01": "100"}
    save_targets(company, [TargetValue("mrr", JANUARY, Decimal(5))], actor="lee", now=NOW)
    answer = admin.post(page(company, "targets"), sent)
    assert (answer.status_code, 'value="100"' in text_of(answer)) == (409, True)
    assert Target.objects.get().amount == 5


def rows_in(answer: Any) -> str:
    return str(answer.context["rows"])


def test_a_years_amount_is_previewed_then_saved(company: Company, admin: Client) -> None:
    plan = {"plan": "spread", "metric": "mrr", "annual": "120,000", "how": "equal", "kind": "target", "year": "2026"}
    answer = admin.post(page(company, "targets/plan"), plan)
    assert "12 added" in text_of(answer)
    assert not Target.objects.exists()
    sent = {"kind": "target", "year": "2026", "source": "person", "rows": rows_in(answer)}
    admin.post(page(company, "targets/apply"), sent)
    assert {one.amount for one in values(company)} == {Decimal("10000.00")}
    assert set(Target.objects.values_list("source", flat=True)) == {"person"}


def test_a_season_needs_last_years_figures(company: Company, admin: Client) -> None:
    plan = {"plan": "spread", "metric": "mrr", "annual": "1", "how": "season", "kind": "target", "year": "2026"}
    answer = admin.post(page(company, "targets/plan"), plan)
    assert (answer.status_code, "tell no season" in text_of(answer)) == (422, True)


def test_last_years_figures_are_copied_with_a_percentage(company: Company, admin: Client) -> None:
    plan = {"plan": "copy", "of": "figures", "percent": "10", "kind": "target", "year": "2027"}
    answer = admin.post(page(company, "targets/plan"), plan)
    assert "target mrr 2027-01: none → 1100.00" in [one.words for one in answer.context["found"].changes]
    empty = admin.post(page(company, "targets/plan"), plan | {"of": "targets"})
    assert "There are no targets from Jan 2026 to Dec 2026 to copy." in text_of(empty)


def test_a_file_is_previewed_with_the_cells_that_cannot_be_used(company: Company, admin: Client) -> None:
    bad = SimpleUploadedFile("t.csv", b"metric,2026-01,2026-02\nmrr,100,lots\nprofit,1,2\n")
    answer = admin.post(
        page(company, "targets/plan"), {"plan": "upload", "kind": "target", "year": "2026", "file": bad}
    )
    assert answer.status_code == 422
    assert ">C2<" in text_of(answer)
    assert ">A3<" in text_of(answer)
    assert "Save these" not in text_of(answer)


def test_a_file_replaces_its_months_when_asked(company: Company, admin: Client) -> None:
    save_targets(company, [TargetValue("orr", JANUARY, Decimal(5))], actor="d", now=NOW)
    save_targets(company, [TargetValue("orr", FEBRUARY, Decimal(5))], actor="d", now=NOW)
    file = SimpleUploadedFile("t.csv", b"metric,2026-01\nmrr,100\n")
    sent = {"plan": "upload", "kind": "target", "year": "2026", "file": file, "replace": "on"}
    answer = admin.post(page(company, "targets/plan"), sent)
    assert "1 added, 1 removed" in text_of(answer)
    sent = {"kind": "target", "year": "2026", "source": "file", "replace": "1", "rows": rows_in(answer)}
    admin.post(page(company, "targets/apply"), sent)
    assert {(one.metric_key, str(one.month)) for one in values(company)} == {("mrr", "2026-01"), ("orr", "2026-02")}


def test_what_is_exported_can_be_imported_again(company: Company, admin: Client) -> None:
    save_targets(company, monthly_targets("mrr", Decimal(120), [JANUARY, FEBRUARY]), actor="d", now=NOW)
    for form in ("csv", "xlsx"):
        exported = admin.get(f"/companies/{company.slug}/targets/export.{form}?year=2026")
        file = SimpleUploadedFile(f"t.{form}", exported.content)
        sent = {"plan": "upload", "kind": "target", "year": "2026", "file": file}
        answer = admin.post(page(company, "targets/plan"), sent)
        assert answer.context["found"].words == "nothing changes"
    blank = admin.get(f"/companies/{company.slug}/targets/export.csv?year=2026&blank=1").content.decode("utf-8-sig")
    assert "mrr,Monthly recurring revenue,target,,,," in blank


def test_rows_that_were_tampered_with_are_not_saved(company: Company, admin: Client) -> None:
    for rows in ("", "metric,2026-01\nmrr,lots\n"):
        answer = admin.post(page(company, "targets/apply"), {"rows": rows}, follow=True)
        assert "Nothing was saved" in text_of(answer)
    assert not Target.objects.exists()


FREEZE = {"period": "2026-01", "basis": "accrual", "name": "January review"}


def test_a_period_is_frozen_and_shown_as_presented_and_as_now(company: Company, admin: Client) -> None:
    answer = admin.post(page(company, "snapshots"), FREEZE | {"period": "2026-02"}, follow=True)
    assert "Untouched since it was frozen" in text_of(answer)
    assert "Today’s figures are the same" in text_of(answer)
    read(company, CHANGED)
    text = text_of(admin.get(page(company, f"snapshots/{Snapshot.objects.get().pk}")))
    assert "Changed in QuickBooks" in text
    assert "1,100.00" in text
    assert "900.00" in text
    assert "January review" in text_of(client_of(company).get(page(company, "snapshots")))


def test_what_is_not_ready_is_refused_with_reasons_and_frozen_with_one(company: Company, admin: Client) -> None:
    sent = FREEZE | {"period": "ttm:2026-02"}
    answer = admin.post(page(company, "snapshots"), sent)
    assert answer.status_code == 422
    assert "has not been read from QuickBooks" in text_of(answer) or "have not been read" in text_of(answer)
    assert 'name="forced_because"' in text_of(answer)
    admin.post(page(company, "snapshots"), sent | {"forced_because": "A new client."})
    assert Snapshot.objects.get().content["readiness"]["forced_because"] == "A new client."


def test_the_downloaded_content_has_the_hash_on_the_page(company: Company, admin: Client) -> None:
    admin.post(page(company, "snapshots"), FREEZE)
    snapshot = Snapshot.objects.get()
    content = admin.get(f"/companies/{company.slug}/snapshots/{snapshot.pk}/content.json").content
    assert hashlib.sha256(content).hexdigest() == snapshot.sha256
    assert snapshot.sha256 in text_of(admin.get(page(company, f"snapshots/{snapshot.pk}")))


def test_name_and_note_are_changed_and_only_superusers_delete(company: Company, admin: Client) -> None:
    admin.post(page(company, "snapshots"), FREEZE)
    address = page(company, f"snapshots/{Snapshot.objects.get().pk}")
    admin.post(address, {"name": "As shown", "note": "Fine.", "presented_on": "2026-02-10"})
    assert Snapshot.objects.get().name == "As shown"
    assert admin.post(address, {"name": ""}).status_code == 422
    assert admin.post(f"{address}delete/").status_code == 403
    root = client_of(is_superuser=True)
    root.post(f"{address}delete/")
    assert not Snapshot.objects.exists()


def test_another_companys_snapshot_cannot_be_opened_by_its_number(company: Company, admin: Client) -> None:
    admin.post(page(company, "snapshots"), FREEZE)
    other = CompanyFactory.create()
    client = client_of(other, role=ADMINISTRATOR)
    assert client.get(page(other, f"snapshots/{Snapshot.objects.get().pk}")).status_code == 404


def test_the_tabs_lead_to_the_pages_that_are_there(company: Company, admin: Client) -> None:
    text = text_of(admin.get(page(company, "snapshots")))
    for name in ("targets", "snapshots", "reporting"):
        assert f'href="{page(company, name)}"' in text
    assert f'href="{page(company, "reporting")}"' not in text_of(client_of(company).get(page(company, "snapshots")))


def test_the_other_kind_and_year_are_a_click_away(company: Company, admin: Client) -> None:
    text = text_of(admin.get(page(company, "targets")))
    assert "?kind=budget&amp;year=2026" in text
    assert "?kind=target&amp;year=2027" in text


def test_a_year_that_is_none_is_the_running_one(company: Company, admin: Client) -> None:
    for year in ("99999", "x", "１２３４", "0000"):
        answer = admin.get(page(company, "targets"), {"year": year, "kind": "wish"})
        assert (answer.context["year"], answer.context["kind"]) == (2026, TargetKind.TARGET)
    assert answer.context["period"].first == Month(2026, 1)
