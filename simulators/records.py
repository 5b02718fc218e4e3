"""The records of a simulated company: ledger accounts, postings, employees, customers, invoices."""

import dataclasses
import datetime
from decimal import Decimal

ACCRUAL = "Accrual"
CASH = "Cash"
BOTH = frozenset({ACCRUAL, CASH})
ONLY_ACCRUAL = frozenset({ACCRUAL})
ONLY_CASH = frozenset({CASH})

# QuickBooks' AccountType texts of the five sections of a Profit & Loss, in the order the report prints them.
PROFIT_AND_LOSS_TYPES = ("Income", "CostOfGoodsSold", "Expense", "OtherIncome", "OtherExpense")
REVENUE_TYPES = frozenset({"Income", "OtherIncome"})


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """One ledger account. `full_name` joins the names with ":"; `parent` is a full name, "" at the top."""

    list_id: str
    name: str
    full_name: str
    parent: str
    number: str  # "" when the account has none
    account_type: str
    special_type: str  # "" for most accounts
    is_active: bool
    sublevel: int  # 0 at the top, 2 at the deepest


@dataclasses.dataclass(frozen=True, slots=True)
class Posting:
    """One side of a transaction. `amount` is a debit when positive, in dollars with exact cents.

    A posting counts only in the bases it names; the postings of one txn_id sum to zero in each basis.
    """

    date: datetime.date
    account_full_name: str
    amount: Decimal
    basis: frozenset[str]
    txn_id: str
    memo: str


@dataclasses.dataclass(frozen=True, slots=True)
class Employee:
    """One employee. `hired_date` is the latest hire; a rehire keeps the first in `original_hire_date`."""

    list_id: str
    name: str
    is_active: bool
    employee_type: str  # Regular, Officer, Owner or Statutory
    hired_date: datetime.date | None
    original_hire_date: datetime.date | None
    released_date: datetime.date | None
    time_created: datetime.datetime
    time_modified: datetime.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Customer:
    """One customer, or one job of a customer ("Customer:Job"; `parent` is then the customer's full name)."""

    list_id: str
    name: str
    full_name: str
    parent: str
    is_active: bool
    company_name: str
    email: str
    phone: str
    city: str
    time_created: datetime.datetime
    time_modified: datetime.datetime
    edit_sequence: str


@dataclasses.dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line of an invoice; `amount` = quantity x rate to the cent, credited to `account_full_name`."""

    txn_line_id: str
    item_full_name: str
    description: str
    quantity: Decimal
    rate: Decimal
    amount: Decimal
    account_full_name: str


@dataclasses.dataclass(frozen=True, slots=True)
class Invoice:
    """One invoice as it stands on the company's `as_of` day."""

    txn_id: str
    txn_number: int
    ref_number: str
    customer_list_id: str
    customer_full_name: str
    date: datetime.date
    due_date: datetime.date
    lines: tuple[InvoiceLine, ...]
    subtotal: Decimal
    applied_amount: Decimal  # paid so far, a positive number
    balance_remaining: Decimal
    is_paid: bool
    memo: str
    time_created: datetime.datetime
    time_modified: datetime.datetime
    edit_sequence: str
