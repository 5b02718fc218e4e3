"""The pages with figures: who sees what, and that nothing that needs attention is hidden."""

from __future__ import annotations

import gzip
import re
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import clock
from accounts.models import Company, Membership, User
from alerts import looking
from alerts.acknowledging import acknowledge
from alerts.models import Alert
from metrics.models import MonthlyMetric, SyncHistory
from metrics.months import Month
from metrics.tests import sample_company as sample
from metrics.tests.callers import words_of

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

MOST_QUERIES = 13


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: sample.NOW)


@pytest.fixture
def dana() -> User:
    return sample.person()


@pytest.fixture
def signed_in(dana: User) -> Client:
    client = Client()
    client.force_login(dana)
    return client


def _page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_a_visitor_is_sent_to_sign_in() -> None:
    for address in ("/", "/companies/cascadia/"):
        response = Client().get(address)
        assert response.status_code == 302
        assert response["Location"].startswith("/sign-in/")


def test_a_company_of_others_is_as_unknown_as_one_that_does_not_exist(signed_in: Client) -> None:
    sample.synced_company(sample.person("erin"), "Erin's Books", "erins")
    hidden, absent = signed_in.get("/companies/erins/"), signed_in.get("/companies/nowhere/")
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert b"Erin" not in hidden.content
    assert "not one of those you may see" in hidden.content.decode()


def test_the_only_company_is_opened_at_once(dana: User, signed_in: Client) -> None:
    sample.company_of(dana, "Cascadia", "cascadia")
    response = signed_in.get("/")
    assert response.status_code == 302
    assert response["Location"] == "/companies/cascadia/"


def test_several_companies_are_listed_with_their_tie_out_and_nobody_elses(dana: User, signed_in: Client) -> None:
    sample.synced_company(dana)
    other = sample.synced_company(dana, "Birch & Sons", "birch", months=3)
    sample.untie(other, sample.LAST.plus(-1), Decimal("12.34"))
    sample.synced_company(sample.person("erin"), "Erin's Books", "erins", months=1)
    words = words_of(_page(signed_in, "/"))
    assert "Cascadia Managed Services" in words
    assert "24 of 24 tied" in words
    assert "1 month untied" in words
    assert "Erin" not in words


def test_somebody_without_a_company_is_told_whom_to_ask(signed_in: Client) -> None:
    assert "add you to it" in words_of(_page(signed_in, "/"))


def test_a_superuser_without_a_company_is_told_the_command(signed_in: Client) -> None:
    User.objects.update(is_superuser=True)
    assert "connect_company" in words_of(_page(signed_in, "/"))


def test_a_company_never_synced_shows_the_next_step(dana: User, signed_in: Client) -> None:
    sample.company_of(dana, "Cascadia", "cascadia", Membership.Role.ADMINISTRATOR)
    html = _page(signed_in, "/companies/cascadia/")
    assert "Next step: connect QuickBooks" in html
    assert '<a class="button" href="/companies/cascadia/connect/">' in html
    assert "Not synced yet" in html


def test_a_viewer_is_not_sent_to_a_page_that_is_closed_to_viewers(dana: User, signed_in: Client) -> None:
    sample.company_of(dana, "Cascadia", "cascadia")
    html = _page(signed_in, "/companies/cascadia/")
    assert "/connect/" not in html
    assert "ask them to connect QuickBooks" in html


def test_every_month_has_its_metrics_tie_out_source_and_date(dana: User, signed_in: Client) -> None:
    sample.synced_company(dana)
    words = words_of(_page(signed_in, "/companies/cascadia/"))
    assert "24 of 24 months tie out" in words
    assert words.count("tied to QuickBooks’ Net Income ") >= 24
    assert "Source: QuickBooks Profit & Loss by month, accrual, read 21 Nov 2026, 08:00 UTC" in words
    assert "Synced 12 minutes ago" in words
    assert "so far" in words
    for label in ("Monthly recurring revenue", "Owner compensation taxes", "Net profit", "Employees"):
        assert label in words


def test_a_loss_is_in_parentheses_and_said_in_words(dana: User, signed_in: Client) -> None:
    company = sample.synced_company(dana)
    loss = MonthlyMetric.objects.get(company=company, month="2026-02-01").net_profit
    assert loss < 0
    assert f'<span class="visually-hidden">minus </span>({abs(loss):,.2f})' in _page(signed_in, "/companies/cascadia/")


def test_tiles_show_the_latest_month_that_is_over_and_its_change(dana: User, signed_in: Client) -> None:
    company = sample.synced_company(dana)
    MonthlyMetric.objects.filter(company=company, month="2026-09-01").update(total_revenue=Decimal("400000.00"))
    MonthlyMetric.objects.filter(company=company, month="2026-10-01").update(total_revenue=Decimal("450000.00"))
    words = words_of(_page(signed_in, "/companies/cascadia/"))
    assert "Oct 2026 latest full month" in words
    assert "$450,000 ▲ up 12.5% vs Sep 2026" in words


def test_an_untied_month_shows_its_difference_and_the_rows_involved(dana: User, signed_in: Client) -> None:
    company = sample.synced_company(dana)
    sample.untie(company, Month(2026, 9), Decimal("12.34"))
    words = words_of(_page(signed_in, "/companies/cascadia/"))
    assert "Sep 2026 does not tie out: off by 12.34" in words
    assert "Row 58, “Total Expense”" in words
    assert "23 of 24 months tie out" in words
    assert "≠ off by 12.34" in words


def test_a_failed_reading_shows_the_words_of_quickbooks(dana: User, signed_in: Client) -> None:
    company = sample.synced_company(dana)
    sample.fail(company, SyncHistory.SyncType.PROFIT_LOSS, "QuickBooks <says>: insufficient permission level.")
    html = _page(signed_in, "/companies/cascadia/")
    assert "QuickBooks &lt;says&gt;: insufficient permission level." in html
    assert "Last reading failed" in html
    assert "stay until a reading succeeds" in html


def test_unmapped_accounts_are_named_and_counted(dana: User, signed_in: Client) -> None:
    company = sample.synced_company(dana)
    sample.leave_unmapped(company)
    words = words_of(_page(signed_in, "/companies/cascadia/"))
    assert "3 accounts are not mapped to a metric" in words
    assert "Client Travel & Lodging Café Ñandú" in words
    assert "Unmapped revenue" in words


def test_cash_figures_that_were_never_read_are_explained(dana: User, signed_in: Client) -> None:
    sample.synced_company(dana)
    assert "No cash figures" in _page(signed_in, "/companies/cascadia/?basis=cash")


def test_an_odd_basis_means_accrual(dana: User, signed_in: Client) -> None:
    sample.synced_company(dana)
    assert "Accrual basis" in words_of(_page(signed_in, "/companies/cascadia/?basis=%27;drop"))


@pytest.mark.parametrize("months", [1, 24, 36])
def test_the_number_of_queries_does_not_depend_on_the_months(dana: User, signed_in: Client, months: int) -> None:
    company = sample.synced_company(dana, months=months)
    if months > 1:
        sample.leave_unmapped(company)
    with CaptureQueriesContext(connection) as queries:
        _page(signed_in, "/companies/cascadia/")
    assert len(queries) <= MOST_QUERIES


class _Forbidden(HTMLParser):
    """Collects whatever a strict Content-Security-Policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        self.found += [name for name in names if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and not names.get("src")):
            self.found.append(tag)
        self.found += [
            value for value in names.values() if value and value.startswith(("http:", "https:", "//", "data:"))
        ]


@pytest.mark.parametrize("address", ["/", "/companies/cascadia/", "/companies/birch/", "/companies/unknown/"])
def test_no_page_has_inline_code_or_foreign_addresses(dana: User, signed_in: Client, address: str) -> None:
    sample.leave_unmapped(sample.synced_company(dana))
    sample.company_of(dana, "Birch", "birch")
    forbidden = _Forbidden()
    forbidden.feed(signed_in.get(address).content.decode())
    assert forbidden.found == []


def test_every_data_table_has_a_caption_and_scoped_headers(dana: User, signed_in: Client) -> None:
    sample.leave_unmapped(sample.synced_company(dana))
    html = _page(signed_in, "/companies/cascadia/")
    assert html.count("<table") == html.count("<caption") == 3
    assert not re.findall(r"<th(?![^>]*scope=)[^>]*>", html.replace("<thead", "<x"))
    assert html.count("<h1") == 1


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_error_pages_need_nothing_from_the_request(name: str) -> None:
    html = render_to_string(f"{name}.html")
    assert 'href="/"' in html
    assert "<h1>" in html


def test_administrators_are_told_how_to_map_and_viewers_whom_to_ask(dana: User, signed_in: Client) -> None:
    sample.leave_unmapped(sample.synced_company(dana))
    assert "An administrator of this company can map" in words_of(_page(signed_in, "/companies/cascadia/"))
    Membership.objects.update(role=Membership.Role.ADMINISTRATOR)
    assert "belong on the mapping page" in words_of(_page(signed_in, "/companies/cascadia/"))


def test_a_page_is_small_enough_for_a_slow_line(dana: User, signed_in: Client) -> None:
    sample.leave_unmapped(sample.synced_company(dana, months=36))
    assert len(gzip.compress(_page(signed_in, "/companies/cascadia/").encode())) < 30_000
    assert Company.objects.count() == 1


def test_an_untied_month_that_somebody_has_acknowledged_is_said_quietly_with_who_did(
    signed_in: Client, dana: User
) -> None:
    company = sample.synced_company(dana)
    sample.untie(company, Month(2026, 8), Decimal("12.34"))
    looking.look(sample.NOW)
    assert "Aug 2026 does not tie out" in words_of(_page(signed_in, "/companies/cascadia/"))

    pks = Alert.objects.values_list("pk", flat=True)
    acknowledge(company, pks, note="the auditor knows", actor="ana", now=sample.NOW)
    words = words_of(_page(signed_in, "/companies/cascadia/"))
    assert "Aug 2026 does not tie out" not in words
    assert "1 untied month, acknowledged" in words
    assert "seen by ana on 21 Nov 2026, “the auditor knows”" in words
    assert "≠ 23 of 24 months tie out" in words
