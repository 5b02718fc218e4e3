"""What the page of scheduled mail shows: each schedule in words, when it comes next, and what came of it last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from accounts.models import Company
from metrics.figure_words import day_words
from metrics.models import MailLetter, MailRun, MailSchedule, Snapshot
from metrics.months import Month
from metrics.scheduled_mail.dates import (
    BadTiming,
    Timing,
    closes_at,
    date_words,
    due_at,
    newest_over,
    next_period,
    period_of,
)
from metrics.scheduled_mail.schedules import kept_run, timing_of
from outbox.models import State

RUNS_SHOWN = 4  # and the newest test
_ENDED = {
    State.FAILED: ("bad", "Failed"),
    State.UNKNOWN: ("warn", "Nobody knows whether it arrived"),
    State.DROPPED: ("warn", "Not sent"),
}
_RunState = MailRun.State


@dataclass(frozen=True)
class LetterLine:
    """One recipient: `tone` good, warn, bad or empty; `detail` has the mail server's words."""

    address: str
    tone: str
    words: str
    detail: str
    opened: str


@dataclass(frozen=True)
class RunLine:
    """One period: how far it is, why not, and each recipient."""

    run: MailRun
    tone: str
    words: str
    reasons: tuple[str, ...]
    letters: tuple[LetterLine, ...]
    told: tuple[str, ...]
    has_untied: bool
    has_snapshot: bool
    can_send_again: bool
    can_send_anyway: bool


@dataclass(frozen=True)
class ScheduleLine:
    """`next_words` is empty while it is paused."""

    schedule: MailSchedule
    title: str
    detail: str
    next_words: str
    problem: str
    runs: tuple[RunLine, ...]


def schedule_lines(company: Company, now: datetime) -> tuple[ScheduleLine, ...]:
    """In the order they were made."""
    rows = MailSchedule.objects.filter(company=company).select_related("company")
    return tuple(_line(schedule, now) for schedule in rows)


def next_words(schedule: MailSchedule, now: datetime) -> str:
    """ "Q4 2026 on 10 Jan 2027, 08:00 Europe/Vienna"; what was sent ahead of time is passed over."""
    timing = timing_of(schedule)
    period = next_period(timing, now)
    run = kept_run(schedule, period)
    if run is not None and run.state == _RunState.SENT:
        period = period_of(timing, period.last.plus(1))
    return f"{period.label} on {date_words(timing, due_at(timing, period))}"


def title_of(schedule: MailSchedule) -> str:
    """ "QBR pack, 10 days after each quarter"."""
    what = "QBR pack" if schedule.sends == MailSchedule.Sends.PACK else "Link to the figures"
    every = "fiscal year" if schedule.every == MailSchedule.Every.YEAR else schedule.every
    days = "1 day" if schedule.days_after == 1 else f"{schedule.days_after} days"
    return f"{what}, {days} after each {every}"


def run_line(run: MailRun, timing: Timing | None, now: datetime) -> RunLine:
    """With its letters, from the outbox."""
    rows = list(MailLetter.objects.filter(run=run).select_related("message", "link"))
    zone = timing.zone if timing else "UTC"
    letters = tuple(letter_line(row, zone) for row in rows if row.about == MailLetter.About.FIGURES)
    told = tuple(dict.fromkeys(row.address for row in rows if row.about != MailLetter.About.FIGURES))
    tone, words = _run_words(run, letters, timing)
    is_newest = timing is not None and Month.of(run.last_month) == newest_over(timing, now).last
    return RunLine(
        run=run,
        tone=tone,
        words=words,
        reasons=tuple(reason["message"] for reason in run.reasons),
        letters=letters,
        told=told,
        has_untied=any(reason.get("code") == "untied" for reason in run.reasons),
        has_snapshot=not run.is_test and Snapshot.objects.filter(pk=run.snapshot_id or 0).exists(),
        can_send_again=any(line.tone == "bad" or line.words.startswith("Nobody") for line in letters),
        can_send_anyway=run.state == _RunState.NOT_READY and is_newest,
    )


def letter_line(letter: MailLetter, zone: str) -> LetterLine:
    """What the outbox says of it."""
    message, opened = letter.message, _opened(letter)
    if message is None:
        return LetterLine(letter.address, "", "Handed over; its record is older than is kept", "", opened)
    if message.state == State.SENT and message.sent_at:
        return LetterLine(letter.address, "good", f"Sent {_there(message.sent_at, zone)}", "", opened)
    if message.state in _ENDED:
        tone, words = _ENDED[State(message.state)]
        return LetterLine(letter.address, tone, words, message.last_error, opened)
    words = "Being sent" if message.state == State.SENDING else "Waiting"
    return LetterLine(letter.address, "", words, message.last_error, opened)


def _line(schedule: MailSchedule, now: datetime) -> ScheduleLine:
    try:
        timing, problem = timing_of(schedule), ""
    except BadTiming as bad:
        timing, problem = None, str(bad)
    rows = MailRun.objects.filter(schedule=schedule).select_related("schedule").order_by("-created_at", "-pk")
    runs = [*rows.filter(is_test=True)[:1], *rows.filter(is_test=False)[:RUNS_SHOWN]]
    return ScheduleLine(
        schedule=schedule,
        title=title_of(schedule),
        detail=_detail(schedule),
        next_words=next_words(schedule, now) if timing and schedule.is_on else "",
        problem=problem,
        runs=tuple(run_line(run, timing, now) for run in runs),
    )


def _detail(schedule: MailSchedule) -> str:
    parts = [f"{schedule.get_basis_display()} basis"]
    if schedule.sends == MailSchedule.Sends.LINK:
        parts.append(f"each link valid for {schedule.link_days} day{'' if schedule.link_days == 1 else 's'}")
    parts.append("with notes" if schedule.shows_notes else "without notes")
    if schedule.sends_unready:
        parts.append("also when not ready")
    return ", ".join(parts)


def _run_words(run: MailRun, letters: tuple[LetterLine, ...], timing: Timing | None) -> tuple[str, str]:
    match run.state:
        case _RunState.SENT:
            return _sent_words(letters)
        case _RunState.NOT_READY:
            until = ""
            if timing:
                closes = closes_at(timing, period_of(timing, Month.of(run.last_month)))
                until = f": tried every day until {day_words(closes.astimezone(ZoneInfo(timing.zone)).date())}"
            return "warn", f"Not ready{until}"
        case _RunState.TRYING:
            when = f", at {_there(run.next_try_at, timing.zone)}" if timing and run.next_try_at else ""
            return "warn", f"It went wrong; tried again{when}"
        case _RunState.FAILED:
            return "bad", "Failed"
        case _RunState.GIVEN_UP:
            return "warn", "Not sent"
        case _:
            return "", "Waiting for its turn"


def _sent_words(letters: tuple[LetterLine, ...]) -> tuple[str, str]:
    sent = sum(line.tone == "good" for line in letters)
    if sent == len(letters):
        return "good", "Sent to all" if sent > 1 else "Sent"
    tone = (
        "bad" if any(line.tone == "bad" for line in letters) else "warn" if any(line.tone for line in letters) else ""
    )
    return tone, f"Sent to {sent} of {len(letters)}"


def _opened(letter: MailLetter) -> str:
    link = letter.link if letter.link_id else None
    if link is None:
        return ""
    times = {0: "not opened yet", 1: "opened once"}.get(link.opened_count, f"opened {link.opened_count} times")
    return f"link revoked, {times}" if link.revoked_at else f"link {times}"


def _there(moment: datetime, zone: str) -> str:
    there = moment.astimezone(ZoneInfo(zone))
    return f"{day_words(there.date())}, {there:%H:%M}"
