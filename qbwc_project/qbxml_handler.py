"""Callers' small calls without Django's request cycle: most of them are held, and what is held should be little."""

import json
from functools import partial

from django.http import QueryDict
from django.utils.http import parse_header_parameters

from passthrough import direct
from passthrough.answers import Answer
from passthrough.call_reading import Asked
from qbwc_project.handlers import Receive, Scope, Send, Threads, announced_length, header, read_body

PATH = "/api/qbxml"
# Longer ones, and those that mean something special, are for Django, which knows all that can be wrong with them.
_LONGEST_QUERY, _LONGEST_CONTENT_TYPE = 1000, 200


class QbxmlHandler:
    """Answers a POST of a known, small size; ask `takes` first."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads

    @staticmethod
    def takes(scope: Scope) -> bool:
        """Whether the call is a plain one: whole and small, from no browser, without a heartbeat."""
        query: bytes = scope.get("query_string", b"")
        return (
            scope["path"] == PATH
            and scope["method"] == "POST"
            and 0 < announced_length(scope) <= direct.SMALL_BODY
            and query.isascii()
            and len(query) <= _LONGEST_QUERY
            and b"heartbeat" not in query
            and len(header(scope, b"content-type")) <= _LONGEST_CONTENT_TYPE
            and not header(scope, b"origin")
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(receive)
        if body is None:
            return
        answering = direct.answer(_asked(scope), body, partial(_gone, receive), self._threads.run)
        del body  # it is not kept while the call is held
        answer = await answering
        del answering
        if answer is not None:
            await _send(answer, send)


def _asked(scope: Scope) -> Asked:
    """As Django reads headers: several of one name are one, and a name with an underscore is none."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if "_" not in name:
            headers[name] = f"{headers[name]},{value}" if name in headers else value
    text = scope.get("query_string", b"").decode("ascii")
    query = {name: str(value) for name, value in QueryDict(text).items()} if text else {}
    return Asked(parse_header_parameters(headers.get("content-type", ""))[0], headers, query)


async def _gone(receive: Receive) -> None:
    """Returns when the caller has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(answer: Answer, send: Send) -> None:
    body = json.dumps(answer.body, default=str).encode()
    headers = {"content-type": "application/json", **answer.headers, "content-length": str(len(body))}
    encoded = [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded, "trailers": False})
    await send({"type": "http.response.body", "body": body, "more_body": False})
