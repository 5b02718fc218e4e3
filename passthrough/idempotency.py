"""Whether a call was made before: by its key, or, for a change without one, by its content.

To be asked inside the transaction that then makes the new row, with the company file locked.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from accounts.models import Company
from passthrough.contract import ErrorCode
from passthrough.models import Transaction
from passthrough.problems import Problem

Status = Transaction.Status


def earlier(company: Company, key: str, fingerprint: str, *, is_write: bool, now: datetime) -> Transaction | None:
    """The transaction that this call repeats: pending, done, or not to be run again; None: it is to be carried out.

    Problem IDEMPOTENCY_MISMATCH when the key stands for another request.
    """
    if key:
        return _of_key(company, key, fingerprint)
    return _of_content(company, fingerprint, now) if is_write and fingerprint else None


def _of_key(company: Company, key: str, fingerprint: str) -> Transaction | None:
    attempts = Transaction.objects.filter(company=company, idempotency_key=key).exclude(status=Status.DUPLICATE)
    newest = attempts.exclude(fingerprint="").order_by("-pk").first()
    if newest is None:
        return None
    if newest.fingerprint != fingerprint:
        raise Problem(ErrorCode.IDEMPOTENCY_MISMATCH, transaction_id=newest.transaction_id)
    return newest if _is_final(newest) else None


def _is_final(row: Transaction) -> bool:
    """Anything but an error that certainly changed nothing."""
    return row.status != Status.ERROR or row.may_be_done


def _of_content(company: Company, fingerprint: str, now: datetime) -> Transaction | None:
    """A pending one counts however old it is: its outcome is not known, so the same again may be the second time."""
    since = now - timedelta(minutes=settings.FINGERPRINT_MINUTES)
    same = Transaction.objects.filter(company=company, fingerprint=fingerprint, idempotency_key="", is_write=True)
    may_be_done = Q(status=Status.SUCCESS) | Q(status=Status.ERROR, may_be_done=True)
    return same.filter(Q(status=Status.PENDING) | may_be_done & Q(answered_at__gte=since)).order_by("-pk").first()


def kept_fingerprint(key: str, fingerprint: str) -> str:
    """What the row keeps: nothing when changes without a key are not compared."""
    return fingerprint if key or settings.FINGERPRINT_MINUTES > 0 else ""
