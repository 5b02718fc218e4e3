"""A period's mail, carried out by a worker: is it ready, freeze it, make its files once, owe each recipient a letter.

Each step is kept before the next begins, so a worker that dies is followed by one that goes on. The letters are owed in
the commit that says the run is sent; from there on they are the outbox's.
"""

from __future__ import annotations

import logging
import secrets
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts import audit, clock
from accounts.models import Company
from metrics.background import DIED, Done, Progress, ask
from metrics.company_time import running_month
from metrics.downloads.files import NothingToShow, WasChanged
from metrics.exports.document import CannotSet
from metrics.exports.letter import size_words
from metrics.exports.pack import MadeFile
from metrics.fiscal import Period
from metrics.models import BackgroundWork, MailFile, MailLetter, MailRun, MailSchedule, SharedLink, Snapshot
from metrics.months import Month
from metrics.review.readiness import Readiness, readiness
from metrics.scheduled_mail.dates import BadTiming, closes_at, newest_over, period_of, try_again_at
from metrics.scheduled_mail.letters import FIGURES, NOT_READY, make_files, review_for, snapshot_of, token_of
from metrics.scheduled_mail.schedules import OPEN, open_run, run_of, timing_of, without_run
from metrics.snapshots.freezing import BadSnapshot, NotReady, freeze, verify
from metrics.snapshots.shared_links import BY_SCHEDULE, BadLink, create_link
from outbox.kinds import NothingToSend
from outbox.mail import mail_problem
from outbox.models import State as Outbox
from outbox.sending import post_letter

logger = logging.getLogger(__name__)

WORK_KIND = "scheduled_mail"
ACTOR = BY_SCHEDULE
PAUSES = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
FILES_KEPT, TESTS_KEPT = timedelta(days=7), timedelta(days=30)
MOST_DEATHS = 2  # whoever works on it dies over it: no third one is sent after them
WORKER_DIED = (
    "Whoever worked on it was ended by the system before it was done, perhaps for want of memory. An administrator of "
    "the server finds the reason in its log; a link instead of files needs less."
)
OURS_BROKE = "Something went wrong on the server; its log has the details."
State = MailRun.State


class Paused(ValueError):
    """A paused schedule sends nothing, by itself or by hand; the text says what to do."""


def sweep(now: datetime) -> None:
    """Begin what is due, hand out what waits, drop files that have served. Without mail all of it waits."""
    if mail_problem():
        return
    for schedule in without_run(now):
        try:
            with transaction.atomic():
                open_run(schedule, now)
        except Exception:  # one schedule must not keep those of every other company waiting
            logger.exception("schedule %s: its run cannot be opened", schedule.pk)
    _hand_out_waiting(now)
    MailFile.objects.filter(run__state=State.SENT, run__sent_at__lt=now - FILES_KEPT).delete()
    MailRun.objects.filter(is_test=True, created_at__lt=now - TESTS_KEPT).delete()


def _hand_out_waiting(now: datetime) -> None:
    """Two queries, however many are with a worker already."""
    waiting = MailRun.objects.filter(state__in=OPEN).filter(Q(schedule__is_on=True) | Q(is_test=True))
    runs = list(waiting.filter(next_try_at__lte=now).select_related("schedule__company"))
    works = BackgroundWork.objects.filter(kind=WORK_KIND, company__in={run.schedule.company_id for run in runs})
    is_dead = Q(state=BackgroundWork.State.FAILED, message=DIED)
    ordered, deaths = set(), defaultdict(list)
    rows = works.filter(is_dead | Q(state__in=(BackgroundWork.State.QUEUED, BackgroundWork.State.RUNNING)))
    for parameters, state, finished_at in rows.values_list("parameters", "state", "finished_at"):
        if state != BackgroundWork.State.FAILED:
            ordered.add(parameters.get("run"))
        elif finished_at is not None:
            deaths[parameters.get("run")].append(finished_at)
    for run in runs:
        is_ordered = run.pk in ordered
        if is_ordered and not deaths[run.pk]:
            continue
        try:
            with transaction.atomic():
                if not _has_died(run, deaths[run.pk], now) and not is_ordered:
                    _hand_out(run, ACTOR, now)
        except Exception:  # nor may one run keep the others
            logger.exception("mail run %s cannot be handed out", run.pk)


def send_now(schedule: MailSchedule, *, anyway: bool = False, actor: str, now: datetime) -> MailRun | None:
    """The newest period that is over, to whoever has not got it. None: everybody has. Raises Paused."""
    if not schedule.is_on:
        raise Paused("The schedule is paused, so nothing is sent. Choose “Go on” first.")
    with transaction.atomic():
        _hold(schedule.company)
        run = run_of(schedule, newest_over(timing_of(schedule), now), now)
        if run.state == State.SENT and not _missing(run):
            return None
        run.state, run.next_try_at, run.attempts = State.DUE, now, 0
        run.forced_by = actor[:200] if anyway else run.forced_by
        run.save(update_fields=["state", "next_try_at", "attempts", "forced_by"])
        _hand_out(run, actor, now)
        _audit("scheduled_mail.asked", run, actor, now, anyway=anyway)
    return run


def send_test(schedule: MailSchedule, address: str, *, actor: str, now: datetime) -> MailRun:
    """The newest period that is over, to one address, as it would look; nothing is frozen."""
    period = newest_over(timing_of(schedule), now)
    with transaction.atomic():
        run = MailRun.objects.create(
            schedule=schedule,
            period_text=str(period),
            period_label=period.label,
            last_month=period.last.first_day,
            is_test=True,
            test_address=address,
            created_at=now,
            next_try_at=now,
        )
        _hand_out(run, actor, now)
        _audit("scheduled_mail.test", run, actor, now, address=address)
    return run


def run_mail(company: Company, parameters: dict[str, Any], progress: Progress) -> Done:
    """Background work `scheduled_mail`: one try. What went wrong is kept in the run, which is tried again."""
    rows = MailRun.objects.select_related("schedule__company").filter(schedule__company=company)
    run = rows.filter(pk=parameters["run"], state__in=OPEN).first()
    if run is None:
        return Done("There was nothing left to send.")
    now = clock.now()
    try:
        return Done(_tried(run, progress, now))
    except (BadLink, BadSnapshot, BadTiming, CannotSet, NothingToSend, NothingToShow, WasChanged) as problem:
        _failed(run, str(problem), now)
    except Exception:
        logger.exception("mail run %s failed", run.pk)
        _failed(run, OURS_BROKE, now)
    return Done("It failed, and is tried again.")


def _hold(company: Company) -> None:
    """One at a time for a company's mail. It lets the audit trail's rows refer to the company meanwhile."""
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)


def _hand_out(run: MailRun, actor: str, now: datetime) -> None:
    ask(run.schedule.company, WORK_KIND, {"run": run.pk}, actor=actor, now=now)


def _has_died(run: MailRun, deaths: Sequence[datetime], now: datetime) -> bool:
    """Whether its worker was given up since the last try: that was a try too, and nobody was left to say so."""
    if not any(at > (run.tried_at or run.created_at) for at in deaths):
        return False
    _failed(run, WORKER_DIED, now, is_final=len(deaths) >= MOST_DEATHS)
    return True


def _tried(run: MailRun, progress: Progress, now: datetime) -> str:
    if run.is_test:
        _enclose_newest(run)
    else:
        timing = timing_of(run.schedule)
        period = period_of(timing, Month.of(run.last_month))
        if str(period) != run.period_text or period.last.first_day != run.last_month:
            return _given_up(
                run, "The fiscal year, or the schedule, was changed: there is no such period any more.", now
            )
        if now >= closes_at(timing, period):
            return _given_up(run, "The next period is over: this one is not sent any more.", now)
        if not _freeze(run, period, now):
            return "Not ready."
    files = _made(run, progress, now)
    return _post(run.schedule.company, run.pk, files, now)


def _enclose_newest(run: MailRun) -> None:
    """A test shows what is frozen, if anything is."""
    snapshot = _frozen(run, ready_only=False)
    MailRun.objects.filter(pk=run.pk).update(snapshot=snapshot)
    run.snapshot = snapshot


def _freeze(run: MailRun, period: Period, now: datetime) -> bool:
    """Whether there are frozen figures to send. Frozen once per run, whoever else is at it."""
    company, schedule = run.schedule.company, run.schedule
    with transaction.atomic():
        _hold(company)
        run.refresh_from_db(fields=["snapshot"])
        kept = snapshot_of(run)
        if kept is not None and kept.basis == schedule.basis:
            return True
        found = readiness(company, period, schedule.basis, running_month(company, now))
        because = _because(run)
        if not found.is_ready and not because:
            _not_ready(run, found, now)
            return False
        snapshot = _frozen(run) if found.is_ready else None
        try:
            snapshot = snapshot or freeze(
                company, period, schedule.basis, f"{period.label} review", actor=ACTOR, now=now, forced_because=because
            )
        except NotReady as problem:
            _not_ready(run, problem.readiness, now)
            return False
        except BadSnapshot:
            if found.is_ready:
                raise
            _not_ready(run, found, now)  # nothing was read at all: there is nothing to send, whoever wants it
            return False
        MailRun.objects.filter(pk=run.pk).update(snapshot=snapshot)
        MailFile.objects.filter(run=run).delete()
        run.snapshot = snapshot
    return True


def _because(run: MailRun) -> str:
    if run.forced_by:
        return f"Sent all the same by {run.forced_by}."
    return "The schedule sends it also when it is not ready." if run.schedule.sends_unready else ""


def _frozen(run: MailRun, *, ready_only: bool = True) -> Snapshot | None:
    """The newest snapshot of the period and basis, as it was presented."""
    same = Snapshot.objects.filter(company=run.schedule.company_id, basis=run.schedule.basis, last_month=run.last_month)
    named = same.filter(content__period__text=run.period_text).select_related("company")
    for snapshot in named[:5]:
        if verify(snapshot) and (snapshot.content["readiness"]["is_ready"] or not ready_only):
            return snapshot
    return None


def _made(run: MailRun, progress: Progress, now: datetime) -> list[MadeFile] | None:
    """None: a link instead. An empty list: they are made already."""
    if run.schedule.sends != MailSchedule.Sends.PACK:
        return None
    if MailFile.objects.filter(run=run).exists():
        return []
    return make_files(review_for(run, now), progress)


def fits(files: Sequence[MadeFile]) -> bool:
    """Whether a letter may carry them; on its way a file grows by more than a third."""
    most: int = settings.MAIL_ATTACHMENT_LIMIT_MB
    return sum(len(one.body) for one in files) * 4 / 3 <= most * 1_000_000


def _post(company: Company, pk: int, files: list[MadeFile] | None, now: datetime) -> str:
    with transaction.atomic():
        _hold(company)
        run = MailRun.objects.select_related("schedule__company").get(pk=pk)
        if run.state not in OPEN:
            return "Somebody else has sent it."
        if files and not fits(files):
            run.left_out = size_words(sum(len(one.body) for one in files))
        elif files:
            MailFile.objects.bulk_create(MailFile(run=run, **vars(one)) for one in files)
        addresses = [run.test_address] if run.is_test else _missing(run)
        needs_link = not run.is_test and (files is None or bool(run.left_out))
        for address in addresses:
            _owe(run, address, MailLetter.About.FIGURES, now, needs_link=needs_link)
        run.state, run.sent_at, run.tried_at, run.next_try_at, run.reasons = State.SENT, now, now, None, []
        run.save(update_fields=["state", "sent_at", "tried_at", "next_try_at", "reasons", "left_out"])
        _audit("scheduled_mail.handed_over", run, ACTOR, now, addresses=addresses, snapshot=run.snapshot_id)
    return f"Handed over for {len(addresses)}."


def _missing(run: MailRun) -> list[str]:
    letters = MailLetter.objects.filter(run=run, about=MailLetter.About.FIGURES)
    had = {address.lower() for address in letters.values_list("address", flat=True)}
    return [address for address in run.schedule.recipients if address.lower() not in had]


def _owe(run: MailRun, address: str, about: str, now: datetime, *, needs_link: bool = False) -> None:
    """One letter, once: the key is the schedule's and the period's, the recipient is the outbox's.

    What a watcher's letter is about is the state of the run that it tells of.
    """
    nonce = secrets.token_urlsafe(32) if needs_link else ""
    link = _new_link(run, address, nonce, now) if needs_link else None
    letter, is_new = MailLetter.objects.get_or_create(
        run=run, about=about, address=address, defaults={"nonce": nonce, "link": link, "posted_at": now}
    )
    dropped = 0
    if not is_new:
        if about == MailLetter.About.FIGURES or letter.message is None or letter.message.state != Outbox.DROPPED:
            return
        dropped, letter.posted_at = letter.message.pk, now  # it was not so when it was to be written; now it is again
    kind = FIGURES if about == MailLetter.About.FIGURES else NOT_READY
    # With its last month: another fiscal year may give the period's name to other months.
    period = f"{run.period_text}:{Month.of(run.last_month)}"
    key = f"test-{run.pk}" if run.is_test else f"schedule-{run.schedule_id}:{period}"
    if kind == NOT_READY:
        key += f":{about}" * (about != MailLetter.About.NOT_READY) + f":again-{dropped}" * bool(dropped)
    company = run.schedule.company
    letter.message = post_letter(company, kind=kind, key=key, address=address, argument={"letter": letter.pk}, now=now)
    letter.save(update_fields=["message", "posted_at"])


def _new_link(run: MailRun, address: str, nonce: str, now: datetime) -> SharedLink:
    snapshot = snapshot_of(run)
    if snapshot is None:
        raise NothingToShow("The snapshot was deleted in the meantime.")
    made = create_link(
        snapshot,
        run.schedule.link_days,
        f"{address} (scheduled mail)"[:200],
        shows_notes=run.schedule.shows_notes,
        actor=ACTOR,
        now=now,
        random_token=lambda: token_of(nonce),
    )
    return made.link


def _not_ready(run: MailRun, found: Readiness, now: datetime) -> None:
    """Kept, told once to whoever watches, and tried again on another day at the same hour."""
    is_new = run.state != State.NOT_READY
    run.state, run.tried_at = State.NOT_READY, now
    run.next_try_at = try_again_at(timing_of(run.schedule), now)
    run.reasons = [
        {"code": one.code.value, "message": one.message, "months": [str(month) for month in one.months]}
        for one in found.reasons
    ]
    run.save(update_fields=["state", "tried_at", "next_try_at", "reasons"])
    for address in run.schedule.watchers:
        _owe(run, address, MailLetter.About.NOT_READY, now)
    if is_new:
        _audit(
            "scheduled_mail.not_ready", run, ACTOR, now, success=False, why=str([one.message for one in found.reasons])
        )


def _given_up(run: MailRun, words: str, now: datetime) -> str:
    reasons = [*run.reasons, {"message": words}]
    with transaction.atomic():
        changed = MailRun.objects.filter(pk=run.pk, state__in=OPEN).update(
            state=State.GIVEN_UP, reasons=reasons, tried_at=now, next_try_at=None
        )
        for address in run.schedule.watchers if changed else ():
            _owe(run, address, State.GIVEN_UP, now)
        _audit("scheduled_mail.given_up", run, ACTOR, now, success=False, why=words)
    return "Given up."


def _failed(run: MailRun, words: str, now: datetime, *, is_final: bool = False) -> None:
    attempts = run.attempts + 1
    is_over = is_final or run.is_test or attempts > len(PAUSES)
    with transaction.atomic():
        changed = MailRun.objects.filter(pk=run.pk, state__in=OPEN).update(
            state=State.FAILED if is_over else State.TRYING,
            attempts=attempts,
            reasons=[{"message": words[:500]}],
            tried_at=now,
            next_try_at=None if is_over else now + PAUSES[attempts - 1],
        )
        if changed and is_over and not run.is_test:
            for address in run.schedule.watchers:
                _owe(run, address, State.FAILED, now)
        _audit("scheduled_mail.failed", run, ACTOR, now, success=False, why=words)


def _audit(action: str, run: MailRun, actor: str, now: datetime, *, success: bool = True, **details: object) -> None:
    audit.record(
        action=action,
        success=success,
        now=now,
        actor=actor,
        company=run.schedule.company,
        schedule=run.schedule_id,
        period=run.period_text,
        **details,
    )
