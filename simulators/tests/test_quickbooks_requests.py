"""Good requests are accepted, bad ones fail the whole call with 0x80040400, as Intuit's schema would have it."""

import pytest
from lxml import etree

from simulators.quickbooks import QuickBooks, QuickBooksError
from simulators.request_grammar import KNOWN_ONLY_BY_NAME
from simulators.tests.quickbooks_documents import (
    PARSE_ERROR,
    ask,
    ask_one,
    fresh_company,
    hresult_of,
    reference_folder,
    schema_errors,
    shared_company,
    status,
    wrapped,
)

REPORT_24_MONTHS = """<GeneralSummaryReportQueryRq requestID="pnl-1">
  <GeneralSummaryReportType>ProfitAndLossStandard</GeneralSummaryReportType>
  <DisplayReport>false</DisplayReport>
  <ReportPeriod><FromReportDate>2024-06-01</FromReportDate><ToReportDate>2026-05-31</ToReportDate></ReportPeriod>
  <SummarizeColumnsBy>Month</SummarizeColumnsBy>
  <ReportCalendar>CalendarYear</ReportCalendar>
  <ReturnRows>ActiveOnly</ReturnRows>
  <ReturnColumns>All</ReturnColumns>
  <ReportBasis>Accrual</ReportBasis>
</GeneralSummaryReportQueryRq>"""


def report(inside: str, kind: str = "ProfitAndLossStandard") -> str:
    """A summary report request with `inside` after its type."""
    return (
        f"<GeneralSummaryReportQueryRq><GeneralSummaryReportType>{kind}</GeneralSummaryReportType>"
        f"{inside}</GeneralSummaryReportQueryRq>"
    )


GOOD = {
    "report of 24 months": REPORT_24_MONTHS,
    "report with every optional element": report(
        "<DisplayReport>false</DisplayReport><ReportDateMacro>ThisYear</ReportDateMacro>"
        "<ReportAccountFilter><AccountTypeFilter>CostOfSales</AccountTypeFilter></ReportAccountFilter>"
        "<ReportEntityFilter><EntityTypeFilter>Vendor</EntityTypeFilter></ReportEntityFilter>"
        "<ReportItemFilter><ItemTypeFilter>Service</ItemTypeFilter></ReportItemFilter>"
        "<ReportClassFilter><FullName>x</FullName></ReportClassFilter>"
        "<ReportTxnTypeFilter><TxnTypeFilter>Invoice</TxnTypeFilter></ReportTxnTypeFilter>"
        "<ReportModifiedDateRangeMacro>ThisMonth</ReportModifiedDateRangeMacro>"
        "<ReportDetailLevelFilter>All</ReportDetailLevelFilter>"
        "<ReportPostingStatusFilter>Posting</ReportPostingStatusFilter>"
        "<SummarizeColumnsBy>Class</SummarizeColumnsBy><IncludeSubcolumns>true</IncludeSubcolumns>"
        "<ReportCalendar>TaxYear</ReportCalendar><ReturnRows>All</ReturnRows>"
        "<ReturnColumns>NonZero</ReturnColumns><ReportBasis>None</ReportBasis>"
    ),
    "employees bare": "<EmployeeQueryRq/>",
    "employees limited": "<EmployeeQueryRq><ActiveStatus>All</ActiveStatus>"
    "<IncludeRetElement>ListID</IncludeRetElement><IncludeRetElement>HiredDate</IncludeRetElement></EmployeeQueryRq>",
    "employees counted": '<EmployeeQueryRq metaData="MetaDataOnly"/>',
    "employees modified since": "<EmployeeQueryRq><FromModifiedDate>2026-01-01T00:00:00</FromModifiedDate>"
    "</EmployeeQueryRq>",
    "accounts by type": "<AccountQueryRq><ActiveStatus>All</ActiveStatus><AccountType>Income</AccountType>"
    "<AccountType>OtherIncome</AccountType></AccountQueryRq>",
    "host, company and preferences": '<HostQueryRq requestID="0"/><CompanyQueryRq requestID="1"/>'
    '<PreferencesQueryRq requestID="2"/>',
    "company under an owner": "<CompanyQueryRq><OwnerID>{57F3B9B1-86F1-4fcc-B1EE-566DE1813D20}</OwnerID>"
    "</CompanyQueryRq>",
    "balance sheet by month": report("<SummarizeColumnsBy>Month</SummarizeColumnsBy>", "BalanceSheetStandard"),
    "sales by customer": report("", "SalesByCustomerSummary"),
    "budget": "<BudgetSummaryReportQueryRq><BudgetSummaryReportType>ProfitAndLossBudgetVsActual"
    "</BudgetSummaryReportType><FiscalYear>2026</FiscalYear></BudgetSummaryReportQueryRq>",
    "invoice iterator": '<InvoiceQueryRq iterator="Start"><MaxReturned>20</MaxReturned><TxnDateRangeFilter>'
    "<FromTxnDate>2026-01-01</FromTxnDate></TxnDateRangeFilter><PaidStatus>NotPaidOnly</PaidStatus>"
    "<IncludeLineItems>true</IncludeLineItems></InvoiceQueryRq>",
    "customers by name": "<CustomerQueryRq><NameFilter><MatchCriterion>Contains</MatchCriterion><Name>a</Name>"
    "</NameFilter><TotalBalanceFilter><Operator>GreaterThan</Operator><Amount>0.00</Amount></TotalBalanceFilter>"
    "</CustomerQueryRq>",
    "customer to add": "<CustomerAddRq><CustomerAdd><Name>New One</Name><BillAddress><Addr1>1 Way</Addr1>"
    "<City>Seattle</City></BillAddress><Email>a@b.example</Email></CustomerAdd></CustomerAddRq>",
    "journal entry to add": "<JournalEntryAddRq><JournalEntryAdd><TxnDate>2026-05-01</TxnDate><JournalDebitLine>"
    "<Amount>1.00</Amount></JournalDebitLine><JournalCreditLine/></JournalEntryAdd></JournalEntryAddRq>",
    "empty set": "",
    "comments": "<!-- one --><AccountQueryRq><!-- two --><ActiveStatus>All</ActiveStatus></AccountQueryRq>",
}
BAD = {
    "wrong order": "<EmployeeQueryRq><IncludeRetElement>Name</IncludeRetElement><ActiveStatus>All</ActiveStatus>"
    "</EmployeeQueryRq>",
    "report type not first": "<GeneralSummaryReportQueryRq><DisplayReport>false</DisplayReport>"
    "<GeneralSummaryReportType>ProfitAndLossStandard</GeneralSummaryReportType></GeneralSummaryReportQueryRq>",
    "macro of the user interface": report("<ReportDateMacro>ThisFiscalYear</ReportDateMacro>"),
    "detail type as summary": report("", "ProfitAndLossDetail"),
    "unknown budget type": "<BudgetSummaryReportQueryRq><BudgetSummaryReportType>BudgetOverview"
    "</BudgetSummaryReportType><FiscalYear>2026</FiscalYear></BudgetSummaryReportQueryRq>",
    "budget without its year": "<BudgetSummaryReportQueryRq><BudgetSummaryReportType>ProfitAndLossBudgetVsActual"
    "</BudgetSummaryReportType></BudgetSummaryReportQueryRq>",
    "period and macro": report(
        "<ReportPeriod><FromReportDate>2026-01-01</FromReportDate></ReportPeriod>"
        "<ReportDateMacro>ThisYear</ReportDateMacro>"
    ),
    "iterator on employees": '<EmployeeQueryRq iterator="Start"><MaxReturned>5</MaxReturned></EmployeeQueryRq>',
    "iterator on accounts": '<AccountQueryRq iterator="Start"><MaxReturned>5</MaxReturned></AccountQueryRq>',
    "MaxReturned after ActiveStatus": "<EmployeeQueryRq><ActiveStatus>All</ActiveStatus>"
    "<MaxReturned>5</MaxReturned></EmployeeQueryRq>",
    "American date": report("<ReportPeriod><FromReportDate>01/01/2024</FromReportDate></ReportPeriod>"),
    "unknown attribute": '<AccountQueryRq name="x"/>',
    "unknown request": "<AccountsQueryRq/>",
    "ListIDList": "<AccountQueryRq><ListIDList><ListID>1</ListID></ListIDList></AccountQueryRq>",
    "white space in an enumeration": report("", "ProfitAndLossStandard\n"),
    "unknown element": "<AccountQueryRq><Colour>red</Colour></AccountQueryRq>",
    "day that does not exist": report("<ReportPeriod><ToReportDate>2025-02-30</ToReportDate></ReportPeriod>"),
    "MaxReturned of nothing": "<CustomerQueryRq><MaxReturned>0</MaxReturned></CustomerQueryRq>",
    "text between elements": "<AccountQueryRq>All<ActiveStatus>All</ActiveStatus></AccountQueryRq>",
    "invoice without a customer": "<InvoiceAddRq><InvoiceAdd><Memo>x</Memo></InvoiceAdd></InvoiceAddRq>",
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_request_is_answered(name: str) -> None:
    assert hresult_of(QuickBooks(fresh_company()), wrapped(GOOD[name])) == ""


@pytest.mark.parametrize("name", BAD)
def test_a_bad_request_fails_the_whole_call(name: str) -> None:
    quickbooks = QuickBooks(shared_company())
    assert hresult_of(quickbooks, wrapped(BAD[name])) == PARSE_ERROR
    assert quickbooks.reads == quickbooks.writes == ()


def test_intuits_schema_agrees_on_what_is_good_and_bad() -> None:
    assert {name: schema_errors(wrapped(text)) for name, text in GOOD.items()} == dict.fromkeys(GOOD, "")
    assert [name for name, text in BAD.items() if not schema_errors(wrapped(text))] == []


@pytest.mark.parametrize("attributes", ["", 'onError="stop"', 'onError="stopOnError" colour="red"'])
def test_the_message_set_must_say_what_to_do_on_error(attributes: str) -> None:
    document = wrapped("<AccountQueryRq/>", attributes)
    assert hresult_of(QuickBooks(shared_company()), document) == PARSE_ERROR


def test_rollback_on_error_is_in_the_schema_and_refused_all_the_same() -> None:
    document = wrapped("<AccountQueryRq/>", 'onError="rollbackOnError"')
    assert hresult_of(QuickBooks(shared_company()), document) == PARSE_ERROR
    assert schema_errors(document) == ""  # skipped from here on where the schema is missing


_HEAD = '<?xml version="1.0"?><?qbxml version="13.0"?>'
_SET = '<QBXMLMsgsRq onError="stopOnError"><HostQueryRq/></QBXMLMsgsRq>'


@pytest.mark.parametrize(
    "document",
    [
        f"{_HEAD}<QBXML>{_SET}{_SET}</QBXML>",
        f"{_HEAD}<QBXML/>",
        f"{_HEAD}<QBXML><Other/></QBXML>",
        f"{_HEAD}<qbxml>{_SET}</qbxml>",
        f'<?xml version="1.0"?><QBXML>{_SET}</QBXML>',
        f'<?xml version="1.0"?><!DOCTYPE QBXML SYSTEM "x.dtd"><?qbxml version="13.0"?><QBXML>{_SET}</QBXML>',
        f'<?xml version="1.0"?><?qbxml version="13.0"?><!DOCTYPE QBXML [<!ENTITY a "b">]><QBXML>{_SET}</QBXML>',
        f" {_HEAD}<QBXML>{_SET}</QBXML>",
        wrapped("<CustomerQueryRq><FullName>Tom & Co</FullName></CustomerQueryRq>"),
        wrapped("<HostQueryRq> </HostQueryRq>"),
        "",
        "not XML",
    ],
)
def test_a_document_that_is_no_single_message_set_fails_the_whole_call(document: str) -> None:
    assert hresult_of(QuickBooks(shared_company()), document) == PARSE_ERROR


def test_a_host_query_may_be_written_with_two_tags_and_nothing_between() -> None:
    assert status(ask_one(QuickBooks(shared_company()), "<HostQueryRq></HostQueryRq>")) == ("0", "Info")


def test_a_version_beyond_what_is_supported_has_an_hresult_of_its_own() -> None:
    document = wrapped("<HostQueryRq/>", version="17.0")
    assert hresult_of(QuickBooks(shared_company()), document) == "0x80040423"
    older = QuickBooks(shared_company(), unknown_version_hresult=PARSE_ERROR)
    assert hresult_of(older, document) == PARSE_ERROR


def test_quickbooks_never_says_what_it_did_not_like() -> None:
    with pytest.raises(QuickBooksError) as raised:
        QuickBooks(shared_company()).process(wrapped("<Unknown/>"))
    assert raised.value.message == "QuickBooks found an error when parsing the provided XML text stream."
    assert "Unknown" in raised.value.detail


def test_greek_sent_raw_breaks_the_parser_and_passes_as_a_reference() -> None:
    raw = wrapped("<CustomerQueryRq><FullName>Αθήνα</FullName></CustomerQueryRq>")
    assert hresult_of(QuickBooks(shared_company()), raw) == PARSE_ERROR
    referenced = raw.encode("ascii", "xmlcharrefreplace").decode()
    assert hresult_of(QuickBooks(shared_company()), referenced) == ""
    assert hresult_of(QuickBooks(shared_company()), raw.replace("Αθήνα", "Montréal")) == ""


@pytest.mark.parametrize(
    ("request_text", "code"),
    [
        ("<InvoiceQueryRq><IncludeLineItems>yes</IncludeLineItems></InvoiceQueryRq>", "3010"),
        ("<JournalEntryAddRq><JournalEntryAdd><JournalDebitLine><Amount>1.234</Amount></JournalDebitLine>"
         "</JournalEntryAdd></JournalEntryAddRq>", "3040"),
        ("<CompanyQueryRq><OwnerID>12</OwnerID></CompanyQueryRq>", "3065"),
        (f"<CustomerAddRq><CustomerAdd><Name>{'x' * 42}</Name></CustomerAdd></CustomerAddRq>", "3070"),
        (f'<AccountQueryRq requestID="{"x" * 51}"/>', "1060"),
        (report("<ReportPeriod><FromReportDate>2026-02-01</FromReportDate><ToReportDate>2026-01-01</ToReportDate>"
                "</ReportPeriod>"), "3030"),
        (report("<ReportPeriod><FromReportDate>1900-12-31</FromReportDate></ReportPeriod>"), "3020"),
        (report("<SummarizeColumnsBy>Class</SummarizeColumnsBy>"), "1030"),
        (report("", "TrialBalance"), "1030"),
        ("<VendorQueryRq><Anything/></VendorQueryRq>", "1030"),
    ],
)  # fmt: skip
def test_a_bad_value_fails_only_its_own_request(request_text: str, code: str) -> None:
    quickbooks = QuickBooks(shared_company())
    first, second = ask(quickbooks, f"{request_text}<HostQueryRq/>", 'onError="continueOnError"')
    assert status(first) == (code, "Error")
    assert len(first) == 0
    assert status(second) == ("0", "Info")


def test_the_requests_known_only_by_name_are_requests_of_intuits_schema() -> None:
    schema = etree.parse(str(reference_folder() / "xsd" / "qbxmlops130.xsd"))
    names = {element.get("name") for element in schema.iter(etree.Element)}
    assert sorted(KNOWN_ONLY_BY_NAME - names) == []
