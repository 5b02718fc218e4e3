"""Writes are checked as QuickBooks checks them, change the books, and show in later queries and reports."""

import datetime
from decimal import Decimal

import pytest

from simulators.company import Company
from simulators.quickbooks import QuickBooks
from simulators.tests.quickbooks_documents import ask_one, fresh_company, schema_errors, status, texts, wrapped


def customer(inside: str) -> str:
    """A CustomerAddRq."""
    return f"<CustomerAddRq><CustomerAdd>{inside}</CustomerAdd></CustomerAddRq>"


def invoice(inside: str, who: str = "<FullName>Alder &amp; Finch Dental</FullName>") -> str:
    """An InvoiceAddRq."""
    return f"<InvoiceAddRq><InvoiceAdd><CustomerRef>{who}</CustomerRef>{inside}</InvoiceAdd></InvoiceAddRq>"


def journal(debit: str, credit: str, amount: str, other_amount: str | None = None, head: str = "") -> str:
    """A JournalEntryAddRq with two lines."""
    return (
        f"<JournalEntryAddRq><JournalEntryAdd>{head}"
        f"<JournalDebitLine><AccountRef><FullName>{debit}</FullName></AccountRef><Amount>{amount}</Amount>"
        "</JournalDebitLine>"
        f"<JournalCreditLine><AccountRef><FullName>{credit}</FullName></AccountRef>"
        f"<Amount>{other_amount or amount}</Amount></JournalCreditLine></JournalEntryAdd></JournalEntryAddRq>"
    )


def line(company: Company, rest: str) -> str:
    """An invoice line for the first item the company has ever sold."""
    item = company.invoices[0].lines[0].item_full_name.replace("&", "&amp;")
    return f"<InvoiceLineAdd><ItemRef><FullName>{item}</FullName></ItemRef>{rest}</InvoiceLineAdd>"


def test_a_customer_gets_an_id_and_can_be_found_by_it() -> None:
    quickbooks = QuickBooks(fresh_company())
    added = ask_one(quickbooks, customer("<Name>Zephyr</Name><Phone>5550100</Phone>"))
    list_id = added.findtext("CustomerRet/ListID")
    found = ask_one(quickbooks, f"<CustomerQueryRq><ListID>{list_id}</ListID></CustomerQueryRq>")
    assert texts(found, "CustomerRet/FullName") == ["Zephyr"]
    assert texts(found, "CustomerRet/Phone") == ["5550100"]


def test_a_job_belongs_to_its_parent() -> None:
    quickbooks = QuickBooks(fresh_company())
    parent = "<ParentRef><FullName>Alder &amp; Finch Dental</FullName></ParentRef>"
    added = ask_one(quickbooks, customer(f"<Name>Move</Name>{parent}"))
    assert texts(added, "CustomerRet/FullName") == ["Alder & Finch Dental:Move"]
    assert texts(added, "CustomerRet/Sublevel") == ["1"]
    orphan = "<ParentRef><FullName>Nobody</FullName></ParentRef>"
    assert status(ask_one(quickbooks, customer(f"<Name>Other</Name>{orphan}"))) == ("3130", "Error")


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ("<Name>alder &amp; finch dental</Name>", "3100"),
        ("<Name>Marguerite Odell</Name>", "3100"),
        ("<Name>A:B</Name>", "3090"),
        ("<Name>New</Name><TermsRef><FullName>Net 45</FullName></TermsRef>", "3140"),
        ("<Name>New</Name><OpenBalance>5.00</OpenBalance>", "1030"),
    ],
)
def test_a_customer_that_cannot_be_added_changes_nothing(inside: str, code: str) -> None:
    company = fresh_company()
    quickbooks = QuickBooks(company)
    before = len(company.customers)
    assert status(ask_one(quickbooks, customer(inside))) == (code, "Error")
    assert len(company.customers) == before
    assert [(entry.executed, entry.status_code) for entry in quickbooks.writes] == [(False, int(code))]


def test_what_windows_1252_lacks_is_stored_as_a_question_mark() -> None:
    added = ask_one(QuickBooks(fresh_company()), customer("<Name>Caf&#233; &#8212; &#937;</Name>"))
    assert texts(added, "CustomerRet/Name") == ["Café — ?"]


def test_an_invoice_is_owed_and_shows_in_the_accrual_report() -> None:
    company = fresh_company()
    quickbooks = QuickBooks(company)
    month = (datetime.date(2026, 5, 1), datetime.date(2026, 5, 31))
    accrual, cash = (company.net_income(*month, basis) for basis in ("Accrual", "Cash"))
    lines = line(company, "<Quantity>3</Quantity><Rate>33.333</Rate>") + line(company, "<Amount>10.50</Amount>")
    added = ask_one(quickbooks, invoice(f"<TxnDate>2026-05-02</TxnDate><Memo>Hello</Memo>{lines}"))
    assert status(added) == ("0", "Info")
    assert texts(added, "InvoiceRet/Subtotal") == texts(added, "InvoiceRet/BalanceRemaining") == ["110.50"]
    assert texts(added, "InvoiceRet/InvoiceLineRet/Amount") == ["100.00", "10.50"]
    assert company.net_income(*month, "Accrual") == accrual + Decimal("110.50")
    assert company.net_income(*month, "Cash") == cash
    txn_id = added.findtext("InvoiceRet/TxnID")
    found = ask_one(quickbooks, f"<InvoiceQueryRq><TxnID>{txn_id}</TxnID></InvoiceQueryRq>")
    assert texts(found, "InvoiceRet/Memo") == ["Hello"]


def test_references_of_an_invoice_must_exist() -> None:
    company = fresh_company()
    quickbooks = QuickBooks(company)
    nobody = invoice(line(company, ""), who="<FullName>Nobody</FullName>")
    refused = ask_one(quickbooks, nobody)
    assert status(refused) == ("3140", "Error")
    assert 'QuickBooks Customer "Nobody" in the Invoice' in (refused.get("statusMessage") or "")
    unknown_item = "<InvoiceLineAdd><ItemRef><FullName>Moonbeams</FullName></ItemRef></InvoiceLineAdd>"
    assert status(ask_one(quickbooks, invoice(unknown_item))) == ("3140", "Error")
    no_item = "<InvoiceLineAdd><Amount>5.00</Amount></InvoiceLineAdd>"
    assert status(ask_one(quickbooks, invoice(no_item))) == ("3150", "Error")
    negative = line(company, "<Amount>-5.00</Amount>")
    assert status(ask_one(quickbooks, invoice(negative))) == ("3210", "Error")


def test_a_journal_entry_counts_in_both_bases() -> None:
    company = fresh_company()
    quickbooks = QuickBooks(company)
    before = {basis: company.net_income(company.as_of, company.as_of, basis) for basis in ("Accrual", "Cash")}
    added = ask_one(quickbooks, journal("Subcontractors", "Operating Checking", "250.00", head="<Memo>Fix</Memo>"))
    assert texts(added, "JournalEntryRet/JournalDebitLine/Amount") == ["250.00"]
    assert texts(added, "JournalEntryRet/TxnDate") == [company.as_of.isoformat()]
    for basis, amount in before.items():
        assert company.net_income(company.as_of, company.as_of, basis) == amount - 250


@pytest.mark.parametrize(
    ("request_text", "code"),
    [
        (journal("Subcontractors", "Operating Checking", "250.00", "249.99"), "3210"),
        (journal("No Such Account", "Operating Checking", "1.00"), "3140"),
        (journal("Accounts Receivable", "Operating Checking", "1.00"), "3210"),
        (journal("Subcontractors", "Operating Checking", "1.00", head="<TxnDate>2025-12-31</TxnDate>"), "3171"),
    ],
)
def test_a_journal_entry_that_breaks_a_rule_is_not_entered(request_text: str, code: str) -> None:
    company = fresh_company()
    company.closing_date = datetime.date(2025, 12, 31)
    before = len(company.postings)
    assert status(ask_one(QuickBooks(company), request_text)) == (code, "Error")
    assert len(company.postings) == before


def test_answers_to_writes_are_valid_by_intuits_schema() -> None:
    company = fresh_company()
    quickbooks = QuickBooks(company)
    for request in (
        customer("<Name>Zephyr</Name>"),
        invoice(line(company, "<Quantity>2</Quantity>")),
        journal("Subcontractors", "Operating Checking", "250.00"),
    ):
        text = quickbooks.process(wrapped(request))
        assert schema_errors(wrapped(request)) == ""
        assert 'statusCode="0"' in text
        assert schema_errors(text) == ""
