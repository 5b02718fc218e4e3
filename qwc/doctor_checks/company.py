"""One company's connection: is it called, are its answers read, is anything waiting for a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db.models import QuerySet

from accounts.models import Company
from qbwc import alerts, schedule
from qbwc.contact import contact_state
from qbwc.models import CompanyFile, Exchange, Job, SyncPlan
from qwc import doctor, document
from qwc.connect import connection_file, soap_url
from qwc.findings import Actor, Finding, error, fine, note, skipped, warning

ROUNDS_ALLOWED, LEAST_GRACE = 3, timedelta(hours=1)
NEW_FOR, GONE_AFTER, NEWS_FOR = timedelta(days=1), timedelta(days=7), timedelta(days=7)
LONGEST_AT_QUICKBOOKS = timedelta(hours=2)
READ_WITHIN = timedelta(minutes=10)  # the sweep that hands on what was left comes every minute


@dataclass(frozen=True)
class Patient:
    """A company with its connected, active file."""

    company: Company
    company_file: CompanyFile
    now: datetime

    @property
    def grace(self) -> timedelta:
        """How late its work may be: three of its own rounds, at least an hour, and the quiet hours on top."""
        own = max(timedelta(minutes=self.company_file.run_every_minutes * ROUNDS_ALLOWED), LEAST_GRACE)
        return own + _quiet(self.company_file)

    @property
    def is_called(self) -> bool:
        return contact_state(self.company_file, self.now) not in ("never_seen", "late", "offline", "disabled")

    @property
    def jobs(self) -> QuerySet[Job]:
        return Job.objects.filter(company_file=self.company_file)


def _quiet(company_file: CompanyFile) -> timedelta:
    start, end = company_file.quiet_from, company_file.quiet_until
    if start is None or end is None:
        return timedelta()
    minutes = (end.hour * 60 + end.minute) - (start.hour * 60 + start.minute)
    return timedelta(minutes=minutes % (24 * 60))


def connected(company: Company, company_file: CompanyFile | None) -> Finding:
    if company_file is None:
        why = "Nothing can be read from QuickBooks yet."
        fix = "Open the company, choose Connect, and follow the steps there."
        return note("company.connected", "The company has no company file yet.", why, fix, Actor.ADMINISTRATOR)
    if not company_file.is_active:
        what, why = "The company file is switched off.", "Its Web Connector is refused; nothing is read."
        fix = "A superuser can switch it on in the administration."
        return note("company.connected", what, why, fix, Actor.ADMINISTRATOR)
    return fine("company.connected", "The company file is registered and switched on.")


def set_up_file(patient: Patient) -> Finding:
    url = settings.PUBLIC_URL
    of_address = document.address_problems(soap_url(url), url)
    found = [each for each in document.problems(connection_file(patient.company_file, url)) if each not in of_address]
    if not found:
        return fine("company.document", "The Web Connector would take the company's set-up file.")
    what = "The Web Connector would refuse the company's set-up file."
    fix = "Mend it in the administration, then download the file again and add it on the PC."
    return error("company.document", what, " ".join(found), fix, Actor.ADMINISTRATOR)


def contact(patient: Patient) -> Finding:
    seen, start = patient.company_file.last_seen_at, "On the QuickBooks PC, start the Web Connector"
    if seen is None:
        what, why = "The Web Connector has never called.", "Nothing can be read from QuickBooks until it does."
        fix = "Add the company's set-up file on the QuickBooks PC; the Connect page has the steps."
        make = note if patient.now - patient.company_file.created_at < NEW_FOR else warning
        return make("company.contact", what, why, fix, Actor.PC)
    if patient.is_called:
        return fine("company.contact", f"The Web Connector called {_ago(patient.now - seen)} ago.")
    make = error if patient.now - seen > GONE_AFTER else warning
    what = f"The Web Connector has not called for {_ago(patient.now - seen)}."
    why = f"It should call every {patient.company_file.run_every_minutes} minutes. The figures grow old."
    return make("company.contact", what, why, f"{start}, sign in to Windows, and tick Auto-Run in its row.", Actor.PC)


def right_file(patient: Patient) -> Finding:
    refused = alerts.refused_file(patient.company_file)
    if refused is None:
        return fine("company.file", "No wrong company file was open in QuickBooks.")
    what = f"QuickBooks has “{refused.company_name}” open; this connection belongs to “{refused.expected}”."
    fix = "Open the right company file at the PC; or, if this is the right one, accept it on the Connect page."
    return error("company.file", what, "Nothing was sent, so that no books are mixed.", fix, Actor.PC)


def one_connector(patient: Patient) -> Finding:
    if alerts.two_connectors(patient.company_file, patient.now) is None:
        return fine("company.one_connector", "One Web Connector uses the user name.")
    why = "They take each other's turns, and answers get lost."
    fix = "Remove the entry from the PC that should not read this company."
    what = "Two Web Connectors used this user name at the same time within the last day."
    return warning("company.one_connector", what, why, fix, Actor.PC)


def sign_in(patient: Patient) -> Finding:
    seen = doctor.seen_of(patient.company_file)
    refused = seen.refused_at
    is_news = refused is not None and patient.now - refused < NEWS_FOR
    if refused is None or not is_news or (seen.last_contact is not None and seen.last_contact > refused):
        return fine("company.sign_in", "No sign-in of the Web Connector was refused lately.")
    what = f"The Web Connector was refused {_ago(patient.now - refused)} ago: {seen.refusal or 'wrong password'}."
    fix = "Type the password in the Web Connector again and press Enter; a new one is made on the Connect page."
    return error("company.sign_in", what, "Without signing in it reads nothing (QBWC1040).", fix, Actor.PC)


def time_zone(patient: Patient) -> Finding:
    name = patient.company_file.time_zone
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        what, why = f"“{name}” is no time zone this system knows.", "Quiet hours and business hours are taken as UTC."
        fix = "Choose the time zone on the Hours page, like America/Denver."
        return warning("company.time_zone", what, why, fix, Actor.ADMINISTRATOR)
    return fine("company.time_zone", f"The company's hours are in {name}.")


def plans(patient: Patient) -> Finding:
    enabled = SyncPlan.objects.filter(company_file=patient.company_file, is_enabled=True)
    if not enabled.exists():
        what, why = "No sync plan is switched on.", "The Web Connector calls, and there is nothing to read."
        return warning("company.plans", what, why, "Switch a plan on.", Actor.ADMINISTRATOR)
    if not patient.is_called:
        return skipped("company.plans", "the Web Connector is not calling.")
    overdue = enabled.filter(next_due_at__lt=patient.now - patient.grace)
    open_jobs = Job.objects.filter(state__in=(Job.State.QUEUED, Job.State.IN_FLIGHT), plan__isnull=False)
    names = sorted({plan.purpose for plan in overdue.exclude(pk__in=open_jobs.values("plan"))})
    if not names or schedule.quiet_seconds(patient.company_file, patient.now):
        return fine("company.plans", "No sync plan is overdue.")
    what = f"{_count(len(names), 'sync plan is', 'sync plans are')} overdue although the Web Connector calls."
    why = "What it should have read is older than the company's own rhythm allows."
    fix = "Look at the sync console; choose “Sync at the next call” there."
    return warning("company.plans", what, why, fix, Actor.ADMINISTRATOR, plans=", ".join(names))


def queue(patient: Patient) -> Finding:
    if not patient.is_called:
        return skipped("company.queue", "the Web Connector is not calling.")
    waits = patient.jobs.filter(state=Job.State.QUEUED, available_at__lt=patient.now - patient.grace).count()
    sent = Exchange.objects.filter(job__company_file=patient.company_file, job__state=Job.State.IN_FLIGHT)
    newest = sent.order_by("-sent_at").values_list("sent_at", flat=True).first()
    if newest is not None and patient.now - newest > LONGEST_AT_QUICKBOOKS:
        what = f"A job has been at QuickBooks for {_ago(patient.now - newest)}."
        fix = "Look at the QuickBooks PC: a dialogue may be open. Then run the update again."
        return warning("company.queue", what, "Nothing else is read meanwhile.", fix, Actor.PC)
    if waits and not schedule.quiet_seconds(patient.company_file, patient.now):
        what = f"{_count(waits, 'job has', 'jobs have')} waited too long although the Web Connector calls."
        fix = "Look at the sync console: each job says why it waits."
        return warning("company.queue", what, "What they should read is not read.", fix, Actor.ADMINISTRATOR)
    return fine("company.queue", "No job has waited too long.")


def writes(patient: Patient) -> Finding:
    count = patient.jobs.filter(state=Job.State.OUTCOME_UNKNOWN).count()
    if not count:
        return fine("company.writes", "No change to the books has an unknown outcome.")
    what = f"Nobody knows whether QuickBooks executed {_count(count, 'change', 'changes')} to the books."
    why = "Sending it again blindly could book it twice, so it waits for a person."
    fix = "Look in QuickBooks, then settle each one on its page; the Connect page lists them."
    return error("company.writes", what, why, fix, Actor.ADMINISTRATOR)


def failures(patient: Patient) -> Finding:
    jobs = alerts.jobs_to_look_at(patient.company_file, patient.now)
    failed = [job for job in jobs if job.state == Job.State.FAILED]
    if not failed:
        return fine("company.failures", "No job has failed for good within a week.")
    what = f"{_count(len(failed), 'job', 'jobs')} of the last week failed for good."
    why = f"The newest, job {failed[0].pk} ({failed[0].purpose}): {failed[0].failure[:300]}".strip()
    fix = "Read the reason on the job's page, mend it, and try the job again there."
    return warning("company.failures", what, why, fix, Actor.ADMINISTRATOR)


def deliveries(patient: Patient) -> Finding:
    unread = Exchange.objects.filter(
        job__company_file=patient.company_file,
        answered_at__lt=patient.now - READ_WITHIN,
        delivered_at__isnull=True,
    ).count()
    if not unread:
        return fine("company.deliveries", "Every answer of QuickBooks was handed on.")
    what = f"{_count(unread, 'answer', 'answers')} of QuickBooks {'has' if unread == 1 else 'have'} not been read."
    why = "The answers are kept, but the figures do not show them: the worker does not run, or reading them fails."
    fix = "Check that worker and scheduler run, and look for the reason in the server's log."
    return error("company.deliveries", what, why, fix, Actor.SERVER)


def _ago(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return _count(max(0, minutes), "minute", "minutes")
    return _count(minutes // 60, "hour", "hours") if minutes < 48 * 60 else _count(span.days, "day", "days")


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


CHECKS: dict[str, Callable[[Patient], Finding]] = {
    "company.document": set_up_file,
    "company.contact": contact,
    "company.file": right_file,
    "company.one_connector": one_connector,
    "company.sign_in": sign_in,
    "company.time_zone": time_zone,
    "company.plans": plans,
    "company.queue": queue,
    "company.writes": writes,
    "company.failures": failures,
    "company.deliveries": deliveries,
}
