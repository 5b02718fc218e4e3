"""Intuit's own qbXML 13.0 schema, where its user has put a copy, and what it says in words for a developer.

The schema may not be passed on, so it is never part of this project: QBXML_SCHEMA_DIR names the folder that holds
qbxmlops130.xsd and the three files beside it, from Intuit's SDK. Without it requests go to QuickBooks unchecked,
which refuses the same ones with HRESULT 0x80040400 and no further word (qbxml.md 1.1 and 2).
"""

import difflib
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from lxml import etree

from passthrough.xml_text import RefusedRequest, parse_document

ENTRY_POINT: Final = "qbxmlops130.xsd"
_XSD: Final = "{http://www.w3.org/2001/XMLSchema}"
_NO_LIMIT: Final = 1 << 62  # the size was checked when the call came in
_MOST_NAMES: Final = 10  # libxml2 names ten at most, and does not say when there are more


class BrokenSchema(ValueError):
    """The folder holds the schema, but it cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class SchemaProblem:
    """The first thing that is wrong. `message` is a whole sentence; `expected` are names or values, with commas."""

    line: int | None
    element: str
    message: str
    expected: str


class RequestSchema:
    """A compiled schema: checks take a millisecond, from any thread."""

    def __init__(self, schema: etree.XMLSchema, names: frozenset[str]) -> None:
        self._schema = schema
        self._names = names
        self._lock = threading.Lock()  # lxml keeps the errors of the last check on the schema itself

    def check(self, document: str | bytes) -> SchemaProblem | None:
        """The first problem of a request document, with the line as its author counts; None when it is valid.

        A missing onError is no problem: it has a default here.
        """
        try:
            root = parse_document(document, limit_bytes=_NO_LIMIT)
        except RefusedRequest as refused:
            return SchemaProblem(refused.line, refused.element, str(refused), refused.expected)
        for message_set in root.iterchildren("QBXMLMsgsRq"):
            message_set.set("onError", message_set.get("onError", "stopOnError"))
        with self._lock:
            if self._schema.validate(root):
                return None
            error = cast(Any, self._schema.error_log)[0]  # lxml-stubs do not know that it is a sequence
            said, line, path = str(error.message), int(error.line), error.path
        return _problem(said, line if line > 0 else None, _at(root, path), self._names)


def load_schema(folder: Path) -> RequestSchema | None:
    """The schema in the folder, or None when there is none. Raises BrokenSchema when it cannot be compiled."""
    entry_point = folder / ENTRY_POINT
    if not entry_point.is_file():
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        schema = etree.XMLSchema(etree.parse(str(entry_point), parser))
        trees = [etree.parse(str(path), parser) for path in sorted(folder.glob("qbxml*130.xsd"))]
    except (etree.LxmlError, OSError) as error:
        raise BrokenSchema(f"{entry_point} cannot be used as a schema: {error}") from error
    names = {element.get("name", "") for tree in trees for element in tree.iter(f"{_XSD}element")}
    return RequestSchema(schema, frozenset(names))


def _at(root: etree._Element, path: str | None) -> etree._Element | None:
    found = root.xpath(path) if path else None
    return found[0] if isinstance(found, list) and found and isinstance(found[0], etree._Element) else None


_EXPECTED: Final = re.compile(r"Expected is (?:one of )?\( (.*?) \)")
_VALUES: Final = re.compile(r"The value '(.*)' is not an element of the set \{(.*)\}", re.DOTALL)
_LENGTH: Final = re.compile(r"has a length of '(\d+)'; this exceeds the allowed maximum length of '(\d+)'")
_TYPE: Final = re.compile(r": '([^']*)' is not a valid value of the (?:local )?(?:atomic|union) type(?: '(\w+)')?")
_PATTERN: Final = re.compile(r"The value '(.*)' is not accepted by the pattern '(.*)'", re.DOTALL)
_RANGE: Final = re.compile(r"The value '(.*)' is (?:less|greater) than the (m\w+) value allowed \('(.*)'\)", re.DOTALL)
_DECIMALS: Final = re.compile(r"\\\.\[0-9\]\{(\d)(,\d)?\}")
_ATTRIBUTE: Final = re.compile(r"The attribute '([^']*)' is (not allowed|required)")
_ELEMENT: Final = re.compile(r"Element '([^']*)'")

# QuickBooks' own types, as far as their name does not say what they take.
_EXAMPLES: Final = {
    "AMTTYPE": "an amount like 120.00",
    "BOOLTYPE": "true or false",
    "DATETYPE": "a date like 2026-01-31",
    "DATETIMETYPE": "a time like 2026-01-31T09:00:00",
    "INTTYPE": "a whole number",
    "QUANTYPE": "a quantity like 1.5",
    "PRICETYPE": "a price like 9.99",
    "PERCENTTYPE": "a percentage like 7.5",
    "GUIDTYPE": "a GUID in braces, or 0",
}


def _problem(said: str, line: int | None, element: etree._Element | None, names: frozenset[str]) -> SchemaProblem:
    name = str(element.tag) if element is not None else (m[1] if (m := _ELEMENT.search(said)) else "")
    words, expected = _words(said, name, element, names)
    place = f"line {line}: " if line else ""
    ending = f"; expected {expected}" if expected else ""
    return SchemaProblem(line, name, f"{place}{words}{ending}.", expected)


def _words(said: str, name: str, element: etree._Element | None, names: frozenset[str]) -> tuple[str, str]:
    """What is wrong, and what was expected."""
    if found := _ATTRIBUTE.search(said):
        words = "must have the" if found[2] == "required" else "has no"
        return f"<{name}> {words} attribute {found[1]}", ""
    if "This element is not expected" in said:
        return _unexpected(said, name, element, names)
    if "Missing child element" in said:
        return f"<{name}> ends too early: something is missing in it", _expected(said)
    if "content type is 'element-only'" in said:
        return f"<{name}> holds text, and can only hold elements", ""
    return _bad_value(said, name)


def _unexpected(said: str, name: str, element: etree._Element | None, names: frozenset[str]) -> tuple[str, str]:
    expected = _expected(said)
    parent = element.getparent() if element is not None else None
    if name not in names:
        close = difflib.get_close_matches(name, names, n=1, cutoff=0.75)
        hint = f" (did you mean <{close[0]}>?)" if close else ""
        is_request = parent is not None and parent.tag == "QBXMLMsgsRq"  # any of 350 names would do there
        return f"qbXML 13.0 has no element <{name}>{hint}", "" if is_request else expected
    previous = element.getprevious() if element is not None else None
    if previous is not None:
        return f"<{name}> came after <{previous.tag}>, where it cannot be", expected
    inside = f" in <{parent.tag}>" if parent is not None else ""
    return f"<{name}> came first{inside}, where it cannot be", expected


def _expected(said: str) -> str:
    found = _EXPECTED.search(said)
    names = [f"<{name.strip()}>" for name in found[1].split(",")] if found else []
    return _one_of(names) + (" …" if len(names) == _MOST_NAMES else "")


def _one_of(choices: list[str]) -> str:
    more = f" and {len(choices) - _MOST_NAMES} others" if len(choices) > _MOST_NAMES else ""
    return ("one of " if len(choices) > 1 else "") + ", ".join(choices[:_MOST_NAMES]) + more


def _bad_value(said: str, name: str) -> tuple[str, str]:
    attribute = re.search(r"attribute '(\w+)'", said)
    place = f"the attribute {attribute[1]} of <{name}>" if attribute else f"<{name}>"
    if found := _VALUES.search(said):
        values = [value.strip("'") for value in found[2].split(", ")]
        return f"{place} holds “{found[1][:60]}”", _one_of(values)
    if found := _LENGTH.search(said):
        return f"the text in {place} has {found[1]} characters", f"{found[2]} at most"
    if found := _RANGE.search(said):
        return f"{place} cannot hold {found[1][:60]}", f"{found[3]} as the {found[2]}"
    if found := _PATTERN.search(said):
        return f"{place} cannot hold “{found[1][:60]}”", _form(found[2])
    if found := _TYPE.search(said):
        return f"{place} cannot hold “{found[1][:60]}”", _EXAMPLES.get(found[2] or "", "")
    return f"{place} is not valid ({said.split(': ', 1)[-1].rstrip('.')[:200]})", ""


def _form(pattern: str) -> str:
    """What Intuit's patterns are for: amounts with two decimals, prices and quantities with up to five, GUIDs."""
    if decimals := _DECIMALS.search(pattern):
        return "a number like 1.5" if decimals[2] else "an amount like 120.00"
    return _EXAMPLES["GUIDTYPE"] if "{8}" in pattern else f"the form {pattern[:80]}"
