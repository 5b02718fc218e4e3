"""The simulated company: a chart with the oddities of real files, people, customers, invoices."""

import datetime
import re
from decimal import Decimal

import pytest

from simulators.company import PROFIT_AND_LOSS_TYPES, Account, Company, make_company

AS_OF = datetime.date(2026, 6, 18)
BOTH_DATES = (datetime.date.min, datetime.date.max)


@pytest.fixture(scope="module")
def company() -> Company:
    return make_company(1, AS_OF)


def names_of(accounts: tuple[Account, ...]) -> list[str]:
    return [account.name for account in accounts]


def test_there_are_at_least_sixty_profit_and_loss_accounts_in_five_sections(company: Company) -> None:
    accounts = company.profit_and_loss_accounts()
    assert len(accounts) >= 60
    assert {account.account_type for account in accounts} == set(PROFIT_AND_LOSS_TYPES)


def test_the_balance_sheet_has_what_postings_need(company: Company) -> None:
    needed = {"Bank", "AccountsReceivable", "AccountsPayable", "CreditCard", "FixedAsset", "OtherCurrentLiability"}
    assert needed | {"LongTermLiability", "Equity"} <= {account.account_type for account in company.accounts}


def test_names_are_unique_joined_with_colons_and_never_over_31_characters(company: Company) -> None:
    full_names = [account.full_name for account in company.accounts]
    assert len(set(full_names)) == len(full_names)
    for account in company.accounts:
        assert 0 < len(account.name) <= 31
        assert account.full_name == (f"{account.parent}:{account.name}" if account.parent else account.name)
        assert account.sublevel == account.full_name.count(":")
        assert len(account.full_name) <= 159


def test_parents_stand_before_their_children_and_share_their_type(company: Company) -> None:
    seen: dict[str, str] = {"": ""}
    for account in company.accounts:
        assert account.parent in seen
        assert seen[account.parent] in ("", account.account_type)
        seen[account.full_name] = account.account_type


def test_the_chart_has_three_levels_and_parents_with_postings_of_their_own(company: Company) -> None:
    assert {account.sublevel for account in company.profit_and_loss_accounts()} == {0, 1, 2}
    parents = {account.parent for account in company.accounts if account.parent}
    posted = {posting.account_full_name for posting in company.postings}
    assert {"Managed Services", "Payroll Expenses", "Managed Services:Compliance & Security"} <= parents & posted


def test_the_oddities_of_real_files_are_there(company: Company) -> None:
    names = names_of(company.profit_and_loss_accounts())
    assert "Total Quality Training" in names
    assert "Professional Liability Insuranc" in names  # cut at 31 characters
    assert "VoIP  Telephony" in names
    assert {"Staff Bonuses", "Staff  Bonuses"} <= set(names)  # two accounts, one space apart
    assert "Café & Client Meals" in names
    assert "Blue Heron Initiative" in names


def test_an_inactive_account_has_activity_and_contra_income_is_negative(company: Company) -> None:
    amounts = company.natural_amounts(*BOTH_DATES, "Accrual")
    inactive = [account.full_name for account in company.accounts if not account.is_active]
    assert [name for name in inactive if amounts[name] > 0] == ["Legacy Web Hosting"]
    assert amounts["Sales Discounts"] < 0
    assert amounts["Refunds & Allowances"] < 0
    assert "Ask My Accountant" not in amounts


@pytest.mark.parametrize("seed", range(5))
def test_the_account_nobody_can_place_is_used_in_any_two_months(seed: int) -> None:
    company = make_company(seed, AS_OF, months=2)
    assert company.natural_amounts(*BOTH_DATES, "Accrual")["Blue Heron Initiative"] > 0


def test_account_numbers_are_there_on_request_only(company: Company) -> None:
    assert {account.number for account in company.accounts} == {""}
    numbered = make_company(1, AS_OF, uses_account_numbers=True)
    numbers = [account.number for account in numbered.accounts]
    assert numbered.account("Automobile Expense").number == "64000"
    assert len(set(numbers)) == len(numbers)
    assert all(0 < len(number) <= 7 for number in numbers)
    assert numbered.postings == company.postings


def test_ids_have_the_shape_of_quickbooks_and_are_unique(company: Company) -> None:
    list_ids = [account.list_id for account in company.accounts]
    list_ids += [person.list_id for person in company.employees] + [customer.list_id for customer in company.customers]
    txn_ids = [invoice.txn_id for invoice in company.invoices]
    line_ids = [line.txn_line_id for invoice in company.invoices for line in invoice.lines]
    for ids in (list_ids, txn_ids, line_ids):
        assert len(set(ids)) == len(ids)
        assert all(re.fullmatch(r"[0-9A-F]{3,8}-[0-9]{10}", one) for one in ids)
    assert company.accounts[0].list_id == "80000001-1415022710"


def test_employees_show_every_kind_of_career() -> None:
    employees = make_company(1, AS_OF).employees
    assert len(employees) >= 14
    assert {"Owner", "Officer", "Regular"} == {employee.employee_type for employee in employees}
    rehired = [e for e in employees if e.original_hire_date != e.hired_date]
    leaving = [e for e in employees if e.is_active and e.released_date and e.released_date > AS_OF]
    hidden = [e for e in employees if not e.is_active and e.released_date is None]
    undated = [e for e in employees if e.hired_date is None]
    gone = [e for e in employees if e.released_date and e.released_date < AS_OF]
    assert [len(kind) for kind in (rehired, leaving, hidden, undated)] == [1, 1, 1, 1]
    assert len(gone) >= 2
    assert rehired[0].original_hire_date is not None
    assert rehired[0].hired_date is not None
    assert rehired[0].original_hire_date < rehired[0].hired_date


@pytest.mark.parametrize("month", range(1, 13))
def test_nobody_is_on_record_before_the_record_was_made(month: int) -> None:
    as_of = datetime.date(2026, month, 1)
    company = make_company(1, as_of, months=1)
    assert all(e.time_created.date() <= as_of and e.time_created <= e.time_modified for e in company.employees)
    assert all(e.time_modified.date() <= as_of for e in company.employees)


def test_there_are_forty_customers_and_some_jobs(company: Company) -> None:
    jobs = [customer for customer in company.customers if customer.parent]
    full_names = {customer.full_name for customer in company.customers}
    assert len(company.customers) - len(jobs) >= 40
    assert len(jobs) >= 5
    assert all(job.full_name == f"{job.parent}:{job.name}" and job.parent in full_names for job in jobs)
    assert len(full_names) == len(company.customers)
    assert all(len(customer.name) <= 41 for customer in company.customers)


def test_invoices_are_enough_for_iterators_and_add_up(company: Company) -> None:
    assert len(company.invoices) >= 300
    known = {customer.list_id: customer.full_name for customer in company.customers}
    for invoice in company.invoices:
        assert known[invoice.customer_list_id] == invoice.customer_full_name
        assert invoice.subtotal == sum(line.amount for line in invoice.lines) > 0
        assert all(line.amount == line.quantity * line.rate for line in invoice.lines)
        assert invoice.applied_amount + invoice.balance_remaining == invoice.subtotal
        assert invoice.is_paid == (invoice.balance_remaining == 0)
        assert company.first_day <= invoice.date <= AS_OF < invoice.due_date + datetime.timedelta(days=2000)


def test_invoices_are_open_partly_paid_and_paid(company: Company) -> None:
    states = {(invoice.is_paid, invoice.applied_amount > 0) for invoice in company.invoices}
    assert states == {(False, False), (False, True), (True, True)}


def test_an_invoice_is_what_the_ledger_says(company: Company) -> None:
    posted: dict[str, Decimal] = {}
    for posting in company.postings:
        if posting.account_full_name == "Accounts Receivable" and posting.amount > 0:
            posted[posting.txn_id] = posting.amount
    assert all(posted[invoice.txn_id] == invoice.subtotal for invoice in company.invoices)


def test_a_large_chart_is_busy_in_every_cell() -> None:
    company = make_company(1, datetime.date(2026, 6, 30), months=3, extra_accounts=240)
    names = {account.full_name for account in company.profit_and_loss_accounts()} - {"Ask My Accountant"}
    assert len(names) >= 300
    for month in (4, 5, 6):
        last = datetime.date(2026, month, 28)
        assert set(company.natural_amounts(last.replace(day=1), last, "Cash")) == names
    assert len({account.list_id for account in company.accounts}) == len(company.accounts)


def test_the_children_of_an_account_are_those_directly_below(company: Company) -> None:
    names = names_of(company.children("Managed Services"))
    assert names == ["Managed IT Agreements", "Co-Managed IT Support", "Compliance & Security"]


def test_a_company_needs_a_month() -> None:
    with pytest.raises(ValueError, match="at least one month"):
        make_company(1, AS_OF, months=0)
