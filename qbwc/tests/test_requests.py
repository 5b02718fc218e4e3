"""What we ask QuickBooks for is what Intuit's schema allows, written so that QuickBooks takes it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from qbwc.qbxml import requests
from qbwc.qbxml.message_set import BadMessageSet, MessageSet, OnError, Request, render
from qbwc.tests.reference import reference_path

FIRST, LAST = date(2024, 1, 1), date(2025, 12, 31)
ALL_OF_THEM = (
    requests.host_query(),
    requests.account_query(),
    requests.profit_and_loss_query(FIRST, LAST, "Accrual"),
    requests.profit_and_loss_query(FIRST, LAST, "Cash", "TotalOnly"),
    requests.profit_and_loss_query(FIRST, LAST, "Cash", "Quarter"),
    requests.profit_and_loss_query(FIRST, LAST, "Cash", "Year"),
    requests.budget_query(2026),
    requests.budget_query(2026, 10),
    requests.company_query(),
    requests.preferences_query(),
    requests.employee_query(),
    requests.employee_query(requests.MINIMAL_EMPLOYEE_FIELDS),
)


def set_of(*elements: etree._Element) -> MessageSet:
    return MessageSet(tuple(Request(f"r-{number}", element) for number, element in enumerate(elements)))


def written(element: etree._Element) -> str:
    """The one request of a rendered set, as it stands in the text."""
    return render(set_of(element)).split("\n")[4]


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(reference_path("xsd/qbxmlops130.xsd")))


def test_every_request_is_valid_by_intuits_schema(schema: etree.XMLSchema) -> None:
    recovery = MessageSet((), new_message_set_id="n" * 23, old_message_set_id="o", on_error="continueOnError")
    for message_set in (set_of(*ALL_OF_THEM), recovery):
        schema.assertValid(etree.fromstring(render(message_set).encode("ascii")))


def test_a_message_set_is_byte_for_byte_this() -> None:
    message_set = MessageSet(
        (Request("job-1", requests.host_query()), Request("job-2", requests.account_query())),
        new_message_set_id="new",
        old_message_set_id="old",
    )
    assert render(message_set) == (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<?qbxml version="13.0"?>\n'
        "<QBXML>\n"
        '<QBXMLMsgsRq onError="stopOnError" newMessageSetID="new" oldMessageSetID="old">\n'
        '<HostQueryRq requestID="job-1"/>\n'
        '<AccountQueryRq requestID="job-2"><ActiveStatus>All</ActiveStatus></AccountQueryRq>\n'
        "</QBXMLMsgsRq>\n"
        "</QBXML>"
    )


def test_a_profit_and_loss_is_asked_for_by_month_with_basis_and_whole_columns() -> None:
    query = requests.profit_and_loss_query(FIRST, LAST, "Cash")
    assert [(child.tag, child.text) for child in query.iter() if not len(child)] == [
        ("GeneralSummaryReportType", "ProfitAndLossStandard"),
        ("DisplayReport", "false"),
        ("FromReportDate", "2024-01-01"),
        ("ToReportDate", "2025-12-31"),
        ("SummarizeColumnsBy", "Month"),
        ("ReportCalendar", "CalendarYear"),
        ("ReturnRows", "ActiveOnly"),
        ("ReturnColumns", "All"),
        ("ReportBasis", "Cash"),
    ]
    with pytest.raises(ValueError, match="cannot run"):
        requests.profit_and_loss_query(LAST, FIRST, "Cash")


def test_a_budget_is_asked_for_over_its_whole_fiscal_year() -> None:
    query = requests.budget_query(2026, 7)
    assert [(child.tag, child.text) for child in query.iter() if not len(child)] == [
        ("BudgetSummaryReportType", "ProfitAndLossBudgetVsActual"),
        ("DisplayReport", "false"),
        ("FiscalYear", "2026"),
        ("BudgetCriterion", "Accounts"),
        ("FromReportDate", "2025-07-01"),
        ("ToReportDate", "2026-06-30"),
        ("SummarizeBudgetColumnsBy", "Date"),
        ("SummarizeBudgetRowsBy", "Account"),
    ]
    assert requests.fiscal_year_dates(2024) == (date(2024, 1, 1), date(2024, 12, 31))
    assert requests.fiscal_year_dates(2024, 3) == (date(2023, 3, 1), date(2024, 2, 29))
    with pytest.raises(ValueError, match="month"):
        requests.budget_query(2026, 13)


def test_the_company_is_asked_for_nothing_personal() -> None:
    assert written(requests.company_query()) == (
        '<CompanyQueryRq requestID="r-0"><IncludeRetElement>CompanyName</IncludeRetElement>'
        "<IncludeRetElement>FirstMonthFiscalYear</IncludeRetElement></CompanyQueryRq>"
    )


def test_employees_are_asked_for_without_anything_personal() -> None:
    assert written(requests.employee_query()) == (
        '<EmployeeQueryRq requestID="r-0"><ActiveStatus>All</ActiveStatus>'
        "<IncludeRetElement>ListID</IncludeRetElement><IncludeRetElement>TimeCreated</IncludeRetElement>"
        "<IncludeRetElement>TimeModified</IncludeRetElement><IncludeRetElement>IsActive</IncludeRetElement>"
        "<IncludeRetElement>EmployeeType</IncludeRetElement><IncludeRetElement>HiredDate</IncludeRetElement>"
        "<IncludeRetElement>ReleasedDate</IncludeRetElement></EmployeeQueryRq>"
    )
    assert not {"Name", "SSN", "Address"} & {*requests.HEAD_COUNT_FIELDS, *requests.MINIMAL_EMPLOYEE_FIELDS}


def test_texts_are_ascii_with_decimal_references_and_foldable_letters_folded() -> None:
    element = etree.fromstring("<XRq note='Łó'><Name>Caf\u00e9 – R&amp;D 漢 \u0151</Name></XRq>")
    assert written(element) == '<XRq note="?&#243;" requestID="r-0"><Name>Caf&#233; &#8211; R&amp;D ? o</Name></XRq>'


def test_empty_elements_are_self_closed_and_the_element_given_stays_as_it_was() -> None:
    element = etree.fromstring("<XRq requestID='theirs'> <A> </A><B></B><C>  c </C></XRq>")
    before = etree.tostring(element)
    assert written(element) == '<XRq requestID="r-0"> <A/><B/><C>  c </C></XRq>'
    assert etree.tostring(element) == before


@given(st.text(), st.text())
def test_any_text_makes_an_ascii_document_that_can_be_parsed(text: str, attribute: str) -> None:
    allowed = "".join(c for c in text + attribute if c >= " " and not "\ud800" <= c <= "\udfff" and c < "\ufffe")
    element = etree.Element("XRq", note=allowed)
    element.text = allowed
    document = render(set_of(element)).encode("ascii")
    assert etree.fromstring(document)[0][0].get("requestID") == "r-0"


@pytest.mark.parametrize("request_ids", [("",), ("x" * 51,), ("a", "a"), ("<",), ('"',), ("é",), ("a\n",)])
def test_request_ids_are_short_plain_and_unique(request_ids: tuple[str, ...]) -> None:
    with pytest.raises(BadMessageSet):
        render(MessageSet(tuple(Request(request_id, requests.host_query()) for request_id in request_ids)))


@pytest.mark.parametrize("message_set_id", ["x" * 24, "a b\n", '"', "é"])
def test_message_set_ids_are_short_and_plain(message_set_id: str) -> None:
    for message_set in (
        MessageSet((), new_message_set_id=message_set_id),
        MessageSet((), old_message_set_id=message_set_id),
    ):
        with pytest.raises(BadMessageSet):
            render(message_set)


def test_what_quickbooks_refuses_is_not_written() -> None:
    rollback: OnError = "rollbackOnError"  # type: ignore[assignment]  # the point of the test
    for message_set in (
        MessageSet((), on_error=rollback),
        MessageSet((), version="13"),
        MessageSet((), version='1.0"'),
    ):
        with pytest.raises(BadMessageSet):
            render(message_set)
    assert '<?qbxml version="CA3.0"?>' in render(MessageSet((), version="CA3.0"))
