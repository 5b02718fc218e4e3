"""A simulated company: books of a managed-service provider from a seed and a date, with arithmetic of their own."""

import dataclasses
import datetime
from decimal import Decimal

from simulators.books import keep_books
from simulators.chart_of_accounts import make_chart
from simulators.people import make_customers, make_employees
from simulators.records import (
    PROFIT_AND_LOSS_TYPES,
    REVENUE_TYPES,
    Account,
    Customer,
    Employee,
    Invoice,
    InvoiceLine,
    Posting,
)

__all__ = [
    "PROFIT_AND_LOSS_TYPES",
    "Account",
    "Company",
    "Customer",
    "Employee",
    "Invoice",
    "InvoiceLine",
    "Posting",
    "make_company",
]

ZERO = Decimal("0.00")


@dataclasses.dataclass(slots=True)
class Company:
    """Everything a simulated QuickBooks file holds; the lists may grow when requests add to them."""

    name: str
    as_of: datetime.date
    first_day: datetime.date  # of the first month with postings
    uses_account_numbers: bool
    accounts: tuple[Account, ...]  # parents before their children, in the order of the chart
    postings: list[Posting]
    employees: tuple[Employee, ...]
    customers: list[Customer]
    invoices: list[Invoice]
    legal_name: str = "Cascadia Managed Services, Inc."
    address: tuple[str, ...] = ("1200 Harbor Street", "Suite 300")
    city: str = "Seattle"
    state: str = "WA"
    postal_code: str = "98101"
    phone: str = "(206) 555-0140"
    email: str = "books@cascadia.example"
    country: str = "US"
    home_currency: str = "US Dollar"
    first_month_fiscal_year: str = "January"
    first_month_income_tax_year: str = "January"
    summary_report_basis: str = "Accrual"
    closing_date: datetime.date | None = None

    def account(self, full_name: str) -> Account:
        """The account of that full name; raises KeyError."""
        return self._by_name()[full_name]

    def children(self, full_name: str) -> tuple[Account, ...]:
        """The accounts directly below `full_name`, in the order of the chart."""
        return tuple(account for account in self.accounts if account.parent == full_name)

    def profit_and_loss_accounts(self) -> tuple[Account, ...]:
        """The accounts of the five Profit & Loss sections, in the order of the chart."""
        return tuple(account for account in self.accounts if account.account_type in PROFIT_AND_LOSS_TYPES)

    def postings_between(self, first: datetime.date, last: datetime.date, basis: str) -> list[Posting]:
        """The postings from `first` to `last`, both inclusive, that count in `basis` ("Accrual" or "Cash")."""
        return [p for p in self.postings if first <= p.date <= last and basis in p.basis]

    def natural_amounts(self, first: datetime.date, last: datetime.date, basis: str) -> dict[str, Decimal]:
        """Full name -> the account's own postings in dollars, children left out, both dates inclusive.

        Income is positive when credited, expense positive when debited. An account whose postings cancel
        out is there with 0.00; an account without postings is not there at all.
        """
        signs = {a.full_name: -1 if a.account_type in REVENUE_TYPES else 1 for a in self.profit_and_loss_accounts()}
        amounts: dict[str, Decimal] = {}
        for posting in self.postings_between(first, last, basis):
            name = posting.account_full_name
            if name in signs:
                amounts[name] = amounts.get(name, ZERO) + signs[name] * posting.amount
        return amounts

    def section_totals(self, first: datetime.date, last: datetime.date, basis: str) -> dict[str, Decimal]:
        """AccountType -> total of that section in dollars, all five sections, both dates inclusive."""
        types = {account.full_name: account.account_type for account in self.accounts}
        totals = dict.fromkeys(PROFIT_AND_LOSS_TYPES, ZERO)
        for name, amount in self.natural_amounts(first, last, basis).items():
            totals[types[name]] += amount
        return totals

    def net_income(self, first: datetime.date, last: datetime.date, basis: str) -> Decimal:
        """Credits less debits on all Profit & Loss accounts, in dollars, both dates inclusive."""
        names = {account.full_name for account in self.profit_and_loss_accounts()}
        postings = self.postings_between(first, last, basis)
        return -sum((p.amount for p in postings if p.account_full_name in names), ZERO)

    def balances(self, on: datetime.date, basis: str) -> dict[str, Decimal]:
        """Full name -> debit balance of every account with postings up to and including `on`."""
        amounts: dict[str, Decimal] = {}
        for posting in self.postings_between(datetime.date.min, on, basis):
            name = posting.account_full_name
            amounts[name] = amounts.get(name, ZERO) + posting.amount
        return amounts

    def _by_name(self) -> dict[str, Account]:
        return {account.full_name: account for account in self.accounts}


def make_company(
    seed: int,
    as_of: datetime.date,
    *,
    months: int = 36,
    uses_account_numbers: bool = False,
    name: str = "Cascadia Managed Services",
    extra_accounts: int = 0,
) -> Company:
    """A company with `months` calendar months of postings, the last being the month of `as_of`.

    A seed gives a month the same postings whatever `as_of` and `months`; nothing is dated after `as_of`.
    `extra_accounts` adds so many Profit & Loss accounts and gives every account activity every month,
    except "Ask My Accountant", which stays empty. Raises ValueError when `months` is below 1.
    """
    if months < 1:
        raise ValueError("a company needs at least one month")
    accounts = make_chart(uses_account_numbers=uses_account_numbers, extra_accounts=extra_accounts)
    customers = make_customers(seed)
    last_month = as_of.year * 12 + as_of.month - 1
    books = keep_books(seed, last_month - months + 1, last_month, customers, accounts if extra_accounts else ())
    first_day = datetime.date(*_year_and_month(last_month - months + 1), 1)
    return Company(
        name=name,
        as_of=as_of,
        first_day=first_day,
        uses_account_numbers=uses_account_numbers,
        accounts=accounts,
        postings=books.postings_within(first_day, as_of),
        employees=make_employees(as_of),
        customers=list(customers),
        invoices=books.invoices_within(first_day, as_of),
    )


def _year_and_month(month_index: int) -> tuple[int, int]:
    return month_index // 12, month_index % 12 + 1
