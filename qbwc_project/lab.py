"""The failure lab: one failure in a company of its own, and what the product then shows, beside what it should."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.conf import settings
from django.core.management import call_command
from django.db import transaction

from accounts import clock
from accounts.models import AuditEvent, Company
from metrics.models import MonthlyMetric
from qbwc import alerts, queue
from qbwc.models import CompanyFile, Job
from qbwc.passwords import hash_password, password_matches
from qbwc_project.lab_failures import COMPANY, USERNAME, Expected
from qwc.connect import connect
from qwc.connection_states import connection_state

_TICKET = re.compile(r"ticket '[^']*'")
_ACTOR = "failure lab"
_CHEAP_ROUNDS = 4  # of bcrypt: the password is random


@dataclass(frozen=True)
class Outcome:
    """What the Web Connector showed (`code`, `status`, `lines`), and what the product shows and has done."""

    code: str
    status: str
    lines: tuple[str, ...]
    state: str
    state_label: str
    words: tuple[str, ...]
    alerts: tuple[str, ...]
    jobs: dict[str, int]
    jobs_in_words: str
    writes: int
    has_untied: bool


def password() -> str:
    """The lab's own: the same for as long as the installation's secret."""
    return hmac.new(settings.SECRET_KEY.encode(), b"failure lab", hashlib.sha256).hexdigest()[:32]


def fresh_company_file(now: datetime) -> CompanyFile:
    """The lab's company, connected anew: what an earlier failure left behind must not colour this one."""
    files = CompanyFile.objects.filter(username=USERNAME, company__name=COMPANY)
    known_hash = files.values_list("password_hash", flat=True).first()
    with transaction.atomic():
        files.delete()
        MonthlyMetric.objects.filter(company__name=COMPANY).delete()
    kept_hash = known_hash if known_hash and password_matches(password(), known_hash) else _hash()
    return connect(name=COMPANY, username=USERNAME, password_hash=kept_hash, now=now, actor=_ACTOR).company_file


@cache
def _hash() -> str:
    """Made once: each other hash is another password to the server, which tries only a few in a row."""
    return hash_password(password(), _CHEAP_ROUNDS)


def lab_company() -> Company:
    """The lab's company, made when it is not there yet."""
    known = Company.objects.filter(name=COMPANY).first()
    return known or fresh_company_file(clock.now()).company


def play(key: str, url: str) -> Outcome:
    """Have the failure happen against the server at `url` (where its Web Connector calls). CommandError."""
    begun = clock.now()
    company_file = fresh_company_file(begun)
    told = io.StringIO()
    call_command("lab", key, url=url, password=password(), stdout=told)
    seen = json.loads(told.getvalue())
    company_file.refresh_from_db()
    return _outcome(company_file, seen, begun)


def _outcome(company_file: CompanyFile, seen: dict[str, object], begun: datetime) -> Outcome:
    now = clock.now()
    queue.enqueue_due(company_file, now)  # as the next sign-in does it: the console then shows what waits
    found = connection_state(company_file, now)
    told = alerts.alerts_of(company_file, now)
    jobs = company_file.jobs.filter(pk__gt=seen["after_job"])
    counted = Counter(str(job.state) for job in jobs)
    lines = seen["lines"]
    return Outcome(
        code=str(seen["code"]),
        status=str(seen["status"]),
        lines=tuple(_TICKET.sub("ticket …", str(line)) for line in lines) if isinstance(lines, list) else (),
        state=found.state.value,
        state_label=found.label,
        words=tuple(_words(company_file, found.why, found.remedy, told, begun)),
        alerts=tuple(alert.kind for alert in told),
        jobs=dict(sorted(counted.items())),
        jobs_in_words=", ".join(f"{count} {_in_words(state)}" for state, count in sorted(counted.items())) or "none",
        writes=int(str(seen["writes"])),
        has_untied=MonthlyMetric.objects.filter(company=company_file.company).exclude(tie_out_status="tied").exists(),
    )


def _words(
    company_file: CompanyFile, why: str, remedy: str, told: tuple[alerts.Alert, ...], begun: datetime
) -> list[str]:
    """What a person reads: the state, the alerts, why jobs wait or failed, what the server told the Web Connector."""
    said = [f"{why} {remedy}".strip(), *(alert.message for alert in told)]
    said += list(company_file.jobs.exclude(failure="").values_list("failure", flat=True))
    failed = company_file.jobs.exclude(exchanges__delivery_error="")
    said += list(failed.values_list("exchanges__delivery_error", flat=True))
    session = company_file.sessions.order_by("-pk").first()
    said += [session.last_error] if session is not None else []
    trail = AuditEvent.objects.filter(company=company_file.company, success=False, timestamp__gte=begun)
    said += [str(event.details.get("reason", event.action)) for event in trail]
    said = list(dict.fromkeys(text for text in said if text))
    return [text for text in said if not any(text != other and text in other for other in said)]


def _in_words(state: str) -> str:
    return str(Job.State(state).label).partition(":")[0].lower()


def misses(expected: Expected, outcome: Outcome) -> list[str]:
    """Where the product did something else than it should; empty when it did the right thing."""
    said = " ".join(outcome.words)
    pairs = [
        ("the connection's state", expected.state, outcome.state),
        ("the Web Connector's code", expected.code, outcome.code),
        ("the alerts", sorted(expected.alerts), sorted(outcome.alerts)),
        ("how often the change is in the books", expected.writes, outcome.writes),
        ("whether a month is untied", expected.has_untied, outcome.has_untied),
        *((f"jobs {state}", count, outcome.jobs.get(state, 0)) for state, count in expected.jobs.items()),
    ]
    found = [f"{name}: {wanted} was expected, {got} came" for name, wanted, got in pairs if wanted != got]
    if expected.status not in outcome.status:
        found.append(f"the Web Connector's words: “{expected.status}” was expected, “{outcome.status}” came")
    if not any(words in said for words in expected.words.split("|")):
        found.append(f"the product's words: “{expected.words}” was expected, “{said[:300]}” came")
    return found
