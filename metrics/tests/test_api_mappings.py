"""/api/qbwc/mappings: read, add, replace, change, delete; every change is audited and the figures follow."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from accounts.models import AuditEvent, Company
from metrics.models import AccountMapping, MonthlyMetric
from metrics.tests.callers import by_key, by_person
from metrics.tests.factories import AccountMappingFactory, CompanyFactory, MonthlyAmountFactory, MonthlyMetricFactory

pytestmark = pytest.mark.django_db

ALL = "/api/qbwc/mappings"
WHOLE = {
    "match_type": "wildcard",
    "pattern": "managed*",
    "account_types": ["Income"],
    "qbr_metric_key": "orr",
    "priority": 5,
    "is_active": True,
    "note": "resold",
    "list_id": "",
    "account_numbers": "",
    "effective_from": None,
    "effective_to": None,
}


@pytest.fixture
def company() -> Company:
    company = CompanyFactory.create()
    MonthlyMetricFactory.create(company=company)
    MonthlyAmountFactory.create(company=company)
    return company


def figures() -> MonthlyMetric:
    return MonthlyMetric.objects.get()


def test_the_list_comes_in_the_order_in_which_rules_are_tried(company: Company) -> None:
    AccountMappingFactory.create(company=company, priority=20, pattern="second")
    AccountMappingFactory.create(company=company, priority=10, pattern="first")
    answer = by_key(company, "read").get(ALL)
    assert (answer["company"], answer["total"]) == (company.name, 2)
    assert [row["pattern"] for row in answer["mappings"]] == ["first", "second"]
    assert set(answer["mappings"][0]) == {"id", "created_at", "updated_at", *WHOLE}


def test_a_new_mapping_is_answered_audited_and_the_figures_follow(
    company: Company, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    api = by_key(company)
    with django_capture_on_commit_callbacks(execute=True):
        answer = api.send("post", ALL, WHOLE)
    assert api.status == 201
    assert {key: answer[key] for key in WHOLE} == WHOLE
    assert figures().orr == 100
    event = AuditEvent.objects.get(action="mapping.created")
    assert (event.company, event.success, event.details["mapping"]) == (company, True, answer["id"])
    assert event.details["pattern"] == "managed*"
    assert event.actor.startswith("key ")


def test_only_pattern_and_metric_must_be_given(company: Company) -> None:
    api = by_key(company)
    answer = api.send("post", ALL, {"pattern": "rent", "qbr_metric_key": "other_expenses"})
    assert api.status == 201
    assert (answer["match_type"], answer["account_types"], answer["priority"]) == ("contains", [], 100)


def test_one_mapping_is_read(company: Company) -> None:
    row = AccountMappingFactory.create(company=company)
    answer = by_key(company, "read").get(f"{ALL}/{row.pk}")
    assert (answer["id"], answer["pattern"], answer["qbr_metric_key"]) == (row.pk, "managed services", "mrr")


def test_a_mapping_is_replaced_as_a_whole(
    company: Company, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    row = AccountMappingFactory.create(company=company, note="old")
    with django_capture_on_commit_callbacks(execute=True):
        answer = by_key(company).send("put", f"{ALL}/{row.pk}", {"pattern": "managed", "qbr_metric_key": "nrr"})
    assert (answer["id"], answer["pattern"], answer["note"]) == (row.pk, "managed", "")
    assert figures().nrr == 100
    assert AuditEvent.objects.filter(action="mapping.changed").count() == 1


def test_a_mapping_is_changed_in_part(
    company: Company, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    row = AccountMappingFactory.create(company=company, note="kept")
    with django_capture_on_commit_callbacks(execute=True):
        answer = by_key(company).send("patch", f"{ALL}/{row.pk}", {"is_active": False})
    assert (answer["is_active"], answer["note"], answer["pattern"]) == (False, "kept", "managed services")
    assert figures().unmapped_revenue == 100


def test_a_deleted_mapping_is_gone_and_the_figures_follow(
    company: Company, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    row = AccountMappingFactory.create(company=company)
    api = by_key(company)
    with django_capture_on_commit_callbacks(execute=True):
        assert api.send("delete", f"{ALL}/{row.pk}") is None
    assert api.status == 204
    assert not AccountMapping.objects.exists()
    assert figures().unmapped_revenue == 100
    assert AuditEvent.objects.get(action="mapping.deleted").details["mapping"] == row.pk


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("match_type", "fuzzy", "exact"),
        ("pattern", "", "needs a pattern"),
        ("pattern", "  ", "needs a pattern"),
        ("pattern", "x" * 501, "500 characters"),
        ("qbr_metric_key", "net_profit", "mrr"),
        ("account_types", ["Income", "Bank"], "Bank"),
        ("priority", -1, "0 to"),
        ("priority", 10**30, "0 to"),
        ("note", "x" * 301, "300 characters"),
    ],
)
def test_a_bad_mapping_is_refused_with_words_and_nothing_is_saved(
    company: Company, field: str, value: object, words: str
) -> None:
    api = by_key(company)
    answer = api.send("post", ALL, WHOLE | {field: value})
    assert api.status == 422
    assert answer["error"]["code"] == "BAD_MAPPING"
    assert field in answer["error"]["message"]
    assert words in answer["error"]["message"]
    assert not AccountMapping.objects.exists()


def test_a_regular_expression_that_does_not_compile_is_refused(company: Company) -> None:
    api = by_key(company)
    answer = api.send("post", ALL, WHOLE | {"match_type": "regex", "pattern": "("})
    assert api.status == 422
    assert "not a regular expression" in answer["error"]["message"]


def test_unmapped_is_a_metric_key_too(company: Company) -> None:
    api = by_key(company)
    api.send("post", ALL, WHOLE | {"qbr_metric_key": "unmapped"})
    assert api.status == 201


@pytest.mark.parametrize("body", [{}, {"priorty": 1}])
def test_a_change_that_names_no_known_field_is_refused(company: Company, body: dict[str, Any]) -> None:
    row = AccountMappingFactory.create(company=company)
    api = by_key(company)
    assert "Nothing to change" in api.send("patch", f"{ALL}/{row.pk}", body)["error"]["message"]
    assert api.status == 422


@pytest.mark.parametrize(
    "body",
    [
        [],
        "text",
        {"pattern": "x"},
        WHOLE | {"priority": "high"},
        WHOLE | {"pattern": None},
        WHOLE | {"account_types": "Income"},
    ],
)
def test_a_body_of_another_shape_is_refused(company: Company, body: object) -> None:
    api = by_key(company)
    answer = api.send("post", ALL, body)
    assert api.status in (400, 422)
    assert {"code", "message"} <= answer["error"].keys()


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999999", "x"])
def test_an_id_that_cannot_be_is_refused(company: Company, number: str) -> None:
    api = by_key(company)
    api.get(f"{ALL}/{number}")
    assert api.status in (400, 404, 422)


def test_a_mapping_that_does_not_exist_is_not_found(company: Company) -> None:
    api = by_key(company)
    assert api.get(f"{ALL}/12345")["error"]["code"] == "NO_SUCH_MAPPING"
    assert api.status == 404


@pytest.mark.parametrize("method", ["put", "patch", "delete", "post"])
@pytest.mark.parametrize("who", ["reading key", "viewer"])
def test_changing_needs_an_administrator_or_a_key_with_write_scope(company: Company, who: str, method: str) -> None:
    row = AccountMappingFactory.create(company=company)
    api = by_key(company, "read") if who == "reading key" else by_person(company)
    answer = api.send(method, ALL if method == "post" else f"{ALL}/{row.pk}", WHOLE)
    assert api.status == 403
    assert "administrator" in answer["error"]["message"]
    assert AccountMapping.objects.get().qbr_metric_key == "mrr"


def test_an_administrator_may_change_mappings(company: Company) -> None:
    api = by_person(company, role="administrator")
    api.send("post", ALL, WHOLE)
    assert api.status == 201
    assert AuditEvent.objects.get(action="mapping.created").actor.startswith("person-")
