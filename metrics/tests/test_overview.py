"""The overview: whom it shows, in which order, what it says needs attention, and that it stays few queries."""

from __future__ import annotations

import gzip
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts import clock
from accounts.models import Company, User
from accounts.permissions import Caller
from alerts import looking
from alerts.acknowledging import acknowledge
from alerts.models import Alert
from metrics.models import MonthlyMetric, ReportingSettings, Restatement, Target
from metrics.months import Month
from metrics.overview.companies import PAGE, Line, NeedKind, Overview, Sort, overview
from metrics.tests import sample_company as sample
from metrics.tests.callers import words_of
from metrics.tests.factories import CompanyFactory, MonthlyMetricFactory
from qbwc.connection_words import State
from qbwc.models import CompanyFile, Exchange, Job, Payload, SyncPlan

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

NOW = sample.NOW
OCTOBER = Month(2026, 10)
MOST_QUERIES = 8


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


@pytest.mark.parametrize(("companies", "months"), [(1, 1), (1, 36), (40, 1)])
def test_the_page_is_as_many_queries_for_one_company_as_for_many(
    companies: int, months: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    root = sample.person("root", is_superuser=True)
    for number in range(companies):
        sample.synced_company(root, f"Company {number}", f"company-{number}", months=months)
    client = Client()
    client.force_login(root)
    with django_assert_num_queries(MOST_QUERIES + 2):  # the session and the person
        assert client.get("/?sort=name").status_code == 200


def test_the_state_of_each_connection_stands_beside_its_last_reading(dana: User) -> None:
    sample.synced_company(dana, "Alder", "alder")
    CompanyFile.objects.filter(company=sample.synced_company(dana, "Birch", "birch")).update(
        connection_state="wrong_file"
    )
    CompanyFile.objects.filter(company=sample.synced_company(dana, "Cedar", "cedar")).update(connection_state="online")
    CompanyFile.objects.filter(company=sample.synced_company(dana, "Dogwood", "dogwood")).update(
        connection_state="of another version"
    )
    states = [line.company.connection for line in _seen(dana, Sort.NAME).lines]
    assert states == [None, State.WRONG_FILE, State.ONLINE, None]
    html = _page(dana)
    assert '<span class="light bad">Wrong company file</span>' in html
    assert '<span class="light good">Online</span>' in html


def test_a_company_with_a_loss_a_long_name_or_no_figures_has_a_line_too(dana: User) -> None:
    _month(sample.company_of(dana, "<b>Alder</b> & Sons", "alder"), "100.00", "-1250.55")
    sample.company_of(dana, "Birch", "birch")
    html = _page(dana)
    assert "&lt;b&gt;Alder&lt;/b&gt; &amp; Sons" in html
    assert '<span class="visually-hidden">minus </span>($1,251)' in html
    assert "(1,250.6%)" in html
    assert "Birch No figures yet" in words_of(html)


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


def test_what_somebody_has_acknowledged_is_said_quietly_and_counts_no_more(dana: User) -> None:
    sample.synced_company(dana, "Alder", "alder")
    company = sample.synced_company(dana, "Birch", "birch")
    sample.untie(company, Month(2026, 8), Decimal("12.34"))
    looking.look(NOW)
    assert _seen(dana).needy == 1

    acknowledge(company, Alert.objects.values_list("pk", flat=True), note="the auditor knows", actor="ana", now=NOW)
    found = _seen(dana)
    assert [(need.kind, need.tone) for line in found.lines for need in line.needs] == [(NeedKind.UNTIED, "")]
    assert (found.needy, found.counts, _seen(dana, only_needy=True).found) == (0, (), 0)
    assert "1 month untied, acknowledged" in words_of(_page(dana))

    sample.untie(company, Month(2026, 7), Decimal("5.00"))
    looking.look(NOW)
    assert _seen(dana).needy == 1


def test_a_missed_target_is_told_with_the_way_to_its_alert(dana: User) -> None:
    sample.company_of(dana, "Alder", "alder")
    company = sample.synced_company(dana, "Birch", "birch")
    wanted = {"metric_key": "total_revenue", "kind": "target", "month": OCTOBER.first_day}
    Target.objects.create(company=company, amount=Decimal(9_000_000), updated_at=NOW, **wanted)
    looking.look(NOW)

    assert _kinds(_seen(dana).lines[0]) == [NeedKind.MISSED]
    assert '<a class="light warn" href="/companies/birch/alerts/?kind=target_missed">1 target missed</a>' in _page(dana)


def test_each_need_leads_to_where_it_is_met(dana: User) -> None:
    sample.company_of(dana, "Alder", "alder")
    untied = sample.synced_company(dana, "Birch", "birch")
    sample.untie(untied, Month(2026, 8), Decimal("12.34"))
    assert '<a class="light bad" href="/companies/birch/tie-out/">1 month untied</a>' in _page(dana)


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
    words = words_of(html)
    assert "1 needs attention" in words
    assert "1 of 2 ready to present the last quarter" in words
    assert "Q3 2026 not ready 1 month untied" in words
    assert 'href="/companies/cascadia/review/?period=2026-Q3&amp;basis=accrual"' in html
    assert "Birch & Sons" in words_of(_page(dana, "/?show=attention"))
    assert "Cascadia" not in words_of(_page(dana, "/?show=attention"))


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
