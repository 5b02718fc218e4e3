"""The letters of scheduled mail as the outbox sends them: built from the frozen figures at the moment of sending.

A link's token is kept nowhere: the server's key and the letter's nonce give it again.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

from accounts.keys import digest
from accounts.models import Company
from metrics.background import Progress
from metrics.downloads.files import file_of, review_of_period, review_of_snapshot
from metrics.exports.file_names import file_name
from metrics.exports.letter import Enclosed, failed_text, given_up_text, not_ready_text, subject_of, text_of
from metrics.exports.pack import IN_PACK, LABELS, MadeFile, company_part
from metrics.exports.review import Review, without_notes
from metrics.models import MailFile, MailLetter, MailRun, MailSchedule, SharedLink, Snapshot
from metrics.months import Month
from metrics.scheduled_mail.dates import closes_at, date_words, period_of
from metrics.scheduled_mail.schedules import timing_of
from outbox.kinds import Attachment, Letter, NothingToSend, NotYet, register_kind

FIGURES, NOT_READY = "scheduled_mail", "scheduled_mail_not_ready"
LOOKS_AGAIN = timedelta(minutes=10)
_SALT = "metrics.mail_letter"


def register_letters() -> None:
    """Both kinds, at the start of the app."""
    register_kind(FIGURES, letter=figures_letter)
    register_kind(NOT_READY, letter=not_ready_letter)


def token_of(nonce: str) -> str:
    """43 signs that nobody can guess without the server's key."""
    signature = salted_hmac(_SALT, nonce, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(signature).decode("ascii").rstrip("=")


def figures_letter(company: Company, argument: dict[str, Any], now: datetime) -> Letter:
    """Builder of `scheduled_mail`. Raises NothingToSend."""
    letter = _letter(company, argument)
    run = letter.run
    if not run.is_test:
        _withhold(letter, now)
    review = review_for(run, now)
    link = _link(letter, now)
    attached = () if link else _attached(run, review)
    enclosed = Enclosed(
        link=link,
        link_until=_until(letter),
        file_names=tuple(one.name for one in attached),
        too_large=run.left_out,
        is_test=run.is_test,
    )
    subject = subject_of(review.company, run.period_label, is_test=run.is_test)
    return Letter(subject, text_of(review, run.schedule.message, enclosed), attachments=attached)


def _withhold(letter: MailLetter, now: datetime) -> None:
    """A letter may wait for a mail server for a day. NotYet, or NothingToSend once its period is old."""
    schedule = letter.run.schedule
    if not schedule.is_on:
        why = "The schedule is paused: what waits is held back."
    elif not _is_among(letter.address, schedule.recipients):
        why = "The address is not on the schedule any more: nothing is sent to it unless it is put back."
    else:
        return
    timing = timing_of(schedule)
    if now >= closes_at(timing, period_of(timing, Month.of(letter.run.last_month))):
        raise NothingToSend(f"{why} Meanwhile the next period is over.")
    raise NotYet(why, LOOKS_AGAIN)


def _is_among(address: str, addresses: list[str]) -> bool:
    return address.lower() in {one.lower() for one in addresses}


def _until(letter: MailLetter) -> str:
    if letter.link_id is None or letter.link is None:
        return ""
    return date_words(timing_of(letter.run.schedule), letter.link.expires_at)


def not_ready_letter(company: Company, argument: dict[str, Any], now: datetime) -> Letter:
    """Builder of `scheduled_mail_not_ready`: for watchers, why nothing was sent: not ready, failed, or given up.

    Raises NothingToSend."""
    letter = _letter(company, argument)
    run = letter.run
    if not _is_among(letter.address, run.schedule.watchers):
        raise NothingToSend("The address is not on the schedule any more.")
    address = f"{settings.PUBLIC_URL}{reverse('scheduled-mail', args=(company.slug,))}"
    reasons = [reason["message"] for reason in run.reasons]
    subject = subject_of(company.name, run.period_label)
    if run.state != letter.about:
        raise NothingToSend("It has come to something else meanwhile.")
    if run.state == MailRun.State.GIVEN_UP:
        return Letter(f"{subject} was not sent", given_up_text(company.name, run.period_label, reasons, address))
    if run.state == MailRun.State.FAILED:
        text = failed_text(company.name, run.period_label, reasons, address)
        return Letter(f"{subject} could not be sent", text)
    timing = timing_of(run.schedule)
    until = date_words(timing, closes_at(timing, period_of(timing, Month.of(run.last_month))))
    text = not_ready_text(company.name, run.period_label, reasons, address, until)
    return Letter(f"{subject} is not ready", text)


def review_for(run: MailRun, now: datetime) -> Review:
    """What the run sends, with or without people's notes. Raises NothingToSend."""
    schedule = run.schedule
    snapshot = snapshot_of(run)
    if snapshot is not None:
        review = review_of_snapshot(snapshot)
    elif run.is_test:
        period = period_of(timing_of(schedule), Month.of(run.last_month))
        review = review_of_period(schedule.company, period, schedule.basis, now)
    else:
        raise NothingToSend("The snapshot was deleted in the meantime.")
    return review if schedule.shows_notes else without_notes(review)


def snapshot_of(run: MailRun) -> Snapshot | None:
    """The frozen figures of the run; a deleted snapshot leaves its number behind."""
    found = Snapshot.objects.filter(pk=run.snapshot_id or 0, company=run.schedule.company_id)
    return found.select_related("company").first()


def make_files(review: Review, told: Progress) -> list[MadeFile]:
    """The pack's files, one by one: no program has to unpack them, and no mail filter refuses a ZIP."""
    made = []
    mark = "review" if review.is_frozen else "not-frozen"
    for place, kind in enumerate(IN_PACK):
        told(100 * place // len(IN_PACK), f"Making the {LABELS[kind]} file")
        name = file_name(company_part(review), review.period, mark, ending=kind)
        made.append(replace(file_of(kind, review), name=name))
    return made


def _letter(company: Company, argument: dict[str, Any]) -> MailLetter:
    rows = MailLetter.objects.select_related("run__schedule__company")
    letter = rows.filter(pk=argument["letter"], run__schedule__company=company).first()
    if letter is None:
        raise NothingToSend("The schedule was deleted in the meantime.")
    return letter


def _link(letter: MailLetter, now: datetime) -> str:
    """The whole address; "" for a letter without a link."""
    if letter.link_id is None:
        return ""
    link = SharedLink.objects.filter(pk=letter.link_id).first()
    token = token_of(letter.nonce)
    if link is None or link.revoked_at is not None or link.expires_at <= now:
        raise NothingToSend("Its link was revoked, or ran out, before the letter could be sent.")
    if not hmac.compare_digest(digest(token), link.token_digest):
        raise NothingToSend("The server's SECRET_KEY was changed: the link in this letter would open nothing.")
    return f"{settings.PUBLIC_URL}{reverse('shared', args=(token,))}"


def _attached(run: MailRun, review: Review) -> tuple[Attachment, ...]:
    """What was made for the run; made again when that has been dropped since."""
    if run.left_out or (run.is_test and run.schedule.sends != MailSchedule.Sends.PACK):
        return ()
    kept = [MadeFile(one.name, one.content_type, bytes(one.body)) for one in MailFile.objects.filter(run=run)]
    files = kept or make_files(review, lambda _percent, _words: None)
    return tuple(Attachment(one.name, one.content_type, one.body) for one in files)
