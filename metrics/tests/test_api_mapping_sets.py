"""The API around mappings: templates, preview and apply, versions, files, accounts; all scoped and audited."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.authentication import issue_key
from accounts.models import AuditEvent, Company
from metrics.mappings.rows import rules_of
from metrics.models import AccountMapping, MappingTemplate, MappingVersion, MonthlyMetric
from metrics.tests.callers import by_key
from metrics.tests.factories import (
    NOW,
    AccountMappingFactory,
    CompanyFactory,
)
from metrics.tests.mapping_books import small_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return small_company()


PIN = {"action": "pin", "account": "80-2", "qbr_metric_key": "orr"}


def changed_lines(answer: Any) -> dict[str, tuple[str, str]]:
    return {
        line["metric"]: (line["total_before"], line["total_after"]) for line in answer["lines"] if line["is_changed"]
    }


# Templates


def test_the_shipped_templates_come_first_and_rules_on_request(company: Company) -> None:
    api = by_key(company, "read")
    answer = api.get("/api/mappings/templates")
    assert [one["key"] for one in answer["templates"]][:2] == ["managed_services", "managed_services_complete"]
    assert answer["templates"][0]["rules"] is None
    with_rules = api.get("/api/mappings/templates", rules=1)["templates"][0]
    assert len(with_rules["rules"]) == with_rules["total"] >= 35


def test_a_template_is_saved_without_pins_shown_and_deleted(company: Company) -> None:
    AccountMappingFactory.create(company=company, match_type="account", pattern="Blue Heron", list_id="80-2")
    api = by_key(company)
    saved = api.send("post", "/api/mappings/templates", {"name": " Our  own ", "description": "d"})
    assert api.status == 201
    assert (saved["name"], saved["is_shipped"], saved["company"]) == ("Our own", False, "Cascadia")
    assert [rule["pattern"] for rule in saved["rules"]] == ["managed services"]
    assert saved["key"] in [one["key"] for one in api.get("/api/mappings/templates")["templates"]]
    api.send("delete", f"/api/mappings/templates/{saved['key']}")
    assert api.status == 204
    assert not MappingTemplate.objects.exists()
    actions = list(AuditEvent.objects.filter(action__startswith="mapping_template").values_list("action", flat=True))
    assert sorted(actions) == ["mapping_template.deleted", "mapping_template.saved"]


def test_a_template_without_a_name_is_refused(company: Company) -> None:
    api = by_key(company)
    answer = api.send("post", "/api/mappings/templates", {"name": "  "})
    assert (api.status, answer["error"]["code"]) == (422, "BAD_TEMPLATE")


def test_a_shared_template_of_another_company_is_seen_but_only_its_owner_deletes_it(company: Company) -> None:
    other = CompanyFactory.create()
    AccountMappingFactory.create(company=other)
    owner = by_key(other)
    shared = owner.send("post", "/api/mappings/templates", {"name": "Shared", "is_shared": True})["key"]
    own = owner.send("post", "/api/mappings/templates", {"name": "Private"})["key"]
    api = by_key(company)
    seen = [one["key"] for one in api.get("/api/mappings/templates")["templates"]]
    assert (shared in seen, own in seen) == (True, False)
    api.send("delete", f"/api/mappings/templates/{shared}")
    assert api.status == 403
    api.send("delete", f"/api/mappings/templates/{own}")
    assert api.status == 404
    assert MappingTemplate.objects.count() == 2


# Preview and apply


def test_a_pin_is_previewed_and_then_saved_as_previewed(company: Company) -> None:
    api = by_key(company)
    shown = api.send("post", "/api/mappings/preview", {"changes": [PIN]})
    assert api.status == 200
    assert shown["months"] == ["2026-01", "2026-02"]
    assert changed_lines(shown) == {"orr": ("0.00", "60.00"), "unmapped_revenue": ("60.00", "0.00")}
    assert [(move["account"], move["before"], move["after"], move["amount"]) for move in shown["moves"]] == [
        ("Blue Heron", "unmapped", "orr", "60.00")
    ]
    assert AccountMapping.objects.count() == 1
    done = api.send("post", "/api/mappings/apply", {"changes": [PIN], "digest": shown["digest"], "summary": "Agreed"})
    assert (api.status, done["version"]["summary"], done["version"]["number"]) == (200, "Agreed", 2)
    assert list(MonthlyMetric.objects.order_by("month").values_list("orr", flat=True)) == [30, 30]
    pin = AccountMapping.objects.get(match_type="account")
    assert (pin.list_id, pin.pattern) == ("80-2", "Blue Heron")
    assert AuditEvent.objects.filter(action="mapping.edit", company=company).exists()


def test_pinning_again_changes_the_pin_that_is_there(company: Company) -> None:
    api = by_key(company)
    for metric in ("orr", "nrr"):
        digest = api.send("post", "/api/mappings/preview", {"changes": []})["digest"]
        change = PIN | {"qbr_metric_key": metric}
        api.send("post", "/api/mappings/apply", {"changes": [change], "digest": digest})
    assert AccountMapping.objects.get(match_type="account").qbr_metric_key == "nrr"


def test_rules_are_created_changed_and_deleted_in_one_version(company: Company) -> None:
    first = AccountMapping.objects.get()
    second = AccountMappingFactory.create(company=company, pattern="gone", qbr_metric_key="nrr")
    changes = [
        {"action": "create", "pattern": "rent", "qbr_metric_key": "other_expenses"},
        {"action": "update", "id": first.pk, "qbr_metric_key": "nrr"},
        {"action": "delete", "id": second.pk},
    ]
    api = by_key(company)
    shown = api.send("post", "/api/mappings/preview", {"changes": changes})
    difference = shown["difference"]
    assert ([one["pattern"] for one in difference["added"]], [one["pattern"] for one in difference["removed"]]) == (
        ["rent"],
        ["gone"],
    )
    assert difference["changed"][0]["fields"][0]["after"] == "Non-recurring revenue"
    api.send("post", "/api/mappings/apply", {"changes": changes, "digest": shown["digest"]})
    assert {row.pattern: row.pk == first.pk for row in AccountMapping.objects.all()} == {
        "managed services": True,
        "rent": False,
    }
    newest = MappingVersion.objects.order_by("-number").first()
    assert newest is not None
    assert (newest.number, newest.summary) == (2, "Changed through the API: 1 added, 1 changed, 1 removed")


def test_a_template_is_previewed_and_applied(company: Company) -> None:
    api = by_key(company)
    body: dict[str, Any] = {"template": "managed_services", "mode": "replace"}
    digest = api.send("post", "/api/mappings/preview", body)["digest"]
    done = api.send("post", "/api/mappings/apply", body | {"digest": digest})
    assert done["version"]["kind"] == "template"
    assert done["version"]["total"] >= 35


def test_somebody_elses_change_in_between_is_a_409(company: Company) -> None:
    api = by_key(company)
    digest = api.send("post", "/api/mappings/preview", {"changes": [PIN]})["digest"]
    api.send("post", "/api/qbwc/mappings", {"pattern": "rent", "qbr_metric_key": "other_expenses"})
    answer = api.send("post", "/api/mappings/apply", {"changes": [PIN], "digest": digest})
    assert (api.status, answer["error"]["code"]) == (409, "MAPPING_MOVED")
    assert not AccountMapping.objects.filter(match_type="account").exists()


def test_a_rule_that_cannot_be_saved_is_named_by_its_place(company: Company) -> None:
    rules = [{"pattern": "rent", "qbr_metric_key": "other_expenses"}, {"pattern": "x", "qbr_metric_key": "net_profit"}]
    api = by_key(company)
    shown = api.send("post", "/api/mappings/preview", {"rules": rules})
    assert [(one["place"], one["field"]) for one in shown["problems"]] == [(1, "qbr_metric_key")]
    answer = api.send("post", "/api/mappings/apply", {"rules": rules, "digest": shown["digest"]})
    assert (api.status, answer["error"]["detail"][0]["place"]) == (422, 1)
    assert AccountMapping.objects.get().pattern == "managed services"


def test_what_is_applied_twice_makes_one_version(company: Company) -> None:
    api = by_key(company)
    rules = [{"pattern": "rent", "qbr_metric_key": "other_expenses"}]
    numbers = []
    for _ in range(2):
        digest = api.send("post", "/api/mappings/preview", {"rules": rules})["digest"]
        done = api.send("post", "/api/mappings/apply", {"rules": rules, "digest": digest})
        numbers.append(done["version"]["number"])
    assert numbers == [2, 2]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({}, 422, "exactly one"),
        ({"changes": [], "template": "managed_services"}, 422, "exactly one"),
        ({"template": "nothing"}, 404, "no template"),
        ({"changes": [{"action": "delete", "id": 999999}]}, 422, "no mapping 999999"),
        ({"changes": [{"action": "pin", "account": "nothing", "qbr_metric_key": "mrr"}]}, 422, "account_key"),
        ({"changes": [{"action": "create", "pattern": "x", "effective_from": "soon"}]}, 400, "not a month"),
        ({"changes": [{"action": "vanish"}]}, 400, "action"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_with_words(
    company: Company, body: dict[str, Any], status: int, words: str
) -> None:
    api = by_key(company)
    answer = api.send("post", "/api/mappings/preview", body)
    assert api.status == status
    assert words in answer["error"]["message"]


def test_a_set_full_of_expressions_that_explode_is_refused_before_it_costs_minutes(company: Company) -> None:
    rules = [{"match_type": "regex", "pattern": f"({letter}+)+$", "qbr_metric_key": "mrr"} for letter in "bcdefghijkl"]
    api = by_key(company)
    answer = api.send("post", "/api/mappings/preview", {"rules": rules})
    assert (api.status, answer["error"]["code"]) == (422, "BAD_CHANGE")
    assert "very long" in answer["error"]["message"]


# Versions


def test_versions_are_listed_shown_with_their_difference_and_put_back(company: Company) -> None:
    api = by_key(company)
    api.send("post", "/api/qbwc/mappings", {"pattern": "rent", "qbr_metric_key": "other_expenses"})
    listed = api.get("/api/mappings/versions")
    assert [(one["number"], one["total"]) for one in listed["versions"]] == [(2, 2), (1, 1)]
    whole = api.get("/api/mappings/versions/2")
    assert [rule["pattern"] for rule in whole["difference"]["added"]] == ["rent"]
    assert len(whole["rules"]) == 2
    back = "/api/mappings/versions/1/rollback"
    shown = api.send("post", f"{back}?dry_run=1")
    assert changed_lines(shown) == {"other_expenses": ("80.00", "0.00"), "unmapped_expenses": ("0.00", "80.00")}
    assert AccountMapping.objects.count() == 2
    done = api.send("post", f"{back}?digest={shown['digest']}")
    assert (done["version"]["number"], done["version"]["kind"]) == (3, "rollback")
    assert [rule.values.pattern for rule in rules_of(company)] == ["managed services"]
    api.send("post", f"{back}?digest={shown['digest']}")
    assert api.status == 409


def test_a_version_that_does_not_exist_is_not_found(company: Company) -> None:
    api = by_key(company)
    assert api.get("/api/mappings/versions/9")["error"]["code"] == "NO_SUCH_VERSION"
    api.send("post", "/api/mappings/versions/9/rollback")
    assert api.status == 404


# Files


def raw(company: Company, scope: str = "write") -> tuple[Client, dict[str, str]]:
    _, text = issue_key(company, "files", scope, NOW)
    return Client(), {"X-API-Key": text}


@pytest.mark.parametrize("format", ["csv", "xlsx", "json"])
def test_the_mapping_comes_as_a_file(company: Company, format: str) -> None:
    client, headers = raw(company, "read")
    answer = client.get(f"/api/mappings/export?format={format}", headers=headers)
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == f'attachment; filename="mappings-cascadia.{format}"'
    if format == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
        assert [cell.value for cell in sheet[1]][:3] == ["priority", "match_type", "pattern"]
    else:
        assert b"managed services" in answer.content


FILE = b"priority,match_type,pattern,metric\n10,contains,managed services,nrr\n20,contains,rent,other_expenses\n"


@pytest.mark.parametrize("is_form", [True, False])
def test_a_file_is_tried_and_then_imported(company: Company, is_form: bool) -> None:
    client, headers = raw(company)
    kept = AccountMapping.objects.get().pk

    def send(query: str) -> Any:
        url = f"/api/mappings/import{query}"
        if is_form:
            return client.post(url, {"file": SimpleUploadedFile("m.csv", FILE)}, headers=headers).json()
        return client.post(url, FILE, content_type="text/csv", headers=headers).json()

    tried = send("?dry_run=1")
    assert (tried["errors"], tried["version"]) == ([], None)
    assert [one["pattern"] for one in tried["preview"]["difference"]["added"]] == ["rent"]
    assert AccountMapping.objects.count() == 1
    done = send(f"?digest={tried['preview']['digest']}")
    assert done["version"]["summary"] == "Imported a file (replace): 1 added, 1 changed"
    assert AccountMapping.objects.get(pattern="managed services").pk == kept
    assert send(f"?digest={tried['preview']['digest']}")["error"]["code"] == "MAPPING_MOVED"


def test_a_file_with_errors_tells_each_and_changes_nothing(company: Company) -> None:
    client, headers = raw(company)
    bad = FILE + b"x,contains,,nothing\n"
    answer = client.post("/api/mappings/import?dry_run=1", bad, content_type="text/csv", headers=headers).json()
    assert [(one["row"], one["column"]) for one in answer["errors"]] == [(4, "priority"), (4, "metric")]
    assert answer["preview"] is None
    refused = client.post("/api/mappings/import", bad, content_type="text/csv", headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "BAD_FILE")
    assert AccountMapping.objects.count() == 1


@pytest.mark.parametrize("body", [b"", b"\x00\x01", b"PK\x03\x04nonsense"])
def test_what_is_no_file_is_refused_with_words(company: Company, body: bytes) -> None:
    client, headers = raw(company)
    answer = client.post("/api/mappings/import?dry_run=1", body, content_type="text/csv", headers=headers).json()
    assert answer["errors"][0]["row"] == 0
    assert answer["errors"][0]["message"]


def test_a_form_without_a_file_is_refused(company: Company) -> None:
    client, headers = raw(company)
    answer = client.post("/api/mappings/import", {"mode": "add"}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_FILE")
    broken = client.post("/api/mappings/import", b"x", content_type="multipart/form-data", headers=headers)
    assert broken.status_code == 400
