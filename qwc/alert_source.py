"""What connections give cause to tell: silence against their own rhythm, the wrong company file, writes in doubt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import Company
from alerts.sources import Found, Tone, register_source
from metrics.figure_words import moment_words
from qbwc.alerts import refused_file
from qbwc.contact import rhythm_of
from qbwc.models import CompanyFile, Job
from qwc.connection_states import State, connection_state, in_minutes

# Somebody who switches between two files is told once; who opens the wrong one another day, again.
AGAIN_AFTER = timedelta(days=1)
LONGEST_TURN = timedelta(hours=2)
STALE, WRONG_FILE, IN_DOUBT = "stale_sync", "wrong_file", "outcome_unknown"


def register_alert_sources() -> None:
    """Called when the apps are ready."""
    register_source(STALE, label="Stale sync", look=stale)
    register_source(WRONG_FILE, label="Wrong company file", look=wrong_file, again_after=AGAIN_AFTER)
    register_source(IN_DOUBT, label="Write of unknown outcome", look=in_doubt)


def stale(companies: Sequence[Company], now: datetime) -> Iterable[Found]:
    """As the look of each minute judged them; the next silence has another beginning, and is another. One query, and
    one for each that has called since it was judged."""
    files = _files(companies).filter(is_active=True, connection_state=State.OFFLINE)
    for company_file in files:
        judged = company_file.connection_state_since
        if judged is not None and now - judged < min(rhythm_of(company_file), LONGEST_TURN):
            continue  # if it was this server that was away, it calls by then
        if _has_called_since(company_file) and connection_state(company_file, now).state != State.OFFLINE:
            continue
        since = company_file.last_seen_at or company_file.connection_state_since or now
        silent = moment_words(since.astimezone(UTC))
        yield Found(
            company_id=company_file.company_id,
            subject=f"silent-since-{since:%Y-%m-%dT%H:%M:%S}",
            fingerprint="offline",
            words=f"QuickBooks is not being read: the Web Connector has been silent since {silent}.",
            why=f"It usually calls every {in_minutes(rhythm_of(company_file))}; its quiet hours are not counted.",
            remedy="Whoever is at the QuickBooks PC: start the Web Connector and tick Auto-Run in its row.",
            link=reverse("sync-console", args=[company_file.company.slug]),
            tone=Tone.BAD,
            since=since,
        )


def _has_called_since(company_file: CompanyFile) -> bool:
    """Since it was judged: its first call after a silence is no new silence."""
    judged, seen = company_file.connection_state_since, company_file.last_seen_at
    return judged is not None and seen is not None and seen > judged


def wrong_file(companies: Sequence[Company], now: datetime) -> Iterable[Found]:
    """One query."""
    for company_file in _files(companies).filter(is_active=True, wrong_file__isnull=False):
        refused = refused_file(company_file)
        if refused is None:
            continue
        yield Found(
            company_id=company_file.company_id,
            subject="wrong-file",
            fingerprint=f"{refused.company_name[:80]}|{refused.path[-100:]}",
            words=f"QuickBooks has “{refused.company_name}” open; this connection belongs to “{refused.expected}”.",
            why="Nothing was sent to it, so that figures of two companies are never mixed.",
            remedy=(
                "Whoever is at the QuickBooks PC: open the right company file; or an administrator says that this one "
                "is right."
            ),
            link=reverse("connection-settings", args=[company_file.company.slug]),
            tone=Tone.BAD,
            since=refused.at,
            value=refused.company_name,
        )


def in_doubt(companies: Sequence[Company], now: datetime) -> Iterable[Found]:
    """One query."""
    jobs = Job.objects.filter(company_file__company__in=companies, state=Job.State.OUTCOME_UNKNOWN)
    for job in jobs.select_related("company_file__company").order_by("pk"):
        company = job.company_file.company
        yield Found(
            company_id=company.pk,
            subject=f"job-{job.pk}",
            fingerprint="unknown",
            words=f"Nobody knows whether QuickBooks executed job {job.pk}, which changes the books.",
            why=job.failure[:500] or "Its answer never came.",
            remedy="An administrator: look in QuickBooks, then settle the job here.",
            link=reverse("job", args=[company.slug, job.pk]),
            tone=Tone.BAD,
            since=job.finished_at or job.created_at,
        )


def _files(companies: Sequence[Company]) -> QuerySet[CompanyFile]:
    return CompanyFile.objects.filter(company__in=companies).select_related("company").order_by("pk")
