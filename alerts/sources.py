"""Where alerts come from: each app registers in `ready()` what it looks at, and what it finds as values."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import Company


LONGEST_NAME, LONGEST_LINK = 200, 500  # what the columns hold


class Tone(enum.StrEnum):
    """How urgent it is."""

    BAD = "bad"
    WARN = "warn"


@dataclass(frozen=True)
class Found:
    """One thing that somebody should look at.

    `subject` names it for ever ("2026-05:accrual"); another `fingerprint` makes it a new thing, unless its `size` is
    smaller than it was at its worst: then nobody is told. `value` is what changed, for a person ("12.00").
    `words`: what happened, one sentence; `why`; `remedy`: who can put it right and how; `link`: the path of that page.
    """

    company_id: int
    subject: str
    fingerprint: str
    words: str
    why: str
    remedy: str
    link: str
    tone: Tone
    since: datetime
    value: str = ""
    size: int = 0


@dataclass(frozen=True)
class Threshold:
    """A number that a company may set for a kind; `default` None: not used until it is set."""

    key: str
    label: str
    help: str
    default: Decimal | None
    least: Decimal
    most: Decimal


Look = Callable[[Sequence["Company"], datetime], Iterable[Found]]
Acknowledge = Callable[["Company", Mapping[str, str], str, str, datetime], None]


@dataclass(frozen=True)
class Source:
    """One kind of alert."""

    kind: str
    label: str
    look: Look
    acknowledge: Acknowledge | None
    thresholds: tuple[Threshold, ...]
    again_after: timedelta | None = None
    is_rough: bool = False


_registry: dict[str, Source] = {}


def register_source(
    kind: str,
    *,
    label: str,
    look: Look,
    acknowledge: Acknowledge | None = None,
    thresholds: Sequence[Threshold] = (),
    again_after: timedelta | None = None,
    is_rough: bool = False,
) -> None:
    """`look(companies, now)` takes a fixed number of queries, however many companies.

    `acknowledge(company, seen, note, actor, now)` is called in the commit that acknowledges alerts of this kind;
    `seen`: by subject the fingerprint that the person saw. `again_after`: what was over for so long is news when it
    comes back as it was; None: the same thing stays the same for ever, as a figure of a month does. `is_rough`: the
    fingerprint is no exact amount, so that what was over and comes back with another `value` is another thing.
    """
    _registry[kind] = Source(kind, label, look, acknowledge, tuple(thresholds), again_after, is_rough)


def sources() -> Mapping[str, Source]:
    """By kind, in the order in which they registered."""
    return dict(_registry)


def label_of(kind: str) -> str:
    """For people; the kind itself when nobody knows it today."""
    source = _registry.get(kind)
    return source.label if source is not None else kind


def fitted(found: Found) -> Found:
    """Cut to what a row holds: a name without end in one company's books must not cost all others their alerts."""
    fingerprint = found.fingerprint
    if len(fingerprint) > LONGEST_NAME:  # cut, two of them could be taken for one
        fingerprint = hashlib.sha256(fingerprint.encode()).hexdigest()
    subject, value = found.subject[:LONGEST_NAME], found.value[:LONGEST_NAME]
    return replace(found, subject=subject, fingerprint=fingerprint, value=value, link=found.link[:LONGEST_LINK])


def doublings(ratio: Decimal) -> int:
    """How often 1 doubles into the ratio: 0 up to 2, 1 up to 4, … A fingerprint that does not move with every cent."""
    count = 0
    while ratio >= 2 and count < 64:
        ratio, count = ratio / 2, count + 1
    return count
