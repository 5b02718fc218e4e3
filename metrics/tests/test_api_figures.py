"""Figures by REST: rows, earlier dates, changes since, ETags, tie-outs, restatements, and reading answers again."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import clock
from accounts.authentication import issue_key
from accounts.models import Company
from metrics import background
from metrics.figures.answers import COLUMNS
from metrics.head_counts.changes import enter
from metrics.mappings.changes import create_mapping
from metrics.mappings.values import MappingValues
from metrics.models import BackgroundWork, MonthlyMetric, Restatement
from metrics.tests.callers import Api, by_key, by_person
from metrics.tests.factories import NOW, CompanyFactory
from metrics.tests.qbxml_texts import profit_and_loss
from metrics.tests.reviewed_company import CHANGED, JANUARY, read, reviewed_company
from qbwc.models import Exchange

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

LATER = NOW + timedelta(days=2)
READS = ("metrics", "tie-out", "tie-out/2026-01", "restatements", "restatements/changed-since?since=2026-01-01")
WRITES: tuple[tuple[str, dict[str, bool]], ...] = (("restatements/acknowledge", {"all": True}), ("qbwc/reread", {}))


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The clock; tests set it forward."""
    moments = [NOW]
    monkeypatch.setattr(clock, "now", lambda: moments[0])
    return moments


@pytest.fixture
def company() -> Company:
    return reviewed_company()


@pytest.fixture
def api(company: Company) -> Api:
    return by_key(company)


@pytest.fixture
def raw(company: Company) -> Any:
    """GET with the answer's headers."""
    _, key = issue_key(company, "a program", "read", NOW)

    def get(path: str, etag: str = "") -> Any:
        tag = {"If-None-Match": etag} if etag else {}
        return Client().get(path, headers={"X-API-Key": key, **tag})

    return get


@pytest.mark.parametrize("path", READS)
def test_reads_are_for_those_who_may_see_the_company(company: Company, path: str) -> None:
    viewer, stranger = by_person(company), by_person(CompanyFactory.create())
    viewer.get(f"/api/{path}")
    assert viewer.status == 200
    stranger.get(f"/api/{path}{'&' if '?' in path else '?'}company={company.slug}")
    assert stranger.status == 404


@pytest.mark.parametrize(("path", "body"), WRITES)
def test_writes_need_write_scope(company: Company, path: str, body: dict[str, Any]) -> None:
    for caller in (by_key(company, "read"), by_person(company)):
        caller.send("post", f"/api/{path}", body)
        assert caller.status == 403


def test_each_month_has_its_derived_metrics_its_state_and_whether_it_is_ready(api: Api) -> None:
    january = api.get("/api/metrics")["months"][0]
    assert (january["tie_out"]["state"], january["ready"]) == ("tied", True)
    assert january["derived"]["net_margin"] == "71.4"
    MonthlyMetric.objects.filter(month="2026-02-01").update(tie_out_status="untied")
    february = api.get("/api/metrics")["months"][1]
    assert (february["tie_out"]["state"], february["ready"]) == ("untied", False)


def test_rows_are_one_per_month_and_account(api: Api) -> None:
    answer = api.get("/api/metrics", format="rows", to="2026-01")
    assert (answer["total"], answer["next_offset"], answer["as_of"]) == (3, None, None)
    assert answer["rows"][0] == {
        "month": "2026-01",
        "account": "Services",
        "account_number": "",
        "account_type": "Income",
        "metric": "mrr",
        "amount": "1000.00",
        "basis": "accrual",
    }


def test_rows_come_in_pages(api: Api) -> None:
    first = api.get("/api/metrics", format="rows", limit=2)
    second = api.get("/api/metrics", format="rows", limit=2, offset=first["next_offset"])
    rest_of_them = api.get("/api/metrics", format="rows", offset=second["next_offset"])
    assert len(first["rows"] + second["rows"] + rest_of_them["rows"]) == first["total"]
    assert rest_of_them["next_offset"] is None
    api.get("/api/metrics", format="rows", limit=50_001)
    assert api.status in (400, 422)


def test_csv_rows_are_safe_to_open_in_a_spreadsheet(company: Company, raw: Any) -> None:
    bad = '=HYPERLINK("x")'
    read(company, profit_and_loss({bad: ["5.00", "6.00"]}, {"Rent": ["-3.00", "1.00"]}), LATER)
    answer = raw("/api/metrics?format=csv")
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert list(rows[0]) == ["month", "account", "account_number", "account_type", "metric", "amount", "basis"]
    assert {row["account"] for row in rows} == {f"'{bad}", "Rent"}
    assert {row["amount"] for row in rows if row["account"] == "Rent"} == {"-3.00", "1.00"}


def test_figures_and_rows_as_of_an_earlier_date(company: Company, api: Api) -> None:
    read(company, CHANGED, LATER)
    then = f"{NOW:%Y-%m-%d}"
    old = api.get("/api/metrics", as_of=then)
    assert [month["metrics"]["mrr"] for month in old["months"]] == ["1000.00", "1100.00"]
    assert (old["as_of"], old["months"][0]["ready"]) == (f"{then}T23:59:59Z", None)
    assert [month["metrics"]["mrr"] for month in api.get("/api/metrics")["months"]] == ["1000.00", "900.00"]
    rows = api.get("/api/metrics", as_of=then, format="rows", **{"from": "2026-02"})["rows"]
    assert {row["account"]: row["amount"] for row in rows} == {"Services": "1100.00", "Rent": "310.00"}
    assert api.get("/api/metrics", as_of="2020-01-01")["months"] == []


def test_figures_as_of_now_are_the_figures(company: Company, api: Api) -> None:
    read(company, CHANGED, LATER)
    now, then = api.get("/api/metrics"), api.get("/api/metrics", as_of="2026-04-01")
    for month, same in zip(now["months"], then["months"], strict=True):
        assert (month["metrics"], month["derived"]) == (same["metrics"], same["derived"])


def test_updated_since_names_the_months_that_changed(company: Company, api: Api) -> None:
    def months(since: datetime) -> list[str]:
        return [month["month"] for month in api.get("/api/metrics", updated_since=since.isoformat())["months"]]

    assert months(NOW - timedelta(hours=1)) == ["2026-01", "2026-02"]
    assert months(NOW) == []
    read(company, CHANGED, LATER)
    assert months(NOW) == ["2026-02"]
    create_mapping(company, MappingValues("contains", "x", "mrr"), actor="dana", now=LATER + timedelta(hours=1))
    assert months(LATER) == ["2026-01", "2026-02"]


@pytest.mark.parametrize("name", ["as_of", "updated_since"])
@pytest.mark.parametrize("odd", ["soon", "0001-01-01T00:00+14:00", "9999-12-31T23:00-14:00", "2026-02-30"])
def test_an_odd_moment_is_refused_with_words(api: Api, name: str, odd: str) -> None:
    answer = api.get("/api/metrics", **{name: odd})
    assert (api.status, answer["error"]["code"]) == (400, "BAD_MOMENT")
    assert name in answer["error"]["message"]


@pytest.mark.parametrize(
    "path", ["/api/metrics", "/api/metrics?format=rows", "/api/metrics?format=csv", "/api/tie-out"]
)
def test_an_unchanged_answer_is_304_and_costs_one_query_beside_the_key(company: Company, raw: Any, path: str) -> None:
    first = raw(path)
    with CaptureQueriesContext(connection) as queries:
        again = raw(path, first["ETag"])
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    figures = [one["sql"] for one in queries if "qbr_metrics_monthly" in one["sql"] or "monthlyamount" in one["sql"]]
    assert len(figures) == 1
    assert not first["ETag"].startswith("W/")


def test_whatever_changes_an_answer_changes_its_tag(company: Company, raw: Any, now: list[datetime]) -> None:
    tags = [raw("/api/metrics")["ETag"]]
    assert raw("/api/metrics?from=2026-01")["ETag"] not in tags
    read(company, CHANGED, LATER)
    tags.append(raw("/api/metrics")["ETag"])
    create_mapping(company, MappingValues("contains", "x", "mrr"), actor="dana", now=LATER)
    tags.append(raw("/api/metrics")["ETag"])
    enter(company, JANUARY, 7, "", actor="dana", now=LATER)
    tags.append(raw("/api/metrics")["ETag"])
    now[0] = NOW + timedelta(days=31)  # another month runs
    tags.append(raw("/api/metrics")["ETag"])
    assert len(set(tags)) == len(tags)
    assert raw("/api/metrics", tags[0]).status_code == 200


def test_the_tie_out_of_every_month(api: Api) -> None:
    answer = api.get("/api/tie-out")
    assert answer["counts"] == {"tied": 2, "untied": 0, "not_synced": 0, "partial": 0}
    assert (answer["last_quarter"]["period"], answer["last_quarter"]["ready"]) == ("2025-Q4", False)
    january = answer["months"][0]
    assert (january["state"], january["ready"], len(january["lines"])) == ("tied", True, 9)
    assert january["lines"][0] == {
        "key": "income",
        "label": "Total Income",
        "quickbooks": "1050.00",
        "ours": "1050.00",
        "difference": "0.00",
        "is_tied": True,
    }


def test_a_gap_between_the_months_is_not_synced(api: Api) -> None:
    answer = api.get("/api/tie-out", **{"from": "2025-12", "to": "2026-01"})
    assert [month["state"] for month in answer["months"]] == ["not_synced", "tied"]
    assert answer["months"][0]["reasons"][0]["code"] == "not_synced"


def test_one_months_accounts_beside_the_newest_report(company: Company, api: Api) -> None:
    untied = profit_and_loss({"Services": ["1000.00", "1.00"]}, {"Rent": ["300.00", "310.00"]}, net_income=["1", "2"])
    read(company, untied, LATER)
    answer = api.get("/api/tie-out/2026-02")
    services = next(one for one in answer["accounts"] if one["account"] == "Services")
    assert (services["shown"], services["newest"], services["difference"]) == ("1100.00", "1.00", "1099.00")
    assert answer["state"] == "untied"
    for wrong, status in (("2020-01", 404), ("feb", 400)):
        api.get(f"/api/tie-out/{wrong}")
        assert api.status == status


def test_restatements_with_their_accounts_filters_and_pages(company: Company, api: Api) -> None:
    read(company, CHANGED, LATER)
    answer = api.get("/api/restatements")
    (one,) = answer["restatements"]
    assert (one["month"], one["net_income_difference"], one["acknowledged_at"]) == ("2026-02", "-200.00", None)
    assert one["accounts"] == [
        {
            "account": "Services",
            "account_number": "",
            "account_type": "Income",
            "metric": "mrr",
            "before": "1100.00",
            "after": "900.00",
            "difference": "-200.00",
        }
    ]
    for query, total in (
        ({"month": "2026-01"}, 0),
        ({"basis": "cash"}, 0),
        ({"open": "true"}, 1),
        ({"since": LATER.isoformat()}, 0),
        ({"since": f"{LATER:%Y-%m-%d}"}, 1),
    ):
        assert api.get("/api/restatements", **query)["total"] == total
    assert api.get("/api/restatements", limit=1, offset=1)["restatements"] == []


def test_restatements_are_acknowledged_by_id_or_all_at_once(company: Company, api: Api) -> None:
    read(company, CHANGED, LATER)
    other = reviewed_company()
    read(other, CHANGED, LATER)
    theirs = Restatement.objects.get(company=other)
    path = "/api/restatements/acknowledge"
    assert api.send("post", path, {"ids": [theirs.pk, -1, 2**70]})["acknowledged"] == 0
    assert api.send("post", path, {"all": True, "note": "Seen"})["acknowledged"] == 1
    assert api.get("/api/restatements")["restatements"][0]["note"] == "Seen"
    assert api.get("/api/restatements", open="true")["total"] == 0
    assert api.send("post", path, {})["error"]["code"] == "NOTHING_NAMED"
    theirs.refresh_from_db()
    assert theirs.acknowledged_at is None


def test_what_changed_since_is_netted_by_month(company: Company, api: Api) -> None:
    read(company, CHANGED, LATER)
    answer = api.get("/api/restatements/changed-since", since=f"{NOW:%Y-%m-%d}")
    assert [(month["month"], month["net_income_difference"]) for month in answer["months"]] == [("2026-02", "-200.00")]
    assert answer["review"] is None
    api.get("/api/restatements/changed-since")
    assert api.status == 400  # no snapshot was ever frozen


def test_reading_again_is_ordered_watched_and_done_in_the_background(company: Company, api: Api, raw: Any) -> None:
    ordered = api.send("post", "/api/qbwc/reread", {"from_scratch": True, "check": True})
    assert (api.status, ordered["kind"], ordered["state"]) == (202, "reread", "queued")
    same = api.send("post", "/api/qbwc/reread", {"from_scratch": True, "check": True})
    assert same["id"] == ordered["id"]
    assert raw(f"/api/work/{ordered['id']}").status_code == 202
    background.run(ordered["id"])
    done = api.get(f"/api/work/{ordered['id']}")
    assert (done["state"], done["progress"]) == ("done", 100)
    assert (done["result"]["identical"], done["result"]["kept"], done["result"]["gap_count"]) == (True, False, 0)
    assert "Every figure comes out as it was." in done["message"]


def test_reading_again_with_a_gap_changes_nothing_and_says_why(company: Company, api: Api) -> None:
    Exchange.objects.update(response_payload=None)
    ordered = api.send("post", "/api/qbwc/reread", {"from_scratch": True})
    background.run(ordered["id"])
    row = BackgroundWork.objects.get()
    assert row.state == "failed"
    assert row.message.startswith("Nothing was changed: 1 stored answers could not be read again.")
    assert MonthlyMetric.objects.filter(company=company).count() == 2


def test_a_page_of_rows_costs_the_same_queries_whatever_the_months(company: Company, raw: Any) -> None:
    for path, most in (("/api/metrics", 14), ("/api/metrics?format=rows", 10), ("/api/metrics?as_of=2026-04-01", 18)):
        with CaptureQueriesContext(connection) as queries:
            assert raw(path).status_code == 200
        assert len(queries) <= most, path


DOCUMENT = Path(settings.BASE_DIR) / "docs" / "metrics-api.md"


def test_the_document_names_only_addresses_and_parameters_that_exist() -> None:
    text, paths = DOCUMENT.read_text(encoding="utf-8"), Client().get("/api/openapi.json").json()["paths"]
    named = set(re.findall(r"/api/[a-z/{}_-]*[a-z}](?=[?\s`\"'&|)])", text))
    assert named
    for path in named - {"/api/docs"}:
        assert path in paths, path
    for path, query in re.findall(r"(/api/[a-z/-]+)\?([\w=&.:%+-]+)", text):
        known = {one["name"] for one in paths[path]["get"].get("parameters", ())}
        assert {pair.partition("=")[0] for pair in query.split("&")} <= known, query


def test_the_requests_of_the_document_are_answered(company: Company, raw: Any) -> None:
    read(company, CHANGED, LATER)
    text = DOCUMENT.read_text(encoding="utf-8")
    called = re.findall(r'"\$TIEOUT_URL(/api/[^"]+)"', text)
    reads = [path for path in called if "acknowledge" not in path and "reread" not in path and "$" not in path]
    assert len(reads) >= 6
    for path in reads:
        assert raw(path).status_code == 200, path


def test_the_google_sheets_script_reads_the_columns_of_the_rows() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    (columns,) = re.findall(r"const COLUMNS = \[([^\]]+)\]", text)
    assert tuple(re.findall(r'"(\w+)"', columns)) == COLUMNS
