"""The overview: whom it shows, in which order, what it says needs attention, and that it stays few queries."""

from __future__ import annotations

import gzip
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts import clock
from accounts.models import Company, User
from accounts.permissions import Caller
from metrics.models import MonthlyMetric, ReportingSettings, Restatement
from metrics.months import Month
from metrics.overview import PAGE, Line, NeedKind, Overview, Sort, overview
from metrics.tests import sample_company as sample
from metrics.tests.factories import CompanyFactory, MonthlyMetricFactory
from qbwc.models import Exchange, Job, Payload, SyncPlan

pytestmark = pytest.mark.django_db

NOW = sample.NOW
OCTOBER = Month(2026, 10)
MOST_QUERIES = 7


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def dana() -> User:
    return sample.person()


def _seen(
    user: User, sort: Sort = Sort.ATTENTION, words: str = "", *, only_needy: bool = False, page: int = 1
) -> Overview:
    return overview(Caller(user=user), NOW, sort=sort, words=words, only_needy=only_needy, page=page)


def _names(found: Overview) -> list[str]:
    return [line.company.name for line in found.lines]


def _kinds(line: Line) -> list[NeedKind]:
    return [need.kind for need in line.needs]


def _month(company: Company, revenue: str, profit: str, month: Month = OCTOBER) -> None:
    MonthlyMetricFactory.create(
        company=company, month=month.first_day, total_revenue=Decimal(revenue), net_profit=Decimal(profit)
    )


def _page(user: User, address: str = "/") -> str:
    client = Client()
    client.force_login(user)
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def _words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("&amp;", "&")


def test_only_companies_that_the_person_may_see_are_shown_and_added_up(dana: User) -> None:
    mine = sample.synced_company(dana)
    sample.synced_company(sample.person("erin"), "Erin's Books", "erins")
    found = _seen(dana)
    row = MonthlyMetric.objects.get(company=mine, month=OCTOBER.first_day)
    assert _names(found) == ["Cascadia Managed Services"]
    assert [(total.companies, total.revenue) for total in found.totals] == [(1, row.total_revenue)]
    assert _seen(sample.person("frank")).all == 0


@pytest.mark.parametrize("companies", [1, 30])
def test_the_number_of_queries_does_not_depend_on_the_companies(
    dana: User, companies: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(companies):
        sample.synced_company(dana, f"Company {number}", f"company-{number}", months=3)
    with django_assert_num_queries(MOST_QUERIES):
        assert _seen(dana).found == companies


def test_the_most_urgent_company_stands_first(dana: User) -> None:
    sample.synced_company(dana, "Alder", "alder")
    untied = sample.synced_company(dana, "Birch", "birch")
    sample.untie(untied, Month(2026, 8), Decimal("12.34"))
    failed = sample.synced_company(dana, "Cedar", "cedar")
    sample.fail(failed, "profit_loss", "QuickBooks is closed.")
    found = _seen(dana)
    assert _names(found) == ["Cedar", "Birch", "Alder"]
    assert [_kinds(line) for line in found.lines] == [[NeedKind.FAILED], [NeedKind.UNTIED], []]
    assert found.needy == 2
    assert _names(_seen(dana, only_needy=True)) == ["Cedar", "Birch"]


def test_companies_are_ordered_by_name_revenue_margin_and_last_sync(dana: User) -> None:
    for name, revenue, profit, days in (
        ("Alder", "100", "50", 1),
        ("birch", "300", "-30", 3),
        ("Cedar", "200", "20", 2),
    ):
        company = sample.company_of(dana, name, name.lower())
        _month(company, revenue, profit)
        MonthlyMetric.objects.filter(company=company).update(synced_at=NOW - timedelta(days=days))
    sample.company_of(dana, "Dogwood", "dogwood")
    assert _names(_seen(dana, Sort.NAME)) == ["Alder", "birch", "Cedar", "Dogwood"]
    assert _names(_seen(dana, Sort.REVENUE)) == ["birch", "Cedar", "Alder", "Dogwood"]
    assert _names(_seen(dana, Sort.MARGIN)) == ["birch", "Cedar", "Alder", "Dogwood"]
    assert _names(_seen(dana, Sort.SYNCED)) == ["Dogwood", "birch", "Cedar", "Alder"]


def test_every_word_of_a_search_must_be_found_whatever_its_case(dana: User) -> None:
    sample.company_of(dana, "North Ridge IT", "north-ridge")
    sample.company_of(dana, "North Shore IT", "shore")
    assert _names(_seen(dana, words="ridge NORTH")) == ["North Ridge IT"]
    assert _seen(dana, words="south").found == 0
    assert _seen(dana, words="south").all == 2


def test_currencies_and_months_are_never_added_to_each_other(dana: User) -> None:
    for name, currency, month in (("A", "USD", OCTOBER), ("B", "USD", OCTOBER.plus(-1)), ("C", "CAD", OCTOBER)):
        company = CompanyFactory.create(name=name, slug=name.lower(), currency=currency)
        _month(company, "100.00", "25.00", month)
    found = _seen(sample.person("root", is_superuser=True))
    assert [(one.currency, one.companies, one.without, one.revenue, one.margin) for one in found.totals] == [
        ("CAD", 1, 0, Decimal("100.00"), Decimal("25.0")),
        ("USD", 1, 1, Decimal("100.00"), Decimal("25.0")),
    ]


def test_a_running_month_is_never_the_headline(dana: User) -> None:
    sample.synced_company(dana)
    (line,) = _seen(dana).lines
    assert line.headline is not None
    assert line.headline.month == OCTOBER


def test_a_company_that_is_years_behind_still_shows_its_latest_month(dana: User) -> None:
    company = sample.company_of(dana, "Alder", "alder")
    _month(company, "100.00", "10.00", Month(2023, 4))
    _month(company, "150.00", "10.00", Month(2023, 5))
    (line,) = _seen(dana).lines
    assert line.headline is not None
    assert (line.headline.month, line.headline.change.words) == (Month(2023, 5), "up 50.0%")


def test_the_last_full_quarter_is_the_fiscal_one_and_says_why_it_is_not_ready(dana: User) -> None:
    company = sample.synced_company(dana)
    (line,) = _seen(dana).lines
    assert (str(line.quarter), line.not_ready) == ("2026-Q3", "")
    sample.untie(company, Month(2026, 8), Decimal("1.00"))
    assert _seen(dana).lines[0].not_ready == "1 month untied"
    ReportingSettings.objects.create(company=company, fiscal_year_first_month=2)
    (line,) = _seen(dana).lines
    assert (line.quarter.first, line.quarter.last) == (Month(2026, 8), OCTOBER)


def test_readings_that_are_long_overdue_are_called_late(dana: User) -> None:
    company = sample.synced_company(dana)
    plans = SyncPlan.objects.filter(company_file__company=company)
    plans.update(next_due_at=NOW - timedelta(hours=30))
    assert _kinds(_seen(dana).lines[0]) == []
    plans.update(next_due_at=NOW - timedelta(hours=40))
    assert _kinds(_seen(dana).lines[0]) == [NeedKind.STALE]


def test_unmapped_revenue_counts_only_beyond_the_companys_own_threshold(dana: User) -> None:
    company = sample.synced_company(dana)
    row = MonthlyMetric.objects.get(company=company, month=OCTOBER.first_day)
    MonthlyMetric.objects.filter(pk=row.pk).update(unmapped_revenue=row.total_revenue * Decimal("0.02"))
    assert _kinds(_seen(dana).lines[0]) == [NeedKind.UNMAPPED]
    ReportingSettings.objects.create(company=company, unmapped_threshold_percent=Decimal(5))
    assert _kinds(_seen(dana).lines[0]) == []


def test_a_restated_month_counts_until_somebody_has_acknowledged_it(dana: User) -> None:
    company = sample.synced_company(dana)
    payload = Payload.objects.create(sha256="0" * 64, size=1, body=b"")
    job = Job.objects.create(company_file=company.company_file, purpose="profit_loss", created_at=NOW, available_at=NOW)
    exchange = Exchange.objects.create(job=job, request_payload=payload, sent_at=NOW)
    restated = Restatement.objects.create(
        company=company, basis="accrual", month=OCTOBER.first_day, exchange=exchange, detected_at=NOW,
        net_income_before=1, net_income_after=2, revenue_before=1, revenue_after=2, cells=1,
    )  # fmt: skip
    assert _kinds(_seen(dana).lines[0]) == [NeedKind.RESTATED]
    Restatement.objects.filter(pk=restated.pk).update(acknowledged_at=NOW)
    assert _kinds(_seen(dana).lines[0]) == []


def test_a_hundred_companies_are_shown_at_once_and_the_rest_on_the_next_page(dana: User) -> None:
    user = sample.person("root", is_superuser=True)
    Company.objects.bulk_create([Company(name=f"Company {n:03}", slug=f"company-{n}") for n in range(PAGE + 5)])
    first, second, beyond = (_seen(user, Sort.NAME, page=page) for page in (1, 2, 99))
    assert (len(first.lines), len(second.lines), second.first, second.last) == (PAGE, 5, 101, 105)
    assert _names(beyond) == _names(second)


def test_the_page_says_what_needs_attention_and_how_many_are_ready(dana: User) -> None:
    sample.synced_company(dana)
    other = sample.synced_company(dana, "Birch & Sons", "birch")
    sample.untie(other, Month(2026, 8), Decimal("12.34"))
    html = _page(dana)
    words = _words(html)
    assert "1 needs attention" in words
    assert "1 of 2 ready to present the last quarter" in words
    assert "Q3 2026 not ready 1 month untied" in words
    assert 'href="/companies/cascadia/review/?period=2026-Q3&amp;basis=accrual"' in html
    assert "Birch & Sons" in _words(_page(dana, "/?show=attention"))
    assert "Cascadia" not in _words(_page(dana, "/?show=attention"))


def test_a_search_that_finds_nothing_says_so_and_is_never_run_as_code(dana: User) -> None:
    sample.company_of(dana, "Alder", "alder")
    html = _page(dana, "/?q=%3Cscript%3Ealert(1)%3C/script%3E&sort=%27&page=-1")
    assert "<script>alert" not in html
    assert "No company is called" in html


def test_the_first_page_of_a_hundred_companies_is_small_on_the_wire(dana: User) -> None:
    for number in range(100):
        company = CompanyFactory.create()
        _month(company, f"{100000 + number * 37}.17", f"{9000 + number * 13}.91")
        _month(company, f"{90000 + number * 71}.55", f"{8000 + number * 29}.21", OCTOBER.plus(-1))
    html = _page(sample.person("root", is_superuser=True))
    assert len(gzip.compress(html.encode())) < 45_000
