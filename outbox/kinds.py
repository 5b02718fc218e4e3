"""What is sent, as values, and who builds a letter or a hook of which kind. Apps register in `ready()`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accounts.models import Company


@dataclass(frozen=True)
class Attachment:
    """A file of a letter; `content_type` like "application/pdf"."""

    name: str
    content_type: str
    body: bytes


@dataclass(frozen=True)
class Letter:
    """One mail without its address. `html` says the same as `text`; "" sends the text alone."""

    subject: str
    text: str
    html: str = ""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Hook:
    """One signed POST without its address: `body` is sent as JSON, `event` stands in a header and in the body."""

    event: str
    body: dict[str, Any]


class NothingToSend(Exception):
    """The reason is gone: the message ends as dropped, with these words."""


class NotYet(Exception):
    """What it needs is not there yet: it is built again after `pause`, and that is no failed try."""

    def __init__(self, words: str, pause: timedelta = timedelta(minutes=5)) -> None:
        super().__init__(words)
        self.pause = pause


LetterOf = Callable[["Company", dict[str, Any], datetime], Letter]
HookOf = Callable[["Company", dict[str, Any], datetime], Hook]


@dataclass(frozen=True)
class Kind:
    """How a kind is built, when it is sent: `letter(company, argument, now)`, `hook(company, argument, now)`."""

    name: str
    letter: LetterOf | None
    hook: HookOf | None


class UnknownKind(LookupError):
    """No app has registered this kind: a row of another version, or a misspelt name."""


_registry: dict[str, Kind] = {}


def register_kind(kind: str, *, letter: LetterOf | None = None, hook: HookOf | None = None) -> None:
    """Builders may raise NothingToSend or NotYet. They run outside a transaction, perhaps several times."""
    _registry[kind] = Kind(kind, letter, hook)


def find(kind: str) -> Kind:
    """The registered kind. Raises UnknownKind."""
    try:
        return _registry[kind]
    except KeyError:
        raise UnknownKind(f"No message is called “{kind}”.") from None
