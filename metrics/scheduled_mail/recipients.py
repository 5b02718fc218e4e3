"""Mail addresses as people type them: one to a line, or with commas; each only once."""

from __future__ import annotations

import re

from outbox.failures import BadRecipient
from outbox.mail import checked_address

MOST = 20


class BadAddresses(ValueError):
    """Something among them is no address; the text says what."""


def addresses_of(text: str) -> tuple[str, ...]:
    """In the order they were typed. Raises BadAddresses."""
    found: dict[str, str] = {}
    for typed in re.split(r"[\s,;]+", text.replace("\x00", "")):
        if typed:
            found.setdefault(typed.lower(), _checked(typed))
    if len(found) > MOST:
        raise BadAddresses(f"At most {MOST} addresses; these are {len(found)}.")
    return tuple(found.values())


def _checked(address: str) -> str:
    try:
        return checked_address(address)
    except BadRecipient as problem:
        raise BadAddresses(f"“{address[:80]}” cannot be written to. {problem}") from problem
