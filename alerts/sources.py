"""Where alerts come from: each app registers in `ready()` what it looks at, and what it finds as values."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import Company


class Tone(enum.StrEnum):
    """How urgent it is."""

    BAD = "bad"
    WARN = "warn"


@dataclass(frozen=True)
class Found:
    """One thing that somebody should look at.

    `subject` names it for ever ("2026-05:accrual"); another `fingerprint` makes it a new thing, unless its `size` is
    smaller than before: then it has become better, and nobody is told. `value` is what changed, for a person ("12.00").
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
Acknowledge = Callable[["Company", Sequence[str], str, str, datetime], None]


@dataclass(frozen=True)
class Source:
    """One kind of alert."""

    kind: str
    label: str
    look: Look
    acknowledge: Acknowledge | None
    thresholds: tuple[Threshold, ...]


_registry: dict[str, Source] = {}


def register_source(
    kind: str,
    *,
    label: str,
    look: Look,
    acknowledge: Acknowledge | None = None,
    thresholds: Sequence[Threshold] = (),
) -> None:
    """`look(companies, now)` takes a fixed number of queries, however many companies.

    `acknowledge(company, subjects, note, actor, now)` is called in the commit that acknowledges alerts of this kind.
    """
    _registry[kind] = Source(kind, label, look, acknowledge, tuple(thresholds))


def sources() -> Mapping[str, Source]:
    """By kind, in the order in which they registered."""
    return dict(_registry)


def label_of(kind: str) -> str:
    """For people; the kind itself when nobody knows it today."""
    source = _registry.get(kind)
    return source.label if source is not None else kind


def doublings(ratio: Decimal) -> int:
    """How often 1 doubles into the ratio: 0 up to 2, 1 up to 4, … A fingerprint that does not move with every cent."""
    count = 0
    while ratio >= 2 and count < 64:
        ratio, count = ratio / 2, count + 1
    return count
