"""Many hands at once on a real database: one message a key, one sending a message."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import AuditEvent, Company
from accounts.tests.factories import CompanyFactory, UserFactory
from outbox import sending
from outbox.models import Message, State
from outbox.tasks import sweep_outbox
from outbox.tests.conftest import START, Hands, Writer
from outbox.tests.receiver import Receiver
from outbox.tests.smtp_server import MailServer

pytestmark = pytest.mark.django_db(transaction=True)


def together(call: Any, times: int = 6) -> list[Any]:
    def one(_: int) -> Any:
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def post(company: Company) -> Message | None:
    return sending.post_letter(company, kind="test", key="k", address="a@example.com", argument={}, now=START)


def test_one_key_is_owed_once_and_sent_once_by_many_workers(
    writer: Writer, mail_server: MailServer, hands: Hands
) -> None:
    company = CompanyFactory.create()
    made = [one for one in together(lambda: post(company)) if one is not None]
    assert len(made) == Message.objects.count() == 1
    assert sum(together(lambda: sending.send(made[0].pk))) == 1
    assert len(mail_server.taken) == 1


def test_the_sweep_sends_what_nobody_handed_on(writer: Writer, mail_server: MailServer, hands: Hands) -> None:
    post(CompanyFactory.create())
    sweep_outbox()
    assert Message.objects.get().state == State.SENT


def test_an_administrator_of_the_server_sends_again_what_is_in_doubt(
    client: Client, writer: Writer, receiver: Receiver, hands: Hands
) -> None:
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    message = post(CompanyFactory.create())
    assert message is not None
    Message.objects.update(state=State.UNKNOWN)
    found = client.get("/admin/outbox/message/")
    assert b"Nobody knows whether it arrived" in found.content
    chosen = {"action": "send_again", "_selected_action": [message.pk]}
    client.post("/admin/outbox/message/", chosen)
    assert Message.objects.get().state == State.DUE
    assert AuditEvent.objects.filter(action="message.sent_again").exists()
