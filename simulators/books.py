"""The books of a simulated company: every month's sales and costs put together in order of date."""

import dataclasses
import datetime

from simulators import costs, sales
from simulators.ledger import BANK, MonthBook
from simulators.records import PROFIT_AND_LOSS_TYPES, REVENUE_TYPES, Account, Customer, Invoice, Posting

# Payments arrive up to 95 days after the invoice: months before the first one are kept too, then cut off.
_LEAD_IN_MONTHS = 4
_NEVER_USED = frozenset({"Ask My Accountant"})
_FOUNDED = datetime.date(2012, 1, 2)


@dataclasses.dataclass(frozen=True, slots=True)
class Books:
    """All transactions of a span of months, days to come included."""

    opening: tuple[Posting, ...]
    postings: tuple[Posting, ...]
    sales: tuple[sales.Sale, ...]

    def postings_within(self, first: datetime.date, last: datetime.date) -> list[Posting]:
        """The opening balances and the postings dated `first` to `last`, in order of date."""
        within = [posting for posting in self.postings if first <= posting.date <= last]
        return [*self.opening, *sorted(within, key=lambda posting: (posting.date, posting.txn_id))]

    def invoices_within(self, first: datetime.date, last: datetime.date) -> list[Invoice]:
        """The invoices dated `first` to `last` as they stand on `last`, in order of date."""
        within = [sale for sale in self.sales if first <= sale.date <= last]
        return [sale.invoice_on(last) for sale in sorted(within, key=lambda sale: (sale.date, sale.number))]


def keep_books(
    seed: int, first_month: int, last_month: int, customers: tuple[Customer, ...], steady: tuple[Account, ...]
) -> Books:
    """The books from `first_month` to `last_month` (year * 12 + month - 1); `steady` accounts are never idle."""
    agreements = sales.make_agreements(seed, customers)
    active = tuple(customer for customer in customers if customer.is_active)
    postings: list[Posting] = []
    sold: list[sales.Sale] = []
    for index in range(first_month - _LEAD_IN_MONTHS, last_month + 1):
        for month in _sell(seed, index, agreements, active):
            postings += month.book.postings
            sold += month.sales
        for book in _spend(seed, index, steady):
            postings += book.postings
    return Books(_opening(seed), tuple(postings), tuple(sold))


def _sell(
    seed: int, index: int, agreements: tuple[sales.Agreement, ...], customers: tuple[Customer, ...]
) -> list[sales.SalesMonth]:
    return [
        sales.sell_agreements(MonthBook(seed, index, "agreements"), agreements),
        sales.sell_projects(MonthBook(seed, index, "projects"), customers),
        sales.sell_hardware(MonthBook(seed, index, "hardware"), customers),
    ]


def _spend(seed: int, index: int, steady: tuple[Account, ...]) -> list[MonthBook]:
    topics = ("refunds", "costs", "payroll", "journal", "steady")
    refunds, bills, payroll, journal, extra = (MonthBook(seed, index, topic) for topic in topics)
    sales.refund(refunds)
    costs.buy(bills)
    costs.pay_staff(payroll)
    costs.close_month(journal)
    if steady:
        costs.keep_busy(extra, _signs(steady))
    return [refunds, bills, payroll, journal, extra]


def _signs(accounts: tuple[Account, ...]) -> dict[str, int]:
    """Full name -> -1 for income, +1 for expense, of the accounts that may be used."""
    return {
        account.full_name: -1 if account.account_type in REVENUE_TYPES else 1
        for account in accounts
        if account.account_type in PROFIT_AND_LOSS_TYPES and account.full_name not in _NEVER_USED
    }


def _opening(seed: int) -> tuple[Posting, ...]:
    """What the founders paid in, on a day of its own: no window of months changes it."""
    book = MonthBook(seed, _FOUNDED.year * 12 + _FOUNDED.month - 1, "opening")
    capital, equipment = book.cents(400_000, 600_000), book.cents(40_000, 60_000)
    balances = [
        (BANK, capital),
        ("Savings", capital // 4),
        ("Computers & Equipment", equipment),
        ("Security Deposits", 480_000),
    ]
    total = sum(cents for _, cents in balances)
    loan = 2_500_000
    book.post(_FOUNDED, "Opening balances", [*balances, ("Vehicle Loan", -loan), ("Capital Stock", loan - total)])
    return tuple(book.postings)
