"""Invoices as InvoiceQuery sees them."""

import datetime
import functools
from collections.abc import Iterable, Iterator

from lxml import etree

from simulators import statuses
from simulators.answer_text import Fields
from simulators.company import Company
from simulators.date_ranges import MONTH_NAMES, Span, macro_span
from simulators.lists import reference, timestamp, truth
from simulators.records import Account, Invoice
from simulators.request_values import read_boolean, read_date
from simulators.selections import (
    Entry,
    Selection,
    find_named,
    is_modified_within,
    is_text_within,
    matches_text,
    texts,
)
from simulators.statuses import RequestRefused


def select_invoices(query: etree._Element, company: Company) -> Selection:
    """The invoices by TxnID, by RefNumber or by the transaction filters; raises RequestRefused."""
    if query.find("AccountFilter") is not None or query.find("CurrencyFilter") is not None:
        raise RequestRefused(statuses.not_simulated("AccountFilter or CurrencyFilter of an InvoiceQuery"))
    ids = texts(query, "TxnID")
    if ids:
        return find_named(ids, _entries(query, company.invoices, company), by_id=True)
    kept = [invoice for invoice in company.invoices if _has_wanted_number(query, invoice)]
    kept = _of_wanted_dates(query, kept, company)
    kept = _of_wanted_customers(query, kept, company)
    kept = [invoice for invoice in kept if _has_wanted_paid_status(query, invoice)]
    prefix = "ModifiedDateRangeFilter/"
    entries = [entry for entry in _entries(query, kept, company) if is_modified_within(query, entry, prefix)]
    return Selection(tuple(entries))


def _entries(query: etree._Element, invoices: Iterable[Invoice], company: Company) -> Iterator[Entry]:
    has_lines = read_boolean(query.findtext("IncludeLineItems"))
    receivable = receivable_account(company)
    item_ids = item_list_ids(company)
    for invoice in invoices:
        write = functools.partial(invoice_fields, invoice, receivable, item_ids, has_lines=has_lines)
        yield Entry(invoice.txn_id, invoice.ref_number, write, invoice.time_modified)


def _has_wanted_number(query: etree._Element, invoice: Invoice) -> bool:
    exact = texts(query, "RefNumberCaseSensitive")
    loose = [number.casefold() for number in texts(query, "RefNumber")]
    number = invoice.ref_number
    return (
        (not exact or number in exact)
        and (not loose or number.casefold() in loose)
        and matches_text(query, "RefNumberFilter", "RefNumber", number)
        and is_text_within(query, "RefNumberRangeFilter", "RefNumber", number)
    )


def _of_wanted_dates(query: etree._Element, invoices: list[Invoice], company: Company) -> list[Invoice]:
    date_filter = query.find("TxnDateRangeFilter")
    if date_filter is None:
        return invoices
    span = _date_span(date_filter, company)
    return [invoice for invoice in invoices if invoice.date in span]


def _date_span(date_filter: etree._Element, company: Company) -> Span:
    macro = date_filter.findtext("DateMacro")
    if macro is not None:
        whole = Span(datetime.date.min, datetime.date.max)
        fiscal_month = MONTH_NAMES.index(company.first_month_fiscal_year) + 1
        return macro_span(macro, company.as_of, whole, fiscal_month, is_fiscal=False)
    first = read_date(date_filter.findtext("FromTxnDate", "").strip()) or datetime.date.min
    last = read_date(date_filter.findtext("ToTxnDate", "").strip()) or datetime.date.max
    if first > last:
        raise RequestRefused(statuses.from_after_to(first.isoformat(), last.isoformat()))
    return Span(first, last)


def _of_wanted_customers(query: etree._Element, invoices: list[Invoice], company: Company) -> list[Invoice]:
    """EntityFilter in its four forms; an unknown customer is a missing object."""
    names: set[str] = set()
    for kind in ("ListID", "FullName", "ListIDWithChildren", "FullNameWithChildren"):
        for wanted in texts(query, f"EntityFilter/{kind}"):
            names |= _customer_names(company, wanted, kind)
    if query.find("EntityFilter") is None:
        return invoices
    return [invoice for invoice in invoices if invoice.customer_full_name in names]


def _customer_names(company: Company, wanted: str, kind: str) -> set[str]:
    found = [
        customer.full_name
        for customer in company.customers
        if (customer.list_id if kind.startswith("ListID") else customer.full_name) == wanted
    ]
    if not found:
        raise RequestRefused(statuses.object_not_found(wanted))
    if not kind.endswith("WithChildren"):
        return set(found)
    return {c.full_name for c in company.customers if f"{c.full_name}:".startswith(f"{found[0]}:")}


def _has_wanted_paid_status(query: etree._Element, invoice: Invoice) -> bool:
    wanted = query.findtext("PaidStatus", "All")
    return wanted == "All" or invoice.is_paid == (wanted == "PaidOnly")


def receivable_account(company: Company) -> Account:
    """The account that invoices are owed to; raises RequestRefused (3270) when the chart has none."""
    for account in company.accounts:
        if account.account_type == "AccountsReceivable":
            return account
    raise RequestRefused(statuses.Status(3270, "Missing posting account: Accounts Receivable."))


def item_list_ids(company: Company) -> dict[str, str]:
    """Item -> ListID. The company keeps no item list: its items are those of its invoices."""
    names = dict.fromkeys(
        line.item_full_name for invoice in company.invoices for line in invoice.lines if line.item_full_name
    )
    return {name: f"{0x80000900 + number:X}-1388600000" for number, name in enumerate(names)}


def invoice_fields(invoice: Invoice, receivable: Account, item_ids: dict[str, str], *, has_lines: bool) -> Fields:
    """One InvoiceRet, also what InvoiceAdd returns."""
    lines: Fields = [("InvoiceLineRet", _line_fields(invoice, place, item_ids)) for place in range(len(invoice.lines))]
    return [
        ("TxnID", invoice.txn_id),
        ("TimeCreated", timestamp(invoice.time_created)),
        ("TimeModified", timestamp(invoice.time_modified)),
        ("EditSequence", invoice.edit_sequence),
        ("TxnNumber", str(invoice.txn_number)),
        ("CustomerRef", reference(invoice.customer_list_id, invoice.customer_full_name)),
        ("ARAccountRef", reference(receivable.list_id, receivable.full_name)),
        ("TxnDate", invoice.date.isoformat()),
        ("RefNumber", invoice.ref_number or None),
        ("IsPending", "false"),
        ("IsFinanceCharge", "false"),
        ("DueDate", invoice.due_date.isoformat()),
        ("ShipDate", invoice.date.isoformat()),
        ("Subtotal", f"{invoice.subtotal:.2f}"),
        ("SalesTaxPercentage", "0.00"),
        ("SalesTaxTotal", "0.00"),
        ("AppliedAmount", f"{-invoice.applied_amount:.2f}"),
        ("BalanceRemaining", f"{invoice.balance_remaining:.2f}"),
        ("Memo", invoice.memo or None),
        ("IsPaid", truth(invoice.is_paid)),
        ("IsToBePrinted", "false"),
        ("IsToBeEmailed", "false"),
        *(lines if has_lines else []),
    ]


def _line_fields(invoice: Invoice, place: int, item_ids: dict[str, str]) -> Fields:
    line = invoice.lines[place]
    item = line.item_full_name
    if not item:  # words only
        return [("TxnLineID", line.txn_line_id), ("Desc", line.description or None)]
    return [
        ("TxnLineID", line.txn_line_id),
        ("ItemRef", reference(item_ids[item], item)),
        ("Desc", line.description or None),
        ("Quantity", f"{line.quantity:f}"),
        ("Rate", f"{line.rate:f}"),
        ("Amount", f"{line.amount:.2f}"),
    ]
