"""Calls to the REST interface, by a program with a key and by a signed-in person; and that person's browser."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from accounts.authentication import issue_key
from accounts.models import Company, Membership
from metrics.tests.factories import NOW, person


class Api:
    """JSON in and out. `status` holds the last answer's HTTP status."""

    def __init__(self, client: Client, headers: dict[str, str] | None = None) -> None:
        self._client = client
        self._headers = headers or {}
        self.status = 0

    def get(self, path: str, **query: str | int) -> Any:
        return self._answer(self._client.get(path, query, headers=self._headers))

    def send(self, method: str, path: str, body: object = None) -> Any:
        content_type = "application/json"
        call = getattr(self._client, method)
        return self._answer(call(path, data=body, content_type=content_type, headers=self._headers))

    def _answer(self, answer: Any) -> Any:
        self.status = answer.status_code
        return answer.json() if answer.content else None


def by_key(company: Company, scope: str = "write") -> Api:
    _, text = issue_key(company, "a program", scope, NOW)
    return Api(Client(), {"X-API-Key": text})


def by_person(*companies: Company, role: str = Membership.Role.VIEWER, **fields: Any) -> Api:
    return Api(client_of(*companies, role=role, **fields))


def client_of(*companies: Company, role: str = Membership.Role.VIEWER, **fields: Any) -> Client:
    """The browser of a signed-in person."""
    client = Client()
    user = person(*companies, role=role, **fields).user
    assert user is not None
    client.force_login(user)
    return client


def nobody() -> Api:
    return Api(Client())


def words(client: Client, address: str) -> str:
    """What a reader of a page gets."""
    answer = client.get(address)
    assert answer.status_code == 200
    return words_of(answer.content.decode())


def words_of(html: str) -> str:
    """No tags, single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("&amp;", "&")
