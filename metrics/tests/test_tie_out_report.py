"""The tie-out of every month: its state, the sections that are off, and which import the figures may come from."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Company
from metrics.ingest import read_profit_and_loss
from metrics.models import MonthlyAmount, MonthlyMetric
from metrics.months import Month, months_between
from metrics.review.readiness import readiness_by_month
from metrics.tests.deliveries import delivered
from metrics.tests.factories import CompanyFactory, MonthlyMetricFactory
from metrics.tests.qbxml_texts import profit_and_loss, profit_and_loss_request
from metrics.tests.reviewed_company import FEBRUARY, JANUARY, reviewed_company
from metrics.tie_out.detail import month_detail
from metrics.tie_out.report import TieOutMonth, TieOutState, tie_out_report, untied_sections
from qbwc.models import Exchange
from qbwc.purposes import Delivered

pytestmark = pytest.mark.django_db

MARCH = Month(2026, 3)
JANUARY_ONLY = profit_and_loss_request(last="2026-01-31")


def january(amount: str, rent: str = "10.00", net_income: str | None = None) -> str:
    return profit_and_loss(
        {"Services": [amount]}, {"Rent": [rent]}, titles=["Jan 26"], net_income=[net_income] if net_income else None
    )


EMPTY = profit_and_loss({}, {}, titles=["Jan 26"])
UNTIED = january("300.00", net_income="289.00")


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create()


def answer(company: Company, text: str) -> Delivered:
    return delivered(company, "profit_loss", text, request=JANUARY_ONLY)


def only_month(company: Company, today: Month = MARCH) -> TieOutMonth:
    (found,) = tie_out_report(company, "accrual", today=today).months
    return found


def test_a_month_is_tied_untied_not_synced_or_so_far(company: Company) -> None:
    for month in (1, 3, 4):
        MonthlyMetricFactory.create(company=company, month=Month(2026, month).first_day)
    MonthlyMetric.objects.filter(month=Month(2026, 3).first_day).update(tie_out_status="untied")
    report = tie_out_report(company, "accrual", today=Month(2026, 4))
    assert [month.state.value for month in report.months] == ["tied", "not_synced", "untied", "partial"]
    assert [report.count(state) for state in TieOutState] == [1, 1, 1, 1]
    assert tie_out_report(company, "cash", today=MARCH).months == ()


def test_a_tied_month_equals_quickbooks_nine_totals_to_the_cent() -> None:
    report = tie_out_report(reviewed_company(), "accrual", today=MARCH)
    assert [len(checks) for _, _, checks in report.lines] == [2] * 9
    assert all(check is not None and check.is_tied for _, _, checks in report.lines for check in checks)
    net_income = report.months[0].check("net_income")
    assert net_income is not None
    assert net_income.computed == 750
    assert net_income.printed == 750


def test_a_running_month_that_does_not_tie_out_is_untied(company: Company) -> None:
    read_profit_and_loss(answer(company, UNTIED))
    assert only_month(company, JANUARY).state is TieOutState.UNTIED


def test_the_sections_that_are_off_name_their_accounts_biggest_first(company: Company) -> None:
    read_profit_and_loss(answer(company, january("100.00")))
    read_profit_and_loss(answer(company, UNTIED))
    month = only_month(company)
    (income,) = untied_sections(company, "accrual", month)
    assert income.check.key == "income"
    assert (income.check.computed, income.check.printed) == (Decimal(100), Decimal(300))
    assert [cell.full_name for cell in income.accounts] == ["Services"]


def test_the_detail_shows_the_last_tied_amounts_beside_the_newest_reports_rows(company: Company) -> None:
    read_profit_and_loss(answer(company, january("100.00")))
    newest = answer(company, january("300.00", "20.00", net_income="279.00"))
    read_profit_and_loss(newest)
    detail = month_detail(company, "accrual", only_month(company))
    found = {pair.full_name: pair for section in detail.sections for pair in section.accounts}
    services = found["Services"]
    assert (services.shown, services.newest, services.difference) == (Decimal(100), Decimal(300), Decimal(-200))
    assert (found["Rent"].shown, found["Rent"].newest, found["Rent"].difference) == (
        Decimal(10),
        Decimal(20),
        Decimal(-10),
    )
    assert services.newest_row is not None
    assert newest.exchange.response_payload is not None
    assert (detail.sha256, detail.problem) == (newest.exchange.response_payload.sha256, "")
    assert MonthlyAmount.objects.get(full_name="Services").amount == 100


def test_an_account_that_only_one_side_has_is_told(company: Company) -> None:
    read_profit_and_loss(answer(company, january("100.00")))
    other = profit_and_loss({"Repairs": ["5.00"]}, {}, titles=["Jan 26"], net_income=["4.00"])
    read_profit_and_loss(answer(company, other))
    detail = month_detail(company, "accrual", only_month(company))
    pairs = {pair.full_name: (pair.shown, pair.newest) for section in detail.sections for pair in section.accounts}
    assert pairs == {"Services": (100, None), "Repairs": (None, 5), "Rent": (10, None)}


def test_a_report_whose_text_is_gone_leaves_its_totals_and_says_so(company: Company) -> None:
    read_profit_and_loss(answer(company, january("100.00")))
    Exchange.objects.update(response_payload=None)
    detail = month_detail(company, "accrual", only_month(company))
    assert "no longer stored" in detail.problem
    assert all(pair.difference == 0 for section in detail.sections for pair in section.accounts)


def test_anothers_exchange_is_not_read_for_a_detail(company: Company) -> None:
    read_profit_and_loss(answer(company, january("100.00")))
    assert "no longer stored" in month_detail(CompanyFactory.create(), "accrual", only_month(company)).problem


def test_the_report_takes_two_queries_whatever_the_months(company: Company) -> None:
    for month in months_between(Month(2020, 1), Month(2026, 1)):
        MonthlyMetricFactory.create(company=company, month=month.first_day)
    with CaptureQueriesContext(connection) as queries:
        tie_out_report(company, "accrual", today=MARCH)
    assert len(queries) == 2


def test_readiness_of_many_months_is_that_of_each_and_costs_no_more() -> None:
    company = reviewed_company()
    MonthlyMetric.objects.filter(month=FEBRUARY.first_day).update(tie_out_status="untied", unmapped_revenue=Decimal(50))
    with CaptureQueriesContext(connection) as queries:
        found = readiness_by_month(company, "accrual", [JANUARY, FEBRUARY, MARCH], MARCH)
    assert len(queries) <= 3
    assert {str(month): [one.code.value for one in judged.reasons] for month, judged in found.items()} == {
        "2026-01": [],
        "2026-02": ["untied", "unmapped_revenue"],
        "2026-03": ["not_synced", "still_runs"],
    }


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("texts", [(EMPTY, january("200.00"), UNTIED), (january("200.00"), EMPTY, UNTIED)])
def test_a_tied_month_without_accounts_yields_to_a_later_tied_answer_only(
    company: Company, texts: tuple[str, ...], order: tuple[int, ...]
) -> None:
    """However late an answer is read: the newest tied one has the figures, also when it printed no account."""
    answers = [answer(company, text) for text in texts]
    for index in order:
        read_profit_and_loss(answers[index])
    amounts = {row.full_name: row.amount for row in MonthlyAmount.objects.filter(company=company)}
    assert amounts == ({"Services": 200, "Rent": 10} if texts[1] != EMPTY else {})
    assert only_month(company).state is TieOutState.UNTIED
