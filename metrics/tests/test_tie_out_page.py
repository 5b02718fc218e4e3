"""The tie-out pages: every month proved in words, and an untied import that never hides."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import clock
from accounts.models import Company
from metrics.models import MonthlyMetric, SyncHistory
from metrics.tests.callers import client_of, words
from metrics.tests.factories import NOW, CompanyFactory
from metrics.tests.qbxml_texts import profit_and_loss
from metrics.tests.reviewed_company import read, reviewed_company

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

UNTIED = profit_and_loss(
    {"Services": ["1000.00", "1200.00"], "Odd Jobs": ["50.00", ""]},
    {"Rent": ["300.00", "310.00"]},
    net_income=["750.00", "111.00"],
)


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def company() -> Company:
    return reviewed_company()


@pytest.fixture
def viewer(company: Company) -> Client:
    return client_of(company)


def address(company: Company, rest: str = "") -> str:
    return f"/companies/{company.slug}/tie-out/{rest}"


def test_others_do_not_see_it_and_strangers_sign_in(company: Company) -> None:
    other = client_of(CompanyFactory.create())
    for rest in ("", "2026-01/"):
        assert Client().get(address(company, rest)).status_code == 302
        assert other.get(address(company, rest)).status_code == 404


def test_tied_months_are_said_to_be_tied_with_source_and_date(company: Company, viewer: Client) -> None:
    text = words(viewer, address(company))
    assert "2 tied" in text
    assert text.count("✓ Tied") == 2
    assert "Source: QuickBooks Profit & Loss by month, accrual, read 15 Mar 2026, 12:00 UTC" in text


def test_an_untied_import_is_told_on_page_dashboard_and_history_and_replaces_nothing(
    company: Company, viewer: Client
) -> None:
    read(company, UNTIED)
    text = words(viewer, address(company))
    assert "1 untied month" in text
    assert "≠ Untied" in text
    assert "The figures shown are the last ones that tied out." in text
    assert "Total Income by minus (100.00)" in text
    assert "Feb 2026 does not tie out" in words(viewer, f"/companies/{company.slug}/")
    assert "these do not: Feb 2026" in SyncHistory.objects.order_by("-pk")[0].message
    assert MonthlyMetric.objects.get(company=company, month="2026-02-01").mrr == 1100


def test_the_month_shows_each_account_as_shown_and_as_newly_reported(company: Company, viewer: Client) -> None:
    read(company, UNTIED)
    text = words(viewer, address(company, "2026-02/"))
    assert re.search(r"Services 1,100\.00 1,200\.00 minus \(100\.00\)", text)
    assert "Net Income”: QuickBooks printed 111.00; its rows add up to 890.00" in text
    assert "SHA-256" in text
    assert "Not ready to present." in text


def test_a_month_that_was_not_read_and_one_that_is_none(company: Company, viewer: Client) -> None:
    assert "Not synced" in words(viewer, address(company, "2025-07/"))
    for none in ("2026-13", "Feb", "2026-1"):
        assert viewer.get(address(company, f"{none}/")).status_code == 404


def test_the_last_quarter_says_what_keeps_it_from_being_presented(company: Company, viewer: Client) -> None:
    text = words(viewer, address(company))
    assert "Q4 2025 is not ready to present" in text
    assert "have not been read from QuickBooks" in text


def test_the_basis_is_switched_and_an_empty_one_says_what_to_do(company: Company, viewer: Client) -> None:
    assert "Nothing to tie out on cash basis yet" in words(viewer, address(company, "?basis=cash"))
    cash = profit_and_loss({"Services": ["1000.00", "1000.00"]}, {"Rent": ["300.00", "300.00"]}, basis="Cash")
    read(company, cash, basis="Cash")
    assert "2 tied" in words(viewer, address(company, "?basis=cash"))


def test_nothing_was_ever_read(viewer: Client) -> None:
    empty = CompanyFactory.create()
    assert "It fills after the first sync." in words(client_of(empty), address(empty))


def test_the_number_of_queries_does_not_depend_on_the_months(company: Company, viewer: Client) -> None:
    with CaptureQueriesContext(connection) as few:
        viewer.get(address(company))
    for year in range(2016, 2026):
        for month in range(1, 13):
            row = MonthlyMetric.objects.get(company=company, month="2026-01-01")
            row.pk, row.month = None, row.month.replace(year=year, month=month)
            row.save()
    with CaptureQueriesContext(connection) as many:
        viewer.get(address(company))
    assert len(many) == len(few) <= 13
