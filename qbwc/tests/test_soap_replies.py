"""Replies as a .NET client needs them: declaration, namespaces, and every result a real element."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from qbwc import soap
from qbwc.calls import OPERATIONS
from qbwc.tests.envelopes import SOAP_1_1

V1, V2 = soap.SoapVersion.SOAP_1_1, soap.SoapVersion.SOAP_1_2
INTUIT = "{http://developer.intuit.com/}"
ENVELOPE = soap.Envelope(soap.GetLastError("t"), "getLastError", V1)


def result_of(reply: bytes, operation: str, version: soap.SoapVersion = V1) -> etree._Element:
    """The result element, found by its full path and namespaces as a strict client would."""
    path = f"{{{version.value}}}Body/{INTUIT}{operation}Response/{INTUIT}{operation}Result"
    found = etree.fromstring(reply).find(path)
    assert found is not None
    return found


def test_a_reply_is_byte_for_byte_this() -> None:
    assert soap.build_reply(ENVELOPE, "R&D <ok>") == (
        b'<?xml version="1.0" encoding="utf-8"?>'
        b'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
        b'<getLastErrorResponse xmlns="http://developer.intuit.com/">'
        b"<getLastErrorResult>R&amp;D &lt;ok&gt;</getLastErrorResult>"
        b"</getLastErrorResponse></soap:Body></soap:Envelope>"
    )


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("version", [V1, V2])
def test_every_operation_is_answered_under_the_name_it_was_called_by(operation: str, version: soap.SoapVersion) -> None:
    parameters = ("",) * len(OPERATIONS[operation].parameters)
    reply = soap.build_reply(soap.Envelope(OPERATIONS[operation].call(*parameters), operation, version), "x")
    assert result_of(reply, operation, version).text == "x"


def test_an_array_holds_an_element_for_every_string_even_an_empty_one() -> None:
    envelope = soap.Envelope(soap.Authenticate("u", "p"), "authenticate", V1)
    result = result_of(soap.build_reply(envelope, ("ticket", "", "60")), "authenticate")
    assert [(child.tag, child.text or "") for child in result] == [
        (f"{INTUIT}string", "ticket"),
        (f"{INTUIT}string", ""),
        (f"{INTUIT}string", "60"),
    ]


def test_an_empty_text_is_a_real_element_and_a_number_is_plain() -> None:
    assert result_of(soap.build_reply(ENVELOPE, ""), "getLastError").text is None
    assert result_of(soap.build_reply(ENVELOPE, 100), "getLastError").text == "100"
    assert result_of(soap.build_reply(ENVELOPE, -1), "getLastError").text == "-1"


@given(st.text())
def test_any_text_arrives_as_it_is_but_for_characters_xml_cannot_carry(text: str) -> None:
    arrived = result_of(soap.build_reply(ENVELOPE, text), "getLastError").text or ""
    illegal = {*map(chr, range(32)), "\ufffe", "\uffff"} - {"\t", "\n", "\r"}
    assert arrived == "".join(c for c in text if c not in illegal and not "\ud800" <= c <= "\udfff")


def test_half_a_surrogate_pair_is_dropped() -> None:
    assert result_of(soap.build_reply(ENVELOPE, "a\ud800b\x00c"), "getLastError").text == "abc"


def test_a_fault_is_one_of_its_soap_version() -> None:
    old = etree.fromstring(soap.build_fault("no <operation>", V1))
    assert old.findtext(f"{{{SOAP_1_1}}}Body/{{{SOAP_1_1}}}Fault/faultcode") == "soap:Client"
    assert old.findtext(f"{{{SOAP_1_1}}}Body/{{{SOAP_1_1}}}Fault/faultstring") == "no <operation>"
    new = f"{{{V2.value}}}"
    fault = etree.fromstring(soap.build_fault("no <operation>", V2)).find(f"{new}Body/{new}Fault")
    assert fault is not None
    assert fault.findtext(f"{new}Code/{new}Value") == "soap:Sender"
    assert fault.findtext(f"{new}Reason/{new}Text") == "no <operation>"


def test_the_content_type_follows_the_soap_version() -> None:
    assert soap.content_type(V1) == "text/xml; charset=utf-8"
    assert soap.content_type(V2) == "application/soap+xml; charset=utf-8"
