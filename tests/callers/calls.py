"""One caller of the synchronous path over real HTTP, and what it may be told."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any

from passthrough.contract import ERRORS

TIMEOUT_SECONDS = 60.0
_DOCUMENT = (
    '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">{}</QBXMLMsgsRq></QBXML>'
)
QUERY = _DOCUMENT.format('<CustomerQueryRq requestID="mine"><MaxReturned>3</MaxReturned></CustomerQueryRq>')
# Its answer is too large to be read before the Web Connector has its reply.
LARGE_QUERY = _DOCUMENT.format("".join(f'<AccountQueryRq requestID="mine-{number}"/>' for number in range(12)))
# QuickBooks itself refuses a second customer of the same name; a second entry it takes, so that a duplicate shows.
_ENTRY = (
    '<JournalEntryAddRq requestID="mine"><JournalEntryAdd><Memo>{}</Memo>'
    "<JournalDebitLine><AccountRef><FullName>Savings</FullName></AccountRef><Amount>12.50</Amount></JournalDebitLine>"
    "<JournalCreditLine><AccountRef><FullName>Operating Checking</FullName></AccountRef><Amount>12.50</Amount>"
    "</JournalCreditLine></JournalEntryAdd></JournalEntryAddRq>"
)
# What the table in docs/passthrough/ promises; 409 also answers a call whose original still runs.
DOCUMENTED = {(row.http_status, str(code)) for code, row in ERRORS.items()}


@dataclass(frozen=True)
class Said:
    """What a caller was told; status 0: nothing, the connection broke or nothing came in time."""

    status: int
    body: dict[str, Any]

    @property
    def is_success(self) -> bool:
        """Carried out, now or before."""
        return self.status == 200 or (self.status == 409 and self.body.get("original_status") == "success")

    @property
    def is_documented(self) -> bool:
        return self.is_success or (self.status, self.body.get("error_code", "")) in DOCUMENTED

    @property
    def transaction(self) -> str:
        return str(self.body.get("transaction_id", ""))


def write_of(memo: str) -> str:
    """A journal entry that is recognised in the books by its memo."""
    return _DOCUMENT.format(_ENTRY.format(memo))


def post(port: int, key: str, qbxml: str, *, timeout: float = TIMEOUT_SECONDS, **values: Any) -> Said:
    """POST /api/qbxml; never raises for what the network does."""
    return ask(port, key, "POST", "/api/qbxml", {"qbxml": qbxml, **values}, timeout)


def ask(
    port: int, key: str, method: str, path: str, values: dict[str, Any] | None = None, timeout: float = TIMEOUT_SECONDS
) -> Said:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        body = None if values is None else json.dumps(values).encode()
        connection.request(method, path, body, {"X-API-Key": key, "Content-Type": "application/json"})
        answer = connection.getresponse()
        return Said(answer.status, json.loads(answer.read()))
    except (OSError, http.client.HTTPException):
        return Said(0, {})
    finally:
        connection.close()
