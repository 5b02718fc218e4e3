"""Companies whose Web Connectors are signed in and have nothing to do, made straight in the database."""

from __future__ import annotations

from datetime import UTC, datetime, time
from uuid import UUID, uuid5

from accounts.models import Company
from qbwc import queue, raw
from qbwc.models import CompanyFile, LiveWindow, WebConnectorSession
from qbwc.passwords import hash_password

PASSWORD = "held-password"  # noqa: S105 - of companies that live for a minute
REQUEST = "<HostQueryRq/>"
_SPACE = UUID("5d0a7c1e-9f2b-4e0f-8c55-2f6d1b7a9e31")


def ticket_of(number: int) -> str:
    return str(uuid5(_SPACE, f"ticket {number}"))


def make(count: int, hold_seconds: int = 600) -> None:
    """`count` companies named live-0 …, live around the clock, each with an open session (see ticket_of)."""
    password_hash = hash_password(PASSWORD, rounds=4)  # four rounds: this is not what is measured
    names = [f"live-{number}" for number in range(count)]
    companies = Company.objects.bulk_create([Company(name=name, slug=name) for name in names], batch_size=500)
    files = CompanyFile.objects.bulk_create(
        [_file(company, password_hash, hold_seconds) for company in companies], batch_size=200
    )
    WebConnectorSession.objects.bulk_create([_session(file, n) for n, file in enumerate(files)], batch_size=500)


def _file(company: Company, password_hash: str, hold_seconds: int) -> CompanyFile:
    return CompanyFile(
        company=company,
        username=company.name,
        password_hash=password_hash,
        owner_id=uuid5(_SPACE, "owner"),
        file_id=uuid5(_SPACE, company.name),
        app_name="Tieout",
        live_window=LiveWindow.BUSINESS_HOURS,
        business_from=time(0),
        business_until=time.max,
        live_hold_seconds=hold_seconds,
        live_minutes=60,
    )


def _session(company_file: CompanyFile, number: int) -> WebConnectorSession:
    now = datetime.now(tz=UTC)
    return WebConnectorSession(
        company_file=company_file, ticket=ticket_of(number), started_at=now, last_call_at=now, step="send"
    )


def enqueue(number: int) -> None:
    """A job for live-`number`; whoever waits for it is woken."""
    company_file = CompanyFile.objects.get(username=f"live-{number}")
    queue.enqueue(
        company_file=company_file, purpose=raw.QUERY, parameters={"request": REQUEST}, now=datetime.now(tz=UTC)
    )
