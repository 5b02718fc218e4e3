"""The only writer of messages: owed in the commit of their reason, taken by one worker, sent, and marked.

A letter whose outcome nobody knows is not sent again by itself; a webhook is, with the same delivery id. What a message
tells is its owner's, who may note in its argument what it left out.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from accounts import clock
from accounts.models import Company
from outbox import kinds
from outbox.failures import InDoubt, NotSent
from outbox.kinds import NothingToSend, NotYet
from outbox.mail import checked_address, send_letter
from outbox.models import Channel, Message, State
from outbox.webhook import checked_url, send_hook

logger = logging.getLogger(__name__)

# A minute of patience at first, a day and a half in all; an administrator who mends the mail settings loses nothing.
PAUSES = tuple(timedelta(seconds=s) for s in (60, 300, 900, 3600, 4 * 3600, 12 * 3600, 20 * 3600))
# Longer than building and sending may take: whoever took the row and has not come back by then is dead.
LEASE = timedelta(minutes=15)
KEPT = timedelta(days=180)
_ENDED = (State.SENT, State.FAILED, State.UNKNOWN, State.DROPPED)
_MAY_GO_AGAIN = (State.FAILED, State.UNKNOWN)
OURS_BROKE = (
    "It could not be written: something went wrong on this server. An administrator of it finds the details in its log."
)
NEVER_ENDED = (
    f"Each of {len(PAUSES) + 1} tries stopped in the middle: whoever wrote it died, or took too long. An administrator "
    "of the server finds out why from its log and its memory."
)
LOST = "The server stopped while the letter was on its way: nobody knows whether it arrived."


class _Overtaken(Exception):
    """Building took longer than the lease, and somebody else has taken the row since."""


def post_letter(
    company: Company, *, kind: str, key: str, address: str, argument: dict[str, Any], now: datetime
) -> Message | None:
    """Owe a letter, in the caller's transaction. None: this recipient has had this key before. BadRecipient."""
    return _owed(company, Channel.MAIL, checked_address(address), kind, key, argument, now)


def post_hook(
    company: Company, *, kind: str, key: str, url: str, argument: dict[str, Any], now: datetime
) -> Message | None:
    """Owe a webhook, in the caller's transaction. None: this address has had this key before. BadRecipient."""
    return _owed(company, Channel.WEBHOOK, checked_url(url), kind, key, argument, now)


def _owed(
    company: Company, channel: Channel, recipient: str, kind: str, key: str, argument: dict[str, Any], now: datetime
) -> Message | None:
    found = kinds.find(kind)
    if (found.letter if channel is Channel.MAIL else found.hook) is None:
        raise kinds.UnknownKind(f"“{kind}” has nothing to send by {channel}.")
    message, is_new = Message.objects.get_or_create(
        once=_once(company.pk, kind, key, channel, recipient),
        defaults={
            "company": company,
            "kind": kind,
            "key": key,
            "channel": channel,
            "recipient": recipient,
            "argument": argument,
            "delivery": secrets.token_hex(16),
            "next_at": now,
            "created_at": now,
        },
    )
    if not is_new:
        return None
    transaction.on_commit(lambda: _ask_worker(message.pk))
    return message


def _once(company_id: int, kind: str, key: str, channel: Channel, recipient: str) -> str:
    """Mail addresses differ by more than the case of their letters only in theory."""
    who = recipient.lower() if channel is Channel.MAIL else recipient
    return hashlib.sha256(json.dumps([company_id, kind, key, channel.value, who]).encode()).hexdigest()


def _ask_worker(message_id: int) -> None:
    try:
        from outbox.tasks import send_message  # tasks imports this module

        send_message.delay(message_id=message_id)
    except Exception:  # a broker that is down must not cost the caller anything; the sweep sends it
        logger.exception("message %s could not be handed on; the sweep sends it", message_id)


def send(message_id: int) -> bool:
    """One try; whether it is sent now. Two workers at once send it once."""
    now = clock.now()
    taken = Message.objects.filter(pk=message_id, state=State.DUE, next_at__lte=now)
    if taken.update(next_at=now + LEASE, attempts=F("attempts") + 1) != 1:
        return False
    message = Message.objects.select_related("company").get(pk=message_id)
    try:
        status = _sent_to(message, now)
    except _Overtaken:
        return False
    except NothingToSend as reason:
        _mark(message, state=State.DROPPED, last_error=str(reason)[:2000])
    except NotYet as reason:
        _mark(message, state=State.DUE, next_at=now + reason.pause, last_error=str(reason)[:2000], **_no_try())
    except InDoubt as problem:
        _mark(message, state=State.UNKNOWN, last_error=str(problem)[:2000])
    except NotSent as problem:
        _failed(message, str(problem), now, status=problem.status, is_final=problem.is_final)
    except Exception:  # the builder's own failure: nothing has left
        logger.exception("message %s (%s) could not be built", message_id, message.kind)
        _failed(message, OURS_BROKE, now)
    else:
        return _mark(message, state=State.SENT, sent_at=clock.now(), last_status=status, last_error="")
    return False


def _no_try() -> dict[str, Any]:
    """Left out of this round's tries; a number of `attempts` names one taker and is never given twice."""
    return {"attempts_before": F("attempts_before") + 1}


def _sent_to(message: Message, now: datetime) -> int | None:
    """Built while the row still counts as due: a process that dies over it has sent nothing."""
    if message.tries > len(PAUSES) + 1:  # _failed has not seen them: each killed its process, and the next would too
        raise NotSent(NEVER_ENDED, is_final=True)
    kind = kinds.find(message.kind)
    if message.channel == Channel.MAIL:
        assert kind.letter is not None
        letter = kind.letter(message.company, message.argument, now)
        _begin(message)
        send_letter(letter, message.recipient, message.delivery)
        return None
    assert kind.hook is not None
    hook = kind.hook(message.company, message.argument, now)
    _begin(message)
    return send_hook(hook, message.recipient, company_id=message.company_id, delivery=message.delivery, now=clock.now())


def _begin(message: Message) -> None:
    """From here on it may arrive."""
    still_ours = Message.objects.filter(pk=message.pk, state=State.DUE, attempts=message.attempts)
    if still_ours.update(state=State.SENDING, next_at=clock.now() + LEASE) != 1:
        raise _Overtaken


def _failed(message: Message, why: str, now: datetime, *, status: int | None = None, is_final: bool = False) -> None:
    logger.warning("message %s (%s): try %s failed: %s", message.pk, message.kind, message.attempts, why)
    columns: dict[str, Any] = {"state": State.FAILED}
    if not is_final and message.tries <= len(PAUSES):
        columns = {"state": State.DUE, "next_at": now + PAUSES[message.tries - 1]}
    _mark(message, last_status=status, last_error=why[:2000], **columns)


def _mark(message: Message, **columns: Any) -> bool:
    """What came of this try; not when another one has begun since."""
    mine = Message.objects.filter(pk=message.pk, attempts=message.attempts).exclude(state__in=(State.SENT,))
    return mine.update(**columns) == 1


def send_again(messages: QuerySet[Message], now: datetime) -> int:
    """A person decides: what failed, or what nobody knows, is sent once more, under the same ids. How many."""
    chosen = list(messages.filter(state__in=_MAY_GO_AGAIN).values_list("pk", flat=True))
    count = Message.objects.filter(pk__in=chosen, state__in=_MAY_GO_AGAIN).update(
        state=State.DUE, next_at=now, attempts_before=F("attempts")
    )
    for pk in chosen:
        transaction.on_commit(lambda pk=pk: _ask_worker(pk))  # type: ignore[misc]
    return count


def due(now: datetime) -> list[int]:
    """What waits for its moment or was never handed on, the longest first."""
    rows = Message.objects.filter(state=State.DUE, next_at__lte=now).order_by("next_at")
    return list(rows.values_list("pk", flat=True)[:500])


def settle_lost(now: datetime) -> Mapping[str, int]:
    """What somebody was sending and never came back from: a letter is in doubt, a webhook goes again."""
    lost = Message.objects.filter(state=State.SENDING, next_at__lte=now)
    letters = lost.filter(channel=Channel.MAIL).update(state=State.UNKNOWN, last_error=LOST)
    hooks = lost.filter(channel=Channel.WEBHOOK).update(state=State.DUE, next_at=now)
    return {"unknown": letters, "due": hooks}


def forget(now: datetime) -> int:
    """Messages that ended half a year ago, and their keys with them: what is owed under one again goes again."""
    return Message.objects.filter(state__in=_ENDED, created_at__lt=now - KEPT).delete()[0]
