"""Queries return what their filters say, page by page where there is an iterator."""

import pytest

from simulators.quickbooks import QuickBooks
from simulators.tests.quickbooks_documents import ask_one, fresh_company, shared_company, status, texts


def test_only_active_accounts_are_listed_unless_all_are_asked_for() -> None:
    company = shared_company()
    quickbooks = QuickBooks(company)
    active = texts(ask_one(quickbooks, "<AccountQueryRq/>"), "AccountRet/FullName")
    every = texts(
        ask_one(quickbooks, "<AccountQueryRq><ActiveStatus>All</ActiveStatus></AccountQueryRq>"), "AccountRet/FullName"
    )
    assert every == [account.full_name for account in company.accounts]
    assert active == [account.full_name for account in company.accounts if account.is_active]
    assert len(active) < len(every)


def test_an_account_carries_number_parent_and_type() -> None:
    company = fresh_company(uses_account_numbers=True)
    query = "<AccountQueryRq><FullName>Managed Services:Managed IT Agreements</FullName></AccountQueryRq>"
    response = ask_one(QuickBooks(company), query)
    assert texts(response, "AccountRet/AccountNumber") == ["40100"]
    assert texts(response, "AccountRet/AccountType") == ["Income"]
    assert texts(response, "AccountRet/ParentRef/FullName") == ["Managed Services"]
    assert texts(response, "AccountRet/Sublevel") == ["1"]


def test_the_balance_sheet_balances() -> None:
    response = ask_one(
        QuickBooks(shared_company()), "<AccountQueryRq><ActiveStatus>All</ActiveStatus></AccountQueryRq>"
    )
    balances = shared_company().balances(shared_company().as_of, "Accrual")
    printed = dict(zip(texts(response, "AccountRet/FullName"), texts(response, "AccountRet/Balance"), strict=True))
    assert printed["Accounts Receivable"] == f"{balances['Accounts Receivable']:.2f}"
    assert printed["Accounts Payable"] == f"{-balances['Accounts Payable']:.2f}"


@pytest.mark.parametrize("kind", ["Income", "Expense", "Bank"])
def test_accounts_can_be_asked_for_by_type(kind: str) -> None:
    response = ask_one(
        QuickBooks(shared_company()), f"<AccountQueryRq><AccountType>{kind}</AccountType></AccountQueryRq>"
    )
    assert set(texts(response, "AccountRet/AccountType")) == {kind}


def test_only_the_elements_asked_for_are_returned() -> None:
    fields = ("ListID", "IsActive", "HiredDate")
    inside = "".join(f"<IncludeRetElement>{name}</IncludeRetElement>" for name in fields)
    response = ask_one(QuickBooks(shared_company()), f"<EmployeeQueryRq>{inside}</EmployeeQueryRq>")
    assert {str(element.tag) for employee in response for element in employee} == set(fields)


def test_employees_have_the_dates_head_count_needs() -> None:
    company = shared_company()
    query = "<EmployeeQueryRq><ActiveStatus>All</ActiveStatus></EmployeeQueryRq>"
    response = ask_one(QuickBooks(company), query)
    released = {e.list_id: str(e.released_date) for e in company.employees if e.released_date}
    found = {
        employee.findtext("ListID"): employee.findtext("ReleasedDate")
        for employee in response
        if employee.find("ReleasedDate") is not None
    }
    assert len(response) == len(company.employees)
    assert found == released
    assert released


def test_without_employee_rights_only_harmless_fields_are_served() -> None:
    quickbooks = QuickBooks(shared_company(), employee_rights="restricted")
    harmless = "".join(f"<IncludeRetElement>{name}</IncludeRetElement>" for name in ("ListID", "Name", "TimeModified"))
    assert status(ask_one(quickbooks, f"<EmployeeQueryRq>{harmless}</EmployeeQueryRq>")) == ("0", "Info")
    hired = "<EmployeeQueryRq><IncludeRetElement>HiredDate</IncludeRetElement></EmployeeQueryRq>"
    assert status(ask_one(quickbooks, hired)) == ("3260", "Error")
    assert status(ask_one(quickbooks, "<EmployeeQueryRq/>")) == ("3260", "Error")


def test_max_returned_without_an_iterator_just_cuts() -> None:
    response = ask_one(QuickBooks(shared_company()), "<EmployeeQueryRq><MaxReturned>3</MaxReturned></EmployeeQueryRq>")
    assert len(response) == 3
    assert response.get("iteratorID") is None


def test_modified_since_includes_the_moment_itself() -> None:
    company = shared_company()
    latest = max(company.employees, key=lambda employee: employee.time_modified)
    query = "<EmployeeQueryRq><ActiveStatus>All</ActiveStatus><FromModifiedDate>{}</FromModifiedDate></EmployeeQueryRq>"
    moment = ask_one(QuickBooks(company), f"<EmployeeQueryRq><ListID>{latest.list_id}</ListID></EmployeeQueryRq>")
    text = moment.findtext("EmployeeRet/TimeModified")
    assert text is not None
    assert texts(ask_one(QuickBooks(company), query.format(text)), "EmployeeRet/ListID") == [latest.list_id]
    local = text[:-6]  # without the offset it is office time
    assert texts(ask_one(QuickBooks(company), query.format(local)), "EmployeeRet/ListID") == [latest.list_id]
    assert status(ask_one(QuickBooks(company), query.format("2099-01-01"))) == ("1", "Info")


def test_a_count_comes_without_the_objects() -> None:
    response = ask_one(QuickBooks(shared_company()), '<InvoiceQueryRq metaData="MetaDataOnly"/>')
    assert response.get("retCount") == str(len(shared_company().invoices))
    assert len(response) == 0
    both = ask_one(
        QuickBooks(shared_company()),
        '<InvoiceQueryRq metaData="MetaDataAndResponseData"><MaxReturned>4</MaxReturned></InvoiceQueryRq>',
    )
    assert both.get("retCount") == "4"
    assert len(both) == 4


@pytest.mark.parametrize(("kind", "field"), [("Invoice", "TxnID"), ("Customer", "ListID")])
def test_an_iterator_returns_everything_once(kind: str, field: str) -> None:
    quickbooks = QuickBooks(shared_company())
    limit = "<MaxReturned>17</MaxReturned>"
    response = ask_one(quickbooks, f'<{kind}QueryRq iterator="Start">{limit}</{kind}QueryRq>')
    found = texts(response, f"{kind}Ret/{field}")
    while response.get("iteratorRemainingCount") != "0":
        resume = f'iterator="Continue" iteratorID="{response.get("iteratorID")}"'
        remaining = int(response.get("iteratorRemainingCount") or "")
        response = ask_one(quickbooks, f"<{kind}QueryRq {resume}>{limit}</{kind}QueryRq>")
        assert int(response.get("iteratorRemainingCount") or "") == max(0, remaining - 17)
        found += texts(response, f"{kind}Ret/{field}")
    company = shared_company()
    expected = [i.txn_id for i in company.invoices] if kind == "Invoice" else [
        c.list_id for c in company.customers if c.is_active
    ]  # fmt: skip
    assert found == expected


def test_an_iterator_dies_with_the_session() -> None:
    quickbooks = QuickBooks(shared_company())
    quickbooks.begin_session()
    started = ask_one(quickbooks, '<InvoiceQueryRq iterator="Start"><MaxReturned>5</MaxReturned></InvoiceQueryRq>')
    quickbooks.end_session()
    quickbooks.begin_session()
    resume = f'iterator="Continue" iteratorID="{started.get("iteratorID")}"'
    response = ask_one(quickbooks, f"<InvoiceQueryRq {resume}><MaxReturned>5</MaxReturned></InvoiceQueryRq>")
    assert status(response) == ("3000", "Error")


def test_an_iterator_can_be_stopped_and_needs_a_page_size() -> None:
    quickbooks = QuickBooks(shared_company())
    assert status(ask_one(quickbooks, '<InvoiceQueryRq iterator="Start"/>')) == ("3150", "Error")
    started = ask_one(quickbooks, '<InvoiceQueryRq iterator="Start"><MaxReturned>5</MaxReturned></InvoiceQueryRq>')
    iterator_id = f'iteratorID="{started.get("iteratorID")}"'
    ask_one(quickbooks, f'<InvoiceQueryRq iterator="Stop" {iterator_id}/>')
    resumed = f'<InvoiceQueryRq iterator="Continue" {iterator_id}><MaxReturned>5</MaxReturned></InvoiceQueryRq>'
    assert status(ask_one(quickbooks, resumed)) == ("3000", "Error")


def test_invoices_can_be_asked_for_by_number_date_customer_and_state() -> None:
    company = shared_company()
    quickbooks = QuickBooks(company)
    one = company.invoices[10]
    found = ask_one(quickbooks, f"<InvoiceQueryRq><RefNumber>{one.ref_number}</RefNumber></InvoiceQueryRq>")
    assert texts(found, "InvoiceRet/TxnID") == [one.txn_id]
    assert texts(found, "InvoiceRet/InvoiceLineRet") == []
    day = f"<FromTxnDate>{one.date}</FromTxnDate><ToTxnDate>{one.date}</ToTxnDate>"
    of_day = f"<InvoiceQueryRq><TxnDateRangeFilter>{day}</TxnDateRangeFilter></InvoiceQueryRq>"
    same_day = ask_one(quickbooks, of_day)
    assert texts(same_day, "InvoiceRet/TxnID") == [i.txn_id for i in company.invoices if i.date == one.date]
    customer = f"<EntityFilter><ListID>{one.customer_list_id}</ListID></EntityFilter>"
    unpaid = "<PaidStatus>NotPaidOnly</PaidStatus><IncludeLineItems>1</IncludeLineItems>"
    open_ones = ask_one(quickbooks, f"<InvoiceQueryRq>{customer}{unpaid}</InvoiceQueryRq>")
    assert texts(open_ones, "InvoiceRet/TxnID") == [
        i.txn_id for i in company.invoices if i.customer_list_id == one.customer_list_id and not i.is_paid
    ]
    assert len(texts(open_ones, "InvoiceRet/InvoiceLineRet")) >= len(open_ones)


def test_the_lines_of_an_invoice_add_up() -> None:
    response = ask_one(
        QuickBooks(shared_company()),
        "<InvoiceQueryRq><MaxReturned>30</MaxReturned><IncludeLineItems>true</IncludeLineItems></InvoiceQueryRq>",
    )
    for invoice in response:
        cents = sum(round(float(text) * 100) for text in texts(invoice, "InvoiceLineRet/Amount"))
        assert cents == round(float(invoice.findtext("Subtotal") or "") * 100)
