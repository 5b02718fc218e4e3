#!/usr/bin/env python3
"""Send qbXML to QuickBooks through Tieout and print QuickBooks' answer. Standard library only, Python 3.11 or newer.

    export TIEOUT_URL=https://books.example.com TIEOUT_API_KEY=tieout_...
    python3 tieout_client.py request.xml [--key order-1001] [--identifier order-1001] [--wait 35]

A call is repeated only where the server says that it may be, and always with the same key, so that it is carried out
once whatever gets lost on the way. A change whose outcome is not known yet is never repeated: it is asked for.
"""

import argparse
import hashlib
import hmac
import http.client
import json
import os
import sys
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ATTEMPTS = 4
LONGEST_PAUSE = 60  # seconds
GIVE_UP_AFTER = 600  # seconds that a pending transaction is asked for
REPEATABLE = (429, 502, 503, 504)  # of a proxy before the server; the server itself says retry_allowed


class TieoutError(Exception):
    """The call has failed. `error_code` and `body` are the server's."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        super().__init__(str(body.get("error") or body.get("error_message") or "The server gave no reason."))
        self.error_code = str(body.get("error_code") or "NETWORK_ERROR")
        self.body = body


class Tieout:
    """One server and one company: the key belongs to the company."""

    def __init__(self, url: str, api_key: str) -> None:
        self.address = urlsplit(url)
        self.api_key = api_key

    def call(self, qbxml: str, key: str = "", identifier: str = "", wait: int = 35) -> str:
        """QuickBooks' answer. `key` names the operation: what has the same key is carried out once. TieoutError."""
        payload = {"qbxml": qbxml, "identifier": identifier, "idempotency_key": key or str(uuid.uuid4()), "wait": wait}
        for attempt in range(1, ATTEMPTS + 1):
            status, body = self._post(payload, wait)
            if status == 200 or (status == 409 and body.get("original_status") == "success"):
                return answer_in(body)  # with 409 it was carried out before, and this is that answer
            if status == 202:
                return self.result_of(str(body["transaction_id"]))
            if not body.get("retry_allowed") or attempt == ATTEMPTS:
                break
            time.sleep(min(body.get("retry_after_seconds") or 2**attempt, LONGEST_PAUSE))
        raise TieoutError(body)

    def result_of(self, transaction_id: str) -> str:
        """Wait for a transaction to end: QuickBooks' answer, or TieoutError with the reason."""
        give_up_at = time.monotonic() + GIVE_UP_AFTER
        while time.monotonic() < give_up_at:
            status, body = self._request("GET", f"/api/transactions/{transaction_id}?wait=30", None, 60)
            if body.get("status") == "success":
                return answer_in(body)
            if body.get("status") != "pending" and status not in REPEATABLE:
                raise TieoutError(body)
            time.sleep(1)
        words = f"{transaction_id} is still pending. Do not send it again: ask for it later, or look in QuickBooks."
        raise TieoutError({"error_code": "OUTCOME_PENDING", "error": words})

    def _post(self, payload: Mapping[str, Any], wait: int) -> tuple[int, dict[str, Any]]:
        try:
            return self._request("POST", "/api/qbxml", payload, wait + 30)
        except (OSError, http.client.HTTPException) as error:  # no answer; the key makes it safe to ask again
            return 503, {"error": f"No answer from {self.address.netloc}: {error}", "retry_allowed": True}

    def _request(
        self, method: str, path: str, payload: Mapping[str, Any] | None, timeout: float
    ) -> tuple[int, dict[str, Any]]:
        """The HTTP status and the JSON of an answer, whatever the status."""
        kind = http.client.HTTPSConnection if self.address.scheme == "https" else http.client.HTTPConnection
        connection = kind(self.address.hostname or "", self.address.port, timeout=timeout)
        try:
            connection.request(
                method,
                self.address.path.rstrip("/") + path,
                body=None if payload is None else json.dumps(payload).encode(),
                headers={"X-API-Key": self.api_key, "Content-Type": "application/json"},
            )
            answer = connection.getresponse()
            return answer.status, json_of(answer.status, answer.read())
        finally:
            connection.close()


def answer_in(body: Mapping[str, Any]) -> str:
    """QuickBooks' answer: `qb_response` of a call, `qbxml_response` of a transaction."""
    return str(body.get("qb_response") or body.get("qbxml_response") or "")


def json_of(status: int, raw: bytes) -> dict[str, Any]:
    """The server's JSON; the page of a proxy before it becomes an error of the same shape."""
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if isinstance(body, dict):
        return body
    words = f"HTTP {status}: {raw[:200].decode('utf-8', 'replace')}"
    return {"error": words, "retry_allowed": status in REPEATABLE}


def is_genuine(secret: str, headers: Mapping[str, str], body: bytes, now: float, tolerance: float = 300) -> bool:
    """Whether a callback comes from your server: `body` as it came, byte for byte; `now` is time.time()."""
    timestamp = headers.get("X-Tieout-Timestamp", "")
    if not timestamp.isdecimal() or abs(now - int(timestamp)) > tolerance:
        return False
    expected = "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), headers.get("X-Tieout-Signature", "").encode())


def main() -> int:
    """The command line: 0 and the answer, or 1 and the reason."""
    parser = argparse.ArgumentParser(description="Send qbXML to QuickBooks through Tieout and print the answer.")
    parser.add_argument("file", help="the qbXML document, or - for standard input")
    parser.add_argument("--key", default="", help="the operation's own name; made up when it is left out")
    parser.add_argument("--identifier", default="", help="how the call is called in the history")
    parser.add_argument("--wait", type=int, default=35, help="seconds to be held, 0 to 290")
    options = parser.parse_args()
    qbxml = sys.stdin.read() if options.file == "-" else Path(options.file).read_text(encoding="utf-8")
    tieout = Tieout(os.environ["TIEOUT_URL"], os.environ["TIEOUT_API_KEY"])
    try:
        sys.stdout.write(tieout.call(qbxml, options.key, options.identifier, options.wait) + "\n")
    except TieoutError as error:
        sys.stderr.write(f"{error.error_code}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
