"""What people and QuickBooks wrote, as every file format can hold it and nobody can be misled by it. Pure."""

from __future__ import annotations

import unicodedata

# They turn the writing around until the end of the paragraph: after a name with one of them, an amount reads backwards.
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NO_SIGNS = ("Cc", "Cs", "Cn")


def clean(text: str) -> str:
    """Without the signs that no format of them all can hold, or that turn what follows around; lines stay lines."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(sign for sign in plain if sign == "\n" or not _is_left_out(sign))


def one_line(text: str) -> str:
    """A name: the same, on one line."""
    return " ".join(clean(text).split())


def _is_left_out(sign: str) -> bool:
    return sign in _TURNS or unicodedata.category(sign) in _NO_SIGNS
