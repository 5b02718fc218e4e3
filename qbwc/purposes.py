"""What a job is for: who builds its request and who reads its answer. Apps register theirs in `ready()`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from qbwc.models import Exchange, Job


@dataclass(frozen=True)
class Delivered:
    """An answered exchange on its way to its purpose.

    `text` is the qbXML answer exactly as it came, "" when an HRESULT came instead. `failure` is "" on success,
    else a sentence for a person that carries QuickBooks' own words.
    """

    job: Job
    exchange: Exchange
    text: str
    failure: str
    now: datetime


@dataclass(frozen=True)
class Purpose:
    """`build` gives the request elements of the job's message set, without requestID, in order.

    `read` runs after the answer was committed, at least once for each answered exchange: twice must be harmless.
    What it raises is kept on the exchange (delivery_error) and the delivery is tried again.
    """

    name: str
    is_write: bool
    build: Callable[[Job], tuple[etree._Element, ...]]
    read: Callable[[Delivered], None]


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


def names() -> tuple[str, ...]:
    """Every registered name, sorted."""
    return tuple(sorted(_registry))
