"""The exact source text of a report row in a stored qbXML answer, cut out as it crossed the wire. No Django.

The text is walked once, without building a tree, whatever its size; a document type (and with it any entity) ends
the walk. Offsets are those of the bytes, so that nothing is written anew: quotes, spaces and order stay.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Collection
from decimal import Decimal
from typing import Any
from xml.parsers import expat

from lxml import etree

from qbwc.qbxml.values import BadValue, amount

ANSWER = "GeneralSummaryReportQueryRs"
ROW = "DataRow"
_END = b"</DataRow"


class NoSuchRow(LookupError):
    """The answer holds no such row, or is no XML."""


class _Enough(Exception):
    """Every wanted row was found, or nothing more is to be read."""


def evidence_row(text: str, row_number: int) -> str:
    """The source of `<DataRow rowNumber="…">…</DataRow>`. Raises NoSuchRow."""
    found = evidence_rows(text, (row_number,))
    if row_number not in found:
        raise NoSuchRow(f"The stored answer holds no row {row_number}.")
    return found[row_number]


def evidence_rows(text: str, wanted: Collection[int]) -> dict[int, str]:
    """Row number → source, for the rows that the first report of the answer has; one walk for all of them."""
    raw = text.encode("utf-8", "surrogatepass")
    walk = _Walk(raw, {str(number) for number in wanted})
    return {int(number): raw[start:end].decode("utf-8", "surrogatepass") for number, (start, end) in walk.found.items()}


def amounts_in(row: str) -> frozenset[Decimal]:
    """Every amount that a row prints, its total included; what is no amount (the label) is left out."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        cells = etree.fromstring(row, parser).iterchildren("ColData")
    except (etree.XMLSyntaxError, ValueError):
        return frozenset()
    return frozenset(value for cell in cells if (value := _amount(cell.get("value", ""))) is not None)


def digest_of(text: str) -> str:
    """SHA-256 of a text as it is stored."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _amount(text: str) -> Decimal | None:
    try:
        return amount(text)
    except BadValue:
        return None


class _Walk:
    """Goes through the bytes once and notes where the wanted rows of the first report begin and end."""

    def __init__(self, raw: bytes, wanted: set[str]) -> None:
        self.found: dict[str, tuple[int, int]] = {}
        self._raw, self._wanted = raw, set(wanted)
        self._is_inside = False
        self._open: tuple[str, int] | None = None
        # The text was decoded when it came: what its declaration says of an encoding no longer holds.
        self._parser = expat.ParserCreate("UTF-8")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._refuse
        with contextlib.suppress(_Enough, expat.ExpatError):
            self._parser.Parse(raw, True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == ANSWER:
            self._is_inside = True
        elif name == ROW and self._is_inside and attributes.get("rowNumber", "").strip() in self._wanted:
            self._open = (attributes["rowNumber"].strip(), self._parser.CurrentByteIndex)

    def _end(self, name: str) -> None:
        if name == ROW and self._open is not None:
            number, start = self._open
            self.found[number] = (start, self._after_tag())
            self._wanted.discard(number)
            self._open = None
        if name == ANSWER or not self._wanted:
            raise _Enough

    def _after_tag(self) -> int:
        """Where the end tag ends; of `<DataRow …/>` the parser tells where it ends."""
        at = self._parser.CurrentByteIndex
        return self._raw.index(b">", at) + 1 if self._raw.startswith(_END, at) else at

    def _refuse(self, *_declaration: Any) -> None:
        raise _Enough
