"""CustomerAdd, InvoiceAdd, JournalEntryAdd: checked as QuickBooks checks them, then entered in the books."""

import datetime
from decimal import ROUND_HALF_UP, Decimal

from lxml import etree

from simulators import statuses
from simulators.answer_text import Fields
from simulators.company import Company
from simulators.invoices import invoice_fields, item_list_ids, receivable_account
from simulators.lists import customer_fields, edit_sequence, reference, timestamp, truth
from simulators.records import BOTH, ONLY_ACCRUAL, Account, Customer, Invoice, InvoiceLine, Posting
from simulators.request_values import OFFICE_TIME, read_amount, read_boolean
from simulators.statuses import RequestRefused
from simulators.write_checks import date_in, find_reference, name_in, refuse_what_is_not_kept, signed_amount, stored

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


class Writer:
    """Enters what applications add. IDs and times follow from how many writes there were: no clock."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._number = 0

    def add_customer(self, request: etree._Element) -> Fields:
        """The CustomerRet of a new customer or job; raises RequestRefused."""
        refuse_what_is_not_kept(request)
        parent = self._parent(request)
        name = stored(request.findtext("Name"))
        full_name = f"{parent.full_name}:{name}" if parent else name
        self._check_name(name, full_name)
        made = self._next_moment()
        customer = Customer(
            list_id=self._next_id(made),
            name=name,
            full_name=full_name,
            parent=parent.full_name if parent else "",
            is_active=read_boolean(request.findtext("IsActive"), default=True),
            company_name=stored(request.findtext("CompanyName")),
            email=stored(request.findtext("Email")),
            phone=stored(request.findtext("Phone")),
            city=stored(request.findtext("BillAddress/City")),
            time_created=made,
            time_modified=made,
            edit_sequence=edit_sequence(made),
        )
        self._company.customers.append(customer)
        return customer_fields(customer, parent)

    def add_invoice(self, request: etree._Element) -> Fields:
        """The InvoiceRet of a new invoice, owed in full; it counts in accrual reports at once."""
        refuse_what_is_not_kept(request)
        customer = self._customer(request, "CustomerRef", "Invoice")
        day = self._transaction_date(request, "an Invoice")
        receivable = self._account(request, "ARAccountRef", "Invoice") or receivable_account(self._company)
        made = self._next_moment()
        txn_id = self._next_id(made)
        lines = tuple(self._line(line, txn_id, place) for place, line in enumerate(request.iter("InvoiceLineAdd"), 1))
        subtotal = sum((line.amount for line in lines), ZERO)
        if subtotal < 0:
            raise RequestRefused(statuses.rule_broken("an Invoice", "The transaction amount cannot be negative."))
        invoice = Invoice(
            txn_id=txn_id,
            txn_number=max((known.txn_number for known in self._company.invoices), default=0) + 1,
            ref_number=stored(request.findtext("RefNumber")) or self._next_ref_number(),
            customer_list_id=customer.list_id,
            customer_full_name=customer.full_name,
            date=day,
            due_date=date_in(request, "DueDate") or day,
            lines=lines,
            subtotal=subtotal,
            applied_amount=ZERO,
            balance_remaining=subtotal,
            is_paid=subtotal == 0,
            memo=stored(request.findtext("Memo")),
            time_created=made,
            time_modified=made,
            edit_sequence=edit_sequence(made),
        )
        self._company.invoices.append(invoice)
        self._post_invoice(invoice, receivable)
        return invoice_fields(invoice, receivable, item_list_ids(self._company), has_lines=True)

    def add_journal_entry(self, request: etree._Element) -> Fields:
        """The JournalEntryRet of a new entry; debits must equal credits. It counts in both bases."""
        refuse_what_is_not_kept(request)
        day = self._transaction_date(request, "a JournalEntry")
        lines = list(request.iterchildren("JournalDebitLine", "JournalCreditLine"))
        amounts = [signed_amount(line) for line in lines]
        accounts = [self._journal_account(line) for line in lines]
        if sum(amounts, ZERO) != 0:
            words = "The transaction is not in balance.  Make sure that the debits equal the credits."
            raise RequestRefused(statuses.rule_broken("a JournalEntry", words))
        made = self._next_moment()
        txn_id = self._next_id(made)
        memo = stored(request.findtext("Memo"))
        self._company.postings.extend(
            Posting(day, account.full_name, amount, BOTH, txn_id, stored(line.findtext("Memo")) or memo)
            for line, account, amount in zip(lines, accounts, amounts, strict=True)
        )
        return [
            *_transaction_core(txn_id, made, self._number),
            ("TxnDate", day.isoformat()),
            ("RefNumber", stored(request.findtext("RefNumber")) or str(self._number)),
            ("Memo", memo or None),
            ("IsAdjustment", truth(read_boolean(request.findtext("IsAdjustment")))),
            *(
                (str(line.tag), _journal_line(line, account, f"{txn_id.partition('-')[0]}{place:X}"))
                for place, (line, account) in enumerate(zip(lines, accounts, strict=True), start=1)
            ),
        ]

    def _parent(self, request: etree._Element) -> Customer | None:
        found = self._find_customer(request, "ParentRef")
        if found is None and request.find("ParentRef") is not None:
            raise RequestRefused(statuses.parent_not_found(name_in(request, "ParentRef")))
        return found

    def _check_name(self, name: str, full_name: str) -> None:
        if not name or ":" in name:
            raise RequestRefused(statuses.bad_value(3090, "object name", name, "Name"))
        in_use = [c.full_name for c in self._company.customers] + [e.name for e in self._company.employees]
        if full_name.casefold() in {known.casefold() for known in in_use}:
            raise RequestRefused(statuses.name_in_use(name))

    def _customer(self, request: etree._Element, tag: str, place: str) -> Customer:
        found = self._find_customer(request, tag)
        if found is None:
            raise RequestRefused(statuses.bad_reference("Customer", name_in(request, tag), place))
        return found

    def _find_customer(self, request: etree._Element, tag: str) -> Customer | None:
        candidates = ((c.list_id, c.full_name, c) for c in self._company.customers)
        return find_reference(request, tag, candidates)

    def _account(self, request: etree._Element, tag: str, place: str) -> Account | None:
        """The ledger account a …Ref names; None when there is no such element; raises RequestRefused (3140)."""
        if request.find(tag) is None:
            return None
        found = find_reference(request, tag, ((a.list_id, a.full_name, a) for a in self._company.accounts))
        if found is None:
            raise RequestRefused(statuses.bad_reference("Account", name_in(request, tag), place))
        return found

    def _transaction_date(self, request: etree._Element, what: str) -> datetime.date:
        day = date_in(request, "TxnDate") or self._company.as_of
        closing_date = self._company.closing_date
        if closing_date is not None and day <= closing_date:
            raise RequestRefused(statuses.books_closed(what))
        return day

    def _line(self, line: etree._Element, txn_id: str, place: int) -> InvoiceLine:
        """One invoice line; without a rate the item's last one, without an amount quantity x rate."""
        item, account, last_rate = self._item(line)
        override = self._account(line, "OverrideItemAccountRef", "Invoice line")
        quantity = read_amount(line.findtext("Quantity"))
        quantity = Decimal(1) if quantity is None else quantity
        rate = read_amount(line.findtext("Rate"))
        rate = last_rate if rate is None else rate
        amount = read_amount(line.findtext("Amount"))
        amount = (quantity * rate).quantize(CENT, ROUND_HALF_UP) if amount is None else amount
        return InvoiceLine(
            txn_line_id=f"{txn_id.partition('-')[0]}{place:X}-{txn_id.partition('-')[2]}",
            item_full_name=item,
            description=stored(line.findtext("Desc")) or item,
            quantity=quantity,
            rate=(amount / quantity).quantize(CENT) if line.find("Rate") is None and quantity else rate,
            amount=amount,
            account_full_name=override.full_name if override else account,
        )

    def _item(self, line: etree._Element) -> tuple[str, str, Decimal]:
        """Item, the account it sells into, its last rate; a line without an item is words only."""
        if line.find("ItemRef") is None:
            if read_amount(line.findtext("Amount")) or line.find("Rate") is not None:
                raise RequestRefused(statuses.missing_element("ItemRef"))
            return "", "", ZERO
        known = [sold for invoice in self._company.invoices for sold in invoice.lines]
        ids = item_list_ids(self._company)
        candidates = ((ids[sold.item_full_name], sold.item_full_name, sold) for sold in reversed(known))
        found = find_reference(line, "ItemRef", candidates)
        if found is None:
            raise RequestRefused(statuses.bad_reference("Item", name_in(line, "ItemRef"), "Invoice line"))
        return found.item_full_name, found.account_full_name, found.rate

    def _post_invoice(self, invoice: Invoice, receivable: Account) -> None:
        sides = [(receivable.full_name, invoice.subtotal)]
        sides += [(line.account_full_name, -line.amount) for line in invoice.lines if line.account_full_name]
        self._company.postings.extend(
            Posting(invoice.date, account, amount, ONLY_ACCRUAL, invoice.txn_id, invoice.memo)
            for account, amount in sides
            if amount
        )

    def _journal_account(self, line: etree._Element) -> Account:
        found = self._account(line, "AccountRef", "JournalEntry line")
        if found is None:
            raise RequestRefused(statuses.missing_element("AccountRef"))
        if line.find("EntityRef") is not None:
            self._customer(line, "EntityRef", "JournalEntry line")
        elif found.account_type == "AccountsReceivable":
            words = "When you use Accounts Receivable, you must choose a customer in the Name field."
            raise RequestRefused(statuses.rule_broken("a JournalEntry", words))
        return found

    def _next_ref_number(self) -> str:
        numbers = [int(known.ref_number) for known in self._company.invoices if known.ref_number.isdecimal()]
        return str(max(numbers, default=0) + 1)

    def _next_moment(self) -> datetime.datetime:
        """Noon of the company's day, a minute later with every write."""
        self._number += 1
        noon = datetime.datetime.combine(self._company.as_of, datetime.time(12), OFFICE_TIME)
        return noon + datetime.timedelta(minutes=self._number)

    def _next_id(self, made: datetime.datetime) -> str:
        return f"{0x8F000000 + self._number:X}-{edit_sequence(made)}"


def _transaction_core(txn_id: str, made: datetime.datetime, number: int) -> Fields:
    return [
        ("TxnID", txn_id),
        ("TimeCreated", timestamp(made)),
        ("TimeModified", timestamp(made)),
        ("EditSequence", edit_sequence(made)),
        ("TxnNumber", str(number)),
    ]


def _journal_line(line: etree._Element, account: Account, line_id: str) -> Fields:
    amount = read_amount(line.findtext("Amount"))
    return [
        ("TxnLineID", line_id),
        ("AccountRef", reference(account.list_id, account.full_name)),
        ("Amount", None if amount is None else f"{amount:.2f}"),
        ("Memo", stored(line.findtext("Memo")) or None),
    ]
