"""The admin pages of this app: mappings are edited, everything else is looked at."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from accounts.models import AuditEvent, Company
from metrics.models import AccountMapping, MonthlyMetric, SyncHistory
from metrics.tests.factories import (
    NOW,
    AccountMappingFactory,
    CompanyFactory,
    LedgerAccountFactory,
    MonthlyAmountFactory,
    MonthlyMetricFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

LIST = "/admin/metrics/accountmapping/"


@pytest.fixture
def company() -> Company:
    company = CompanyFactory.create()
    MonthlyMetricFactory.create(company=company)
    MonthlyAmountFactory.create(company=company)
    LedgerAccountFactory.create(company=company)
    SyncHistory.objects.create(company=company, sync_type="accounts", success=True, created_at=NOW)
    return company


@pytest.fixture
def browser() -> Client:
    client = Client()
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    return client


def form(company: Company, **changes: object) -> dict[str, object]:
    return {
        "company": company.pk,
        "match_type": "contains",
        "pattern": "managed",
        "account_types": ["Income"],
        "qbr_metric_key": "mrr",
        "priority": 10,
        "is_active": "on",
        "note": "",
    } | changes


@pytest.mark.parametrize("name", ["accountmapping", "synchistory", "monthlymetric", "monthlyamount", "ledgeraccount"])
def test_every_list_opens_and_can_be_searched(company: Company, browser: Client, name: str) -> None:
    AccountMappingFactory.create(company=company)
    assert browser.get(f"/admin/metrics/{name}/").status_code == 200
    assert browser.get(f"/admin/metrics/{name}/?q=managed").status_code in (200, 302)


@pytest.mark.parametrize("name", ["synchistory", "monthlymetric", "monthlyamount", "ledgeraccount"])
def test_what_was_read_is_never_edited_by_hand(company: Company, browser: Client, name: str) -> None:
    assert browser.get(f"/admin/metrics/{name}/add/").status_code == 403


def test_a_mapping_is_added_audited_and_the_figures_follow(
    company: Company, browser: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post(f"{LIST}add/", form(company)).status_code == 302
    row = AccountMapping.objects.get()
    assert (row.account_types, row.qbr_metric_key) == (["Income"], "mrr")
    assert MonthlyMetric.objects.get().mrr == 100
    assert AuditEvent.objects.filter(action="mapping.created").exists()


def test_a_mapping_is_changed_and_the_figures_follow(
    company: Company, browser: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    row = AccountMappingFactory.create(company=company)
    assert browser.get(f"{LIST}{row.pk}/change/").status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post(f"{LIST}{row.pk}/change/", form(company, qbr_metric_key="orr")).status_code == 302
    assert MonthlyMetric.objects.get().orr == 100


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"match_type": "regex", "pattern": "("}, "not a regular expression"),
        ({"priority": "-1"}, "Give a number"),
        ({"qbr_metric_key": "net_profit"}, "Select a valid choice"),
        ({"account_types": ["Bank"]}, "Select a valid choice"),
        ({"pattern": ""}, "required"),
    ],
)
def test_a_bad_mapping_is_sent_back_with_words(
    company: Company, browser: Client, changes: dict[str, object], words: str
) -> None:
    answer = browser.post(f"{LIST}add/", form(company, **changes))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not AccountMapping.objects.exists()


def listed(row: AccountMapping, priority: str) -> dict[str, object]:
    return {
        "form-TOTAL_FORMS": 1,
        "form-INITIAL_FORMS": 1,
        "form-0-id": row.pk,
        "form-0-priority": priority,
        "_save": "Save",
    }


def test_priority_and_activity_are_changed_in_the_list(
    company: Company, browser: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    row = AccountMappingFactory.create(company=company)
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post(LIST, listed(row, "7")).status_code == 302
    row.refresh_from_db()
    assert (row.priority, row.is_active) == (7, False)
    assert MonthlyMetric.objects.get().unmapped_revenue == 100


def test_a_bad_priority_in_the_list_is_sent_back(company: Company, browser: Client) -> None:
    row = AccountMappingFactory.create(company=company)
    assert "Give a number" in browser.post(LIST, listed(row, "-7")).content.decode()


@pytest.mark.parametrize("at_once", [False, True])
def test_a_mapping_is_deleted_and_the_figures_follow(
    company: Company,
    browser: Client,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    at_once: bool,
) -> None:
    row = AccountMappingFactory.create(company=company)
    MonthlyMetric.objects.update(mrr=100)
    several = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(LIST if at_once else f"{LIST}{row.pk}/delete/", several if at_once else {"post": "yes"})
    assert not AccountMapping.objects.exists()
    assert (MonthlyMetric.objects.get().mrr, MonthlyMetric.objects.get().unmapped_revenue) == (0, 100)
    assert AuditEvent.objects.filter(action="mapping.deleted").exists()
