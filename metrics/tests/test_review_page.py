"""The review of a period and its slides: what is compared, assessed and said, who may write, how many queries."""

from __future__ import annotations

import gzip
import re
from decimal import Decimal

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts import clock
from accounts.models import AuditEvent, Company, Membership, User
from metrics.models import MonthlyMetric, Note, ReportingSettings
from metrics.months import Month
from metrics.periods import Period
from metrics.reporting.settings import reporting_of
from metrics.review.notes import add_note
from metrics.review.page import Asked, Compare, review
from metrics.targets.changes import save_targets
from metrics.targets.rules import Light, monthly_targets
from metrics.tests import sample_company as sample
from metrics.tests.callers import words_of

pytestmark = pytest.mark.django_db

NOW = sample.NOW
Q3 = Period.quarter(Month(2026, 9))
PAGE = "/companies/cascadia/review/"
MOST_QUERIES = 20  # four of them look whether the figures are as fresh as they should be


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def dana() -> User:
    return sample.person()


@pytest.fixture
def company(dana: User) -> Company:
    return sample.synced_company(dana)


@pytest.fixture
def signed_in(dana: User) -> Client:
    client = Client()
    client.force_login(dana)
    return client


def _asked(company: Company, period: Period = Q3, compare: Compare = Compare.PREVIOUS) -> Asked:
    return Asked(company, period, "accrual", compare, NOW, reporting_of(company).unmapped_threshold_percent)


def _sum(company: Company, key: str, period: Period) -> Decimal:
    rows = MonthlyMetric.objects.filter(
        company=company, month__gte=period.first.first_day, month__lte=period.last.first_day
    )
    return sum((getattr(row, key) for row in rows), Decimal(0))


def _html(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


def test_a_quarter_is_the_sum_of_its_months_beside_the_quarter_before(company: Company) -> None:
    found = review(_asked(company))
    row = found.rows["total_revenue"]
    before = Period.quarter(Month(2026, 6))
    assert (row.total, row.before) == (_sum(company, "total_revenue", Q3), _sum(company, "total_revenue", before))
    assert row.change is not None
    assert row.change.words.startswith("up ")
    assert [cell.month for cell in row.cells] == list(Q3.months)


@pytest.mark.one_database
def test_the_same_period_last_year_can_be_compared_with_or_nothing(company: Company) -> None:
    last_year = review(_asked(company, compare=Compare.YEAR))
    assert last_year.rows["mrr"].before == _sum(company, "mrr", Period.quarter(Month(2025, 9)))
    nothing = review(_asked(company, compare=Compare.NOTHING))
    assert nothing.other is None
    assert nothing.rows["mrr"].change is None


@pytest.mark.one_database
def test_a_period_is_not_held_against_one_of_which_months_were_not_read(company: Company, signed_in: Client) -> None:
    MonthlyMetric.objects.filter(company=company, month__lt=Month(2025, 3).first_day).delete()
    page = _html(signed_in, f"{PAGE}?period=2025-Q2")
    assert "up 2" not in words_of(page), "three months against the one that was read"
    found = review(_asked(company, Period.quarter(Month(2025, 5))))
    assert found.other is None
    assert found.rows["total_revenue"].change is None
    words = "Not compared with Q1 2025: Jan 2025 and Feb 2025 have not been read from QuickBooks."
    assert found.not_compared == words
    assert words in words_of(page)
    headline = words_of(_html(signed_in, f"{PAGE}present/?period=2025-Q2&page=headline"))
    assert words in headline


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("from=2026-10&to=2026-01", "Oct 2026 to Jan 2026 ends before it begins: choose Jan 2026 to Oct 2026."),
        ("from=2026-09&to=", "Choose both months, the first and the last."),
        ("from=&to=2026-09", "Choose both months, the first and the last."),
        ("from=2026-09&to=x", "“x” is not a month: write it as 2026-01."),
        ("from=2031-01&to=2031-03", "has not begun yet."),
        ("from=1980-01&to=2026-03", "is 555 months; at most"),
    ],
)
def test_months_that_make_no_period_are_answered_in_the_words_of_the_form(
    company: Company, signed_in: Client, asked: str, words: str
) -> None:
    page = words_of(_html(signed_in, f"{PAGE}?period=custom&{asked}"))
    assert words in page
    assert "Q3 2026 is shown." in page


@pytest.mark.one_database
def test_a_period_with_a_hole_is_held_against_nothing(company: Company) -> None:
    MonthlyMetric.objects.filter(company=company, month=Month(2026, 8).first_day).delete()
    found = review(_asked(company))
    assert found.other is None
    assert found.not_compared == "Not compared with Q2 2026: Aug 2026 has not been read from QuickBooks."


@pytest.mark.one_database
def test_before_the_first_figures_there_is_nothing_to_say_about_a_comparison(company: Company) -> None:
    first = Period.month(Month(2024, 12))
    assert review(_asked(company, first)).not_compared == (
        "Not compared with Nov 2024: Nov 2024 has not been read from QuickBooks."
    )
    assert not review(_asked(company, first, Compare.NOTHING)).not_compared
    assert not review(_asked(company, Period.month(Month(2020, 1)))).not_compared, "the page says that it is empty"


@pytest.mark.one_database
def test_a_period_that_is_not_over_has_not_missed_its_target(company: Company, signed_in: Client) -> None:
    quarter = Period.quarter(Month(2026, 11))
    aims = monthly_targets("net_profit", Decimal("900000"), quarter.months)
    save_targets(company, (*aims, *monthly_targets("net_margin", Decimal(90), quarter.months)), actor="dana", now=NOW)
    for key in ("net_profit", "net_margin"):
        row = review(_asked(company, quarter)).rows[key]
        assert row.assessment is not None
        assert (row.assessment.light, row.assessment.words) == (Light.NONE, "not over yet")
    page = words_of(_html(signed_in, f"{PAGE}?period=2026-Q4"))
    assert "not over yet" in page
    assert "target missed" not in page


@pytest.mark.one_database
def test_a_period_of_which_a_month_was_not_read_is_not_judged(company: Company) -> None:
    save_targets(company, monthly_targets("net_profit", Decimal("900000"), Q3.months), actor="dana", now=NOW)
    assert review(_asked(company)).rows["net_profit"].assessment is not None
    MonthlyMetric.objects.filter(company=company, month=Month(2026, 8).first_day).delete()
    row = review(_asked(company)).rows["net_profit"]
    assert row.assessment is not None
    assert (row.assessment.light, row.assessment.words) == (Light.NONE, "not every month was read")


@pytest.mark.one_database
def test_a_period_that_still_runs_is_compared_like_for_like(company: Company) -> None:
    year = Period.year(Month(2026, 1))
    found = review(_asked(company, year, Compare.YEAR))
    assert found.other is not None
    assert (found.other.period.first, found.other.period.last) == (Month(2025, 1), Month(2025, 11))
    assert not found.readiness.is_ready


@pytest.mark.one_database
def test_a_derived_figure_of_a_period_comes_from_its_sums_and_not_from_its_months(company: Company) -> None:
    row = review(_asked(company)).rows["net_margin"]
    margin = _sum(company, "net_profit", Q3) * 100 / _sum(company, "total_revenue", Q3)
    assert row.total == margin.quantize(Decimal("0.1"))


@pytest.mark.one_database
def test_a_target_is_assessed_where_every_month_has_one(company: Company) -> None:
    save_targets(company, monthly_targets("net_profit", Decimal("300000"), Q3.months), actor="dana", now=NOW)
    save_targets(company, monthly_targets("mrr", Decimal("1"), Q3.months[:2]), actor="dana", now=NOW)
    rows = review(_asked(company)).rows
    assert rows["net_profit"].target == Decimal("300000.00")
    assert rows["net_profit"].assessment is not None
    assert rows["net_profit"].assessment.words.startswith("target missed")
    assert rows["mrr"].assessment is None


def test_the_number_of_queries_does_not_depend_on_the_period(
    company: Company, signed_in: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    sample.leave_unmapped(company)
    for address in (PAGE, f"{PAGE}?period=2024-12..2026-11", f"{PAGE}present/?page=all"):
        with django_assert_max_num_queries(MOST_QUERIES + 4 * ("present" in address)):
            _html(signed_in, address)


@pytest.mark.one_database
def test_the_page_opens_on_the_last_full_quarter_of_the_companys_year(company: Company, signed_in: Client) -> None:
    assert "Review of Q3 2026" in words_of(_html(signed_in, PAGE))
    ReportingSettings.objects.create(company=company, fiscal_year_first_month=2)
    assert "Review of Q3 FY2027" in words_of(_html(signed_in, PAGE))


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("query", "label"),
    [
        ("period=2026-09", "Sep 2026"),
        ("period=2026-Q2", "Q2 2026"),
        ("period=ytd:2026-10", "Year to date, Oct 2026"),
        ("period=ttm:2026-10", "12 months to Oct 2026"),
        ("period=fy:2025", "2025"),
        ("period=custom&from=2026-02&to=2026-05", "Feb – May 2026"),
    ],
)
def test_every_sort_of_period_can_be_shown(company: Company, signed_in: Client, query: str, label: str) -> None:
    assert f"Review of {label} ·" in words_of(_html(signed_in, f"{PAGE}?{query}"))


@pytest.mark.one_database
@pytest.mark.parametrize(
    "query", ["period=nonsense", "period=2031-Q1", "period=custom&from=2026-05&to=2026-02", "period=custom&from=x"]
)
def test_a_period_that_cannot_be_is_explained_and_the_last_quarter_shown(
    company: Company, signed_in: Client, query: str
) -> None:
    words = words_of(_html(signed_in, f"{PAGE}?{query}"))
    assert "Q3 2026 is shown." in words
    assert "Review of Q3 2026" in words


@pytest.mark.one_database
def test_every_figure_of_the_table_leads_to_its_explanation(company: Company, signed_in: Client) -> None:
    html = _html(signed_in, PAGE)
    for address in ("mrr/2026-08/?basis=accrual", "net_margin/2026-Q3/?basis=accrual"):
        assert f'href="/companies/cascadia/explain/{address}"' in html
        assert signed_in.get(f"/companies/cascadia/explain/{address}").status_code == 200


@pytest.mark.one_database
def test_an_untied_month_is_marked_and_keeps_the_quarter_from_being_ready(company: Company, signed_in: Client) -> None:
    sample.untie(company, Month(2026, 8), Decimal("12.34"))
    words = words_of(_html(signed_in, PAGE))
    assert "Not ready to present" in words
    assert "Aug 2026 does not tie out" in words
    assert "≠ off by 12.34" in words


@pytest.mark.one_database
def test_a_loss_is_told_in_parentheses_and_words(company: Company, signed_in: Client) -> None:
    html = _html(signed_in, f"{PAGE}?period=2026-02")
    assert '<span class="neg"><span class="visually-hidden">minus </span>(' in html
    assert "into a loss" in words_of(html)


@pytest.mark.one_database
def test_a_month_that_was_never_read_offers_the_newest_one(company: Company, signed_in: Client) -> None:
    html = _html(signed_in, f"{PAGE}?period=2020-Q1")
    assert "Q1 2020 has not been read from QuickBooks" in words_of(html)
    assert "period=2026-11" in html
    assert "cash basis is not read" in words_of(_html(signed_in, f"{PAGE}?basis=cash"))


@pytest.mark.one_database
def test_a_company_that_was_never_read_says_what_comes_next(dana: User, signed_in: Client) -> None:
    sample.company_of(dana, "Alder", "alder")
    assert "Nothing has been read" in words_of(_html(signed_in, "/companies/alder/review/"))
    assert "Nothing has been read" in words_of(_html(signed_in, "/companies/alder/review/present/"))


def test_a_company_of_others_is_unknown_here_too(signed_in: Client) -> None:
    sample.synced_company(sample.person("erin"), "Erin's Books", "erins")
    for address in ("", "present/"):
        assert signed_in.get(f"/companies/erins/review/{address}").status_code == 404
    assert signed_in.post("/companies/erins/review/notes/", {"text": "x"}).status_code == 404
    assert Client().get("/companies/erins/review/").status_code == 302


def test_a_viewer_adds_a_note_and_deletes_only_their_own(company: Company, signed_in: Client) -> None:
    others = add_note(company, "By Lee.", Month(2026, 9), "", actor="lee", now=NOW)
    body = {"text": "Two <b>projects</b> slipped.", "month": "2026-09", "metric": "nrr"}
    assert signed_in.post(f"{PAGE}notes/?period=2026-Q3", body).status_code == 302
    html = _html(signed_in, PAGE)
    assert "Two &lt;b&gt;projects&lt;/b&gt; slipped." in html
    assert "Non-recurring revenue" in words_of(html)
    mine = Note.objects.get(author="dana")
    assert signed_in.post(f"{PAGE}notes/{others.pk}/delete/").status_code == 403
    assert signed_in.post(f"{PAGE}notes/{mine.pk}/delete/").status_code == 302
    assert list(Note.objects.values_list("author", flat=True)) == ["lee"]
    assert list(AuditEvent.objects.values_list("action", flat=True)[:2]) == ["note.deleted", "note.added"]


def test_a_note_without_words_or_on_a_month_outside_is_refused(company: Company, signed_in: Client) -> None:
    for body in ({"text": " ", "month": "2026-09"}, {"text": "x", "month": "2020-01"}, {"text": "x", "metric": "none"}):
        assert signed_in.post(f"{PAGE}notes/?period=2026-Q3", body).status_code == 422
    assert not Note.objects.exists()


def test_only_administrators_are_offered_to_freeze(company: Company, signed_in: Client) -> None:
    assert "Freeze this period" not in _html(signed_in, PAGE)
    Membership.objects.update(role=Membership.Role.ADMINISTRATOR)
    assert "/companies/cascadia/snapshots/?period=2026-Q3&amp;basis=accrual#freeze-head" in _html(signed_in, PAGE)


@pytest.mark.one_database
def test_the_review_is_exported_as_it_is_shown(company: Company, signed_in: Client) -> None:
    html = _html(signed_in, f"{PAGE}?period=ttm:2026-10")
    address = "/companies/cascadia/export/csv/?period=ttm:2026-10&basis=accrual"
    assert f'href="{address.replace("&", "&amp;")}"' in html
    assert signed_in.get(address).status_code == 200


@pytest.mark.one_database
def test_slides_follow_each_other_by_links_and_all_of_them_fit_on_paper(company: Company, signed_in: Client) -> None:
    address, titles = f"{PAGE}present/", []
    for _ in range(20):
        html = _html(signed_in, address)
        titles += re.findall(r"<h1[^>]*>([^<]+)<", html)
        after = re.search(r'rel="next"[^>]*href="([^"]+)"', html)
        if after is None:
            break
        address = f"{PAGE}present/{after[1].replace('&amp;', '&')}"
    everything = re.findall(r"<h2 class=\"slide-title\"[^>]*>([^<]+)<", _html(signed_in, f"{PAGE}present/?page=all"))
    assert titles == everything
    assert len(titles) == 9


def test_last_quarters_commentary_is_shown_beside_this_ones(company: Company, signed_in: Client) -> None:
    add_note(company, "We expect October to be strong.", Month(2026, 6), "", actor="dana", now=NOW)
    words = words_of(_html(signed_in, f"{PAGE}present/?page=commentary"))
    assert "Said a quarter ago" in words
    assert "We expect October to be strong." in words


@pytest.mark.one_database
@pytest.mark.parametrize("address", [PAGE, f"{PAGE}?period=2024-12..2026-11", f"{PAGE}present/?page=all"])
def test_no_review_has_inline_code_and_each_is_small_on_the_wire(
    company: Company, signed_in: Client, address: str
) -> None:
    html = _html(signed_in, address)
    assert not re.findall(r"<style|<script(?![^>]*src=)|\sstyle=|\son\w+=", html)
    assert len(gzip.compress(html.encode())) < 50_000
