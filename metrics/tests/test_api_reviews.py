"""Targets, settings, head counts, snapshots and work in the background by REST."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts import clock
from accounts.authentication import issue_key
from accounts.models import Company
from metrics import background
from metrics.background import Done
from metrics.models import BackgroundWork, Snapshot, Target
from metrics.tests.callers import Api, by_key, by_person
from metrics.tests.factories import NOW, CompanyFactory
from metrics.tests.reviewed_company import CHANGED, read, reviewed_company

pytestmark = pytest.mark.django_db

READS = ("targets", "reporting", "head-counts", "snapshots", "notes")


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def company() -> Company:
    return reviewed_company()


@pytest.fixture
def api(company: Company) -> Api:
    return by_key(company)


def put(api: Api, *rows: dict[str, str]) -> Any:
    return api.send("put", "/api/targets", {"targets": list(rows)})


ONE = {"metric": "mrr", "month": "2026-01", "amount": "1200.50"}


@pytest.mark.parametrize("name", READS)
def test_readers_read_and_do_not_write(company: Company, name: str) -> None:
    viewer, stranger = by_person(company), by_person(CompanyFactory.create())
    viewer.get(f"/api/{name}")
    assert viewer.status == 200
    stranger.get(f"/api/{name}", company=company.slug)
    assert stranger.status == 404


def test_writes_need_write_scope(company: Company) -> None:
    reader = by_key(company, "read")
    for method, path, body in (
        ("put", "targets", {"targets": [ONE]}),
        ("delete", "targets", {"targets": []}),
        ("post", "snapshots", {"name": "x", "period": "2026-01"}),
        ("patch", "reporting", {"reads_cash": True}),
        ("put", "head-counts/2026-01", {"employees": 3}),
    ):
        assert reader.send(method, f"/api/{path}", body)["error"]["code"] == "FORBIDDEN", path
    assert not Target.objects.exists()


def test_targets_are_set_listed_and_deleted(api: Api) -> None:
    assert put(api, ONE, ONE | {"kind": "budget", "amount": "7"})["added"] == 2
    found = put(api, ONE | {"amount": "1300"})
    assert (found["changed"], found["changes"][0]["before"]) == (1, "1200.50")
    listed = api.get("/api/targets", kind="target")["targets"]
    assert [(one["metric"], one["month"], one["amount"], one["source"]) for one in listed] == [
        ("mrr", "2026-01", "1300.00", "person")
    ]
    assert api.get("/api/targets", **{"from": "2026-02"})["targets"] == []
    gone = api.send("delete", "/api/targets", {"targets": [{"metric": "mrr", "month": "2026-01"}]})
    assert (gone["removed"], Target.objects.get().kind) == (1, "budget")


def test_one_bad_target_and_nothing_is_saved(api: Api) -> None:
    answer = put(api, ONE, ONE | {"metric": "profit"}, ONE | {"amount": "1.234"}, ONE | {"amount": "NaN"})
    assert (api.status, answer["error"]["code"]) == (422, "BAD_TARGETS")
    assert [one["where"] for one in answer["error"]["detail"]] == ["targets.1", "targets.2", "targets.3"]
    put(api, ONE | {"month": "January"})
    assert api.status == 400
    assert not Target.objects.exists()


def upload(company: Company, text: bytes, query: str = "") -> Any:
    _, key = issue_key(company, "importer", "write", NOW)
    file = SimpleUploadedFile("targets.csv", text)
    return Client().post(f"/api/targets/import{query}", {"file": file}, headers={"X-API-Key": key})


def test_a_dry_run_tells_and_keeps_its_hands_off(company: Company) -> None:
    answer = upload(company, b"metric,2026-01,2026-02\nmrr,100,200.555\n", "?dry_run=1").json()
    assert (answer["dry_run"], answer["added"], answer["rounded"]) == (True, 2, 1)
    assert not Target.objects.exists()
    assert upload(company, b"metric,2026-01\nmrr,100\n").json()["added"] == 1
    assert Target.objects.get().source == "file"


def test_an_imported_file_may_replace_its_months(company: Company) -> None:
    upload(company, b"metric,2026-01\nmrr,100\norr,5\n")
    answer = upload(company, b"metric,2026-01\nmrr,100\n", "?replace=1").json()
    assert (answer["removed"], answer["unchanged"]) == (1, 1)


def test_a_bad_file_is_refused_cell_by_cell(company: Company) -> None:
    answer = upload(company, b"metric,2026-01\nmrr,lots\n")
    assert (answer.status_code, answer.json()["error"]["detail"][0]["where"]) == (422, "B2")
    assert upload(company, b"\x00\x01").json()["error"]["code"] == "BAD_FILE"


def test_settings_are_read_and_changed(api: Api) -> None:
    assert api.get("/api/reporting")["unmapped_threshold_percent"] == "1.00"
    changed = api.send("patch", "/api/reporting", {"fiscal_year_first_month": 7, "unmapped_threshold_percent": "2.5"})
    assert (changed["fiscal_year_first_month_in_force"], changed["unmapped_threshold_percent"]) == (7, "2.50")
    assert changed["counts_owners"] is True
    refused = api.send("patch", "/api/reporting", {"default_basis": "cash"})
    assert (api.status, refused["error"]["detail"][0]["where"]) == (422, "default_basis")
    for text in ("lots", "NaN", "1e9", "0.001"):
        api.send("patch", "/api/reporting", {"unmapped_threshold_percent": text})
        assert api.status == 422, text


def test_a_head_count_is_entered_and_taken_back(api: Api) -> None:
    found = api.send("put", "/api/head-counts/2026-01", {"employees": 12, "note": "with contractors"})
    assert (found["employees"], found["origin"], found["note"]) == (12, "entered", "with contractors")
    assert api.get("/api/head-counts")["months"][1]["entered"] == 12
    assert api.send("put", "/api/head-counts/2026-01", {"employees": None})["origin"] == "unread"
    api.send("put", "/api/head-counts/2020-01", {"employees": None})
    assert api.status == 404
    api.send("put", "/api/head-counts/2026-01", {"employees": -1})
    assert api.status == 422


def test_a_snapshot_is_made_read_and_compared(company: Company, api: Api) -> None:
    made = api.send(
        "post", "/api/snapshots", {"name": "Q1", "period": "2026-01..2026-02", "presented_on": "2026-03-10"}
    )
    assert (api.status, made["is_verified"], made["content"]["months"][0]["figures"]["mrr"]) == (201, True, "1000.00")
    line = api.get("/api/snapshots")["snapshots"][0]
    assert (line["period"], line["net_profit"], line["sha256"]) == ("2026-01..2026-02", "1540.00", made["sha256"])
    assert api.get(f"/api/snapshots/{made['id']}")["comparison"] is None
    read(company, CHANGED)
    comparison = api.get(f"/api/snapshots/{made['id']}", compare="now")["comparison"]
    assert comparison["causes"][0]["effects"]["mrr"] == "-200.00"
    assert {
        "metric": "mrr",
        "month": None,
        "as_presented": "2100.00",
        "as_now": "1900.00",
        "difference": "-200.00",
    } in (comparison["changed"])
    api.get(f"/api/snapshots/{made['id']}", compare="then")
    assert api.status == 400


def test_a_snapshot_that_is_not_ready_is_refused_with_reasons(api: Api) -> None:
    body = {"name": "Q1", "period": "2026-Q1"}
    answer = api.send("post", "/api/snapshots", body)
    assert (api.status, answer["error"]["code"]) == (422, "NOT_READY")
    assert [one["where"] for one in answer["error"]["detail"]] == ["not_synced", "still_runs"]
    api.send("post", "/api/snapshots", body | {"forced_because": "They wanted it today."})
    assert api.status == 201
    api.send("post", "/api/snapshots", body | {"period": "soon"})
    assert api.status == 400
    assert Snapshot.objects.count() == 1


def test_work_is_watched_until_its_file_is_there(company: Company, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(background._kinds, "t", lambda *_: Done("Made.", {"n": 1}, "a “b”.csv", "text/csv", b"1,2"))
    work = background.ask(company, "t", {}, actor="dana", now=NOW)
    assert api.get(f"/api/work/{work.pk}")["state"] == "queued"
    assert api.status == 202
    api.get(f"/api/work/{work.pk}/file")
    assert api.status == 404
    background.run(work.pk)
    assert api.get(f"/api/work/{work.pk}")["result"] == {"n": 1}
    assert api.status == 200
    _, key = issue_key(company, "reader", "read", NOW)
    file = Client().get(f"/api/work/{work.pk}/file", headers={"X-API-Key": key})
    assert (file.content, file["Content-Disposition"]) == (b"1,2", 'attachment; filename="a _b_.csv"')
    stranger = by_key(CompanyFactory.create())
    stranger.get(f"/api/work/{work.pk}")
    assert stranger.status == 404
    assert BackgroundWork.objects.count() == 1
