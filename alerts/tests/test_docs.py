"""What docs/alerts.md promises: the example checks a real webhook, the tables name what is registered."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Company
from alerts.sources import sources
from alerts.telling import TEST_KIND
from alerts.tests.conftest import Books, recipient
from outbox import sending, webhook
from outbox.models import Message
from outbox.tests.conftest import Hands
from outbox.tests.receiver import Receiver

DOCS = Path(__file__).resolve().parents[2] / "docs" / "alerts.md"


def test_every_kind_and_every_default_threshold_is_in_the_document() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \| (?!smtp|who|what)", text, re.MULTILINE)) >= set(sources())
    for source in sources().values():
        for one in source.thresholds:
            assert one.default is None or f"| {one.default.normalize():f} |" in text


@pytest.mark.django_db
def test_the_example_tells_a_genuine_webhook_from_another(
    company: Company, books: Books, hands: Hands, receiver: Receiver
) -> None:
    found = re.search(r"```python\n(.+?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    example: dict[str, Any] = {}
    exec(found[1], example)  # noqa: S102 - our own document
    row = recipient(company, receiver.url)
    sending.post_hook(company, kind=TEST_KIND, key="k", url=row.address, argument={"recipient": row.pk}, now=hands.now)
    assert sending.send(Message.objects.get().pk)
    ((headers, body),) = receiver.received
    secret, now = webhook.secret_of(company.pk), hands.now.timestamp()
    assert example["is_genuine"](secret, headers, body, now)
    assert not example["is_genuine"](secret, headers, body + b" ", now)
    assert not example["is_genuine"]("another", headers, body, now)
    assert not example["is_genuine"](secret, headers, body, now + 301)
