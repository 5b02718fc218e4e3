"""Writes qbXML answers as QuickBooks prints them: no encoding in the declaration, LF lines, pure ASCII."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from simulators.statuses import Status

# A field is (element name, text) or (element name, fields inside); None leaves the element out.
Value: TypeAlias = "str | Sequence[tuple[str, Value]] | None"
Fields: TypeAlias = Sequence[tuple[str, Value]]

DECLARATION = '<?xml version="1.0" ?>'
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_ATTRIBUTE = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\t": "&#9;"})


def _ascii(text: str) -> str:
    return text if text.isascii() else text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def attribute(text: str) -> str:
    """The text as it stands between double quotes; non-ASCII as decimal references."""
    return _ascii(text.translate(_ATTRIBUTE))


def attributes(pairs: Iterable[tuple[str, str | None]]) -> str:
    """` name="value"` for every pair that has a value, in the order given."""
    return "".join(f' {name}="{attribute(value)}"' for name, value in pairs if value is not None)


def element(name: str, value: Value) -> list[str]:
    """The lines of one element: leaves on one line, others opened and closed on lines of their own."""
    if value is None:
        return []
    if isinstance(value, str):
        return [f"<{name}>{_ascii(value.translate(_TEXT))}</{name}>"]
    inside = [line for child, content in value for line in element(child, content)]
    return [f"<{name}>", *inside, f"</{name}>"]


def only(fields: Fields, wanted: Sequence[str]) -> Fields:
    """IncludeRetElement: the fields of those names; all of them when none is named."""
    return [field for field in fields if field[0] in wanted] if wanted else fields


def response(
    name: str,
    request_id: str | None,
    status: Status,
    body: Sequence[str] = (),
    extra: Iterable[tuple[str, str | None]] = (),
) -> str:
    """One XxxRs: `body` is lines already written; without any the element closes itself."""
    head = name + attributes(
        [
            ("requestID", request_id),
            ("statusCode", str(status.code)),
            ("statusSeverity", status.severity),
            ("statusMessage", status.message),
            *extra,
        ]
    )
    return "\n".join([f"<{head}>", *body, f"</{name}>"]) if body else f"<{head} />"


def document(
    responses: Sequence[str], message_set_id: str | None = None, message_set_status_code: int | None = None
) -> str:
    """The whole answer. The two attributes are there only when the request used error recovery."""
    code = None if message_set_status_code is None else str(message_set_status_code)
    head = "QBXMLMsgsRs" + attributes([("newMessageSetID", message_set_id), ("messageSetStatusCode", code)])
    inside = [f"<{head}>", *responses, "</QBXMLMsgsRs>"] if responses else [f"<{head} />"]
    return "\n".join([DECLARATION, "<QBXML>", *inside, "</QBXML>", ""])
