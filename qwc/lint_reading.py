"""The bytes of any .qwc file to its elements, with every rule that is broken on the way (qbwc-protocol.md 5)."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import Final, cast

from lxml import etree

from qwc.lint_findings import Broken

LARGEST: Final = 64 * 1024
REQUIRED: Final = (
    "AppName",
    "AppID",
    "AppURL",
    "AppDescription",
    "AppSupport",
    "UserName",
    "OwnerID",
    "FileID",
    "QBType",
)
MAY_BE_EMPTY: Final = frozenset({"AppID", "AppDescription"})
OPTIONAL: Final = (
    "AppDisplayName",
    "AppUniqueName",
    "AuthFlags",
    "CertURL",
    "IsReadOnly",
    "Notify",
    "PersonalDataPref",
    "Scheduler",
    "Style",
    "UnattendedModePref",
)
IN_SCHEDULER: Final = ("RunEveryNMinutes", "RunEveryNSeconds")
_OUTSIDE: Final = frozenset({*REQUIRED, *OPTIONAL})
_SECRETS: Final = re.compile(r"passw|pwd|secret", re.IGNORECASE)
_MOST: Final = 20  # of one kind, so that a file of nonsense gets a page and not a book


@dataclass(frozen=True, slots=True)
class Element:
    """One element that the Web Connector looks for, where it looks for it."""

    name: str
    value: str
    line: int | None


@dataclass
class Reading:
    """Elements in their order, those of Scheduler among them, and what was broken. `is_read`: it was XML."""

    elements: list[Element] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    is_read: bool = False

    def first(self, name: str) -> Element | None:
        """The element of this name; of several the first."""
        return next((element for element in self.elements if element.name == name), None)

    def value(self, name: str) -> str:
        """Its value without blanks around it; "" when it is not there."""
        element = self.first(name)
        return element.value.strip() if element is not None else ""

    def say(self, rule: str, what: str, element: str = "", line: int | None = None) -> None:
        """Note a broken rule; of one rule the first twenty."""
        if sum(1 for broken in self.broken if broken.rule == rule) < _MOST:
            self.broken.append(Broken(rule, what, element, line))


def read(raw: bytes) -> Reading:
    """Never raises. What can be mended for reading, a blank line in front or a bare &, is noted and read past."""
    reading = Reading()
    if len(raw) > LARGEST:
        reading.say("too-large", f"The file has {len(raw):,} bytes; a .qwc file has fewer than {LARGEST:,}.")
        return reading
    text = _decoded(raw, reading)
    if text is None:
        return reading
    text, lines_before = _from_declaration(text, reading)
    if (place := _doctype(text)) is not None:
        reading.say("doctype", "The file has a DOCTYPE.", line=text.count("\n", 0, place) + 1 + lines_before)
        return reading
    root = _parsed(text, lines_before, reading)
    if root is not None:
        reading.is_read = True
        _walk(root, lines_before, reading)
    return reading


_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_DECLARED: Final = re.compile(rb"\s{0,400}<\?xml\s[^>]{0,200}?encoding\s{0,9}=\s{0,9}[\"']([A-Za-z0-9._-]{1,40})[\"']")
_CODECS: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "latin-1",
    "windows-1252": "cp1252",
}


def _decoded(raw: bytes, reading: Reading) -> str | None:
    codec = next((codec for mark, codec in _BOMS if raw.startswith(mark)), None)
    if codec is None:
        declared = _DECLARED.match(raw)
        name = declared[1].decode("ascii") if declared else "utf-8"
        codec = _CODECS.get(name.lower())
        if codec is None:
            reading.say("encoding", f"The file says that it is {name}, and is not, or not in a way that is read.")
            return None
    try:
        text = raw.decode(codec).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        reading.say("encoding", f"Byte {error.start + 1} does not belong to a text in {codec}.", line=line)
        return None
    if not text.strip("\ufeff\0 \t\r\n"):
        reading.say("empty", "There is nothing in the file.")
        return None
    return text


def _from_declaration(text: str, reading: Reading) -> tuple[str, int]:
    """The text from its XML declaration on, without it, and how many lines were taken away before."""
    start = text.find("<?xml ")
    before = text[: max(start, 0)]
    if start < 0 or "<" in before:
        return text, 0
    if before:
        reading.say("text-before-declaration", "Something stands before <?xml, a blank line perhaps.", line=1)
    end = text.find("?>", start)
    if end < 0:
        return text[start:], before.count("\n")
    return text[end + 2 :], text.count("\n", 0, end + 2)


def _doctype(text: str) -> int | None:
    """Where a DOCTYPE stands outside comments; in one pass, as the text may be hostile."""
    place = 0
    while (found := text.find("<!", place)) >= 0:
        if text.startswith("<!--", found):
            end = text.find("-->", found + 4)
            if end < 0:
                return None
            place = end + 3
        elif text[found : found + 9].upper() == "<!DOCTYPE":
            return found
        else:
            place = found + 2
    return None


_BARE: Final = re.compile(r"&(?!#[0-9]{1,7};|#x[0-9A-Fa-f]{1,6};|[A-Za-z][A-Za-z0-9]{0,30};)")


def _parsed(text: str, lines_before: int, reading: Reading) -> etree._Element | None:
    try:
        return _tree(text)
    except (etree.XMLSyntaxError, ValueError) as error:
        mended = _BARE.sub("&amp;", text)
        if mended != text:
            for found in _BARE.finditer(text):
                line = text.count("\n", 0, found.start()) + 1 + lines_before
                reading.say("unescaped-ampersand", "A bare & stands in this line.", line=line)
            return _parsed(mended, lines_before, reading)
        _say_malformed(error, lines_before, reading)
        return None


def _tree(text: str) -> etree._Element:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
    )
    return etree.fromstring(text.encode(), parser)


def _say_malformed(error: Exception, lines_before: int, reading: Reading) -> None:
    line = getattr(error, "lineno", None)
    said = str(getattr(error, "msg", "") or "a character has no place in XML").split(", line ")[0]
    place = line + lines_before if isinstance(line, int) and line > 0 else None
    # The parser quotes names and single characters of the file, never a value.
    reading.say("malformed", f"The file is not well-formed XML: {said[:200]}.", line=place)


def _walk(root: etree._Element, lines_before: int, reading: Reading) -> None:
    name = _name(root)
    if name != "QBWCXML":
        reading.say("root", f"The outermost element is <{name}>.", name, _line(root, lines_before))
    if any("}" in str(node.tag) for node in root.iter(etree.Element)):
        reading.say("namespace", "Elements are in a namespace.", name, _line(root, lines_before))
    _say_about(root, name, lines_before, reading)
    for child in root.iterchildren(etree.Element):
        _take(child, "", lines_before, reading)
    _say_repeated(reading)


def _take(node: etree._Element, parent: str, lines_before: int, reading: Reading) -> None:
    """One element, directly in the root (`parent` "") or in another one."""
    name, line = _name(node), _line(node, lines_before)
    _say_about(node, name, lines_before, reading)
    known_here = name in (IN_SCHEDULER if parent == "Scheduler" else () if parent else _OUTSIDE)
    if known_here:
        reading.elements.append(Element(name, "" if name == "Scheduler" else "".join(_texts(node)), line))
    elif name in _OUTSIDE or name in IN_SCHEDULER:
        where = f"in <{parent}>" if parent else "outside <Scheduler>"
        reading.say("misplaced-element", f"<{name}> stands {where}.", name, line)
    else:
        _say_unknown(name, line, reading)
    for child in node.iterchildren(etree.Element):
        _take(child, name, lines_before, reading)


def _texts(node: etree._Element) -> list[str]:
    return [node.text or "", *(child.tail or "" for child in node)]


def _say_about(node: etree._Element, name: str, lines_before: int, reading: Reading) -> None:
    """Attributes, and text where only elements belong."""
    line = _line(node, lines_before)
    for attribute in node.attrib:
        word = str(attribute).rpartition("}")[2][:60]
        reading.say("attribute", f"<{name}> has an attribute, {word}.", name, line)
    if (name == "Scheduler" or node.getparent() is None or len(node)) and "".join(_texts(node)).strip():
        reading.say("stray-text", f"Text stands between the elements of <{name}>.", name, line)


def _say_unknown(name: str, line: int | None, reading: Reading) -> None:
    if _SECRETS.search(name):
        reading.say("password", f"The file has an element <{name}>. Its value is not shown here.", name, line)
        return
    names = [*_OUTSIDE, *IN_SCHEDULER]
    by_case = {known.lower(): known for known in names}
    near = by_case.get(name.lower()) or next(iter(difflib.get_close_matches(name[:40], names, 1, 0.8)), None)
    if near:
        reading.say("misspelt-element", f"<{name}> is probably meant to be <{near}>.", name, line)
    else:
        reading.say("unknown-element", f"<{name}> is not an element of a .qwc file.", name, line)


def _say_repeated(reading: Reading) -> None:
    seen: set[str] = set()
    for element in reading.elements:
        if element.name in seen:
            reading.say("repeated-element", f"<{element.name}> stands in it again.", element.name, element.line)
        seen.add(element.name)


def _name(node: etree._Element) -> str:
    return str(node.tag).rpartition("}")[2][:60]


def _line(node: etree._Element, lines_before: int) -> int | None:
    line = cast(int | None, node.sourceline)
    return line + lines_before if line is not None else None
