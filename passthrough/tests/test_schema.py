"""With Intuit's schema a request is judged before it is queued, in words that say what to change (tests use a copy
where the machine has one)."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from passthrough.requests import accept
from passthrough.schema import BrokenSchema, RequestSchema, SchemaProblem, load_schema
from qbwc.qbxml.message_set import MessageSet, Request, render
from qbwc.qbxml.requests import account_query, employee_query, host_query
from qbwc.tests.reference import reference_path


@pytest.fixture(scope="module")
def schema() -> RequestSchema:
    found = load_schema(reference_path("xsd"))
    assert found is not None
    return found


def document(request: str, attributes: str = ' onError="stopOnError"') -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<?qbxml version="13.0"?>\n<QBXML>\n'
        f"<QBXMLMsgsRq{attributes}>\n{request}\n</QBXMLMsgsRq>\n</QBXML>"
    )


def customer(fields: str) -> str:
    return document(f"<CustomerAddRq>\n<CustomerAdd>{fields}</CustomerAdd></CustomerAddRq>")


def problem_of(schema: RequestSchema, text: str) -> SchemaProblem:
    found = schema.check(text)
    assert found is not None
    return found


@pytest.mark.parametrize("attributes", [' onError="continueOnError"', "", ' onError="stopOnError" newMessageSetID="1"'])
def test_a_right_request_has_no_problem(schema: RequestSchema, attributes: str) -> None:
    text = document('<CustomerQueryRq requestID="1"><MaxReturned>5</MaxReturned></CustomerQueryRq>', attributes)
    assert schema.check(text) is None
    assert schema.check(text.encode()) is None
    assert schema.check(accept(text, limit_bytes=10_000).normalised) is None


def test_what_we_send_ourselves_has_no_problem(schema: RequestSchema) -> None:
    elements = (host_query(), account_query(), employee_query())
    text = render(MessageSet(tuple(Request(f"1-{n}", element) for n, element in enumerate(elements))))
    assert schema.check(text) is None


def test_an_element_in_the_wrong_place_is_named_with_what_it_came_after(schema: RequestSchema) -> None:
    found = problem_of(schema, customer("<Name>A</Name>\n<Phone>1</Phone>\n<CompanyName>B</CompanyName>"))
    assert (found.line, found.element) == (8, "CompanyName")
    assert found.message.startswith(
        "line 8: <CompanyName> came after <Phone>, where it cannot be; expected one of <Mobile>, <Pager>, <AltPhone>"
    )
    assert found.expected.startswith("one of <Mobile>")


@pytest.mark.parametrize(
    ("request_text", "line", "words"),
    [
        (customer("<Phone>1</Phone>"), 6, "<Phone> came first in <CustomerAdd>, where it cannot be; expected <Name>."),
        (customer(""), 6, "<CustomerAdd> ends too early: something is missing in it; expected <Name>."),
        (customer(f"<Name>{'x' * 42}</Name>"), 6, "the text in <Name> has 42 characters; expected 41 at most."),
        (document("<CustomerQuerryRq/>"), 5, "no element <CustomerQuerryRq> (did you mean <CustomerQueryRq>?)."),
        (document("<EmployeeQueryRq iterator='Start'/>"), 5, "<EmployeeQueryRq> has no attribute iterator."),
        (document("<CustomerQueryRq>Bob</CustomerQueryRq>"), 5, "<CustomerQueryRq> holds text, and can only hold"),
        (
            document("<CustomerQueryRq iterator='Now'/>"),
            5,
            "the attribute iterator of <CustomerQueryRq> holds “Now”; expected one of Start, Continue, Stop.",
        ),
        (
            document("<CustomerQueryRq><ActiveStatus>Any</ActiveStatus></CustomerQueryRq>"),
            5,
            "<ActiveStatus> holds “Any”; expected one of ActiveOnly, InactiveOnly, All.",
        ),
        (
            document("<CustomerQueryRq><FromModifiedDate>01/01/2024</FromModifiedDate></CustomerQueryRq>"),
            5,
            "<FromModifiedDate> cannot hold “01/01/2024”; expected a time like 2026-01-31T09:00:00.",
        ),
        (
            document("<CustomerQueryRq><MaxReturned>0</MaxReturned></CustomerQueryRq>"),
            5,
            "<MaxReturned> cannot hold 0; expected 1 as the minimum.",
        ),
        (
            document("<CustomerQueryRq><OwnerID>me</OwnerID></CustomerQueryRq>"),
            5,
            "<OwnerID> cannot hold “me”; expected a GUID in braces, or 0.",
        ),
        (
            document(
                "<BillAddRq><BillAdd><VendorRef/>\n<ExpenseLineAdd><Amount>1,5</Amount></ExpenseLineAdd>"
                "</BillAdd></BillAddRq>"
            ),
            6,
            "<Amount> cannot hold “1,5”; expected an amount like 120.00.",
        ),
    ],
)
def test_a_problem_is_told_in_words_for_whoever_wrote_the_request(
    schema: RequestSchema, request_text: str, line: int, words: str
) -> None:
    found = problem_of(schema, request_text)
    assert found.line == line
    assert words in found.message
    assert found.message.endswith(".")


def test_the_values_that_would_do_are_listed_up_to_ten(schema: RequestSchema) -> None:
    name = "GeneralSummaryReport"
    text = f"<{name}QueryRq><{name}Type>ProfitAndLossDetail</{name}Type></{name}QueryRq>"
    found = problem_of(schema, document(text))
    assert found.expected.startswith("one of BalanceSheetByClass, ")
    assert found.expected.endswith(" and 19 others")


def test_a_document_that_is_not_well_formed_is_a_problem_too(schema: RequestSchema) -> None:
    found = problem_of(schema, "<QBXML>\n<a></QBXML>")
    assert found.line == 2
    assert "not well-formed" in found.message


def test_threads_do_not_read_each_others_problems(schema: RequestSchema) -> None:
    texts = [customer(f"<Name>{'x' * (42 + n)}</Name>") for n in range(40)] * 5
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: problem_of(schema, text).message, texts))
    assert all(f"has {42 + n % 40} characters" in message for n, message in enumerate(found))


def test_a_folder_without_the_schema_gives_none(tmp_path: Path) -> None:
    assert load_schema(tmp_path) is None
    assert load_schema(tmp_path / "nowhere") is None


def test_a_schema_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    (tmp_path / "qbxmlops130.xsd").write_text("<nonsense/>", encoding="utf-8")
    with pytest.raises(BrokenSchema, match="cannot be used as a schema"):
        load_schema(tmp_path)


def test_a_schema_without_the_files_it_includes_says_why(tmp_path: Path) -> None:
    (tmp_path / "qbxmlops130.xsd").write_bytes(reference_path("xsd/qbxmlops130.xsd").read_bytes())
    with pytest.raises(BrokenSchema, match="cannot be used as a schema"):
        load_schema(tmp_path)
