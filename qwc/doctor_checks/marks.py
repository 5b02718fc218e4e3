"""The proof that it is this installation that answers: whoever knows SECRET_KEY can answer a question signed with it.

A question may ask to be held for some seconds, which shows proxies that cut long calls. It is signed and short-lived,
so that nobody else can have calls held.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

PATH = "/support/mark/"
LONGEST_HOLD_SECONDS = 10.0
ANSWERED_FOR_SECONDS = 120
_QUESTION, _ANSWER = "qwc.doctor.question", "qwc.doctor.answer"


@dataclass(frozen=True)
class Question:
    """`token` stands in the address; `hold` seconds pass before the answer."""

    token: str
    hold: float


def ask(hold: float = 0.0) -> Question:
    token = signing.dumps({"hold": hold, "nonce": secrets.token_urlsafe(12)}, salt=_QUESTION)
    return Question(token, hold)


def read(token: str) -> Question | None:
    """The question in an address; None when it is not ours or old."""
    try:
        said = signing.loads(token, salt=_QUESTION, max_age=ANSWERED_FOR_SECONDS)
        hold = min(max(0.0, float(said["hold"])), LONGEST_HOLD_SECONDS)
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return None
    return Question(token, hold)


def answer(question: Question) -> str:
    return salted_hmac(_ANSWER, question.token, algorithm="sha256").hexdigest()


def is_answer(question: Question, text: str) -> bool:
    return constant_time_compare(answer(question), text)
