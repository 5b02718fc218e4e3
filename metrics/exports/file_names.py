"""Names of files that every system takes: ASCII letters, digits, dots and dashes. Pure."""

from __future__ import annotations

import re
import unicodedata

_UNSAFE = re.compile(r"[^A-Za-z0-9.]+")
LONGEST = 120


def file_name(*parts: str, ending: str) -> str:
    """ "acme-ltd-q1-2026-review.pdf"; nothing of `parts` can leave its folder or hide its ending."""
    plain = unicodedata.normalize("NFKD", "-".join(parts)).encode("ascii", "ignore").decode("ascii")
    stem = _UNSAFE.sub("-", plain).replace(".", "-").strip("-").lower()
    return f"{stem[:LONGEST].strip('-') or 'review'}.{ending}"
