"""A strict SOAP library loads our WSDL, and what it writes from it is what we read."""

from pathlib import Path
from typing import Any

import pytest
import zeep
from lxml import etree

from qbwc import soap
from qbwc.calls import INTEGERS, OPERATIONS
from qbwc.wsdl import wsdl

ADDRESS = "https://books.example.com/api/qbwc?a=1&b=2"
STRICT_CLIENT: Any = zeep.Client  # zeep ships annotations, but not on these functions
OFFERED = [name for name in OPERATIONS if name not in ("getServerVersion", "isInteractiveDone")]
REPLY_TYPES = {"authenticate": "ArrayOfString", "receiveResponseXML": "Int"}


@pytest.fixture
def client(tmp_path: Path) -> Any:
    path = tmp_path / "web_connector.wsdl"
    path.write_bytes(wsdl(ADDRESS))
    return STRICT_CLIENT(str(path), settings=zeep.Settings(strict=True))


def test_service_port_and_address_have_the_names_intuit_gave_them(client: Any) -> None:
    service = client.wsdl.services["QBWebConnectorSvc"]
    port = service.ports["QBWebConnectorSvcSoap"]
    assert port.binding.name.text == "{http://developer.intuit.com/}QBWebConnectorSvcSoap"
    assert port.binding_options["address"] == ADDRESS
    assert sorted(port.binding.all()) == sorted(OFFERED)


@pytest.mark.parametrize("operation", OFFERED)
def test_a_call_written_from_the_wsdl_is_read_by_us(client: Any, operation: str) -> None:
    names = OPERATIONS[operation].parameters
    arguments = {name: 7 if name in INTEGERS else f"<{name}>" for name in names}
    message = client.create_message(client.service, operation, **arguments)
    envelope = soap.parse_call(etree.tostring(message), 10_000)
    assert envelope.operation == operation
    assert envelope.call == OPERATIONS[operation].call(*arguments.values())


@pytest.mark.parametrize("operation", OFFERED)
def test_our_reply_is_read_by_the_wsdl(client: Any, operation: str) -> None:
    binding_operation = client.wsdl.bindings["{http://developer.intuit.com/}QBWebConnectorSvcSoap"].get(operation)
    results: dict[str, int | tuple[str, ...]] = {"authenticate": ("t", ""), "receiveResponseXML": 50}
    result = results.get(operation, "text")
    envelope = soap.Envelope(soap.ServerVersion(), operation, soap.SoapVersion.SOAP_1_1)
    read = binding_operation.process_reply(etree.fromstring(soap.build_reply(envelope, result)))
    expected = ["t", None] if operation == "authenticate" else result
    assert (list(read) if operation == "authenticate" else read) == expected


@pytest.mark.parametrize("operation", OFFERED)
def test_soap_action_and_result_types_are_intuits(client: Any, operation: str) -> None:
    binding_operation = client.wsdl.bindings["{http://developer.intuit.com/}QBWebConnectorSvcSoap"].get(operation)
    assert binding_operation.soapaction == f"http://developer.intuit.com/{operation}"
    ((name, result),) = binding_operation.output.body.type.elements
    assert name == f"{operation}Result"
    assert type(result.type).__name__ == REPLY_TYPES.get(operation, "String")
