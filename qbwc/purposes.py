"""What a job is for: who builds its request and who reads its answer. Apps register theirs in `ready()`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from lxml import etree

from qbwc import payloads
from qbwc.models import Exchange, Job


@dataclass(frozen=True)
class Delivered:
    """An answered exchange on its way to its purpose.

    `failure` is "" on success, else a sentence for a person that carries QuickBooks' own words. `given` is the answer
    when it is at hand; None leaves it in the database until somebody wants the text, which may have 50 MB.
    """

    job: Job
    exchange: Exchange
    given: str | None
    failure: str
    now: datetime

    @cached_property
    def text(self) -> str:
        """The qbXML answer exactly as it came, "" when an HRESULT came instead."""
        if self.given is not None:
            return self.given
        payload = self.exchange.response_payload
        return payloads.text_of(payload) if payload is not None else ""


@dataclass(frozen=True)
class Purpose:
    """`build` gives the request elements of the job's message set, without requestID, in order.

    `read` runs after the answer was committed, at least once for each answered exchange: twice must be harmless.
    What it raises is kept on the exchange (delivery_error) and the delivery is tried again. None: the answer is only
    kept, and counts as delivered when it is.

    `read_at_once`, of an answer that ended its job well, runs in the very commit that keeps it, once it is stored;
    False leaves the answer to `read`. It must wait for no lock: others hold theirs in another order.
    """

    name: str
    is_write: bool
    build: Callable[[Job], tuple[etree._Element, ...]]
    read: Callable[[Delivered], None] | None
    read_at_once: Callable[[Exchange], bool] | None = None


class UnknownPurpose(LookupError):
    """No app has registered this name: a job from another version, or a misspelt plan."""


_registry: dict[str, Purpose] = {}


def register(purpose: Purpose) -> None:
    _registry[purpose.name] = purpose


def find(name: str) -> Purpose:
    """The purpose of this name. Raises UnknownPurpose."""
    try:
        return _registry[name]
    except KeyError:
        raise UnknownPurpose(f"No purpose is called “{name}”.") from None


def is_read(name: str) -> bool:
    """Whether the answers to this purpose are handed on; so they are, in the end, when nobody knows it today."""
    purpose = _registry.get(name)
    return purpose is None or purpose.read is not None


def names() -> tuple[str, ...]:
    """Every registered name, sorted."""
    return tuple(sorted(_registry))
