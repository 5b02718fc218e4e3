"""A whole examination: what waits runs at the same time, what needs the database here; nothing ever raises."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from django.conf import settings
from django.db import DatabaseError

from accounts.models import Company
from qbwc import selectors
from qbwc.contact import contact_state
from qbwc.models import CompanyFile
from qwc import findings
from qwc.doctor_checks import address, company, configuration, figures, outside, server, soap, tls, together, workers
from qwc.doctor_checks.outside import Plan
from qwc.doctor_checks.server import Inside
from qwc.findings import Finding

logger = logging.getLogger(__name__)
Looked = TypeVar("Looked")

OUTSIDE = {**address.CHECKS, **tls.CHECKS, **soap.CHECKS}
WITHOUT_A_DATABASE = 5.0  # seconds that Redis and the workers may take, beside everything else
KEPT_FOR = timedelta(minutes=5)


@dataclass(frozen=True)
class Examination:
    """What was found. `outside_at`: when PUBLIC_URL was last called, None when it never was."""

    findings: tuple[Finding, ...]
    at: datetime
    outside_at: datetime | None


@dataclass(frozen=True)
class _Kept:
    findings: tuple[Finding, ...]
    at: datetime


@dataclass
class OutsideMemory:
    """The last look from outside, in this process: it sends 12 MB, so it is not repeated for every monitor."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    kept: _Kept | None = None

    def forget(self) -> None:
        self.kept = None


memory = OutsideMemory()


def plan_of(now: datetime) -> Plan:
    """The visits of this installation, from its settings."""
    return Plan(public_url=settings.PUBLIC_URL, now=now, ca_file=settings.DOCTOR_CA_FILE)


def of_outside(plan: Plan, oldest: datetime | None = None) -> tuple[Finding, ...]:
    """Through PUBLIC_URL; at most `plan.deadline` seconds. What is not older than `oldest` is told again.

    One at a time: whoever comes second gets what the first one found.
    """
    with memory.lock:
        if memory.kept is not None and oldest is not None and memory.kept.at >= oldest:
            return memory.kept.findings
        seen = outside.look(plan)
        found = tuple(_each(OUTSIDE, seen))
        memory.kept = _Kept(found, plan.now)
        return found


def of_server(inside: Inside) -> tuple[Finding, ...]:
    """This server and its settings: quick, but for Redis and the workers, which are asked at the same time."""
    until = time.monotonic() + WITHOUT_A_DATABASE
    pending = together.start_all(workers.CHECKS)
    here = [*_each(server.CHECKS, inside), *(_attempt(name, check) for name, check in configuration.CHECKS.items())]
    return (*here, *(_attempt(name, partial(each.result, until)) for name, each in pending.items()))


def of_companies(companies: Iterable[Company], now: datetime) -> tuple[Finding, ...]:
    """Every company's connection and figures; of one that is not connected, only that."""
    try:
        return tuple(finding for each in list(companies) for finding in of_company(each, now))
    except DatabaseError as problem:
        logger.warning("the companies could not be examined: %s", problem)
        return (findings.unchecked("company.connected", str(problem)),)


def of_company(each: Company, now: datetime) -> Iterator[Finding]:
    company_file = selectors.company_file_of(each)
    found = [_attempt("company.connected", lambda: company.connected(each, company_file))]
    if company_file is not None and company_file.is_active:
        patient = company.Patient(each, company_file, now)
        found += _each({**company.CHECKS, **figures.CHECKS}, patient)
    return (findings.of_company(finding, each.slug) for finding in found)


def examine(companies: Iterable[Company], now: datetime, *, plan: Plan | None, oldest: datetime | None) -> Examination:
    """Everything. Without a plan PUBLIC_URL is not called, and what was last seen there is told again."""
    looking = None
    if plan is not None:
        informed = replace(plan, seen_lately=_is_called(now))
        looking = together.start(lambda: of_outside(informed, oldest))
    found = [*of_server(Inside(now)), *of_companies(companies, now)]
    if plan is not None and looking is not None:
        found += _looked(looking, time.monotonic() + plan.deadline + 1)
    elif memory.kept is not None:
        found += memory.kept.findings
    kept = memory.kept
    return Examination(findings.worst_first(found), now, kept.at if kept is not None else None)


def _looked(looking: together.Pending, until: float) -> tuple[Finding, ...]:
    try:
        found: tuple[Finding, ...] = looking.result(until)
    except Exception as problem:
        logger.exception("PUBLIC_URL could not be examined")
        return tuple(findings.unchecked(name, str(problem)) for name in OUTSIDE)
    return found


def _is_called(now: datetime) -> bool:
    try:
        files = CompanyFile.objects.filter(is_active=True, last_seen_at__isnull=False)
        return any(contact_state(each, now) == "online" for each in files)
    except DatabaseError:
        return False  # a finding of its own


def _each(checks: Mapping[str, Callable[[Looked], Finding]], looked: Looked) -> list[Finding]:
    return [_attempt(name, partial(check, looked)) for name, check in checks.items()]


def _attempt(name: str, check: Callable[[], Finding]) -> Finding:
    """The check's finding; a check that fails is a finding too."""
    try:
        return check()
    except Exception as problem:
        logger.warning("the check %s failed: %s", name, problem)
        return findings.unchecked(name, f"{type(problem).__name__}: {problem}")
