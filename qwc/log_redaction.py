"""QWCLog.txt without its secrets: what may be shown of each line, and nothing else (qbwc-protocol.md 8.2).

It keeps what it knows rather than dropping what it knows: of the lines that follow a stamped one only a few forms, of
qbXML only the names of requests and their statusCode, of the parameters of a call only those in a list. What is left
is searched for passwords, tickets, GUIDs, long numbers (SSN, EIN, cards) and long random words all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

MARK: Final = "[left out]"
_LONGEST: Final = 2_000  # of a line; the longest that the Web Connector writes itself are stack traces
_FACTS_PER_LINE: Final = 12

STAMP: Final = re.compile(
    r"[^<>\n]{0,24}?(?<![0-9]{8})(?P<date>\d{4}-?\d{2}-?\d{2})[.T ](?P<time>\d{2}:\d{2}:\d{2})(?:[.,]\d{1,7})?Z?"
    r"(?:[ \t]{0,3}UTC)?[ \t]{0,4}:?[ \t]{0,4}",
    re.ASCII,
)
# The parameters and results of calls whose values may be shown (qbwc-protocol.md 1). authRet[0] is the ticket.
_SHOWN: Final = frozenset(
    {
        "authret[1]",
        "authret[2]",
        "authret[3]",
        "serverversionret",
        "clientversionret",
        "productversion",
        "strversion",
        "username",
        "strusername",
        "strcompanyfilename",
        "qbnationality",
        "qbxmlcountry",
        "qbxmlmajorvers",
        "qbxmlminorvers",
        "receiveresponsexmlret",
        "getlasterrorret",
        "closeconnectionret",
        "connectionerrorret",
        "hresult",
        "message",
        "statuscode",
        "statusseverity",
    }
)
# What may follow a stamped line: the parts of an error as the Web Connector prints it.
_FOLLOWING: Final = re.compile(
    r"\s{0,40}(?:QBWC\d{3,4}\b|HRESULT\b|Message\b|Error message\b|More info\b|StackTrace\b|at [A-Z]\w|Source\b|"
    r"The (?:remote|request|underlying|operation|response|connection|server)\b|Client found response|Unable to connect|"
    r"Object reference|Index was|Response is not|statusCode\b)",
    re.IGNORECASE,
)
_FACTS_LINE: Final = re.compile(r"\[qbXML:(?: [A-Z][A-Za-z0-9]{1,60}R[qs](?: statusCode=\d{1,6})?)+\]")
_FACT: Final = re.compile(r'<([A-Z][A-Za-z0-9]{1,60}R[qs])\b(?:[^<>]{0,400}?statusCode="(\d{1,6})")?', re.ASCII)
_BODY: Final = re.compile(
    r"<\?(?:xml|qbxml|qbposxml)|<!DOCTYPE|<!\[CDATA|&lt;|<(?:QBXML|QBPOSXML|html|body|[a-z]{1,12}:(?:Envelope|Body))\b",
    re.IGNORECASE,
)
_BODY_ENDS: Final = re.compile(r"</(?:QBXML|QBPOSXML|html|[a-z]{1,12}:Envelope)>", re.IGNORECASE)

_TO_THE_END: Final = re.compile(
    r"((?:passw|pwd|pass ?phrase|secret|authorization|api[-_ ]?key|access[-_ ]?token)[^=:\n]{0,40}[=:]).*",
    re.IGNORECASE | re.DOTALL,
)
_QUOTED: Final = re.compile(r'(?<![\w\]])([A-Za-z]\w{0,40}(?:\[\d{1,2}\])?)(\s{0,3}=\s{0,3})"([^"]*)(?:"|$)')
_PLAIN: Final = re.compile(
    r"((?:ticket|token|authRet\[0\]|ssn|social security|ein|tax ?id|session ?id)\w{0,20}\s{0,3}[=:]?\s{1,3}|"
    r"(?:ticket|token|authRet\[0\]|ssn|ein|taxid|sessionid)\w{0,20}\s{0,3}[=:]\s{0,3})"
    r"(?=\S*\d)[^\s\"<>]+",
    re.IGNORECASE,
)
_HINTS_TO_THE_END: Final = ("pass", "pwd", "secret", "authorization", "api", "access")
_HINTS_PLAIN: Final = ("ticket", "token", "authret[0]", "ssn", "social", "ein", "tax", "session")
_DIGITS: Final = re.compile(r"\d.{0,60}\d|[0-9A-Fa-f]{8}", re.DOTALL)  # at least two: a number or a GUID could be there
_CONTENT: Final = re.compile(r"(<[A-Za-z][\w.:-]{0,80}(?:\s[^<>]{0,400})?>)[^<]+")
_IN_ADDRESS: Final = re.compile(
    r"(https?://)(?:[^\s/@\"<>]{1,300}@)?([^\s?\"<>]{1,600})(\?(?!\[left out\])[^\s\"<>]*)?", re.IGNORECASE
)
_GUID: Final = re.compile(r"\{?[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}\}?")
_NUMBER: Final = re.compile(r"(?<![\w])\d(?:[ \u00a0\-\u2010-\u2015]?\d){8,}")
_WORD: Final = re.compile(r"(https?://[^\s\"<>?]+)|[A-Za-z0-9+/_=-]{20,}", re.IGNORECASE)
_SEGMENT: Final = re.compile(r"[A-Za-z0-9+_=-]{20,}")
_INVISIBLE: Final = dict.fromkeys((0, 0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, 0xFEFF))


def redact(text: str) -> str:
    """The log without secrets, line for line, in one pass; doing it twice changes nothing. Never raises."""
    return "\n".join(_lines(text.replace("\r\n", "\n").replace("\r", "\n")))


def _lines(text: str) -> Iterator[str]:
    in_body = False
    for line in text.split("\n"):
        stamp = STAMP.match(line) if ":" in line[:60] else None
        if stamp is not None:
            rest = line[stamp.end() :]
            in_body = _opens_body(rest)
            yield f"{stamp['date'].replace('-', '')}.{stamp['time']} UTC : {_shown(rest)}"
        elif not line:
            yield line
        else:
            was_in_body = in_body
            in_body = (in_body or _opens_body(line)) and ("</" not in line or _BODY_ENDS.search(line) is None)
            yield _following(line, was_in_body)


def _opens_body(line: str) -> bool:
    return ("<" in line or "&" in line) and _BODY.search(line) is not None and _BODY_ENDS.search(line) is None


def _following(line: str, is_in_body: bool) -> str:
    """A line without a stamp: a part of an error, or what qbXML tells without its contents; else nothing of it."""
    if is_in_body:
        return _facts(line)
    if _FACTS_LINE.fullmatch(line):
        return line
    if _FOLLOWING.match(line):
        return _shown(line)
    return _facts(line)


def _shown(text: str) -> str:
    """A line as it may be shown."""
    facts = "" if "[qbXML:" in text else _facts(text)
    body = _BODY.search(text)
    if body is not None:
        text = f"{text[: body.start()]}{MARK}"
    kept = _masked(_clipped(text.translate(_INVISIBLE)))
    return f"{kept} {facts}".rstrip() if facts else kept


def _clipped(text: str) -> str:
    """At most 2,000 characters, without a word cut in half: half a number would no longer look like one."""
    if len(text) <= _LONGEST:
        return text
    end = max(text.rfind(sign, 0, _LONGEST) for sign in " \t<>")
    return f"{text[: max(end, 0)].rstrip('0123456789- ')} {MARK}"


def _masked(text: str) -> str:
    small = text.casefold()  # looking for a word is quicker than asking each expression
    if any(hint in small for hint in _HINTS_TO_THE_END):
        text = _TO_THE_END.sub(rf"\1 {MARK}", text)
    if '"' in text:
        text = _QUOTED.sub(_parameter, text)
    if "<" in text:
        text = _CONTENT.sub(rf"\1{MARK}", text)
    if any(hint in small for hint in _HINTS_PLAIN):
        text = _PLAIN.sub(rf"\1{MARK}", text)
    if "://" in text:
        text = _IN_ADDRESS.sub(lambda found: f"{found[1]}{found[2]}{'?' + MARK if found[3] else ''}", text)
    if _DIGITS.search(text):
        text = _NUMBER.sub(MARK, _GUID.sub(MARK, text))
    return _WORD.sub(_word, text)


def _parameter(found: re.Match[str]) -> str:
    value = found[3] if found[1].lower() in _SHOWN else (found[3] and MARK)
    return f'{found[1]}{found[2]}"{value}"'


def _word(found: re.Match[str]) -> str:
    """A long word with digits and letters in it is a ticket or a key; one of letters only is a name."""
    if found[1]:
        return _SEGMENT.sub(_random, found[1])  # an address is a long word of short ones
    return _random(found)


def _random(found: re.Match[str]) -> str:
    word = found[0]
    is_random = any(sign.isdigit() for sign in word) and any(sign.isalpha() for sign in word)
    return MARK if is_random else word


def _facts(line: str) -> str:
    """`[qbXML: CustomerAddRs statusCode=3100]`: which requests or answers a text holds; "" without any."""
    if "R" not in line or "<" not in line:
        return ""
    found = [
        f"{name} statusCode={code}" if code else name
        for name, code in (match.groups() for match in islice(_FACT.finditer(line), _FACTS_PER_LINE))
    ]
    names = list(dict.fromkeys(name for name in found if not name.startswith("QBXMLMsgs")))
    return f"[qbXML: {' '.join(names)}]" if names else ""
