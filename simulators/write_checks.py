"""What every write needs: references looked up, texts folded, parts that are not simulated refused."""

import datetime
from collections.abc import Iterable
from decimal import Decimal
from typing import TypeVar

from lxml import etree

from simulators import statuses
from simulators.request_values import read_amount, read_date
from simulators.statuses import RequestRefused

ZERO = Decimal("0.00")
# Lists this company does not keep: whoever refers to an element of one gets 3140.
_EMPTY_LISTS = {
    "ClassRef": "Class",
    "CustomerTypeRef": "CustomerType",
    "SalesRepRef": "SalesRep",
    "JobTypeRef": "JobType",
    "PriceLevelRef": "PriceLevel",
    "ItemGroupRef": "Item",
    "TemplateRef": "Template",
    "ShipMethodRef": "ShipMethod",
    "CustomerMsgRef": "CustomerMsg",
    "ItemSalesTaxRef": "ItemSalesTax",
}
_TERMS = frozenset(("Due on receipt", "Net 15", "Net 30", "Net 60"))
# Allowed by the grammar, left out of the simulation, refused lest they be thought done.
_NOT_SIMULATED = [
    "OpenBalance",
    "CreditCardInfo",
    "LinkToTxnID",
    "SetCredit",
    "InvoiceLineGroupAdd",
    "DiscountLineAdd",
    "SalesTaxLineAdd",
    "ShippingLineAdd",
    "RatePercent",
    "LinkToTxn",
    "CurrencyRef",
]

_Found = TypeVar("_Found")


def find_reference(request: etree._Element, tag: str, candidates: Iterable[tuple[str, str, _Found]]) -> _Found | None:
    """The first candidate (ListID, full name, object) that a …Ref names: by ListID if given, else by name."""
    wanted_id = request.findtext(f"{tag}/ListID")
    wanted_name = stored(request.findtext(f"{tag}/FullName")).casefold()
    for list_id, full_name, found in candidates:
        if (list_id == wanted_id) if wanted_id else (full_name.casefold() == wanted_name):
            return found
    return None


def name_in(request: etree._Element, tag: str) -> str:
    """What a …Ref calls the object, for the message that it does not exist."""
    return request.findtext(f"{tag}/FullName") or request.findtext(f"{tag}/ListID") or ""


def refuse_what_is_not_kept(request: etree._Element) -> None:
    """Raises RequestRefused for parts not simulated (1030) and references into lists not kept (3140)."""
    for element in request.iter(etree.Element):
        tag = str(element.tag)
        if tag in _NOT_SIMULATED:
            raise RequestRefused(statuses.not_simulated(tag))
        name = element.findtext("FullName") or element.findtext("ListID") or ""
        if tag in _EMPTY_LISTS or (tag == "TermsRef" and name not in _TERMS):
            kind = _EMPTY_LISTS.get(tag, "Terms")
            raise RequestRefused(statuses.bad_reference(kind, name, str(request.tag).removesuffix("Add")))


def stored(text: str | None) -> str:
    """QuickBooks keeps single-byte text: what Windows-1252 lacks becomes a question mark for good (sheet 1.4)."""
    return (text or "").encode("cp1252", "replace").decode("cp1252", "replace")


def date_in(request: etree._Element, name: str) -> datetime.date | None:
    """The date in that child; None when it is missing or empty."""
    return read_date(request.findtext(name, "").strip())


def signed_amount(line: etree._Element) -> Decimal:
    """The amount of a journal line, a debit when positive."""
    amount = read_amount(line.findtext("Amount")) or ZERO
    return amount if line.tag == "JournalDebitLine" else -amount
