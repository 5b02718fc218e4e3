"""The lists of a company as queries see them: accounts, employees, customers."""

import datetime
import functools
from collections.abc import Iterator
from decimal import Decimal

from lxml import etree

from simulators.answer_text import Fields
from simulators.company import Company
from simulators.options import Options
from simulators.records import PROFIT_AND_LOSS_TYPES, Account, Customer, Employee
from simulators.request_values import OFFICE_TIME
from simulators.selections import Entry, texts
from simulators.statuses import NO_PERMISSION, RequestRefused

ZERO = Decimal("0.00")
# What a user without "Payroll and Employees" permission may still read (qbXML sheet 5).
_HARMLESS_EMPLOYEE_FIELDS = frozenset(("ListID", "Name", "IsActive", "TimeCreated", "TimeModified", "EditSequence"))
_CREDIT_BALANCES = frozenset(
    ["AccountsPayable", "CreditCard", "OtherCurrentLiability", "LongTermLiability", "Equity", "Income", "OtherIncome"]
)


def timestamp(moment: datetime.datetime) -> str:
    """As QuickBooks writes it: the standard-time offset all year round (qbXML sheet 1.2)."""
    return moment.astimezone(OFFICE_TIME).isoformat(timespec="seconds")


def edit_sequence(moment: datetime.datetime) -> str:
    """Changes at most once a second."""
    return str(int(moment.timestamp()))


def truth(value: bool) -> str:
    """A boolean as qbXML writes it."""
    return "true" if value else "false"


def reference(list_id: str, full_name: str) -> Fields:
    """The inside of a …Ref."""
    return [("ListID", list_id), ("FullName", full_name)]


def _core(list_id: str, created: datetime.datetime, modified: datetime.datetime) -> Fields:
    return [
        ("ListID", list_id),
        ("TimeCreated", timestamp(created)),
        ("TimeModified", timestamp(modified)),
        ("EditSequence", edit_sequence(modified)),
    ]


def account_entries(company: Company) -> Iterator[Entry]:
    """Every ledger account. Its ListID ends in the second in which it was made."""
    balances = company.balances(company.as_of, "Accrual")
    by_name = {account.full_name: account for account in company.accounts}
    for account in company.accounts:
        created = datetime.datetime.fromtimestamp(int(account.list_id.rpartition("-")[2]), OFFICE_TIME)
        parent = by_name.get(account.parent)
        balance = _balance(account, balances)
        write = functools.partial(_account_fields, account, parent, created, balance)
        yield Entry(
            account.list_id,
            account.full_name,
            write,
            created,
            is_active=account.is_active,
            name=account.name,
            account_type=account.account_type,
        )


def _balance(account: Account, balances: dict[str, Decimal]) -> tuple[Decimal, Decimal]:
    """Own balance and balance with all accounts below; Profit & Loss accounts have none."""
    if account.account_type in PROFIT_AND_LOSS_TYPES:
        return ZERO, ZERO
    sign = -1 if account.account_type in _CREDIT_BALANCES else 1
    below = account.full_name + ":"
    total = sum((amount for name, amount in balances.items() if f"{name}:".startswith(below)), ZERO)
    return sign * balances.get(account.full_name, ZERO), sign * total


def _account_fields(
    account: Account, parent: Account | None, created: datetime.datetime, balance: tuple[Decimal, Decimal]
) -> Fields:
    return [
        *_core(account.list_id, created, created),
        ("Name", account.name),
        ("FullName", account.full_name),
        ("IsActive", truth(account.is_active)),
        ("ParentRef", reference(parent.list_id, parent.full_name) if parent else None),
        ("Sublevel", str(account.sublevel)),
        ("AccountType", account.account_type),
        ("SpecialAccountType", account.special_type or None),
        ("AccountNumber", account.number or None),
        ("Balance", f"{balance[0]:.2f}"),
        ("TotalBalance", f"{balance[1]:.2f}"),
        ("CashFlowClassification", "NotApplicable"),
    ]


def employee_entries(company: Company, query: etree._Element, options: Options) -> Iterator[Entry]:
    """Every employee; raises RequestRefused when the QuickBooks user may not read what is asked for."""
    wanted = set(texts(query, "IncludeRetElement"))
    if options.employee_rights == "restricted" and not (wanted and wanted <= _HARMLESS_EMPLOYEE_FIELDS):
        raise RequestRefused(NO_PERMISSION)
    for employee in company.employees:
        write = functools.partial(_employee_fields, employee)
        yield Entry(
            employee.list_id,
            employee.name,
            write,
            employee.time_modified,
            is_active=employee.is_active,
            name=employee.name,
        )


def _employee_fields(employee: Employee) -> Fields:
    first, _, last = employee.name.partition(" ")
    return [
        *_core(employee.list_id, employee.time_created, employee.time_modified),
        ("Name", employee.name),
        ("IsActive", truth(employee.is_active)),
        ("FirstName", first),
        ("LastName", last or None),
        ("PrintAs", employee.name),
        ("EmployeeType", employee.employee_type),
        ("HiredDate", _day(employee.hired_date)),
        ("OriginalHireDate", _day(employee.original_hire_date)),
        ("ReleasedDate", _day(employee.released_date)),
    ]


def _day(day: datetime.date | None) -> str | None:
    return day.isoformat() if day else None


def customer_entries(company: Company) -> Iterator[Entry]:
    """Every customer and job; the balance is what their open invoices leave."""
    open_amounts: dict[str, Decimal] = {}
    for invoice in company.invoices:
        name = invoice.customer_full_name
        open_amounts[name] = open_amounts.get(name, ZERO) + invoice.balance_remaining
    by_name = {customer.full_name: customer for customer in company.customers}
    for customer in company.customers:
        below = customer.full_name + ":"
        total = sum((amount for name, amount in open_amounts.items() if f"{name}:".startswith(below)), ZERO)
        own = open_amounts.get(customer.full_name, ZERO)
        write = functools.partial(customer_fields, customer, by_name.get(customer.parent), own, total)
        yield Entry(
            customer.list_id,
            customer.full_name,
            write,
            customer.time_modified,
            is_active=customer.is_active,
            name=customer.name,
            balance=total,
        )


def customer_fields(customer: Customer, parent: Customer | None, own: Decimal = ZERO, total: Decimal = ZERO) -> Fields:
    """One CustomerRet, also what CustomerAdd returns."""
    return [
        ("ListID", customer.list_id),
        ("TimeCreated", timestamp(customer.time_created)),
        ("TimeModified", timestamp(customer.time_modified)),
        ("EditSequence", customer.edit_sequence),
        ("Name", customer.name),
        ("FullName", customer.full_name),
        ("IsActive", truth(customer.is_active)),
        ("ParentRef", reference(parent.list_id, parent.full_name) if parent else None),
        ("Sublevel", str(customer.full_name.count(":"))),
        ("CompanyName", customer.company_name or None),
        ("BillAddress", [("City", customer.city)] if customer.city else None),
        ("Phone", customer.phone or None),
        ("Email", customer.email or None),
        ("Balance", f"{own:.2f}"),
        ("TotalBalance", f"{total:.2f}"),
        ("JobStatus", "None"),
        ("PreferredDeliveryMethod", "None"),
    ]
