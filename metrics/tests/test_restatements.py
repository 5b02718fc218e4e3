"""A month that QuickBooks changed after we had read it: its changed cells, and the figures of any earlier date."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import Company
from metrics.cells import cells, cells_at, readings_at
from metrics.ingest import read_accounts, read_profit_and_loss
from metrics.models import AmountChange, MonthReading, Restatement, SyncHistory
from metrics.months import Month
from metrics.tests.deliveries import delivered
from metrics.tests.factories import NOW, CompanyFactory
from metrics.tests.qbxml_texts import accounts, profit_and_loss, profit_and_loss_request
from qbwc.purposes import Delivered

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY = Month(2026, 1), Month(2026, 2)
LATER, LAST = NOW + timedelta(days=1), NOW + timedelta(days=2)
FIRST = profit_and_loss({"Services": ["1000.00", "1100.00"], "Odd Jobs": ["50.00", ""]}, {"Rent": ["300.00", "300.00"]})
SECOND = profit_and_loss({"Services": ["1000.00", "900.00"], "New": ["", "5.00"]}, {"Rent": ["300.00", "300.00"]})
THIRD = profit_and_loss({"Services": ["1000.00", "900.00"], "Odd Jobs": ["60.00", ""]}, {"Rent": ["300.00", "300.00"]})


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create()


def answer(company: Company, text: str, now: datetime = NOW) -> Delivered:
    return delivered(company, "profit_loss", text, request=profit_and_loss_request(), now=now)


def amounts(company: Company, moment: datetime | None = None) -> dict[tuple[str, str], Decimal]:
    """(month, name) → amount, zero cells left out."""
    found = (
        cells(company, "accrual", None, None) if moment is None else cells_at(company, "accrual", None, None, moment)
    )
    return {(str(cell.month), cell.full_name): cell.amount for cell in found if cell.amount}


def test_a_first_reading_and_one_that_says_the_same_restate_nothing(company: Company) -> None:
    read_profit_and_loss(answer(company, FIRST))
    read_profit_and_loss(answer(company, FIRST, LATER))
    assert not AmountChange.objects.exists()
    assert not Restatement.objects.exists()
    assert MonthReading.objects.count() == 2


def test_each_changed_cell_is_kept_with_what_it_was_and_what_it_became(company: Company) -> None:
    read_profit_and_loss(answer(company, FIRST))
    read_profit_and_loss(answer(company, SECOND, LATER))
    changes = AmountChange.objects.order_by("month", "full_name")
    assert [(str(Month.of(one.month)), one.full_name, one.before, one.after) for one in changes] == [
        ("2026-01", "Odd Jobs", 50, None),
        ("2026-02", "New", None, 5),
        ("2026-02", "Services", 1100, 900),
    ]
    assert all(one.changed_at == LATER and one.previous_exchange_id != one.exchange_id for one in changes)


def test_a_restated_month_tells_its_net_income_and_revenue_before_and_after(company: Company) -> None:
    read_profit_and_loss(answer(company, FIRST))
    read_profit_and_loss(answer(company, SECOND, LATER))
    january, february = Restatement.objects.order_by("month")
    assert (january.net_income_before, january.net_income_after, january.cells) == (750, 700, 1)
    assert (february.revenue_before, february.revenue_after, february.cells) == (1100, 905, 2)
    line = SyncHistory.objects.order_by("-pk")[0]
    assert "Past months were changed in QuickBooks since the last reading: Jan 2026, Feb 2026." in line.message


def test_the_running_month_changes_without_being_restated(company: Company) -> None:
    running = NOW.replace(month=2, day=20)
    read_profit_and_loss(answer(company, FIRST, running))
    read_profit_and_loss(answer(company, SECOND, running + timedelta(days=1)))
    assert [Month.of(one.month) for one in Restatement.objects.all()] == [JANUARY]
    assert AmountChange.objects.filter(restatement=None).count() == 2


def test_reading_the_same_answer_twice_records_its_changes_once(company: Company) -> None:
    read_profit_and_loss(answer(company, FIRST))
    second = answer(company, SECOND, LATER)
    read_profit_and_loss(second)
    message = SyncHistory.objects.order_by("-pk")[0].message
    read_profit_and_loss(second)
    assert (AmountChange.objects.count(), Restatement.objects.count()) == (3, 2)
    assert SyncHistory.objects.order_by("-pk")[0].message == message


def test_a_late_older_answer_changes_and_records_nothing(company: Company) -> None:
    older = answer(company, FIRST)
    read_profit_and_loss(answer(company, SECOND, LATER))
    before = amounts(company)
    read_profit_and_loss(older)
    assert amounts(company) == before
    assert not AmountChange.objects.exists()


def test_the_figures_of_any_date_can_be_read(company: Company) -> None:
    states = []
    for text, moment in ((FIRST, NOW), (SECOND, LATER), (THIRD, LAST)):
        read_profit_and_loss(answer(company, text, moment))
        states.append((moment, amounts(company)))
    for moment, then in states:
        assert amounts(company, moment) == then
        assert amounts(company, moment + timedelta(hours=1)) == then
    assert amounts(company, NOW - timedelta(hours=1)) == {}


def test_the_evidence_of_an_earlier_amount_is_the_earlier_report(company: Company) -> None:
    first = answer(company, FIRST)
    read_profit_and_loss(first)
    read_profit_and_loss(answer(company, SECOND, LATER))
    then = {cell.full_name: cell for cell in cells_at(company, "accrual", JANUARY, JANUARY, NOW)}
    assert (then["Odd Jobs"].exchange_id, then["Odd Jobs"].row_number) == (first.exchange.pk, 4)


def test_what_quickbooks_printed_is_kept_for_each_reading_that_differs(company: Company) -> None:
    read_profit_and_loss(answer(company, FIRST))
    read_profit_and_loss(answer(company, SECOND, LATER))
    then = readings_at(company, "accrual", FEBRUARY, FEBRUARY, NOW)[0]
    now = readings_at(company, "accrual", FEBRUARY, FEBRUARY, None)[0]
    assert (then.quickbooks_net_income, now.quickbooks_net_income) == (800, 605)
    assert (then.printed_totals["income"], now.printed_totals["income"]) == ("1100.00", "905.00")
    assert then.printed_totals["cost_of_goods_sold"] is None


def test_an_account_found_in_the_chart_later_is_the_same_cell(company: Company) -> None:
    read_profit_and_loss(answer(company, FIRST))
    read_profit_and_loss(answer(company, SECOND, LATER))
    chart = accounts(("80-1", "Services", "Income"), ("80-2", "Odd Jobs", "Income"), ("80-3", "Rent", "Expense"))
    read_accounts(delivered(company, "accounts", chart, now=LAST))
    read_profit_and_loss(answer(company, SECOND, LAST))
    assert AmountChange.objects.count() == 3
    assert amounts(company, NOW)["2026-02", "Services"] == 1100


def test_an_untied_reading_restates_nothing_until_one_ties_out(company: Company) -> None:
    read_profit_and_loss(answer(company, FIRST))
    untied = SECOND.replace('value="305.00"', 'value="999.00"').replace('value="905.00"', 'value="906.00"')
    assert untied != SECOND
    read_profit_and_loss(answer(company, untied, LATER))
    february = MonthReading.objects.filter(month=FEBRUARY.first_day).order_by("-exchange_id")[0]
    assert (february.is_tied, february.took_figures) == (False, False)
    assert not AmountChange.objects.filter(month=FEBRUARY.first_day).exists()
    read_profit_and_loss(answer(company, SECOND, LAST))
    assert AmountChange.objects.filter(month=FEBRUARY.first_day).count() == 2
