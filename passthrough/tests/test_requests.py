"""A caller's qbXML is taken apart exactly, or refused with a reason; whatever the bytes, nothing else happens."""

from time import thread_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from passthrough.contract import ErrorCode
from passthrough.requests import AcceptedRequest, RefusedRequest, accept, fingerprint
from qbwc.qbxml.message_set import MessageSet, Request, render
from qbwc.qbxml.requests import account_query, employee_query

MEGABYTE = 1024 * 1024
PROLOG = '<?xml version="1.0" encoding="utf-8"?>\n<?qbxml version="13.0"?>\n'
ADD = "<CustomerAddRq><CustomerAdd><Name>Bob</Name></CustomerAdd></CustomerAddRq>"
QUERY = "<CustomerQueryRq/>"


def document(*requests: str, on_error: str = ' onError="stopOnError"') -> str:
    return f"{PROLOG}<QBXML><QBXMLMsgsRq{on_error}>{''.join(requests)}</QBXMLMsgsRq></QBXML>"


def accepted(qbxml: str | bytes, limit_bytes: int = MEGABYTE) -> AcceptedRequest:
    return accept(qbxml, limit_bytes=limit_bytes)


def refusal(qbxml: str | bytes, limit_bytes: int = MEGABYTE) -> RefusedRequest:
    with pytest.raises(RefusedRequest) as caught:
        accept(qbxml, limit_bytes=limit_bytes)
    return caught.value


def test_a_set_is_taken_apart_into_its_requests() -> None:
    found = accepted(document('<CustomerQueryRq requestID="a&lt;1"/>', ADD, on_error=' onError="continueOnError"'))
    assert found == AcceptedRequest(
        elements=(QUERY, ADD),
        names=("CustomerQueryRq", "CustomerAddRq"),
        is_write=True,
        caller_ids=("a<1", ""),
        on_error="continueOnError",
        normalised=f'<QBXML><QBXMLMsgsRq onError="continueOnError">{QUERY}{ADD}</QBXMLMsgsRq></QBXML>',
    )


def test_what_our_own_builder_renders_is_accepted() -> None:
    text = render(MessageSet((Request("1-0", account_query()), Request("1-1", employee_query()))))
    found = accepted(text)
    assert found.caller_ids == ("1-0", "1-1")
    assert not found.is_write
    assert found.elements[0].startswith("<AccountQueryRq")


@pytest.mark.parametrize(
    ("names", "is_write"),
    [
        (("CustomerQueryRq",), False),
        (("GeneralSummaryReportQueryRq", "HostQueryRq", "ListDeletedQueryRq"), False),
        (("CustomerAddRq",), True),
        (("InvoiceModRq",), True),
        (("ListDelRq",), True),
        (("TxnVoidRq",), True),
        (("ListMergeRq",), True),
        (("DataExtDefDelRq",), True),
        (("CustomerQueryRq", "ListDelRq", "CustomerQueryRq"), True),
        (("Customerqueryrq" + "Rq",), True),
        (("QueryRqAddRq",), True),
    ],
)
def test_only_a_set_of_queries_is_a_read(names: tuple[str, ...], is_write: bool) -> None:
    assert accepted(document(*(f"<{name}/>" for name in names))).is_write is is_write


def test_a_missing_on_error_stops_at_the_first_error() -> None:
    assert accepted(document(QUERY, on_error="")).on_error == "stopOnError"


def test_the_callers_own_recovery_ids_are_set_aside() -> None:
    plain = accepted(document(ADD))
    theirs = document(ADD, on_error=' onError="stopOnError" newMessageSetID="1" responseData="includeNone"')
    assert accepted(theirs) == plain


@pytest.mark.parametrize(
    "same",
    [
        f"\n  <CustomerAddRq requestID='9'>\r\n <CustomerAdd>\n<Name>Bob</Name></CustomerAdd></CustomerAddRq>\n{QUERY}",
        f"<!-- a note -->{ADD}<?target data?><CustomerQueryRq></CustomerQueryRq>",
        f"<CustomerAddRq><CustomerAdd><Name><![CDATA[Bob]]></Name></CustomerAdd></CustomerAddRq>{QUERY}",
        ADD.replace("Bob", "&#66;ob") + "<CustomerQueryRq> </CustomerQueryRq>",
    ],
)
def test_the_same_call_in_another_writing_has_the_same_fingerprint(same: str) -> None:
    assert accepted(document(same)).normalised == accepted(document(ADD, QUERY)).normalised


def test_the_prolog_and_the_order_of_attributes_do_not_matter() -> None:
    one = "<QBXML><QBXMLMsgsRq><CustomerQueryRq metaData='NoMetaData' iterator='Start'/></QBXMLMsgsRq></QBXML>"
    two = document('<CustomerQueryRq iterator="Start" requestID="5" metaData="NoMetaData"/>')
    assert fingerprint(1, accepted(one).normalised) == fingerprint(1, accepted(two).normalised)


@pytest.mark.parametrize(
    "other",
    [
        document(QUERY, ADD),
        document(ADD, QUERY, on_error=' onError="continueOnError"'),
        document(ADD.replace("Bob", "bob"), QUERY),
        document(ADD.replace("Bob", " Bob"), QUERY),
        document(ADD, QUERY, QUERY),
    ],
)
def test_another_call_has_another_fingerprint(other: str) -> None:
    assert accepted(other).normalised != accepted(document(ADD, QUERY)).normalised


@pytest.mark.parametrize(
    "request_text",
    [
        "<AQueryRq><Name><Name/></Name></AQueryRq>",
        '<AQueryRq><Name><Name b="/"/></Name></AQueryRq>',
        '<AQueryRq b="&gt;&lt;/AQueryRq&gt;"/>',
        "<AQueryRq><B>&gt; &lt;</B></AQueryRq>",
        "<AQueryRq><B>&amp;#146;</B></AQueryRq>",
    ],
)
def test_what_is_canonical_already_stays_as_it_is(request_text: str) -> None:
    assert accepted(document(request_text)).elements == (request_text,)


def test_a_fingerprint_belongs_to_one_company() -> None:
    text = accepted(document(ADD)).normalised
    assert fingerprint(1, text) != fingerprint(2, text)
    assert fingerprint(1, text) == "f83886a1851f48b56772f0bcefd3c65624fbe18af7aa5a16ac16c0c528f0320f"


@pytest.mark.parametrize(
    ("encoding", "codec"),
    [
        ("utf-8", "utf-8"),
        ("UTF-8", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16", "utf-16-le"),
        ("utf-16", "utf-16-be"),
        ("ISO-8859-1", "cp1252"),
        ("windows-1252", "cp1252"),
        ("iso-8859-15", "iso-8859-15"),
    ],
)
def test_an_encoding_is_understood_and_sent_on_as_ascii(encoding: str, codec: str) -> None:
    text = document(ADD.replace("Bob", "Zoë")).replace("utf-8", encoding)
    assert accepted(text.encode(codec)).elements == (ADD.replace("Bob", "Zo&#235;"),)


def test_a_text_is_text_whatever_its_declaration_says() -> None:
    text = document(ADD.replace("Bob", "Zoë €")).replace("utf-8", "ISO-8859-1")
    assert accepted(text).elements == (ADD.replace("Bob", "Zo&#235; &#8364;"),)


@pytest.mark.parametrize("apostrophe", ["&#146;", "&#x92;", "\x92", "’"])
def test_an_apostrophe_of_windows_is_the_apostrophe_it_was_meant_to_be(apostrophe: str) -> None:
    assert accepted(document(ADD.replace("Bob", f"Bob{apostrophe}s"))).elements == (ADD.replace("Bob", "Bob&#8217;s"),)


def test_white_space_before_the_declaration_is_forgiven() -> None:
    assert accepted("\ufeff \n" + document(QUERY)).names == ("CustomerQueryRq",)
    assert accepted(b"\r\n" + document(QUERY).encode()).names == ("CustomerQueryRq",)


def test_a_namespace_that_only_the_root_declares_is_left_behind() -> None:
    text = document(QUERY).replace("<QBXML>", '<QBXML xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">')
    assert accepted(text).elements == (QUERY,)


ENTITY = '<!DOCTYPE QBXML [<!ENTITY x "y">]>'
LAUGHS = (
    "<!DOCTYPE QBXML [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY {name} '{f'&{before};' * 10}'>" for before, name in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)


@pytest.mark.parametrize(
    ("prolog", "text"),
    [
        (ENTITY, "&x;"),
        (ENTITY, "Bob"),
        ("<!DOCTYPE QBXML>", "Bob"),
        ('<!DOCTYPE QBXML SYSTEM "file:///etc/passwd">', "Bob"),
        ('<!DOCTYPE QBXML [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "&x;"),
        ('<!DOCTYPE QBXML [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd">%x;]>', "Bob"),
        (LAUGHS, "&j;"),
        ("<!-- a --><!DOCTYPE QBXML [<!ENTITY x 'broken>]>", "Bob"),
    ],
)
def test_a_dtd_is_refused_whatever_it_holds(prolog: str, text: str) -> None:
    found = refusal(f"{prolog}<QBXML><QBXMLMsgsRq>{ADD.replace('Bob', text)}</QBXMLMsgsRq></QBXML>")
    assert found.code is ErrorCode.INVALID_XML
    assert "DOCTYPE" in found.message


def test_laughs_hidden_in_an_attribute_are_refused_too() -> None:
    found = refusal(f'{LAUGHS}<QBXML><QBXMLMsgsRq><CustomerQueryRq requestID="&j;"/></QBXMLMsgsRq></QBXML>')
    assert "DOCTYPE" in found.message


@pytest.mark.parametrize(
    ("text", "line", "part", "expected"),
    [
        ("", None, "empty", "<QBXML>"),
        (b"\xff\xfe", None, "empty", "<QBXML>"),
        ("hello", 1, "not well-formed", "<QBXML> at the beginning"),
        ('{"qbxml": 1}', 1, "not well-formed", "<QBXML> at the beginning"),
        ("<QBXML>\n\n<Name>A & B</Name></QBXML>", 3, "not well-formed", "&amp;"),
        ("<QBXML>\n&eacute;</QBXML>", 2, "not well-formed", "&#233;"),
        ("<QBXML>\n<a>\n</b></QBXML>", 3, "not well-formed", "closed"),
        ("<QBXML>\x01</QBXML>", 1, "not well-formed", "characters that XML allows"),
        ("<QBXML>&#0;</QBXML>", 1, "not well-formed", "characters that XML allows"),
        ("<QBXML>\ud800</QBXML>", 1, "half a character", ""),
        (b"<QBXML>\n\xe9</QBXML>", 2, "not utf-8", "UTF-8"),
        (b'<?xml version="1.0" encoding="utf-7"?><QBXML/>', 1, "utf-7", "UTF-8"),
        ("<QBPOSXML/>", 1, "<QBPOSXML>", "<QBXML>"),
        ("<QBXML/>", 1, "0 QBXMLMsgsRq", "one <QBXMLMsgsRq>"),
        ("<QBXML>\n<SignonMsgsRq/>\n<QBXMLMsgsRq/></QBXML>", 2, "<SignonMsgsRq> does not belong", "one <QBXMLMsgsRq>"),
        ("<QBXML><QBXMLMsgsRq/>\n<QBXMLMsgsRq/></QBXML>", 2, "2 QBXMLMsgsRq", "one <QBXMLMsgsRq>"),
        ("<QBXML><QBXMLMsgsRs/></QBXML>", 1, "<QBXMLMsgsRs> does not belong", "one <QBXMLMsgsRq>"),
        ("<QBXML>\n<QBXMLMsgsRq/></QBXML>", 2, "no request", "at least one request"),
        ("<QBXML><QBXMLMsgsRq>\n<CustomerAdd/></QBXMLMsgsRq></QBXML>", 2, "<CustomerAdd> is not a request", "Rq"),
        ("<QBXML><QBXMLMsgsRq>Hi<HostQueryRq/></QBXMLMsgsRq></QBXML>", 1, "“Hi”", "elements only"),
        ('<QBXML xmlns="urn:x"/>', 1, "namespace", "without prefix"),
        (
            "<QBXML><QBXMLMsgsRq><a:HostQueryRq xmlns:a='urn:a'/></QBXMLMsgsRq></QBXML>",
            1,
            "namespace",
            "without prefix",
        ),
        (document("<HostQueryRq xmlns:a='urn:a' a:b='1'/>"), 3, "attribute in a namespace", "without prefix"),
        (document(QUERY, on_error=' onerror="stopOnError"'), 3, "no attribute onerror", "onError"),
        (document(QUERY, on_error=' onError="stop"'), 3, "does not exist", "stopOnError"),
        (document(QUERY, on_error=' onError="rollbackOnError"'), 3, "nothing is ever undone", "continueOnError"),
        (document("<HostQueryRq><Zoë/></HostQueryRq>"), 3, "<Zoë> has a name", "plain letters"),
        (document("<HostQueryRq zoë='1'/>"), 3, "<HostQueryRq> has a name", "plain letters"),
        (document("<a>" * 31 + "</a>" * 31), 3, "levels deep", ""),
        ("<a>" * 3000 + "</a>" * 3000, 1, "not well-formed", ""),
    ],
)
def test_a_refusal_says_where_what_and_what_was_expected(
    text: str | bytes, line: int | None, part: str, expected: str
) -> None:
    found = refusal(text)
    assert found.code is ErrorCode.INVALID_XML
    assert part in found.message
    assert expected in found.expected
    assert found.line == line
    assert str(found).startswith(f"Line {line}: " if line else found.message)


def test_a_refusal_names_the_element() -> None:
    assert refusal(document("\n<CustomerAdd/>")).element == "CustomerAdd"


def test_ten_megabytes_are_taken_and_one_byte_more_is_too_large() -> None:
    limit = 10 * MEGABYTE
    one = ADD.replace("Bob", "B" * 40)
    text = document(one * ((limit - 500) // len(one)))
    text = text.replace("</QBXML>", " " * (limit - len(text)) + "</QBXML>")
    found = accepted(text, limit)
    assert len(found.elements) == (limit - 500) // len(one)
    larger = refusal(text + " ", limit)
    assert larger.code is ErrorCode.PAYLOAD_TOO_LARGE
    assert "10,485,761" in larger.message


def test_the_limit_counts_bytes_not_characters() -> None:
    text = document(ADD.replace("Bob", "é" * 100))
    assert refusal(text, len(text) + 10).code is ErrorCode.PAYLOAD_TOO_LARGE
    assert accepted(text, len(text.encode())).is_write


def test_a_utf_16_text_is_measured_as_it_came() -> None:
    raw = document(QUERY).encode("utf-16")
    assert accepted(raw, len(raw)).names == ("CustomerQueryRq",)
    assert refusal(raw, len(raw) - 1).code is ErrorCode.PAYLOAD_TOO_LARGE


def test_more_elements_than_memory_should_hold_are_too_large() -> None:
    found = refusal("<QBXML>" + "<a/>" * 4_000_000 + "</QBXML>", 100 * MEGABYTE)
    assert found.code is ErrorCode.PAYLOAD_TOO_LARGE


@pytest.mark.parametrize(
    "text", ["<!---->" * 20_000 + "x", "<!-- " * 20_000, "<?a " * 20_000, " " * 100_000 + "<", "<a b='" * 20_000]
)
def test_a_text_made_to_be_slow_is_refused_in_no_time(text: str) -> None:
    start = thread_time()
    assert refusal(text).code is ErrorCode.INVALID_XML
    assert thread_time() - start < 2  # a hundredth of a second; minutes when a pattern goes back and forth


@given(st.binary(max_size=300) | st.text(max_size=300))
@example(b"\x00")
@example(b"<\x00")
@example(b"\xfe\xff<")
@example("<a:b/>")
@example("<QBXML a:b='1'/>")
@example(b'<?xml version="1.0" encoding="hex"?><QBXML/>')
def test_any_bytes_are_refused_and_nothing_else_happens(qbxml: bytes | str) -> None:
    assert refusal(qbxml).code is ErrorCode.INVALID_XML


PIECES = (
    "<",
    ">",
    "/",
    "&",
    ";",
    '"',
    "'",
    "=",
    " ",
    "\n",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<!DOCTYPE",
    "<?a ",
    "?>",
)
NAMES = ("QBXML", "QBXMLMsgsRq", "CustomerQueryRq", "Name", "x:y", "xmlns", "onError", "requestID", "#10", "#x92", "é")


@given(st.lists(st.sampled_from(PIECES + NAMES), max_size=12), st.integers(0, 200), st.integers(0, 40))
def test_a_damaged_document_is_accepted_whole_or_refused(pieces: list[str], place: int, gone: int) -> None:
    text = document(ADD, QUERY)
    try:
        found = accepted(text[:place] + "".join(pieces) + text[place + gone :])
    except RefusedRequest:
        return
    assert len(found.elements) == len(found.names) == len(found.caller_ids) > 0
    assert accepted(found.normalised).normalised == found.normalised
    assert all(element.isascii() for element in found.elements)
