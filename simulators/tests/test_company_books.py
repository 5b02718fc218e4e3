"""The books of a simulated company: they balance, they stay the same, their arithmetic holds."""

import calendar
import datetime
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.company import Company, Posting, make_company

END_OF_JUNE = datetime.date(2026, 6, 30)
SEEDS = st.integers(min_value=0, max_value=2**32)
DAYS = st.dates(datetime.date(2015, 1, 1), datetime.date(2034, 12, 31))
BASES = ("Accrual", "Cash")


@pytest.fixture(scope="module")
def company() -> Company:
    return make_company(1, END_OF_JUNE)


def months_of(company: Company) -> Iterator[tuple[datetime.date, datetime.date]]:
    first = company.first_day
    while first <= company.as_of:
        last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        yield first, last
        first = last + datetime.timedelta(days=1)


def by_month(company: Company) -> dict[tuple[int, int], list[Posting]]:
    months: dict[tuple[int, int], list[Posting]] = defaultdict(list)
    for posting in company.postings:
        months[posting.date.year, posting.date.month].append(posting)
    return months


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, as_of=DAYS, months=st.integers(min_value=1, max_value=8))
def test_any_seed_and_day_give_books_that_balance(seed: int, as_of: datetime.date, months: int) -> None:
    company = make_company(seed, as_of, months=months)
    accounts = {account.full_name: account for account in company.accounts}
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for posting in company.postings:
        assert posting.date <= as_of
        assert posting.amount.as_tuple().exponent == -2
        assert accounts[posting.account_full_name].account_type != "NonPosting"
        for basis in posting.basis:
            sums[posting.txn_id, basis] += posting.amount
    assert set(sums.values()) == {Decimal(0)}


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, as_of=DAYS, days=st.integers(min_value=1, max_value=800), months=st.integers(1, 30))
def test_a_month_has_the_same_postings_whatever_the_day_and_the_window(
    seed: int, as_of: datetime.date, days: int, months: int
) -> None:
    earlier = make_company(seed, as_of, months=6)
    later = make_company(seed, as_of + datetime.timedelta(days=days), months=months)
    seen, now = by_month(earlier), by_month(later)
    for month in seen.keys() & now.keys():
        assert seen[month] == [posting for posting in now[month] if posting.date <= as_of]


def test_different_seeds_are_different_companies(company: Company) -> None:
    other = make_company(2, END_OF_JUNE)
    assert other.net_income(company.first_day, END_OF_JUNE, "Cash") != company.net_income(
        company.first_day, END_OF_JUNE, "Cash"
    )


@pytest.mark.parametrize("basis", BASES)
def test_net_income_is_the_sections_put_together_in_every_month(company: Company, basis: str) -> None:
    total = Decimal(0)
    for first, last in months_of(company):
        sections = company.section_totals(first, last, basis)
        ordinary = sections["Income"] - sections["CostOfGoodsSold"] - sections["Expense"]
        net = ordinary + sections["OtherIncome"] - sections["OtherExpense"]
        assert net == company.net_income(first, last, basis)
        total += net
    assert total == company.net_income(company.first_day, END_OF_JUNE, basis)


@pytest.mark.parametrize("basis", BASES)
def test_net_income_is_what_the_balance_sheet_gained(company: Company, basis: str) -> None:
    names = {account.full_name for account in company.profit_and_loss_accounts()}
    balances = company.balances(END_OF_JUNE, basis)
    worth = sum((amount for name, amount in balances.items() if name not in names), Decimal(0))
    assert worth == company.net_income(datetime.date.min, END_OF_JUNE, basis)
    assert sum(balances.values()) == 0


def test_accrual_and_cash_differ_in_every_month_but_not_by_much_in_the_end(company: Company) -> None:
    for first, last in months_of(company):
        assert company.net_income(first, last, "Accrual") != company.net_income(first, last, "Cash")
    accrual, cash = (company.section_totals(company.first_day, END_OF_JUNE, basis)["Income"] for basis in BASES)
    assert abs(accrual - cash) < accrual / 20


@pytest.mark.parametrize("seed", range(12))
def test_one_month_of_thirty_six_ends_in_a_loss(seed: int) -> None:
    company = make_company(seed, END_OF_JUNE)
    losses = [first for first, last in months_of(company) if company.net_income(first, last, "Accrual") < 0]
    assert len(losses) == 1


def test_thirty_six_months_have_idle_accounts_in_each(company: Company) -> None:
    months = list(months_of(company))
    used = len(company.natural_amounts(company.first_day, END_OF_JUNE, "Accrual"))
    busy = [len(company.natural_amounts(first, last, "Accrual")) for first, last in months]
    assert len(months) == 36
    assert all(50 <= count < used for count in busy)


def test_hardware_sells_best_in_december(company: Company) -> None:
    by_number: dict[int, Decimal] = defaultdict(Decimal)
    for first, last in months_of(company):
        amounts = company.natural_amounts(first, last, "Accrual")
        hardware = (amount for name, amount in amounts.items() if name.startswith("Hardware Sales"))
        by_number[first.month] += sum(hardware, Decimal(0))
    assert by_number[12] > by_number[1]
    assert by_number[12] > by_number[7]


def test_pay_days_are_the_fifteenth_and_the_last_of_the_month(company: Company) -> None:
    days = {posting.date for posting in company.postings if posting.account_full_name.endswith(":Officer Salary")}
    expected = {day for first, last in months_of(company) for day in (first.replace(day=15), last)}
    assert days == expected


def test_amounts_that_cancel_out_are_there_as_zero() -> None:
    company = make_company(1, END_OF_JUNE, months=1)
    posting = next(p for p in company.postings if p.account_full_name == "Rent & Utilities:Office Rent")
    company.postings.append(
        Posting(posting.date, posting.account_full_name, -posting.amount, posting.basis, posting.txn_id, "")
    )
    amounts = company.natural_amounts(company.first_day, END_OF_JUNE, "Accrual")
    assert amounts["Rent & Utilities:Office Rent"] == Decimal("0.00")
    assert "Ask My Accountant" not in amounts
