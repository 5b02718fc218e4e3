"""Every code that the Web Connector or QuickBooks shows, in one list that can be searched by number or by words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from qbwc.qbxml.code_rows import CodeRow
from qbwc.qbxml.status_codes import HRESULTS, MESSAGE_SET_STATUS_CODES, QBWC_CODES, STATUS_CODES, normal_hresult
from qwc.who import WHO

LONGEST_QUESTION = 100


@dataclass(frozen=True, slots=True)
class Code:
    """One row for a person. `where`: which of the four kinds of number it is."""

    code: str
    where: str
    meaning: str
    remedy: str
    who: str


_WEB_CONNECTOR: Final = "Web Connector"
_HRESULT: Final = "QuickBooks could not be reached (HRESULT)"
_STATUS: Final = "QuickBooks' answer (statusCode)"
_SET: Final = "Recovery of a write (messageSetStatusCode)"


def _rows(where: str, prefix: str, table: Mapping[int, CodeRow] | Mapping[str, CodeRow]) -> Iterator[Code]:
    for code, row in sorted(table.items()):
        yield Code(f"{prefix}{code}", where, row.meaning, row.remedy, WHO[row.actor])


CODES: Final[tuple[Code, ...]] = (
    *_rows(_WEB_CONNECTOR, "QBWC", QBWC_CODES),
    *_rows(_HRESULT, "", HRESULTS),
    *_rows(_STATUS, "", STATUS_CODES),
    *_rows(_SET, "", MESSAGE_SET_STATUS_CODES),
)
_NUMBER: Final = re.compile(r"(?:qbwc|status(?:code)?)?\s*([0-9]{1,5})", re.IGNORECASE)


def search(question: str) -> tuple[Code, ...]:
    """The rows with that code in any writing, else those that hold every word; all of them for no question."""
    asked = question.strip()[:LONGEST_QUESTION]
    if not asked:
        return CODES
    wanted = {normal_hresult(asked).lower(), asked.lower()}
    if found := _NUMBER.fullmatch(asked):
        wanted |= {found[1].lower(), f"qbwc{found[1]}"}
    exact = tuple(code for code in CODES if code.code.lower() in wanted)
    return exact or tuple(code for code in CODES if _holds(code, asked.lower().split()))


def _holds(code: Code, words: list[str]) -> bool:
    text = f"{code.code} {code.where} {code.meaning} {code.remedy}".lower()
    return all(word in text for word in words)
