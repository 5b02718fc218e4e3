"""How large a SOAP call may be."""

from __future__ import annotations

from django.conf import settings

MEGABYTE = 1024 * 1024


def text_limit() -> int:
    """Characters of qbXML in one call."""
    return int(settings.MAX_QBXML_SIZE_MB) * MEGABYTE


def body_limit() -> int:
    """Bytes of an HTTP body that are read: the qbXML, half as much for its escaping, 1 MB for everything else."""
    return text_limit() * 3 // 2 + MEGABYTE
