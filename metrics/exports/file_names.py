"""Names of files that every system takes: ASCII letters, digits, dots and dashes. Pure."""

from __future__ import annotations

import re
import unicodedata

_UNSAFE = re.compile(r"[^A-Za-z0-9.]+")
LONGEST = 120


def file_name(*parts: str, ending: str) -> str:
    """ "acme-ltd-q1-2026-review.pdf"; nothing of `parts` can leave its folder or hide its ending."""
    return f"{stem_of(*parts)[:LONGEST].strip('-') or 'review'}.{ending}"


def stem_of(*parts: str) -> str:
    """What file names can hold of it; empty for a name without a Latin letter or a digit."""
    plain = unicodedata.normalize("NFKD", "-".join(parts)).encode("ascii", "ignore").decode("ascii")
    return _UNSAFE.sub("-", plain).replace(".", "-").strip("-").lower()
