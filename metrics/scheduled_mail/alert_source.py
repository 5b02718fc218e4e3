"""What scheduled mail gives cause to tell: letters that were refused or are in doubt, periods that were not made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.urls import reverse

from accounts.models import Company
from alerts.sources import Found, Tone, register_source
from metrics.models import MailLetter, MailRun
from outbox.models import State

UNSENT = "mail_unsent"
RECENT = timedelta(days=35)  # what did not arrive longer ago helps nobody any more
NAMED = 3


def register_mail_source() -> None:
    """Called when the apps are ready."""
    register_source(UNSENT, label="Scheduled mail not sent", look=unsent)


def unsent(companies: Sequence[Company], now: datetime) -> Iterable[Found]:
    """Each period of a schedule once, whatever did not arrive of it. Two queries."""
    since = now - RECENT
    runs = MailRun.objects.filter(schedule__company__in=companies, is_test=False)
    given_up = runs.filter(state=MailRun.State.FAILED, tried_at__gte=since).select_related("schedule__company")
    letters = MailLetter.objects.filter(
        run__in=runs.exclude(state=MailRun.State.FAILED),
        message__state__in=(State.FAILED, State.UNKNOWN),
        posted_at__gte=since,
    )
    by_run: dict[int, list[MailLetter]] = {}
    for letter in letters.select_related("run__schedule__company", "message").order_by("pk"):
        if _is_wanted(letter):
            by_run.setdefault(letter.run_id, []).append(letter)
    yield from map(_not_made, given_up.order_by("pk"))
    yield from map(_not_arrived, by_run.values())


def _is_wanted(letter: MailLetter) -> bool:
    """Who was taken off the schedule since needs no letter."""
    schedule = letter.run.schedule
    wanted = schedule.recipients if letter.about == MailLetter.About.FIGURES else schedule.watchers
    return letter.address.lower() in {one.lower() for one in wanted}


def _not_made(run: MailRun) -> Found:
    reasons = [str(reason.get("message", "")) for reason in run.reasons]
    return _found(
        run,
        fingerprint=f"failed:{run.attempts}",
        words=f"{run.period_label} could not be mailed, and is not tried again by itself.",
        why=" ".join(reasons)[:500] or "The server's log has the reason.",
        remedy="An administrator of the company: when the reason is mended, choose “Send now” on the Mail page.",
        since=run.tried_at or run.created_at,
    )


def _not_arrived(letters: Sequence[MailLetter]) -> Found:
    first, count = letters[0], len(letters)
    told = sorted(f"{one.address}:{one.message.state}" for one in letters if one.message)
    addresses = ", ".join(one.address for one in letters[:NAMED]) + (f" and {count - NAMED} more" * (count > NAMED))
    doubts = sum(one.message is not None and one.message.state == State.UNKNOWN for one in letters)
    words = f"The mail of {first.run.period_label} did not reach {addresses}."
    remedy = "An administrator of the company: correct the address on the Mail page, or choose “Send again” there."
    if doubts == count:
        words = f"Nobody knows whether the mail of {first.run.period_label} reached {addresses}."
        remedy = (
            "An administrator of the company: ask there whether it came; if not, choose “Send again” on the Mail page."
        )
    return _found(
        first.run,
        fingerprint=hashlib.sha256(" ".join(told).encode()).hexdigest()[:32],
        words=words,
        why=(first.message.last_error if first.message else "")[:500] or "The mail server did not say why.",
        remedy=remedy,
        since=min(one.posted_at for one in letters),
        value=f"{count} letter{'' if count == 1 else 's'}",
        size=count,
    )


def _found(
    run: MailRun,
    *,
    fingerprint: str,
    words: str,
    why: str,
    remedy: str,
    since: datetime,
    value: str = "",
    size: int = 0,
) -> Found:
    company = run.schedule.company
    return Found(
        company_id=company.pk,
        subject=f"run-{run.pk}",
        fingerprint=fingerprint,
        words=words,
        why=why,
        remedy=remedy,
        link=reverse("scheduled-mail", args=[company.slug]),
        tone=Tone.BAD,
        since=since,
        value=value,
        size=size,
    )
