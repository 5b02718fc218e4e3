"""What a server cannot go below: uvicorn with canned answers, and the same with one durable SQLite commit per call.

Started as `python -m bench.bare PORT [DATABASE]`.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

REPLY = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
    '<soap:Body><{0}Response xmlns="http://developer.intuit.com/"><{0}Result>{1}</{0}Result></{0}Response>'
    "</soap:Body></soap:Envelope>"
)
REQUEST = (
    '&lt;?xml version="1.0"?&gt;&lt;?qbxml version="13.0"?&gt;&lt;QBXML&gt;&lt;QBXMLMsgsRq onError="stopOnError"&gt;'
    '&lt;InvoiceQueryRq requestID="1-0"/&gt;&lt;/QBXMLMsgsRq&gt;&lt;/QBXML&gt;'
)
ANSWERS = {
    "authenticate": "<string>0d6d3f0e-0000-4000-8000-000000000000</string><string>none</string>",
    "sendRequestXML": REQUEST,
    "receiveResponseXML": "50",
    "closeConnection": "OK",
}
REPLIES = {f"<{name} ".encode(): REPLY.format(name, answer).encode() for name, answer in ANSWERS.items()}

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


class Bare:
    """The canned server; with a database it commits one row per call first."""

    def __init__(self, database: str = "") -> None:
        self._rows = sqlite3.connect(database, isolation_level=None) if database else None
        if self._rows is not None:
            self._rows.execute("PRAGMA journal_mode=WAL")
            self._rows.execute("PRAGMA synchronous=FULL")
            self._rows.execute("CREATE TABLE call (id INTEGER PRIMARY KEY, body BLOB)")

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        start, is_whole = b"", False
        while not is_whole:
            event = await receive()
            start = start or bytes(event["body"][:1000])
            is_whole = not event.get("more_body")
        if self._rows is not None:
            self._rows.execute("INSERT INTO call (body) VALUES (?)", (start,))
        body = next(reply for name, reply in REPLIES.items() if name in start)
        headers = [(b"content-type", b"text/xml; charset=utf-8"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def main() -> None:
    application = Bare(*sys.argv[2:])
    config = uvicorn.Config(application, port=int(sys.argv[1]), lifespan="off", log_level="error", access_log=False)
    asyncio.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main()
