"""What remembers, in the administration: versions that can be put back, a rule's history, settings, rows to look at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEvent, Company
from metrics.mappings.admin_pages import events_of
from metrics.mappings.changes import create_mapping, delete_mapping, save_mapping
from metrics.mappings.values import MappingValues
from metrics.models import AccountMapping, MappingVersion, ReportingSettings
from metrics.tests.factories import NOW, CompanyFactory, UserFactory
from metrics.tests.test_admin_mappings import confirm, text

pytestmark = pytest.mark.django_db

RENT = MappingValues("contains", "rent", "other_expenses")
LOOKED_AT = (
    "mappingversion",
    "restatement",
    "amountchange",
    "monthreading",
    "monthlyheadcount",
    "target",
    "budgetamount",
    "snapshot",
    "note",
    "backgroundwork",
)


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create(name="Cascadia")


@pytest.fixture
def browser() -> Client:
    client = Client()
    client.force_login(UserFactory.create(username="dana", is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize("name", LOOKED_AT)
def test_what_remembers_is_looked_at_and_never_edited(company: Company, browser: Client, name: str) -> None:
    create_mapping(company, RENT, actor="eli", now=NOW)
    assert browser.get(f"/admin/metrics/{name}/").status_code == 200
    assert browser.get(f"/admin/metrics/{name}/add/").status_code == 403


def test_a_version_shows_what_it_changed_and_is_put_back_after_a_look(company: Company, browser: Client) -> None:
    row = create_mapping(company, RENT, actor="eli", now=NOW)
    save_mapping(row, MappingValues("contains", "rent", "owner_comp"), actor="eli", now=NOW)
    last = MappingVersion.objects.get(number=3)
    page = text(browser.get(f"/admin/metrics/mappingversion/{last.pk}/change/"))
    assert "Changed (1)" in page
    assert "Metric Other expenses Owner compensation" in page
    second = MappingVersion.objects.get(number=2)
    shown = browser.get(f"/admin/metrics/mappingversion/{second.pk}/roll-back/")
    assert "Back to version 2" in text(shown)
    assert MappingVersion.objects.count() == 3
    assert "Back to version 2 (version 4)" in confirm(browser, shown)
    row.refresh_from_db()
    assert row.qbr_metric_key == "other_expenses"


def test_a_version_that_is_not_there_is_not_found(browser: Client) -> None:
    assert browser.get("/admin/metrics/mappingversion/999/roll-back/").status_code == 404


def test_the_history_of_a_rule_tells_what_each_version_changed(company: Company, browser: Client) -> None:
    row = create_mapping(company, RENT, actor="eli", now=NOW)
    create_mapping(company, MappingValues("contains", "other", "mrr"), actor="eli", now=NOW)
    later = NOW + timedelta(days=1)
    save_mapping(row, MappingValues("contains", "rent", "owner_comp", priority=5), actor="dana", now=later)
    page = text(browser.get(f"/admin/metrics/accountmapping/{row.pk}/history/"))
    assert "Changed: Priority 100 → 5 ; Metric Other expenses → Owner compensation" in page
    assert "mapping.created · eli" in page
    pk = row.pk
    delete_mapping(AccountMapping.objects.get(pk=pk), actor="dana", now=later)
    events = events_of(company, pk)
    assert [(event.deed, event.version.actor) for event in events] == [
        ("Deleted", "dana"),
        ("Changed", "dana"),
        ("Added", "eli"),
    ]


def test_a_rule_that_nobody_changed_says_so(company: Company, browser: Client) -> None:
    row = AccountMapping.objects.create(company=company, pattern="x", qbr_metric_key="mrr")
    assert "as it was set up" in text(browser.get(f"/admin/metrics/accountmapping/{row.pk}/history/"))


SETTINGS: dict[str, Any] = {"default_basis": "accrual", "counts_owners": "on", "unmapped_threshold_percent": "2.50"}


def test_reporting_settings_are_saved_as_everywhere_and_audited(company: Company, browser: Client) -> None:
    url = "/admin/metrics/reportingsettings/"
    assert browser.post(f"{url}add/", {**SETTINGS, "company": company.pk}).status_code == 302
    row = ReportingSettings.objects.get()
    assert (row.company, row.counts_officers, str(row.unmapped_threshold_percent)) == (company, False, "2.50")
    browser.post(f"{url}{row.pk}/change/", {**SETTINGS, "fiscal_year_first_month": "7"})
    row.refresh_from_db()
    assert row.fiscal_year_first_month == 7
    assert AuditEvent.objects.filter(action="reporting.changed", actor="dana").count() == 2
    assert browser.get(f"{url}{row.pk}/delete/").status_code == 403


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("default_basis", "cash", "Switch it on first"),
        ("fiscal_year_first_month", "13", "less than or equal to 12"),
        ("unmapped_threshold_percent", "101", "less than or equal to 100"),
    ],
)
def test_settings_that_make_no_sense_are_sent_back(
    company: Company, browser: Client, field: str, value: str, words: str
) -> None:
    answer = browser.post("/admin/metrics/reportingsettings/add/", {**SETTINGS, "company": company.pk, field: value})
    assert words in text(answer)
    assert not ReportingSettings.objects.exists()
