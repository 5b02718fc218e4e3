"""The tables of docs/passthrough/, written from the contract: `python -m passthrough.error_tables` puts them there.

In a document a table stands between `<!-- NAME -->` and `<!-- end of NAME -->`; a test holds it to the code.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from passthrough.contract import ERRORS, catalogue

DOCS: Final = Path(__file__).resolve().parent.parent / "docs" / "passthrough"
_BETWEEN: Final = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end of \2 -->)", re.DOTALL)

# What to put on Make's error route behind the HTTP module, as Make's own names for its directives.
_MAKE: Final = {
    202: "no error: a filter on `error_code`, then ask for the transaction",
    409: "Resume with the answer in the body",
    429: "Break, 1 minute",
    503: "Break, 1 minute",
    504: "Break, 1 minute",
}
_MAKE_OTHERWISE: Final = "no retry: send a message to whoever the last column names"


def error_codes() -> str:
    """One line for each error code."""
    lines = [
        "| error_code | HTTP | retry_allowed | retry_after_seconds | cause | fix | who |",
        "|---|---|---|---|---|---|---|",
    ]
    for code, row in ERRORS.items():
        seconds = row.retry_after_seconds or "–"
        allowed = "yes" if row.retry_allowed else "no"
        lines.append(
            f"| `{code}` | {row.http_status} | {allowed} | {seconds} | {row.cause} | {row.fix} | {row.actor.value} |"
        )
    return "\n".join(lines)


def quickbooks_codes(kind: str) -> str:
    """One line for each code of QuickBooks: `kind` as in the catalogue."""
    lines = [f"| {kind} | error_code | cause | fix | who |", "|---|---|---|---|---|"]
    for entry in catalogue():
        if entry["kind"] == kind:
            code = f"`{entry['error_code']}`" if entry["error_code"] else "– (a success)"
            if write := entry.get("write_error_code"):
                code += f", for a write `{write}`"
            lines.append(f"| {entry['code']} | {code} | {entry['cause']} | {entry['fix']} | {entry['actor']} |")
    return "\n".join(lines)


def make_handlers() -> str:
    """One line for each error code: what a Make scenario does with it."""
    lines = ["| error_code | HTTP | on the error route | who can help |", "|---|---|---|---|"]
    for code, row in ERRORS.items():
        handler = _MAKE.get(row.http_status, _MAKE_OTHERWISE)
        lines.append(f"| `{code}` | {row.http_status} | {handler} | {row.actor.value} |")
    return "\n".join(lines)


TABLES: Final[dict[str, Callable[[], str]]] = {
    "error_codes": error_codes,
    "hresults": lambda: quickbooks_codes("HRESULT"),
    "status_codes": lambda: quickbooks_codes("statusCode"),
    "message_set_status_codes": lambda: quickbooks_codes("messageSetStatusCode"),
    "web_connector_codes": lambda: quickbooks_codes("QBWC"),
    "make_handlers": make_handlers,
}


def filled(document: str) -> str:
    """The document with each table as the code has it. Raises KeyError for a table that does not exist."""
    return _BETWEEN.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}\n{found[3]}", document)


def main() -> None:
    """Write the tables into every document that has a place for one."""
    for path in sorted(DOCS.glob("*.md")):
        path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
