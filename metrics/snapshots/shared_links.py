"""Links for clients without an account: the only writer. A link opens one snapshot, until it expires or is revoked."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import F

from accounts import audit
from accounts.keys import digest
from metrics.figure_words import moment_words
from metrics.models import SharedLink, Snapshot

TOKEN_LENGTH = 43  # 32 random bytes in url-safe base64
MOST_DAYS, DEFAULT_DAYS = 365, 30
MOST_LIVE = 50  # per snapshot, of those that people make; schedules have bounds of their own
BY_SCHEDULE = "scheduled mail"  # who makes the links in scheduled letters; no person can have a name with a space
LONGEST_NOTE = 200


class BadLink(ValueError):
    """A link that cannot be; `problems` names each field and what is wrong with it."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


class LinkIsOver(Exception):
    """It existed, and opens nothing any more; the text says why."""

    def __init__(self, words: str, link: SharedLink) -> None:
        super().__init__(words)
        self.link = link


@dataclass(frozen=True)
class NewLink:
    """A link just made; `token` is shown once."""

    link: SharedLink
    token: str


def create_link(
    snapshot: Snapshot,
    days: int,
    note: str = "",
    *,
    shows_notes: bool = False,
    actor: str,
    now: datetime,
    random_token: Callable[[], str],
) -> NewLink:
    """`random_token` gives 43 signs from a cryptographic source. Raises BadLink."""
    note = note.replace("\x00", "").strip()
    with transaction.atomic():
        _check(snapshot, days, note, actor, now)
        token = random_token()
        link = SharedLink.objects.create(
            snapshot=snapshot,
            token_digest=digest(token),
            note=note,
            shows_notes=shows_notes,
            created_by=actor[:200],
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        _audit("shared_link.created", link, actor, now, expires_at=link.expires_at.isoformat(), notes=shows_notes)
    return NewLink(link, token)


def find(token: str, now: datetime) -> SharedLink | None:
    """The live link of this token; None for one that never was. Raises LinkIsOver."""
    if len(token) != TOKEN_LENGTH or not token.isascii():
        return None
    given = digest(token)
    link = SharedLink.objects.select_related("snapshot__company").filter(token_digest=given).first()
    if link is None or not hmac.compare_digest(link.token_digest, given):
        return None
    if link.revoked_at is not None:
        raise LinkIsOver("It was withdrawn by the firm that sent it.", link)
    if link.expires_at <= now:
        raise LinkIsOver(f"It was valid until {end_of(link)}.", link)
    return link


def end_of(link: SharedLink) -> str:
    """ "14 Apr 2026, 12:00 UTC": a day alone would leave open whether it is still good on that day."""
    return moment_words(link.expires_at.astimezone(UTC))


def opened(link: SharedLink, now: datetime, what: str, browser: str = "") -> None:
    """Count it, and write it into the audit trail. `what`: page, or the kind of file."""
    with transaction.atomic():
        SharedLink.objects.filter(pk=link.pk).update(opened_count=F("opened_count") + 1, last_opened_at=now)
        _audit("shared_link.opened", link, "", now, what=what, browser=browser[:200])


def refused(link: SharedLink, now: datetime, why: str, browser: str = "") -> None:
    """Somebody came after its end: whoever sent it may want to know."""
    _audit("shared_link.refused", link, "", now, success=False, why=why, browser=browser[:200])


def revoke(link: SharedLink, *, actor: str, now: datetime) -> bool:
    """Whether it was this call that ended it."""
    with transaction.atomic():
        ended = SharedLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=now)
        if ended:
            _audit("shared_link.revoked", link, actor, now)
    return bool(ended)


def _check(snapshot: Snapshot, days: int, note: str, actor: str, now: datetime) -> None:
    problems = {}
    if not 1 <= days <= MOST_DAYS:
        problems["days"] = f"A link is valid for 1 to {MOST_DAYS} days."
    if len(note) > LONGEST_NOTE:
        problems["note"] = f"At most {LONGEST_NOTE} characters."
    links = SharedLink.objects.filter(snapshot=snapshot, revoked_at=None, expires_at__gt=now)
    live = 0 if actor == BY_SCHEDULE else links.exclude(created_by=BY_SCHEDULE).count()
    if live >= MOST_LIVE:
        problems["days"] = f"There are {live} live links to this snapshot: revoke one first."
    if problems:
        raise BadLink(problems)


def _audit(
    action: str, link: SharedLink, actor: str, now: datetime, *, success: bool = True, **details: object
) -> None:
    snapshot = link.snapshot
    audit.record(
        action=action,
        success=success,
        now=now,
        actor=actor,
        company=snapshot.company,
        link=link.pk,
        snapshot=snapshot.pk,
        name=snapshot.name,
        note=link.note,
        **details,
    )
