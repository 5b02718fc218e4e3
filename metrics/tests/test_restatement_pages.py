"""The restatements page, and what the dashboard tells of past months that changed and of earlier dates."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import clock
from accounts.models import AuditEvent, Company, Membership
from metrics.figure_words import day_words
from metrics.models import Restatement
from metrics.periods import Period
from metrics.snapshots.freezing import freeze
from metrics.tests.callers import client_of, words
from metrics.tests.factories import NOW, CompanyFactory
from metrics.tests.qbxml_texts import profit_and_loss
from metrics.tests.reviewed_company import CHANGED, FEBRUARY, JANUARY, read, reviewed_company
from metrics.tie_out.restatements import open_months

pytestmark = pytest.mark.django_db

LATER, NOW_HERE = NOW + timedelta(days=2), NOW + timedelta(days=5)
BACK = profit_and_loss({"Services": ["1000.00", "1100.00"], "Odd Jobs": ["70.00", ""]}, {"Rent": ["300.00", "310.00"]})


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW_HERE)


@pytest.fixture
def company() -> Company:
    """Read, presented, then changed in QuickBooks: February's services 1,100 → 900."""
    company = reviewed_company()
    period = Period.custom(JANUARY, FEBRUARY)
    freeze(company, period, "accrual", "Spring review", "", None, actor="dana", now=NOW + timedelta(days=1))
    read(company, CHANGED, LATER)
    return company


def address(company: Company, query: str = "") -> str:
    return f"/companies/{company.slug}/restatements/{query}"


def test_others_do_not_see_it_and_strangers_sign_in(company: Company) -> None:
    assert Client().get(address(company)).status_code == 302
    assert client_of(CompanyFactory.create()).get(address(company)).status_code == 404


def test_each_month_tells_before_after_account_metric_and_who_had_seen_the_old_figures(company: Company) -> None:
    text = words(client_of(company), address(company))
    assert "Feb 2026 not acknowledged" in text
    assert re.search(r"Net income 790\.00 → 590\.00 , a difference of minus \(200\.00\)", text)
    assert re.search(r"Services Income 1,100\.00 900\.00 minus \(200\.00\) Monthly recurring", text)
    assert "The old figures were presented: Spring review" in text
    assert f"Detected {day_words(LATER)}" in text


def test_a_viewer_cannot_acknowledge(company: Company) -> None:
    viewer = client_of(company)
    assert "Acknowledge" not in viewer.get(address(company)).content.decode().replace("Not acknowledged", "")
    assert viewer.post(address(company), {"which": "all"}).status_code == 403
    assert open_months(company, "accrual") == {FEBRUARY: -200}


def test_an_administrator_acknowledges_one_with_a_note(company: Company) -> None:
    admin, row = client_of(company, role=Membership.Role.ADMINISTRATOR), Restatement.objects.get()
    assert admin.post(address(company), {"id": row.pk, "note": "Late credit note"}).status_code == 302
    row.refresh_from_db()
    assert (row.acknowledged_at, row.note) == (NOW_HERE, "Late credit note")
    assert AuditEvent.objects.filter(action="restatement.acknowledged", company=company).count() == 1
    assert "Nothing waits to be acknowledged" in words(admin, address(company, "?show=open"))
    again = admin.post(address(company), {"id": row.pk, "note": "again"}, follow=True)
    assert "Nothing was open among these" in again.content.decode()


def test_all_open_ones_are_acknowledged_at_once_and_nobody_elses(company: Company) -> None:
    read(company, BACK, LATER + timedelta(days=1))
    other = reviewed_company()
    read(other, CHANGED, LATER)
    admin = client_of(company, role=Membership.Role.ADMINISTRATOR)
    theirs = Restatement.objects.get(company=other)
    admin.post(address(company), {"id": ["x", "9" * 30, str(theirs.pk)]})
    admin.post(address(company), {"which": "all", "note": "Year end"})
    assert not Restatement.objects.filter(company=company, acknowledged_at=None).exists()
    assert Restatement.objects.filter(company=other, acknowledged_at=None).count() == 1


def test_what_changed_since_a_date_is_netted(company: Company) -> None:
    read(company, BACK, LATER + timedelta(days=1))
    viewer = client_of(company)
    text = words(viewer, address(company, f"?since={NOW:%Y-%m-%d}&view=changes"))
    assert "Odd Jobs" in text
    assert "Services" not in text  # it went back to what it was
    assert "Jan 2026 Net income 20.00" in text
    nothing = words(viewer, address(company, f"?since={NOW_HERE:%Y-%m-%d}&view=changes"))
    assert "No past month stands otherwise today" in nothing


def test_what_changed_since_the_last_presented_review(company: Company) -> None:
    text = words(client_of(company), address(company, "?review=1&view=changes"))
    assert "What changed since “Spring review” was frozen" in text
    assert "Feb 2026 Net income minus (200.00)" in text


def test_an_odd_date_is_told_and_an_odd_page_is_the_first(company: Company) -> None:
    viewer = client_of(company)
    for odd in ("tomorrow", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"):
        assert "All dates are shown." in words(viewer, address(company, f"?since={odd}"))
    assert "Feb 2026" in words(viewer, address(company, "?page=-1&basis=odd"))


def test_a_company_without_restatements_says_what_the_page_is_for() -> None:
    company = reviewed_company()
    assert "No past month has changed yet" in words(client_of(company), address(company))


def test_the_number_of_queries_does_not_depend_on_the_restatements(company: Company) -> None:
    viewer = client_of(company)
    with CaptureQueriesContext(connection) as few:
        viewer.get(address(company))
    for day in range(1, 9):
        read(company, BACK if day % 2 else CHANGED, LATER + timedelta(hours=day))
    with CaptureQueriesContext(connection) as many:
        viewer.get(address(company))
    assert len(many) == len(few)


def test_the_dashboard_tells_of_open_restatements_until_they_are_acknowledged(company: Company) -> None:
    viewer = client_of(company)
    text = words(viewer, f"/companies/{company.slug}/")
    assert "1 past month changed in QuickBooks" in text
    assert "Feb 2026: net income minus (200.00)" in text
    assert "Feb 2026 restated" in text
    Restatement.objects.update(acknowledged_at=NOW)
    assert "restated" not in words(viewer, f"/companies/{company.slug}/")


def test_every_figure_of_the_dashboard_leads_to_its_explanation(company: Company) -> None:
    viewer = client_of(company)
    html = viewer.get(f"/companies/{company.slug}/").content.decode()
    link = f"/companies/{company.slug}/explain/mrr/2026-02/?basis=accrual"
    assert f'<a href="{link}">900.00</a>' in html
    assert viewer.get(link).status_code == 200


def test_the_dashboard_shows_the_figures_of_an_earlier_date_and_says_so(company: Company) -> None:
    viewer = client_of(company)
    then = words(viewer, f"/companies/{company.slug}/?as_of={NOW:%Y-%m-%d}")
    assert "These are not today’s figures" in then
    assert "1,100.00" in then
    now = words(viewer, f"/companies/{company.slug}/")
    assert "1,100.00" not in now
    assert "These are not today’s figures" not in now


def test_before_the_first_reading_there_is_nothing_and_an_odd_date_is_told(company: Company) -> None:
    viewer = client_of(company)
    assert viewer.get(f"/companies/{company.slug}/?as_of=2020-01-01").status_code == 200
    for odd in ("yesterday", "0001-01-01", "9999-12-31T00:00-23:00"):
        assert "Today’s figures are shown." in words(viewer, f"/companies/{company.slug}/?as_of={odd}")
