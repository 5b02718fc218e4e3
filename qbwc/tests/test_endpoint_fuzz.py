"""Whatever is posted to the endpoint, valid SOAP comes back: a reply with 200, or a fault with 500; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qbwc import soap
from qbwc.tests.conversation import SPACE, a_company_file, plan
from qbwc.tests.envelopes import SOAP_1_1, SOAP_1_2, document_style, in_body, rpc_style

pytestmark = pytest.mark.django_db

FAULT = {SOAP_1_1: "faultstring", SOAP_1_2: f"{{{SOAP_1_2}}}Text"}
CONTENT_TYPES = {SOAP_1_1: "text/xml; charset=utf-8", SOAP_1_2: "application/soap+xml; charset=utf-8"}
PARAMETERS = {name: dict.fromkeys(operation.parameters, "1") for name, operation in soap.OPERATIONS.items()}
HOSTILE = settings(
    max_examples=150, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def post(body: bytes, content_type: str = "text/xml; charset=utf-8") -> ElementTree.Element | None:
    """The result element of the reply, None for a fault; AssertionError for anything a Web Connector cannot read."""
    response = Client().post("/api/qbwc", data=body, content_type=content_type)
    assert response.status_code in (200, 500), response.status_code
    envelope = ElementTree.fromstring(response.content)
    namespace = envelope.tag[1:].partition("}")[0]
    assert response["Content-Type"] == CONTENT_TYPES[namespace]
    assert response["Content-Length"] == str(len(response.content))
    (content,) = envelope[0]
    if response.status_code == 200:
        assert content.tag.endswith("Response")
        return content[0]
    assert content.tag == f"{{{namespace}}}Fault"
    assert any(element.text for element in content.iter(FAULT[namespace]))
    return None


@HOSTILE
@given(st.binary(max_size=600))
def test_arbitrary_bytes(body: bytes) -> None:
    post(body)


@HOSTILE
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), st.sampled_from(["utf-8", "utf-16", "latin-1"]))
def test_arbitrary_text_as_a_body(text: str, encoding: str) -> None:
    post(text.encode(encoding, "replace"))


STYLES: list[Callable[[str, dict[str, str]], bytes]] = [
    document_style,
    rpc_style,
    lambda operation, parameters: document_style(operation, parameters, SOAP_1_2),
    lambda operation, parameters: document_style(operation, parameters).decode().encode("utf-16"),
    lambda operation, parameters: b"\xef\xbb\xbf" + document_style(operation, parameters),
]
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


@HOSTILE
@given(st.data(), st.sampled_from(sorted(soap.OPERATIONS)), st.sampled_from(STYLES))
def test_any_values_in_any_operation_and_style(
    data: st.DataObject, operation: str, style: Callable[[str, dict[str, str]], bytes]
) -> None:
    parameters = {name: data.draw(VALUES) for name in soap.OPERATIONS[operation].parameters}
    result = post(style(operation, parameters))
    assert result is None or result.tag == f"{SPACE}{operation}Result"


@HOSTILE
@given(
    st.sampled_from(sorted(soap.OPERATIONS)),
    st.sampled_from(STYLES),
    st.lists(st.tuples(st.integers(0, 900), st.binary(max_size=8), st.integers(0, 8)), min_size=1, max_size=5),
)
def test_damaged_envelopes(
    operation: str, style: Callable[[str, dict[str, str]], bytes], damages: list[tuple[int, bytes, int]]
) -> None:
    body = style(operation, PARAMETERS[operation])
    for position, inserted, removed in damages:
        body = body[:position] + inserted + body[position + removed :]
    post(body)


@HOSTILE
@given(st.sampled_from(sorted(soap.OPERATIONS)), st.sampled_from(STYLES), st.integers(0, 1200))
def test_envelopes_that_end_too_early(
    operation: str, style: Callable[[str, dict[str, str]], bytes], length: int
) -> None:
    post(style(operation, PARAMETERS[operation])[:length])


@pytest.mark.parametrize("operation", sorted(soap.OPERATIONS))
@pytest.mark.parametrize("style", STYLES, ids=["document", "rpc", "soap 1.2", "utf-16", "bom"])
def test_every_operation_in_every_style(operation: str, style: Callable[[str, dict[str, str]], bytes]) -> None:
    result = post(style(operation, PARAMETERS[operation]))
    assert result is not None
    assert result.tag == f"{SPACE}{operation}Result"
    assert result.get("{http://www.w3.org/2001/XMLSchema-instance}nil") is None


NIL = '<strPassword xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/>'
SHAPES = {
    "DocWrapped": "<parameters><strUserName>cascadia</strUserName><strPassword>right</strPassword></parameters>",
    "CDATA": "<strUserName><![CDATA[cascadia]]></strUserName><strPassword><![CDATA[right]]></strPassword>",
    "comments": "<!-- a --><strUserName>casc<!-- b -->adia</strUserName><?c d?><strPassword>right</strPassword>",
    "references": "<strUserName>&#99;ascadia</strUserName><strPassword>r&#x69;ght</strPassword>",
    "any prefix": '<q:strUserName xmlns:q="urn:q">cascadia</q:strUserName><strPassword>right</strPassword>',
    "another order": "<strPassword>right</strPassword><more/><strUserName>cascadia</strUserName>",
}


def verdict_of(inner: str) -> str | None:
    result = post(in_body(f"<authenticate>{inner}</authenticate>"))
    assert result is not None
    assert len(result) == 2
    return result[1].text


@pytest.mark.parametrize("inner", SHAPES.values(), ids=SHAPES)
def test_a_sign_in_is_understood_in_every_shape(inner: str) -> None:
    a_company_file()
    assert verdict_of(inner) == "none"


@pytest.mark.parametrize("inner", ["", "<strUserName/>", f"<strUserName>cascadia</strUserName>{NIL}"])
def test_missing_empty_and_nil_parameters_are_a_wrong_sign_in_and_no_fault(inner: str) -> None:
    a_company_file()
    assert verdict_of(inner) == "nvu"


def test_a_whole_session_survives_hostile_answers() -> None:
    plan(a_company_file(), "nobody-knows-this-purpose")
    for response in ("", "<", "<QBXML>" * 500, "\x01\x02", escape("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")):
        result = post(document_style("receiveResponseXML", {"ticket": "t", "response": response}))
        assert result is None or int(result.text or "") < 0


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "options", "patch"])
def test_any_other_method_gets_the_wsdl_or_nothing_but_never_a_refusal(method: str) -> None:
    response = getattr(Client(), method)("/api/qbwc")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/xml; charset=utf-8"
