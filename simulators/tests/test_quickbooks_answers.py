"""Answers look as QuickBooks prints them, and every one is valid by Intuit's schema."""

import threading

import pytest
from lxml import etree

from simulators.quickbooks import QuickBooks, QuickBooksError
from simulators.tests.quickbooks_documents import (
    ask,
    ask_one,
    fresh_company,
    hresult_of,
    reference_folder,
    schema_errors,
    shared_company,
    status,
    texts,
    wrapped,
)
from simulators.tests.test_quickbooks_requests import GOOD

OWNER = "{57F3B9B1-86F1-4FCC-B1EE-566DE1813D20}"
FILE_ID = "{11111111-2222-3333-4444-555555555555}"


@pytest.mark.parametrize("name", GOOD)
def test_every_answer_is_valid_by_intuits_schema(name: str) -> None:
    quickbooks = QuickBooks(fresh_company(uses_account_numbers=True), owner_id=OWNER, file_id=FILE_ID)
    assert schema_errors(quickbooks.process(wrapped(GOOD[name]))) == ""


def test_the_host_company_and_preferences_answer_is_valid_by_intuits_schema() -> None:
    assert schema_errors(QuickBooks(shared_company(), owner_id=OWNER, file_id=FILE_ID).hcp()) == ""


def test_an_answer_has_no_encoding_no_instruction_and_line_feeds() -> None:
    text = QuickBooks(shared_company()).process(wrapped('<EmployeeQueryRq requestID="e 1"/>'))
    assert text.startswith(
        '<?xml version="1.0" ?>\n<QBXML>\n<QBXMLMsgsRs>\n<EmployeeQueryRs requestID="e 1" statusCode'
    )
    assert text.endswith("</EmployeeQueryRs>\n</QBXMLMsgsRs>\n</QBXML>\n")
    assert "\r" not in text
    assert "<?qbxml" not in text


def test_characters_beyond_ascii_are_decimal_references() -> None:
    text = QuickBooks(fresh_company(uses_account_numbers=True)).process(wrapped(GOOD["report of 24 months"]))
    assert text.isascii()
    assert "&#183;" in text
    assert "Montr&#233;al" in text
    assert "&amp;" in text


def test_an_error_closes_itself_as_in_the_capture() -> None:
    missing = '<CustomerQueryRq requestID="7"><ListID>8000001B-1405768916</ListID></CustomerQueryRq>'
    answer = QuickBooks(shared_company()).process(wrapped(missing))
    capture = (reference_folder() / "samples" / "REAL_customer_query_error_3120.xml").read_text()
    seen = etree.fromstring(capture.encode()).find(".//CustomerQueryRs")
    assert seen is not None
    assert f'statusMessage="{_escaped(seen.get("statusMessage"))}" />\n' in answer


def _escaped(text: str | None) -> str:
    return (text or "").replace('"', "&quot;")


def test_severities_are_info_warn_and_error() -> None:
    quickbooks = QuickBooks(shared_company())
    name = shared_company().customers[0].full_name.replace("&", "&amp;")
    assert status(ask_one(quickbooks, "<HostQueryRq/>")) == ("0", "Info")
    nobody = "<NameFilter><MatchCriterion>Contains</MatchCriterion><Name>zzz</Name></NameFilter>"
    assert status(ask_one(quickbooks, f"<CustomerQueryRq>{nobody}</CustomerQueryRq>")) == ("1", "Info")
    some = f"<CustomerQueryRq><FullName>{name}</FullName><FullName>bleech</FullName></CustomerQueryRq>"
    partial = ask_one(quickbooks, some)
    assert status(partial) == ("500", "Warn")
    assert len(partial) == 1
    missing = "<CustomerQueryRq><ListID>1</ListID></CustomerQueryRq>"
    assert status(ask_one(quickbooks, missing)) == ("3120", "Error")


def test_stop_on_error_leaves_the_rest_unprocessed_and_continue_on_error_does_not() -> None:
    requests = "<HostQueryRq/><CustomerQueryRq><ListID>1</ListID></CustomerQueryRq><HostQueryRq/>"
    stopped = ask(QuickBooks(shared_company()), requests)
    assert [response.get("statusCode") for response in stopped] == ["0", "3120", "3231"]
    went_on = ask(QuickBooks(shared_company()), requests, 'onError="continueOnError"')
    assert [response.get("statusCode") for response in went_on] == ["0", "3120", "0"]


def test_include_none_returns_the_status_alone() -> None:
    (response,) = ask(
        QuickBooks(shared_company()), "<HostQueryRq/>", 'onError="stopOnError" responseData="includeNone"'
    )
    assert status(response) == ("0", "Info")
    assert len(response) == 0


def test_the_file_id_is_shown_only_under_its_owner() -> None:
    quickbooks = QuickBooks(shared_company())
    query = f"<CompanyQueryRq><OwnerID>{OWNER.lower()}</OwnerID></CompanyQueryRq>"
    assert texts(ask_one(quickbooks, query), ".//DataExtName") == []
    quickbooks.stamp(OWNER, FILE_ID)
    assert texts(ask_one(quickbooks, query), ".//DataExtName") == ["AppLock", "FileID"]
    assert texts(ask_one(quickbooks, query), ".//DataExtValue")[1] == FILE_ID
    assert texts(ask_one(quickbooks, "<CompanyQueryRq/>"), ".//DataExtName") == []
    assert FILE_ID in quickbooks.hcp()
    assert quickbooks.reads[-1].name == "CompanyQueryRq"


def test_the_log_knows_every_request_in_order() -> None:
    quickbooks = QuickBooks(fresh_company())
    ask(quickbooks, '<HostQueryRq requestID="a"/><CustomerAddRq requestID="b"><CustomerAdd><Name>N</Name></CustomerAdd>'
        '</CustomerAddRq><AccountQueryRq/>')  # fmt: skip
    assert [(entry.number, entry.name, entry.request_id) for entry in quickbooks.reads] == [
        (1, "HostQueryRq", "a"),
        (3, "AccountQueryRq", None),
    ]
    (write,) = quickbooks.writes
    assert (write.number, write.name, write.status_code, write.executed) == (2, "CustomerAddRq", 0, True)


def test_a_told_failure_happens_once_and_runs_nothing() -> None:
    quickbooks = QuickBooks(shared_company())
    quickbooks.fail_next("0x80040414", call="process")
    quickbooks.begin_session()
    with pytest.raises(QuickBooksError, match="modal dialog"):
        quickbooks.process(wrapped("<HostQueryRq/>"))
    assert quickbooks.reads == ()
    assert hresult_of(quickbooks, wrapped("<HostQueryRq/>")) == ""


def test_the_next_session_can_be_told_to_fail() -> None:
    quickbooks = QuickBooks(shared_company())
    quickbooks.fail_next("0x80040408", "QuickBooks is asleep")
    with pytest.raises(QuickBooksError, match="asleep"):
        quickbooks.begin_session()
    quickbooks.begin_session(quickbooks.path.upper())


def test_another_file_than_the_open_one_cannot_be_opened() -> None:
    quickbooks = QuickBooks(shared_company())
    with pytest.raises(QuickBooksError) as raised:
        quickbooks.begin_session(r"C:\QB\other.qbw")
    assert raised.value.hresult == "0x8004040A"
    quickbooks.is_running = False
    with pytest.raises(QuickBooksError) as raised:
        quickbooks.begin_session()
    assert raised.value.hresult == "0x80040416"
    quickbooks.begin_session(quickbooks.path)


def test_the_next_request_of_a_name_can_be_told_its_status() -> None:
    quickbooks = QuickBooks(shared_company())
    quickbooks.answer_next_with_status("EmployeeQueryRq", 3261, "No personal data for you.")
    assert status(ask_one(quickbooks, "<HostQueryRq/>")) == ("0", "Info")
    refused = ask_one(quickbooks, "<EmployeeQueryRq/>")
    assert status(refused) == ("3261", "Error")
    assert refused.get("statusMessage") == "No personal data for you."
    assert status(ask_one(quickbooks, "<EmployeeQueryRq/>")) == ("0", "Info")


def test_the_next_report_can_be_tampered_with() -> None:
    quickbooks = QuickBooks(shared_company())
    quickbooks.tamper_next_report(lambda text: text.replace('value="Net Income"', 'value="Net Wishes"'))
    ask_one(quickbooks, "<HostQueryRq/>")
    assert "Net Wishes" in quickbooks.process(wrapped(GOOD["report of 24 months"]))
    assert "Net Wishes" not in quickbooks.process(wrapped(GOOD["report of 24 months"]))


def test_several_threads_may_ask_at_once() -> None:
    quickbooks = QuickBooks(fresh_company())
    add = "<CustomerAddRq><CustomerAdd><Name>Customer {}</Name></CustomerAdd></CustomerAddRq>"
    threads = [threading.Thread(target=quickbooks.process, args=(wrapped(add.format(number)),)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(entry.number for entry in quickbooks.writes) == list(range(1, 21))
    assert all(entry.executed for entry in quickbooks.writes)
