"""Every error number of the fact sheets is in the catalogue, with a code, a cause, a fix and somebody who can do it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from passthrough.contract import ERRORS, ErrorCode, catalogue
from qbwc.tests.reference import reference_path

ACTORS = {"developer", "user", "administrator"}


def section(sheet: str, heading: str) -> str:
    """The text below a heading, up to the next heading of any level."""
    text = reference_path(sheet).read_text(encoding="utf-8")
    return re.split(r"^#", text.partition(heading)[2].partition("\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def first_cells(text: str) -> str:
    """The first column of the tables in it, without emphasis, one line each."""
    return "\n".join(line.split("|")[1] for line in text.splitlines() if line.startswith("|")).replace("*", "")


def rows(kind: str) -> Mapping[str, dict[str, object]]:
    return {str(entry["code"]): entry for entry in catalogue() if entry["kind"] == kind}


def problems(kind: str, codes: set[str]) -> list[str]:
    """Which of these the catalogue lacks or says too little about."""
    found = rows(kind)
    return [code for code in sorted(codes) if code not in found or not _is_whole(found[code])]


def _is_whole(entry: Mapping[str, object]) -> bool:
    has_code = entry["error_code"] is None or ErrorCode(str(entry["error_code"])) in ERRORS
    return has_code and bool(entry["cause"]) and bool(entry["fix"]) and entry["actor"] in ACTORS


def test_every_hresult() -> None:
    table = first_cells(section("qbwc-protocol.md", "## 7. HRESULTs"))
    codes = set(re.findall(r"0x[0-9A-F]{8}", table))
    assert len(codes) >= 27
    assert problems("HRESULT", codes) == []
    assert all(entry["error_code"] for entry in rows("HRESULT").values())


def test_every_status_code() -> None:
    cells = first_cells(section("qbxml.md", "## 6."))
    codes = {code for cell in cells.splitlines() for code in re.findall(r"(?<!-)\b\d{1,4}\b(?!-)", cell)}
    assert len(codes) >= 60
    assert problems("statusCode", codes) == []
    named = rows("statusCode")
    assert all((int(code) < 1000) == (named[code]["error_code"] is None) for code in codes)


def test_every_status_code_of_a_message_set() -> None:
    codes = set(re.findall(r"\d+", first_cells(section("qbwc-protocol.md", "### 6.3 messageSetStatusCode"))))
    assert {"0", "600", "9001", "9005"} <= codes
    assert problems("messageSetStatusCode", codes) == []


def test_every_code_that_the_web_connector_shows() -> None:
    codes: set[str] = set()
    for cell in first_cells(section("qbwc-protocol.md", "### 8.1 Codes")).splitlines():
        for first, last in re.findall(r"\b(\d{4})(?:-(\d{4}))?\b", cell):
            codes |= {str(number) for number in range(int(first), int(last or first) + 1)}
    assert len(codes) >= 45
    assert problems("QBWC", {f"QBWC{code}" for code in codes}) == []
