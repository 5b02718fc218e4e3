"""A report that does not add up: the last good figures stay, and the order of the answers makes no difference."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import permutations

import pytest

from accounts.models import Company
from metrics.ingest import read_profit_and_loss
from metrics.models import MonthlyAmount, MonthlyMetric, SyncHistory
from metrics.tests.deliveries import delivered
from metrics.tests.factories import AccountMappingFactory, CompanyFactory
from metrics.tests.qbxml_texts import profit_and_loss, profit_and_loss_request
from qbwc.purposes import Delivered

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def report(amount: str, net_income: str | None = None, total_expense: str | None = None) -> str:
    return profit_and_loss(
        {"Managed Services": [amount]},
        {"Rent": ["10.00"]},
        titles=["Jan 26"],
        net_income=[net_income] if net_income else None,
        total_expense=[total_expense] if total_expense else None,
    )


TIED = report("100.00")
TIED_LATER = report("200.00")
UNTIED = report("300.00", net_income="289.00")
UNTIED_LATER = report("400.00", net_income="1.00")


@pytest.fixture
def company() -> Company:
    company = CompanyFactory.create()
    AccountMappingFactory.create(company=company)
    return company


def answer(company: Company, text: str) -> Delivered:
    return delivered(company, "profit_loss", text, request=profit_and_loss_request(last="2026-01-31"))


def month(company: Company) -> MonthlyMetric:
    return MonthlyMetric.objects.get(company=company, month=date(2026, 1, 1))


def state(company: Company) -> tuple[object, ...]:
    row = month(company)
    amounts = MonthlyAmount.objects.filter(company=company).order_by("account_key").values_list("full_name", "amount")
    return row.tie_out_status, row.figures_are_from_untied, row.mrr, row.quickbooks_net_income, list(amounts)


def test_an_untied_month_keeps_the_last_good_figures_and_tells_the_difference(company: Company) -> None:
    read_profit_and_loss(answer(company, TIED))
    bad = answer(company, UNTIED)
    read_profit_and_loss(bad)
    row = month(company)
    assert (row.mrr, row.net_profit) == (100, 90)
    assert (row.tie_out_status, row.quickbooks_net_income, row.difference) == ("untied", 289, 1)
    assert row.exchange == bad.exchange
    assert not row.figures_are_from_untied
    assert {"row": "10", "label": "Net Income", "printed": "289.00", "computed": "290.00"} in row.discrepancies
    assert MonthlyAmount.objects.get(full_name="Managed Services").amount == 100


def test_the_history_names_the_untied_month(company: Company) -> None:
    read_profit_and_loss(answer(company, UNTIED))
    line = SyncHistory.objects.get()
    assert line.success
    assert line.message.endswith("0 tie out; these do not: Jan 2026.")
    assert line.parsed_data["months"][0]["difference"] == "1.00"


def test_a_wrong_section_total_unties_the_month_even_when_net_income_agrees(company: Company) -> None:
    read_profit_and_loss(answer(company, report("100.00", total_expense="11.00")))
    row = month(company)
    assert (row.tie_out_status, row.difference) == ("untied", 0)
    assert row.discrepancies[0]["label"] == "Total Expense"


def test_the_first_import_of_a_month_is_shown_even_if_untied_and_marked(company: Company) -> None:
    read_profit_and_loss(answer(company, UNTIED))
    assert state(company)[:3] == ("untied", True, Decimal("300.00"))
    read_profit_and_loss(answer(company, UNTIED_LATER))
    assert state(company)[:3] == ("untied", True, Decimal("400.00"))


def test_a_tied_import_replaces_untied_figures_and_takes_the_mark_away(company: Company) -> None:
    read_profit_and_loss(answer(company, UNTIED))
    read_profit_and_loss(answer(company, TIED))
    assert state(company)[:3] == ("tied", False, Decimal("100.00"))
    assert (month(company).difference, month(company).discrepancies) == (0, [])


@pytest.mark.parametrize("order", list(permutations(range(4))))
@pytest.mark.parametrize("texts", [(TIED, UNTIED, TIED_LATER, UNTIED_LATER), (UNTIED, TIED, UNTIED_LATER, TIED_LATER)])
def test_the_order_in_which_answers_are_read_makes_no_difference(
    company: Company, texts: tuple[str, ...], order: tuple[int, ...]
) -> None:
    other = CompanyFactory.create()
    AccountMappingFactory.create(company=other)
    for text in texts:
        read_profit_and_loss(answer(company, text))
    mixed = [answer(other, text) for text in texts]
    for index in order:
        read_profit_and_loss(mixed[index])
    assert state(other) == state(company)


def test_one_untied_month_does_not_hold_up_the_others(company: Company) -> None:
    text = profit_and_loss(
        {"Managed Services": ["100.00", "200.00"]}, {"Rent": ["10.00", "10.00"]}, net_income=["91.00", "190.00"]
    )
    read_profit_and_loss(delivered(company, "profit_loss", text, request=profit_and_loss_request()))
    rows = MonthlyMetric.objects.order_by("month").values_list("tie_out_status", "mrr")
    assert list(rows) == [("untied", Decimal("100.00")), ("tied", Decimal("200.00"))]
