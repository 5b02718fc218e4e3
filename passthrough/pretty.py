"""XML from the wire as a person reads it: one element to a line, indented; and times in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

SHOWN_CHARACTERS = 50_000
_DEEPEST = 30  # steps of indentation: what is nested deeper is no qbXML, and must not grow with the square of its depth
# Not a parser: the beginning of a longer text is not well-formed, and is to be read all the same. Each character is
# looked at once, whatever the text is.
_TOKEN = re.compile(r"<[^<>]*>?|[^<]+")


@dataclass(frozen=True)
class Text:
    """The beginning of a text, laid out; `size` of the whole in characters."""

    shown: str
    size: int
    is_whole: bool


def text_of(beginning: str, size: int) -> Text:
    """`beginning`: the first SHOWN_CHARACTERS of a text that has `size` characters."""
    laid_out = laid_out_xml(beginning[:SHOWN_CHARACTERS])
    is_whole = size <= SHOWN_CHARACTERS and len(laid_out) <= SHOWN_CHARACTERS
    return Text(laid_out[:SHOWN_CHARACTERS], size, is_whole)


def laid_out_xml(text: str) -> str:
    """One element to a line; an element that holds only words stays on its line. Never raises."""
    lines: list[str] = []
    depth, before = 0, ""
    for token, after in pairwise([*_TOKEN.findall(text), ""]):
        if not token.strip() and not (_is_opening(before) and after.startswith("</")):
            continue
        is_closing = token.startswith("</")
        depth -= is_closing and depth > 0
        stays = lines and (_is_opening(before) if is_closing or not token.startswith("<") else False)
        if stays or (is_closing and lines and _is_words(before)):
            lines[-1] += token
        else:
            lines.append("  " * min(depth, _DEEPEST) + token.strip())
        depth += _is_opening(token)
        before = token
    return "\n".join(lines)


def _is_opening(token: str) -> bool:
    return token.startswith("<") and token[1:2] not in ("/", "?", "!") and not token.endswith("/>")


def _is_words(token: str) -> bool:
    return not token.startswith("<")


def duration(milliseconds: int | None) -> str:
    """ "340 ms", "2.4 s", "3 min 20 s", "2 h 5 min"; an en dash when it is not known."""
    if milliseconds is None:
        return "–"
    if milliseconds < 1000:
        return f"{milliseconds} ms"
    if milliseconds < 59_950:
        return f"{milliseconds / 1000:.1f} s"
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"{minutes} min {seconds} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
