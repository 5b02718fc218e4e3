"""Links to a company's set-up for somebody who does not sign in: random, kept as a digest, ending, revocable."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from accounts import audit, keys
from qbwc.models import CompanyFile, SetUpLink

LASTS: Final = timedelta(days=7)
TOKEN_BYTES, TOKEN_LENGTH = 32, 43  # 256 bits; their url-safe base64 without padding
OPENED_EVERY: Final = timedelta(minutes=1)
ACTOR: Final = "set-up link"


def make(company_file: CompanyFile, now: datetime, *, actor: str) -> str:
    """A new link's token, which is told this once."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        link = SetUpLink.objects.create(
            company_file=company_file,
            token_digest=keys.digest(token),
            created_by=actor[:200],
            created_at=now,
            expires_at=now + LASTS,
        )
        _record("set_up_link.made", link, now, actor, expires_at=link.expires_at)
    return token


def find(token: str, now: datetime) -> SetUpLink | None:
    """The link of a token; None when there is none, or it has ended."""
    if len(token) != TOKEN_LENGTH or not token.isascii():
        return None
    links = usable(now).select_related("company_file__company")
    return links.filter(token_digest=keys.digest(token), company_file__is_active=True).first()


def note_opened(link: SetUpLink, now: datetime) -> None:
    """Once a minute at most; the first time is a line of the audit trail."""
    if link.last_opened_at is not None and now - link.last_opened_at < OPENED_EVERY:
        return
    is_first = link.last_opened_at is None
    with transaction.atomic():
        link.last_opened_at = now
        link.save(update_fields=["last_opened_at"])
        if is_first:
            _record("set_up_link.opened", link, now, actor_of(link))


def revoke(link: SetUpLink, now: datetime, *, actor: str) -> bool:
    """From now on the link opens nothing; False when it had ended already."""
    with transaction.atomic():
        if not usable(now).filter(pk=link.pk).update(revoked_at=now):
            return False
        _record("set_up_link.revoked", link, now, actor)
    return True


def usable(now: datetime) -> QuerySet[SetUpLink]:
    """Those that open something."""
    return SetUpLink.objects.filter(revoked_at__isnull=True, expires_at__gt=now)


def actor_of(link: SetUpLink) -> str:
    """How the audit trail names whoever holds the link."""
    return f"{ACTOR} {link.pk}"


def _record(action: str, link: SetUpLink, now: datetime, actor: str, **details: object) -> None:
    audit.record(
        action=action, success=True, now=now, actor=actor, company=link.company_file.company, link=link.pk, **details
    )
