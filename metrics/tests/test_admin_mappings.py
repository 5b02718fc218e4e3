"""The editor of mappings in the administration: what a change does is shown first, and each deed is one version."""

from __future__ import annotations

import html
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEvent, Company
from metrics.mappings.changes import create_mapping
from metrics.mappings.rows import rules_of
from metrics.mappings.values import MappingValues
from metrics.models import AccountMapping, MappingTemplate, MappingVersion, MonthlyMetric
from metrics.tests.factories import (
    NOW,
    AccountMappingFactory,
    CompanyFactory,
    MonthlyAmountFactory,
    MonthlyMetricFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

LIST = "/admin/metrics/accountmapping/"


@pytest.fixture
def company() -> Company:
    company = CompanyFactory.create(name="Cascadia", slug="cascadia")
    MonthlyMetricFactory.create(company=company)
    for name, kind, amount in (("Managed Services", "Income", "100"), ("Rent", "Expense", "40")):
        MonthlyAmountFactory.create(company=company, full_name=name, account_type=kind, amount=Decimal(amount))
    AccountMappingFactory.create(company=company)
    AccountMappingFactory.create(company=company, pattern="rent", qbr_metric_key="other_expenses")
    return company


@pytest.fixture
def browser() -> Client:
    client = Client()
    client.force_login(UserFactory.create(username="dana", is_staff=True, is_superuser=True))
    return client


def text(answer: Any) -> str:
    """The page's words."""
    plain = re.sub(r"<(script|style).*?</\1>", " ", answer.content.decode(), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", plain)).split())


def fields_of(answer: Any) -> dict[str, str]:
    """The hidden fields of the page that shows a change."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.content.decode())
    return {name: html.unescape(value) for name, value in found}


def confirm(browser: Client, answer: Any) -> str:
    done = browser.post(f"{LIST}apply/", fields_of(answer), follow=True)
    return text(done)


def listed(rows: list[AccountMapping], **changes: dict[str, object]) -> dict[str, object]:
    posted: dict[str, object] = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": len(rows)}
    for place, row in enumerate(rows):
        values = {"id": row.pk, "priority": row.priority, "is_active": "on"} | changes.get(f"row{place}", {})
        posted |= {f"form-{place}-{name}": value for name, value in values.items() if value is not None}
    return posted


def newest() -> MappingVersion:
    version = MappingVersion.objects.order_by("-number").first()
    assert version is not None
    return version


def figures() -> MonthlyMetric:
    return MonthlyMetric.objects.get()


def test_the_list_says_what_each_rule_catches(company: Company, browser: Client) -> None:
    AccountMappingFactory.create(company=company, match_type="wildcard", pattern="*", priority=900)
    words = text(browser.get(LIST))
    assert "1 account · 100.00" in words
    assert "1 account · 40.00" in words
    assert "matches (catch-all)" in words
    assert "Monthly recurring revenue" in words


def test_the_list_costs_the_same_number_of_queries_however_many_rules_there_are(
    company: Company, browser: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser.get(LIST)
    with django_assert_num_queries(11):
        browser.get(f"{LIST}?company__id__exact={company.pk}")
    for number in range(20):
        AccountMappingFactory.create(company=company, pattern=f"other {number}")
    with django_assert_num_queries(11):
        browser.get(f"{LIST}?company__id__exact={company.pk}")


@pytest.mark.parametrize(
    ("query", "patterns"),
    [
        ("metric=mrr", {"managed services"}),
        ("catch_all=yes", {"*"}),
        ("catch_all=no", {"managed services", "rent", "old"}),
        ("in_force=over", {"old"}),
        ("in_force=now", {"managed services", "rent", "*"}),
        ("in_force=limited", {"old"}),
        ("in_force=later", set()),
        ("q=rent", {"rent"}),
        ("match_type__exact=wildcard", {"*"}),
    ],
)
def test_the_list_is_narrowed(company: Company, browser: Client, query: str, patterns: set[str]) -> None:
    AccountMappingFactory.create(company=company, match_type="wildcard", pattern="*", qbr_metric_key="nrr")
    AccountMappingFactory.create(company=company, pattern="old", qbr_metric_key="nrr", effective_to=date(2020, 1, 1))
    shown = browser.get(f"{LIST}?{query}").context["cl"].result_list
    assert {row.pattern for row in shown} == patterns


def test_several_rows_saved_in_the_list_are_one_version(company: Company, browser: Client) -> None:
    rows = list(AccountMapping.objects.order_by("pk"))
    changes: dict[str, dict[str, object]] = {"row0": {"priority": 7}, "row1": {"is_active": None}}
    assert browser.post(LIST, {**listed(rows, **changes), "_save": "Save"}).status_code == 302
    assert (newest().number, newest().summary, newest().actor) == (2, "Changed 2 rules in the list", "dana")
    assert {rule.pk for rule in rules_of(company)} == {row.pk for row in rows}
    assert (figures().mrr, figures().unmapped_expenses) == (100, 40)


def test_rows_changed_in_the_list_are_shown_first_and_then_saved(company: Company, browser: Client) -> None:
    rows = list(AccountMapping.objects.order_by("pk"))
    posted = {**listed(rows, row1={"is_active": None}), "_preview": ""}
    shown = browser.post(LIST, posted)
    assert "Ledger accounts that move" in text(shown)
    assert "Rent Other expenses Unmapped: ask a person 1 40.00" in text(shown)
    assert not MappingVersion.objects.exists()
    assert "Changed 1 rule in the list (version 2)" in confirm(browser, shown)
    assert figures().unmapped_expenses == 40


def test_a_preview_of_rows_that_cannot_be_saved_says_why(company: Company, browser: Client) -> None:
    rows = list(AccountMapping.objects.order_by("pk"))
    shown = browser.post(LIST, {**listed(rows, row0={"priority": -5}), "_preview": ""})
    assert "Give a number" in text(shown)
    assert not MappingVersion.objects.exists()


def test_rows_of_two_companies_are_saved_as_a_version_each_but_shown_one_by_one(
    company: Company, browser: Client
) -> None:
    AccountMappingFactory.create()
    rows = list(AccountMapping.objects.order_by("company__name", "pk"))
    posted = listed(rows, row0={"priority": 7}, row2={"priority": 8})
    assert "one company at a time" in text(browser.post(LIST, {**posted, "_preview": ""}, follow=True))
    browser.post(LIST, {**posted, "_save": "Save"})
    assert set(MappingVersion.objects.values_list("company_id", "number")) == {
        (row.company_id, number) for row in rows for number in (1, 2)
    }


FORM = {"match_type": "contains", "pattern": "rent", "qbr_metric_key": "owner_comp", "priority": 100, "is_active": "on"}


def test_a_rule_in_its_form_is_shown_first_and_then_saved(company: Company, browser: Client) -> None:
    row = AccountMapping.objects.get(pattern="rent")
    shown = browser.post(f"{LIST}{row.pk}/change/", {**FORM, "_preview": ""})
    assert "Metric Other expenses Owner compensation" in text(shown)
    row.refresh_from_db()
    assert row.qbr_metric_key == "other_expenses"
    confirm(browser, shown)
    row.refresh_from_db()
    assert (row.qbr_metric_key, figures().owner_comp) == ("owner_comp", 40)


def test_a_new_rule_can_be_looked_at_too_with_its_months(company: Company, browser: Client) -> None:
    new = {**FORM, "company": company.pk, "pattern": "new", "effective_from": "2026-01", "_preview": ""}
    shown = browser.post(f"{LIST}add/", new)
    assert "Added (1)" in text(shown)
    assert "from Jan 2026" in text(shown)
    confirm(browser, shown)
    assert AccountMapping.objects.get(pattern="new").effective_from == date(2026, 1, 1)


@pytest.mark.parametrize("button", ["_preview", "_save"])
def test_a_month_that_is_none_is_sent_back(company: Company, browser: Client, button: str) -> None:
    row = AccountMapping.objects.get(pattern="rent")
    answer = browser.post(f"{LIST}{row.pk}/change/", {**FORM, "effective_from": "soon", button: ""})
    assert "write it as 2026-01" in text(answer)
    assert not MappingVersion.objects.exists()


def act(browser: Client, action: str, rows: list[AccountMapping], **more: object) -> Any:
    return browser.post(LIST, {"action": action, "_selected_action": [row.pk for row in rows], **more})


@pytest.mark.parametrize(("action", "is_active"), [("activate", True), ("deactivate", False)])
def test_chosen_rules_are_switched_after_a_look(
    company: Company, browser: Client, action: str, is_active: bool
) -> None:
    AccountMapping.objects.update(is_active=not is_active)
    rows = list(AccountMapping.objects.all())
    shown = act(browser, action, rows)
    assert not MappingVersion.objects.exists()
    assert f"{action.capitalize()}d 2 rules" in confirm(browser, shown)
    assert set(AccountMapping.objects.values_list("is_active", flat=True)) == {is_active}


def test_chosen_rules_are_moved_to_another_metric_after_a_look(company: Company, browser: Client) -> None:
    rows = [AccountMapping.objects.get(pattern="rent")]
    assert "New metric" in text(act(browser, "move", rows))
    shown = act(browser, "move", rows, metric="owner_comp")
    assert "Moved to Owner compensation: 1 rule" in confirm(browser, shown)
    assert figures().owner_comp == 40


@pytest.mark.parametrize(("action", "start"), [("export_csv", b"\xef\xbb\xbfpriority"), ("export_xlsx", b"PK")])
def test_chosen_rules_come_as_a_file(company: Company, browser: Client, action: str, start: bytes) -> None:
    answer = act(browser, action, [AccountMapping.objects.get(pattern="rent")])
    assert answer.content.startswith(start)
    assert answer["Content-Disposition"].startswith("attachment")


def test_several_rules_deleted_are_one_version(company: Company, browser: Client) -> None:
    act(browser, "delete_selected", list(AccountMapping.objects.all()), post="yes")
    assert (newest().number, newest().summary) == (2, "Deleted 2 rules")
    assert not AccountMapping.objects.exists()
    assert AuditEvent.objects.filter(action="mapping.deleted").count() == 2


def test_a_change_that_somebody_else_overtook_is_refused(company: Company, browser: Client) -> None:
    shown = act(browser, "deactivate", list(AccountMapping.objects.all()))
    create_mapping(company, MappingValues("contains", "new", "mrr"), actor="eli", now=NOW)
    assert "Nothing was changed. The mapping was changed by somebody else" in confirm(browser, shown)
    assert AccountMapping.objects.filter(is_active=True).count() == 3


@pytest.mark.parametrize("spoiled", ["rules", "company", "kind"])
def test_an_incomplete_page_changes_nothing(company: Company, browser: Client, spoiled: str) -> None:
    fields = fields_of(act(browser, "deactivate", list(AccountMapping.objects.all())))
    answer = browser.post(f"{LIST}apply/", fields | {spoiled: "999999"}, follow=True)
    assert "Nothing was changed" in text(answer)
    assert not MappingVersion.objects.exists()


# Files and templates


def give(browser: Client, do: str, company: Company, **fields: object) -> Any:
    posted = {f"{do}-{name}": value for name, value in fields.items()}
    return browser.post(f"{LIST}files/", {"do": do, f"{do}-company": company.pk, **posted}, follow=True)


@pytest.mark.parametrize("format", ["csv", "xlsx", "json"])
def test_a_mapping_is_exported(company: Company, browser: Client, format: str) -> None:
    answer = give(browser, "export", company, format=format)
    assert answer["Content-Disposition"] == f'attachment; filename="mappings-cascadia.{format}"'


def test_a_file_is_shown_and_then_imported(company: Company, browser: Client) -> None:
    file = SimpleUploadedFile("new.csv", b"match_type,pattern,metric\ncontains,rent,owner_comp\n")
    shown = give(browser, "import", company, file=file, mode="replace")
    assert "Removed (1)" in text(shown)
    assert AccountMapping.objects.count() == 2
    assert "Imported new.csv: 1 changed, 1 removed" in confirm(browser, shown)
    assert (newest().kind, figures().owner_comp) == ("import", 40)


def test_a_file_with_errors_is_told_by_row_and_column(company: Company, browser: Client) -> None:
    file = SimpleUploadedFile("new.csv", b"match_type,pattern,metric\ncontains,rent,nothing\n")
    words = text(give(browser, "import", company, file=file, mode="replace"))
    assert "Nothing was imported" in words
    assert "2 metric “nothing” is no metric" in words


def test_a_template_is_shown_and_then_given(company: Company, browser: Client) -> None:
    shown = give(browser, "template", company, template="small_business", mode="add")
    assert "Template “Small business” added" in confirm(browser, shown)
    assert newest().kind == "template"
    assert AccountMapping.objects.count() > 10


def test_a_template_is_saved_seen_shared_and_deleted(company: Company, browser: Client) -> None:
    assert "saved with 2 rules" in text(give(browser, "save", company, name="Ours", description="d"))
    assert "already" in text(give(browser, "save", company, name="Ours"))
    row = MappingTemplate.objects.get()
    url = f"/admin/metrics/mappingtemplate/{row.pk}"
    assert "managed services" in text(browser.get(f"{url}/change/"))
    browser.post(f"{url}/change/", {"name": "Ours", "description": "d", "is_shared": "on"})
    assert MappingTemplate.objects.get().is_shared
    browser.post(f"{url}/delete/", {"post": "yes"})
    assert not MappingTemplate.objects.exists()
    assert AuditEvent.objects.filter(action="mapping_template.deleted", actor="dana").exists()


def test_the_pages_are_for_superusers_only(company: Company) -> None:
    client = Client()
    client.force_login(UserFactory.create(is_staff=True))
    for page in ("files/", "apply/"):
        assert client.get(f"{LIST}{page}").status_code == 302
