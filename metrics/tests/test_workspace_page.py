"""The mapping workspace through its forms: assign, preview, save, undo, another's change in between, and who may."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts import clock
from accounts.models import AuditEvent, Company, Membership
from metrics.mappings.changes import create_mapping
from metrics.mappings.rows import rules_of
from metrics.mappings.values import MappingValues
from metrics.models import AccountMapping, MappingTemplate, MappingVersion, MonthlyMetric
from metrics.tests.callers import client_of
from metrics.tests.factories import NOW, CompanyFactory
from metrics.tests.workspace_sample import LAST, workspace_company

pytestmark = pytest.mark.django_db

ADMINISTRATOR = Membership.Role.ADMINISTRATOR
PAGE = "/companies/cascadia/mapping/"
GOOSE = "80-12"


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def company() -> Company:
    return workspace_company()


@pytest.fixture
def admin(company: Company) -> Client:
    return client_of(company, role=ADMINISTRATOR, username="dana")


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def fields_of(answer: Any) -> dict[str, str]:
    """The hidden fields of the form that saves what a preview shows."""
    form = re.search(r'<form method="post" action="[^"]*/save/".*?</form>', text_of(answer), re.DOTALL)
    assert form is not None
    found = re.findall(r'name="([^"]+)" value="([^"]*)"', form[0])
    return {name: unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


def preview(client: Client, **fields: str) -> Any:
    """Put something into the draft and follow to its preview."""
    return client.post(f"{PAGE}draft/", fields, follow=True)


def save(client: Client, answer: Any) -> Any:
    return client.post(f"{PAGE}save/", fields_of(answer), follow=True)


def unmapped(company: Company) -> Any:
    return MonthlyMetric.objects.get(company=company, month=LAST.first_day).unmapped_expenses


def test_a_suggestion_is_previewed_then_saved_and_the_figures_follow(company: Company, admin: Client) -> None:
    before = unmapped(company)
    shown = preview(admin, one=f"{GOOSE}|other_expenses")
    assert "Wild Goose → Other expenses" in text_of(shown)
    assert "1 account moves" in text_of(shown)
    assert not MappingVersion.objects.exists()
    saved = save(admin, shown)
    assert "Saved as version 2" in text_of(saved)
    assert unmapped(company) == before - Decimal("489.90")
    version = MappingVersion.objects.get(number=2)
    assert (version.actor, version.summary) == ("dana", "Mapped Wild Goose → Other expenses")
    assert AuditEvent.objects.filter(action="mapping.edit", actor="dana").exists()


def test_only_the_selects_that_were_changed_are_drafted(company: Company, admin: Client) -> None:
    shown = preview(admin, **{f"to:{GOOSE}": "owner_comp", "to:80-4": "nrr", "to:80-5": "mrr"})
    text = text_of(shown)
    assert "What these 2 changes do" in text
    assert "Project Labour →" not in text
    saved = save(admin, shown)
    assert "Saved as version" in text_of(saved)
    assert {row.list_id: row.qbr_metric_key for row in AccountMapping.objects.filter(match_type="account")} == {
        GOOSE: "owner_comp", "80-5": "mrr",
    }  # fmt: skip
    assert "in the draft" not in text_of(admin.get(PAGE))


def test_a_select_that_is_put_back_leaves_the_draft(company: Company, admin: Client) -> None:
    preview(admin, **{f"to:{GOOSE}": "owner_comp"})
    assert "1 change in the draft" in text_of(admin.get(PAGE))
    preview(admin, **{f"to:{GOOSE}": "unmapped"})
    assert "in the draft" not in text_of(admin.get(PAGE))


def test_a_draft_is_taken_back_one_by_one_or_discarded(company: Company, admin: Client) -> None:
    preview(admin, **{f"to:{GOOSE}": "owner_comp", "to:80-5": "mrr"})
    answer = admin.post(f"{PAGE}draft/", {"take_back": "0"}, follow=True)
    assert "1 change in the draft" in text_of(answer)
    answer = admin.post(f"{PAGE}draft/", {"do": "discard"}, follow=True)
    assert "The draft was discarded" in text_of(answer)
    assert not AccountMapping.objects.filter(match_type="account").exists()


def test_undo_shows_what_it_does_and_puts_the_version_back(company: Company, admin: Client) -> None:
    before = rules_of(company)
    saved = save(admin, preview(admin, one=f"{GOOSE}|other_expenses"))
    address = re.search(r'<a href="([^"]+)">Undo</a>', text_of(saved))
    assert address is not None
    shown = admin.get(address[1].replace("&amp;", "&"))
    assert "Back to version 1" in text_of(shown)
    assert "Saved as version 3" in text_of(save(admin, shown))
    assert [rule.values for rule in rules_of(company)] == [rule.values for rule in before]
    assert MappingVersion.objects.get(number=3).kind == "rollback"


def test_somebody_else_s_change_in_between_is_shown_beside_one_s_own(company: Company, admin: Client) -> None:
    shown = preview(admin, one=f"{GOOSE}|other_expenses")
    create_mapping(company, MappingValues("contains", "heron", "nrr"), actor="quinn", now=NOW)
    refused = save(admin, shown)
    text = text_of(refused)
    assert refused.status_code == 409
    assert "quinn" in text
    assert "heron" in text
    assert "Wild Goose → Other expenses" in text
    assert not AccountMapping.objects.filter(list_id=GOOSE).exists()
    assert "Saved as version 3" in text_of(save(admin, refused))
    assert AccountMapping.objects.filter(pattern="heron").exists()


def test_a_branch_from_a_month_on_is_assigned_in_the_account_s_details(company: Company, admin: Client) -> None:
    fields = {"key": "80-8", "metric": "owner_comp", "scope": "below", "text": "", "first_month": "2026-01"}
    shown = admin.post(f"{PAGE}account/", fields, follow=True)
    assert "Payroll Expenses and everything below it → Owner compensation, from Jan 2026" in text_of(shown)
    save(admin, shown)
    row = AccountMapping.objects.get(match_type="starts_with")
    assert (row.pattern, str(row.effective_from)) == ("Payroll Expenses:", "2026-01-01")


def test_an_account_that_stays_because_it_is_pinned_is_told(company: Company, admin: Client) -> None:
    create_mapping(company, MappingValues("account", "Wages", "other_expenses", list_id="80-9"), actor="", now=NOW)
    fields = {"key": "80-8", "metric": "owner_comp", "scope": "below", "text": "", "first_month": ""}
    text = text_of(admin.post(f"{PAGE}account/", fields, follow=True))
    assert "1 account stays elsewhere" in text
    assert "Payroll Expenses:Wages goes to Other expenses" in text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"scope": "contains", "text": " "}, "at least two letters"),
        ({"scope": "this", "first_month": "January"}, "write it as 2026-01"),
        ({"scope": "this", "metric": "nothing"}, "not one of the available choices"),
    ],
)
def test_what_cannot_be_assigned_is_told_beside_its_field(
    company: Company, admin: Client, fields: dict[str, str], words: str
) -> None:
    answer = admin.post(f"{PAGE}account/", {"key": GOOSE, "metric": "nrr", "text": "", "first_month": "", **fields})
    assert answer.status_code == 422
    assert words in text_of(answer)


def test_the_details_tell_why_this_rule_and_why_no_other(company: Company, admin: Client) -> None:
    text = text_of(admin.get(f"{PAGE}account/?key=80-10"))
    assert "Why it goes to Owner compensation" in text
    assert "would match too, but another rule comes first" in text
    assert "its pattern does not fit the name" in text
    assert admin.get(f"{PAGE}account/?key=none").status_code == 404


def test_a_script_is_given_the_piece_of_the_page_it_asks_for(company: Company, admin: Client) -> None:
    answer = admin.post(f"{PAGE}draft/", {"one": f"{GOOSE}|other_expenses"}, headers={"X-Part": "1"})
    text = text_of(answer)
    assert answer.status_code == 200
    assert "<html" not in text
    assert "data-panel" in text
    assert 'id="draft-bar"' in text
    assert "Saved as version 2" in text_of(save(admin, answer))


def test_a_viewer_sees_the_page_and_changes_nothing(company: Company) -> None:
    viewer = client_of(company)
    text = text_of(viewer.get(PAGE))
    assert "Wild Goose" in text
    assert "<select form" not in text
    assert "suggestion" not in text
    assert viewer.get(f"{PAGE}account/?key={GOOSE}").status_code == 200
    assert viewer.get(f"{PAGE}export.csv").status_code == 200
    for address, fields in (
        ("draft/", {"one": f"{GOOSE}|mrr"}),
        ("save/", {"what": "draft"}),
        ("account/", {"key": GOOSE}),
        ("files/", {"do": "save", "name": "Mine"}),
    ):
        assert viewer.post(f"{PAGE}{address}", fields).status_code == 403
    assert viewer.get(f"{PAGE}preview/?what=draft").status_code == 403


def test_a_stranger_sees_nothing(company: Company) -> None:
    stranger = client_of(CompanyFactory.create())
    for address in ("", "account/?key=80-1", "versions/", "versions/1/", "files/", "export.csv", "preview/?what=draft"):
        assert stranger.get(PAGE + address).status_code == 404


@pytest.mark.parametrize(
    ("query", "names", "others"),
    [
        ("?show=unmapped", ["Wild Goose", "Blue Heron"], ["Microsoft 365"]),
        ("?show=new", ["Blue Heron"], ["Wild Goose"]),
        ("?show=renamed", ["Officer Salary", "Rent"], ["Wild Goose"]),
        ("?metric=orr", ["Microsoft 365"], ["Wild Goose"]),
        ("?q=4020", ["Microsoft 365"], ["Wild Goose"]),
        ("?q=zzz&page=77", ["No account is like that"], ["Wild Goose"]),
    ],
)
def test_filters_and_search_show_what_they_say(
    company: Company, admin: Client, query: str, names: list[str], others: list[str]
) -> None:
    text = text_of(admin.get(PAGE + query))
    assert all(name in text for name in names)
    assert not any(name in text for name in others)


def test_a_company_that_was_never_read_says_what_comes_next() -> None:
    company = CompanyFactory.create(slug="cascadia")
    assert "No accounts yet" in text_of(client_of(company, role=ADMINISTRATOR).get(PAGE))


def test_when_everything_has_its_metric_the_page_says_so(company: Company, admin: Client) -> None:
    for number, key in ((5, "nrr"), (10, "owner_comp"), (11, "other_expenses"), (12, "other_expenses")):
        create_mapping(company, MappingValues("account", "x", key, list_id=f"80-{number}"), actor="", now=NOW)
    create_mapping(company, MappingValues("contains", "quality", "other_expenses"), actor="", now=NOW)
    text = text_of(admin.get(PAGE))
    assert "Every account with an amount has its metric" in text
    assert "Needs attention</h2>" not in text


def test_versions_are_listed_with_what_they_changed(company: Company, admin: Client) -> None:
    assert "No version yet" in text_of(admin.get(f"{PAGE}versions/"))
    create_mapping(company, MappingValues("contains", "heron", "nrr"), actor="quinn", now=NOW)
    text = text_of(admin.get(f"{PAGE}versions/"))
    assert "quinn" in text
    assert "1 added" in text
    text = text_of(admin.get(f"{PAGE}versions/1/"))
    assert "Put this version back" in text
    assert admin.get(f"{PAGE}versions/99999999999999999999/").status_code == 404


def test_a_file_is_previewed_then_imported_and_its_errors_are_told_by_row(company: Company, admin: Client) -> None:
    bad = SimpleUploadedFile("rules.csv", b"match_type,pattern,metric\ncontains,rent,nothing\n")
    answer = admin.post(f"{PAGE}files/", {"do": "import", "file": bad, "mode": "add"})
    assert answer.status_code == 422
    assert "is no metric that accounts can be mapped to" in text_of(answer)
    good = SimpleUploadedFile("rules.csv", b"match_type,pattern,metric\ncontains,goose,other_expenses\n")
    shown = admin.post(f"{PAGE}files/", {"do": "import", "file": good, "mode": "add"})
    assert "1 account moves" in text_of(shown)
    assert "Saved as version 2" in text_of(save(admin, shown))
    assert MappingVersion.objects.get(number=2).kind == "import"


def test_a_template_is_previewed_then_given_and_own_rules_are_saved_as_one(company: Company, admin: Client) -> None:
    shown = admin.get(f"{PAGE}preview/?what=template&template=small_business&mode=replace")
    assert "Small business" in text_of(shown)
    assert "Saved as version 2" in text_of(save(admin, shown))
    assert MappingVersion.objects.get(number=2).kind == "template"
    answer = admin.post(f"{PAGE}files/", {"do": "save", "name": "Ours", "description": ""}, follow=True)
    assert "was saved with" in text_of(answer)
    assert MappingTemplate.objects.filter(name="Ours", company=company).exists()
    assert admin.post(f"{PAGE}files/", {"do": "save", "name": "Ours"}).status_code == 422


@pytest.mark.parametrize(
    "fields",
    [{}, {"what": "file", "rules": "[1]"}, {"what": "version", "version": "7" * 5000}, {"what": "template"}],
)
def test_a_form_that_was_changed_on_its_way_saves_nothing(
    company: Company, admin: Client, fields: dict[str, str]
) -> None:
    answer = admin.post(f"{PAGE}save/", {"shown": "x", **fields}, follow=True)
    assert "Nothing was saved" in text_of(answer)
    assert not MappingVersion.objects.exists()


def test_the_page_asks_the_same_few_questions_whatever_the_number_of_accounts(
    company: Company, admin: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(13):
        admin.get(PAGE)
