"""The page and the REST call that explain a figure: who sees it, what it says, what can be kept."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from accounts.models import Company, Membership, User
from metrics.explain.explained import AccountLine
from metrics.explain.explanations import explain
from metrics.explain.views import FOLDED_FROM, grouped
from metrics.models import LedgerAccount, MonthlyAmount
from metrics.months import Month
from metrics.tests import explained_sample
from metrics.tests import sample_company as people
from metrics.tests.callers import by_key, by_person, nobody
from metrics.tests.factories import CompanyFactory
from qbwc.models import Exchange, Payload

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture(scope="module")
def made(rows_of_the_file: DjangoDbBlocker) -> int:
    with rows_of_the_file.unblock():
        return explained_sample.make().pk


@pytest.fixture
def company(made: int, db: None) -> Company:
    return Company.objects.get(pk=made)


@pytest.fixture
def dana(company: Company) -> User:
    user = people.person()
    Membership.objects.create(user=user, company=company, role=Membership.Role.ADMINISTRATOR)
    return user


@pytest.fixture
def signed_in(dana: User) -> Client:
    client = Client()
    client.force_login(dana)
    return client


def address(metric_key: str, period: str = "2026-01") -> str:
    return reverse("explain", args=["cascadia", metric_key, period])


def words(client: Client, where: str) -> str:
    response = client.get(where)
    assert response.status_code == 200
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return unescape(re.sub(r"\s+", " ", text))


def test_one_month_leads_to_the_row_as_it_crossed(signed_in: Client) -> None:
    page = words(signed_in, address("mrr"))
    assert "Monthly recurring revenue, Jan 2026" in page
    assert "1,000.00 − 20.00 = 980.00" in page
    assert "Full name contains “managed”" in page
    assert "since version 2 (edited by dana" in page
    assert '<DataRow rowNumber="3">' in page
    assert "✓ The stored text is what QuickBooks sent" in page


def test_every_figure_has_its_page(signed_in: Client) -> None:
    from metrics.arithmetic import LINES, UNMAPPED_FIGURES

    for key in (*LINES, *UNMAPPED_FIGURES):
        for period in ("2026-01", "2026-Q1", "ttm:2026-03", "2019-01"):
            assert signed_in.get(address(key, period)).status_code == 200


def test_a_period_leads_to_its_months(signed_in: Client) -> None:
    page = signed_in.get(address("mrr", "2026-Q1") + "?basis=cash").content.decode()
    assert address("mrr", "2026-02") + "?basis=cash" in page
    assert "DataRow" not in page


def test_a_derived_figure_leads_to_what_it_is_made_of(signed_in: Client) -> None:
    page = signed_in.get(address("net_margin")).content.decode()
    assert address("net_profit") + "?basis=accrual" in page
    assert address("total_revenue") + "?basis=accrual" in page


def test_a_changed_answer_is_told_before_anything_else(signed_in: Client) -> None:
    Payload.objects.filter(pk__in=Exchange.objects.values("response_payload")).update(sha256="0" * 64)
    page = words(signed_in, address("mrr"))
    assert "Do not rely on this yet. Exchange" in page
    assert "≠ The stored text was changed" in page


def test_a_month_that_was_not_read_says_so(signed_in: Client) -> None:
    page = words(signed_in, address("mrr", "2019-01"))
    assert "Nothing to explain yet" in page
    assert "Not known" in page


def test_only_administrators_get_links_to_the_job(company: Company, signed_in: Client) -> None:
    viewer = people.person("erin")
    Membership.objects.create(user=viewer, company=company, role=Membership.Role.VIEWER)
    other = Client()
    other.force_login(viewer)
    assert "/jobs/" in signed_in.get(address("mrr")).content.decode()
    assert "/jobs/" not in other.get(address("mrr")).content.decode()


def test_strangers_and_wrong_addresses_are_not_found(signed_in: Client) -> None:
    assert Client().get(address("mrr")).status_code == 302
    stranger = Client()
    stranger.force_login(people.person("mallory"))
    assert stranger.get(address("mrr")).status_code == 404
    for where in (address("ebitda"), address("mrr", "2026-13"), address("mrr", "yesterday")):
        assert signed_in.get(where).status_code == 404
    assert signed_in.get(address("mrr") + "?as_of=soon").status_code == 404


def test_names_from_the_books_are_text_and_never_markup(signed_in: Client) -> None:
    MonthlyAmount.objects.filter(full_name="Rent").update(full_name="Rent <script>alert(1)</script>")
    assert b"<script>alert" not in signed_in.get(address("other_expenses")).content


def test_the_page_can_be_kept_as_csv_and_json(signed_in: Client) -> None:
    kept = signed_in.get(address("mrr", "2026-Q1") + "?format=csv")
    assert kept["Content-Disposition"] == 'attachment; filename="cascadia-mrr-2026-Q1-accrual.csv"'
    assert kept["Content-Type"].startswith("text/csv")
    assert signed_in.get(address("mrr") + "?format=json").json()["value"] == "980.00"


def lines(count: int) -> tuple[AccountLine, ...]:
    company = CompanyFactory.create()
    for n in range(count):
        name = f"Parent {n % 3}:Account {n}"
        MonthlyAmount.objects.create(
            company=company, basis="accrual", month="2026-01-01", account_key=f"name:{n}", full_name=name, label=name,
            account_type="Income", amount=n + 1, row_number=n,
        )  # fmt: skip
    return explain(company, "unmapped_revenue", Month(2026, 1), "accrual").lines


def test_many_accounts_are_folded_under_their_parents_biggest_first() -> None:
    few, many = grouped(lines(FOLDED_FROM)), grouped(lines(FOLDED_FROM + 1))
    assert [group.name for group in few] == [""]
    assert [group.name for group in many] == ["Parent 1", "Parent 0", "Parent 2"]
    assert sum(len(group.lines) for group in many) == FOLDED_FROM + 1
    assert many[0].contribution == sum(line.contribution for line in many[0].lines)


def test_a_program_gets_the_same_explanation(company: Company) -> None:
    api = by_key(company, "read")
    found = api.get("/api/metrics/mrr/explain", month="2026-01")
    assert api.status == 200
    assert (found["value"], found["formula"][:12], found["period"]["key"]) == ("980.00", "The accounts", "2026-01")
    managed = found["lines"][0]
    assert (managed["printed"], managed["section"], managed["rules"][0]["came_in"]["actor"]) == (
        "1000.00",
        "Income",
        "dana",
    )
    assert managed["evidence"]["text"].startswith('<DataRow rowNumber="3">')
    assert found["sources"][0]["is_intact"] is True
    assert found["months"][0]["is_tied"] is True


def test_a_program_may_ask_for_a_period_a_basis_and_a_moment(company: Company) -> None:
    api = by_key(company, "read")
    assert api.get("/api/metrics/mrr/explain", period="2026-Q1", basis="cash")["value"] == "2950.00"
    assert api.get("/api/metrics/unmapped_revenue/explain", month="2026-01", as_of="2026-03-16")["value"] == "5.05"
    assert (
        api.get("/api/metrics/unmapped_revenue/explain", month="2026-01", as_of="2026-03-20T08:00+02:00")["value"]
        == "7.05"
    )
    assert api.get("/api/metrics/employees/explain", month="2026-01")["value"] == 3


@pytest.mark.parametrize(
    ("metric_key", "query", "status", "code"),
    [
        ("mrr", {}, 400, "BAD_PERIOD"),
        ("mrr", {"month": "2026-01", "period": "2026-Q1"}, 400, "BAD_PERIOD"),
        ("mrr", {"month": "2026-13"}, 400, "BAD_PERIOD"),
        ("mrr", {"month": "2026-01", "as_of": "soon"}, 400, "BAD_MOMENT"),
        ("mrr", {"month": "2026-01", "basis": "both"}, 400, "INVALID_REQUEST"),
        ("ebitda", {"month": "2026-01"}, 404, "NO_SUCH_METRIC"),
    ],
)
def test_what_cannot_be_explained_is_refused(
    company: Company, metric_key: str, query: dict[str, str], status: int, code: str
) -> None:
    api = by_key(company)
    assert api.get(f"/api/metrics/{metric_key}/explain", **query)["error"]["code"] == code
    assert api.status == status


def test_others_get_nothing(company: Company) -> None:
    api = nobody()
    api.get("/api/metrics/mrr/explain", month="2026-01")
    assert api.status == 401
    api = by_person(CompanyFactory.create())
    api.get("/api/metrics/mrr/explain", month="2026-01", company="cascadia")
    assert api.status == 404


def test_the_csv_has_a_row_per_account_and_month_and_no_formulas(company: Company) -> None:
    evil = '=HYPERLINK("http://evil.example")'
    MonthlyAmount.objects.filter(full_name="Odd Jobs").update(full_name=evil)
    LedgerAccount.objects.filter(full_name="Odd Jobs").update(full_name=evil)
    client = Client()
    client.force_login(people.person("root", is_superuser=True))
    where = "/api/metrics/unmapped_revenue/explain?period=2026-Q1&format=csv&company=cascadia"
    rows = list(csv.reader(io.StringIO(client.get(where).content.decode("utf-8-sig"))))
    accounts = [row for row in rows if len(row) > 10 and row[0].startswith("2026-")]
    assert [(row[0], row[1], row[5], row[7]) for row in accounts] == [
        ("2026-01", f"'{evil}", "7.05", "no rule knows it"),
        ("2026-02", f"'{evil}", "6.00", "no rule knows it"),
    ]
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "@")]
