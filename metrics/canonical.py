"""A JSON value in the one form that is hashed: sorted keys, no spaces, ASCII; figures are strings, never floats."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Any


class NotCanonical(TypeError):
    """A value that has no one form in JSON: a float, a Decimal, a date. Write it as a string first."""


def canonical(value: Any) -> str:
    """Equal values, equal texts, whatever the order of keys. Raises NotCanonical."""
    _check(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def digest(value: Any) -> str:
    """SHA-256 of the canonical form, hexadecimal. Raises NotCanonical."""
    return hashlib.sha256(canonical(value).encode("ascii")).hexdigest()


def plain_text(text: str) -> str:
    """Without what PostgreSQL cannot keep in JSON: NUL, lone surrogates."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def text_of(value: Decimal | int | None) -> str | int | None:
    """A figure as it is kept: whole numbers as numbers, everything else as its text."""
    return f"{value:f}" if isinstance(value, Decimal) else value


def figure_of(value: str | int | None) -> Decimal | int | None:
    """The reverse."""
    return Decimal(value) if isinstance(value, str) else value


def _check(value: Any) -> None:
    if value is None or type(value) in (str, int, bool):
        return
    if type(value) is dict:
        if not all(type(key) is str for key in value):
            raise NotCanonical("A key is not text.")
        for one in value.values():
            _check(one)
    elif type(value) in (list, tuple):
        for one in value:
            _check(one)
    else:
        raise NotCanonical(f"{type(value).__name__} has no one form in JSON.")
