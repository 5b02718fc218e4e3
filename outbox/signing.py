"""The signature of a callback: the receiver checks that it comes from here, unchanged and fresh."""

from __future__ import annotations

import hashlib
import hmac

SIGNATURE_HEADER, TIMESTAMP_HEADER = "X-Tieout-Signature", "X-Tieout-Timestamp"


def secret_of(installation_key: str, company_id: int, number: int = 0) -> str:
    """The company's own secret (hex), made from the installation's, so that none is stored.

    `number`: how often the company has asked for a new one.
    """
    of = f"callback:{company_id}:{number}" if number else f"callback:{company_id}"
    return hmac.new(installation_key.encode(), of.encode(), hashlib.sha256).hexdigest()


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """ "sha256=…" over the timestamp (Unix seconds), a full stop and the body."""
    return "sha256=" + hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
