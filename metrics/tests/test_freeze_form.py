"""Freezing begins where somebody was looking: with the period, the basis and a name of that review."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Company, Membership
from metrics.tests import sample_company as sample
from metrics.tests.reviewed_company import reviewed_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return reviewed_company()


@pytest.fixture
def dana(company: Company) -> Client:
    user = sample.person()
    Membership.objects.create(user=user, company=company, role=Membership.Role.ADMINISTRATOR)
    client = Client()
    client.force_login(user)
    return client


def _opened(client: Client, company: Company, query: str) -> str:
    return client.get(f"/companies/{company.slug}/snapshots/{query}").content.decode()


def test_the_form_takes_period_and_basis_from_the_review_and_offers_a_name(dana: Client, company: Company) -> None:
    page = _opened(dana, company, "?period=2026-Q1&basis=cash")
    assert '<option value="2026-Q1" selected>' in page
    assert '<option value="cash" selected>' in page
    assert 'value="Q1 2026 review"' in page


@pytest.mark.parametrize("query", ["", "?period=nonsense&basis=barter"])
def test_without_a_review_it_has_the_companys_basis_and_no_name(dana: Client, company: Company, query: str) -> None:
    page = _opened(dana, company, query)
    assert '<option value="accrual" selected>' in page
    assert 'review"' not in page.split('id="freeze-head"')[1].split('name="presented_on"')[0]


def test_the_review_and_the_tie_out_say_which_basis_is_looked_at(dana: Client, company: Company) -> None:
    for address in ("review/?period=2026-01&basis=accrual", "tie-out/?basis=accrual"):
        page = dana.get(f"/companies/{company.slug}/{address}").content.decode()
        assert "/snapshots/?period=" in page
        assert "&amp;basis=accrual" in page.split("/snapshots/?period=")[1].split('"')[0]
