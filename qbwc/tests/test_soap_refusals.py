"""Whatever bytes arrive, the worst that happens is MalformedCall, soon and without eating the memory."""

import tracemalloc
from io import BytesIO
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbwc import soap
from qbwc.tests.envelopes import LIMIT, SOAP_1_2, document_style, in_body, rpc_style

BILLION_LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>"""
OUTSIDE_ENTITY = b"""<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>"""
REFUSED = {
    "nothing": b"",
    "spaces": b"  \n ",
    "not XML": b"GET / HTTP/1.1",
    "HTML": b"<html><body>Hello</body></html>",
    "another envelope": b'<Envelope xmlns="urn:another"><Body/></Envelope>',
    "no body": document_style("x", {}).replace(b"Body", b"Boby"),
    "an empty body": in_body(""),
    "an unknown operation": in_body("<dropTables/>"),
    "a cut envelope": document_style("getLastError", {"ticket": "t"})[:-20],
    "something after the envelope": document_style("getLastError", {"ticket": "t"}) + b"<more/>",
    "an undeclared prefix": in_body("<x:getLastError/>"),
    "an undefined entity": in_body("<getLastError><ticket>&nbsp;</ticket></getLastError>"),
    "a DOCTYPE": b"<!DOCTYPE x>" + document_style("getLastError", {}),
    "nested entities": BILLION_LAUGHS,
    "an outside entity": OUTSIDE_ENTITY,
    "an encoding of Python's": b'<?xml version="1.0" encoding="rot13"?>' + in_body("<getLastError/>"),
    "a wide encoding": b'<?xml version="1.0" encoding="utf-32"?>' + in_body("<getLastError/>"),
    "half a UTF-16": "<x>".encode("utf-16") + b"\x00",
    "many levels": in_body("<getLastError>" + "<a>" * 100 + "</a>" * 100 + "</getLastError>"),
    "many elements": in_body("<getLastError>" + "<a/>" * 5_000 + "</getLastError>"),
    "many attributes": in_body("<getLastError " + " ".join(f'a{n}="1"' for n in range(1_000)) + "/>"),
    "a long tag": in_body("<getLastError a='" + "x" * 3_000_000 + "'/>"),
    "a long comment": in_body("<!--" + "x" * 3_000_000 + "--><getLastError/>"),
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_a_call_is_refused_in_words(body: bytes) -> None:
    with pytest.raises(soap.MalformedCall) as refusal:
        soap.parse_call(body, 10 * LIMIT)
    assert refusal.value.message.startswith(("The ", "There "))
    assert refusal.value.message.endswith(".")


def test_a_text_over_the_limit_is_refused() -> None:
    assert soap.parse_call(document_style("getLastError", {"ticket": "t" * 100}), 100)
    with pytest.raises(soap.MalformedCall, match="at most"):
        soap.parse_call(document_style("getLastError", {"ticket": "t" * 101}), 100)


def test_an_answer_over_the_limit_is_measured_and_not_kept() -> None:
    body = document_style("receiveResponseXML", {"ticket": "t", "response": "<a/>" * 100_000}, SOAP_1_2)
    envelope = soap.parse_call(body, 100_000)
    assert envelope.call == soap.OversizedAnswer("t", 400_000)
    assert (envelope.operation, envelope.soap_version) == ("receiveResponseXML", soap.SoapVersion.SOAP_1_2)


def test_an_answer_over_the_limit_whose_end_was_cut_off_still_belongs_to_its_ticket() -> None:
    body = document_style("receiveResponseXML", {"ticket": "t", "response": "x" * 400_000})
    call = soap.parse_call(body[:300_000], 100_000).call
    assert isinstance(call, soap.OversizedAnswer)
    assert (call.ticket, 100_000 < call.size <= 300_000) == ("t", True)


def test_a_long_answer_before_its_ticket_is_refused() -> None:
    body = document_style("receiveResponseXML", {"response": "x" * 400_000, "ticket": "t"})
    with pytest.raises(soap.MalformedCall, match="at most"):
        soap.parse_call(body, 100_000)


def test_the_refusal_knows_the_soap_version_as_soon_as_the_envelope_has_told() -> None:
    for body in (document_style("dropTables", {}, SOAP_1_2), document_style("getLastError", {}, SOAP_1_2)[:-3]):
        with pytest.raises(soap.MalformedCall) as refusal:
            soap.parse_call(body, LIMIT)
        assert refusal.value.soap_version is soap.SoapVersion.SOAP_1_2


def test_a_large_answer_read_from_a_file_costs_twice_its_text_and_no_more() -> None:
    text = "<AccountRet>\n<Name>Caf&#233; &amp; bar</Name>\n</AccountRet>\n" * 200_000
    body = BytesIO(document_style("receiveResponseXML", {"ticket": "t", "response": text}))
    tracemalloc.start()
    call = soap.parse_call(body, 10**9).call
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(call, soap.ReceiveResponseXML)
    assert len(text) > 10_000_000
    assert call.response == text
    assert peak < 2.1 * len(text)


def is_read_or_refused(body: bytes) -> bool:
    try:
        return isinstance(soap.parse_call(body, LIMIT), soap.Envelope)
    except soap.MalformedCall as refusal:
        return bool(soap.build_fault(refusal.message, refusal.soap_version))


@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_read_or_refused(body: bytes) -> None:
    assert is_read_or_refused(body)


TEMPLATES = [
    document_style("authenticate", {"strUserName": "u", "strPassword": "p"}),
    document_style("receiveResponseXML", {"ticket": "t", "response": escape("<QBXML/>")}, SOAP_1_2),
    rpc_style("getLastError", {"ticket": "t"}),
    document_style("getLastError", {"ticket": "t"}).decode().encode("utf-16"),
    BILLION_LAUGHS,
]


@settings(max_examples=500)
@given(st.sampled_from(TEMPLATES), st.lists(st.tuples(st.integers(0, 600), st.binary(max_size=6)), max_size=4))
def test_damaged_envelopes_are_read_or_refused(body: bytes, damages: list[tuple[int, bytes]]) -> None:
    for position, bytes_there in damages:
        body = body[:position] + bytes_there + body[position + len(bytes_there) // 2 :]
    assert is_read_or_refused(body)


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=60), st.sampled_from(["utf-8", "utf-16"])
)
def test_any_text_in_an_envelope_is_read_or_refused(text: str, encoding: str) -> None:
    assert is_read_or_refused(in_body(text).decode().encode(encoding))
    assert is_read_or_refused(f'<?xml version="1.0" encoding="{text}"?><a/>'.encode(encoding))
