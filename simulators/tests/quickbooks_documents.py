"""What the tests of the simulated QuickBooks share: documents around requests, answers read, Intuit's schema."""

import datetime
import functools
import os
import pathlib

import pytest
from lxml import etree

from simulators.company import Company, make_company
from simulators.quickbooks import QuickBooks, QuickBooksError

AS_OF = datetime.date(2026, 5, 19)
PARSE_ERROR = "0x80040400"
_CHECKOUT = pathlib.Path(__file__).resolve().parents[2]


def fresh_company(seed: int = 7, *, uses_account_numbers: bool = False, months: int = 6) -> Company:
    """A small company of the test's own, to be changed at will."""
    return make_company(seed, AS_OF, months=months, uses_account_numbers=uses_account_numbers)


@functools.cache
def shared_company() -> Company:
    """A company for tests that only read."""
    return fresh_company()


def wrapped(requests: str, attributes: str = 'onError="stopOnError"', version: str = "13.0") -> str:
    """A whole document around some requests."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<?qbxml version="{version}"?>\n'
        f"<QBXML><QBXMLMsgsRq {attributes}>{requests}</QBXMLMsgsRq></QBXML>"
    )


def ask(quickbooks: QuickBooks, requests: str, attributes: str = 'onError="stopOnError"') -> etree._Element:
    """The QBXMLMsgsRs that answers the requests."""
    message_set = etree.fromstring(quickbooks.process(wrapped(requests, attributes)).encode()).find("QBXMLMsgsRs")
    assert message_set is not None
    return message_set


def ask_one(quickbooks: QuickBooks, request: str) -> etree._Element:
    """The XxxRs that answers one request."""
    (response,) = ask(quickbooks, request)
    return response


def status(response: etree._Element) -> tuple[str | None, str | None]:
    """statusCode and statusSeverity."""
    return response.get("statusCode"), response.get("statusSeverity")


def texts(response: etree._Element, path: str) -> list[str]:
    """The texts of all elements at a path, in order."""
    return [element.text or "" for element in response.iterfind(path)]


def hresult_of(quickbooks: QuickBooks, document: str) -> str:
    """The HRESULT with which a document fails; "" when it is answered."""
    try:
        quickbooks.process(document)
    except QuickBooksError as error:
        return error.hresult
    return ""


def reference_folder() -> pathlib.Path:
    """Where other people's schemas and samples are; skips the test on a machine without them."""
    folder = pathlib.Path(os.environ.get("TIEOUT_REFERENCE", _CHECKOUT.parent / "shared" / "reference"))
    if not (folder / "xsd" / "qbxmlops130.xsd").exists():
        pytest.skip("Intuit's schemas are not on this machine")
    return folder


@functools.cache
def _schema(path: pathlib.Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(path)))


def schema_errors(document: str) -> str:
    """What Intuit's qbXML 13.0 schema has against a request or an answer; "" when it has nothing."""
    schema = _schema(reference_folder() / "xsd" / "qbxmlops130.xsd")
    schema.validate(etree.fromstring(document.encode()))
    return str(schema.error_log)
