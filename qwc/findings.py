"""What Doctor finds, and the table of everything it looks at: one row a check, one finding a row."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace


class Level(enum.Enum):
    """How bad it is. NOTE: good to know, nothing has to be done; also for what could not be judged yet."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


class Actor(enum.Enum):
    """Who can put it right."""

    NOBODY = "nobody"
    SERVER = "whoever runs this server"
    NETWORK = "whoever looks after the domain name, its certificate and the proxy"
    ADMINISTRATOR = "an administrator of the company"
    PC = "the person at the QuickBooks PC"


class Group(enum.Enum):
    """What a check is about."""

    ADDRESS = "The public address"
    TLS = "Certificate and TLS"
    SOAP = "As the Web Connector calls"
    SERVER = "This server"
    SETTINGS = "Settings"
    COMPANY = "The company"


@dataclass(frozen=True)
class Finding:
    """One check's answer: what it saw, why that matters, what to do and who. `company`: its slug; "" is the server.

    Only `details` may hold paths, addresses and versions: they are for whoever runs the server.
    """

    check: str
    level: Level
    what: str
    why: str = ""
    fix: str = ""
    actor: Actor = Actor.NOBODY
    details: tuple[tuple[str, str], ...] = ()
    company: str = ""

    @property
    def is_problem(self) -> bool:
        return self.level in (Level.WARNING, Level.ERROR)

    @property
    def is_skipped(self) -> bool:
        """Nothing was looked at, because something else has to be put right first."""
        return self.what.startswith(SKIPPED)


@dataclass(frozen=True)
class Check:
    """A row of the table."""

    name: str
    group: Group
    title: str
    looks_at: str


def _rows(group: Group, *rows: tuple[str, str, str]) -> tuple[Check, ...]:
    return tuple(Check(name, group, title, looks_at) for name, title, looks_at in rows)


# The codes are the Web Connector's own (Intuit's guide, appendix A).
CHECKS: tuple[Check, ...] = (
    *_rows(
        Group.ADDRESS,
        (
            "address.form",
            "PUBLIC_URL",
            "https or localhost, a host name and not an IP address, no path (QBWC1001, 1010)",
        ),
        ("address.dns", "Name", "the host name of PUBLIC_URL has an address"),
        ("address.tcp", "Port", "somebody listens there"),
        ("address.server", "Our own server", "a signed question through PUBLIC_URL is answered by this installation"),
        ("address.support", "Support page", "AppSupport answers 200 without sign-in (QBWC1003, 1004)"),
        ("address.clock", "Clock from outside", "the Date header seen through PUBLIC_URL against this server's clock"),
        ("address.hold", "Held calls", "a call that is held open for some seconds is not cut by a proxy"),
    ),
    *_rows(
        Group.TLS,
        ("tls.versions", "TLS versions", "TLS 1.2 works, which .NET on older Windows needs; older versions are off"),
        ("tls.chain", "Certificate chain", "not self-signed, a known authority, intermediate certificates are sent"),
        ("tls.host", "Certificate's name", "the certificate is for the host name of PUBLIC_URL"),
        ("tls.expiry", "Certificate's dates", "valid now and for thirty days to come"),
    ),
    *_rows(
        Group.SOAP,
        (
            "soap.get",
            "GET on the SOAP address",
            "answers 200, which the Web Connector wants when it is added (QBWC1048)",
        ),
        ("soap.redirect", "Redirects", "a POST is not redirected: the Web Connector follows none"),
        ("soap.user_agent", "User agent", "the .NET client's user agent is not blocked by a firewall or bot rule"),
        ("soap.answer", "SOAP call", "serverVersion, called as .NET does it, answers proper SOAP of this server"),
        ("soap.body_size", "Large answers", "a body of 12 MB gets through the proxy"),
    ),
    *_rows(
        Group.SERVER,
        ("server.clock", "Database's clock", "the database server's time against this server's"),
        ("server.disk", "Disk of DATA_DIR", "free space of the data folder"),
        ("server.write", "Writing to DATA_DIR", "a small file can be written, read and removed"),
        ("server.database", "Database", "it answers"),
        ("server.database_disk", "Disk of the database", "free space where a SQLite database lies"),
        ("server.migrations", "Migrations", "every migration has been applied"),
        (
            "server.database_settings",
            "Database settings",
            "SQLite: WAL, FULL, busy time-out; PostgreSQL: durable, not too old",
        ),
        ("server.connections", "Database connections", "PostgreSQL has connections to spare"),
        ("server.redis", "Redis", "when configured: it answers and passes messages on"),
        ("server.worker", "Celery worker", "when not embedded: one answers"),
        ("server.sweeps", "Scheduled work", "what the scheduler sweeps up every few minutes has been swept"),
    ),
    *_rows(
        Group.SETTINGS,
        ("settings.checks", "System checks", "what Django and Tieout find wrong in the settings"),
        ("settings.secret_key", "SECRET_KEY", "long, random, nobody's default"),
        ("settings.debug", "DEBUG", "off where others can reach the server"),
        ("settings.hosts", "ALLOWED_HOSTS", "contains the host of PUBLIC_URL, and not every name"),
        ("settings.schemas", "QBXML_SCHEMA_DIR", "the schemas there can be used"),
        ("settings.retention", "DATABASE_RETENTION_DAYS", "answers are kept long enough to be read again"),
        ("settings.time_zone", "TIME_ZONE", "a time zone this system knows"),
    ),
    *_rows(
        Group.COMPANY,
        ("company.connected", "Connection", "the company has a company file, and it is switched on"),
        ("company.document", "Set-up file", "the Web Connector would take the company's .qwc"),
        ("company.contact", "Web Connector", "when it last called, against its own rhythm"),
        ("company.file", "Company file", "QuickBooks has the right company file open"),
        ("company.one_connector", "One connector", "only one Web Connector uses the user name"),
        ("company.sign_in", "Sign-ins", "the Web Connector's password is not refused"),
        ("company.time_zone", "Time zone", "the company's hours are in a known time zone"),
        ("company.plans", "Sync plans", "none is overdue while the Web Connector calls"),
        ("company.queue", "Queue", "no job has waited or been at QuickBooks for too long"),
        ("company.writes", "Writes", "no change to the books has an unknown outcome"),
        ("company.failures", "Failed jobs", "no job of the last week has failed for good"),
        ("company.reading", "Last readings", "the newest answer of each kind could be read"),
        ("company.deliveries", "Unread answers", "every answer of QuickBooks was handed on"),
        ("company.tie_out", "Tie-out", "every month equals QuickBooks' own Net Income"),
        ("company.unmapped", "Unmapped accounts", "their share of the last twelve months"),
        ("company.mappings", "Mapping rules", "every rule can be used"),
    ),
)
BY_NAME: dict[str, Check] = {check.name: check for check in CHECKS}
SKIPPED = "Not checked: "


def fine(check: str, what: str, **details: object) -> Finding:
    return Finding(check, Level.OK, what, details=_texts(details))


def note(check: str, what: str, why: str, fix: str = "", actor: Actor = Actor.NOBODY, **details: object) -> Finding:
    return Finding(check, Level.NOTE, what, why, fix, actor, _texts(details))


def warning(check: str, what: str, why: str, fix: str, actor: Actor, **details: object) -> Finding:
    return Finding(check, Level.WARNING, what, why, fix, actor, _texts(details))


def error(check: str, what: str, why: str, fix: str, actor: Actor, **details: object) -> Finding:
    return Finding(check, Level.ERROR, what, why, fix, actor, _texts(details))


def skipped(check: str, because: str) -> Finding:
    """Something else has to be put right first, and is a finding of its own."""
    return Finding(check, Level.NOTE, f"{SKIPPED}{because}")


def unchecked(check: str, reason: str) -> Finding:
    """The check itself failed; the reason may name paths and addresses, so it is a detail."""
    why = "The check itself failed, so nothing is known about this."
    return warning(check, "This could not be checked.", why, "Run Doctor again.", Actor.SERVER, reason=reason)


def of_company(finding: Finding, slug: str) -> Finding:
    return replace(finding, company=slug)


def without_details(finding: Finding) -> Finding:
    return replace(finding, details=())


_SEVERITY = {Level.ERROR: 0, Level.WARNING: 1, Level.NOTE: 2, Level.OK: 3}
_PLACE = {check.name: place for place, check in enumerate(CHECKS)}


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By severity, then in the order of the table: a cause stands before what it causes."""
    return tuple(sorted(findings, key=lambda each: (_SEVERITY[each.level], _PLACE[each.check], each.company)))


def worst_level(findings: Iterable[Finding]) -> Level:
    return min((each.level for each in findings), key=_SEVERITY.__getitem__, default=Level.OK)


def exit_status(findings: Iterable[Finding], *, is_strict: bool) -> int:
    """For monitors: 2 with an error, 1 with a warning when strict, else 0."""
    level = worst_level(findings)
    if level is Level.ERROR:
        return 2
    return 1 if is_strict and level is Level.WARNING else 0


def _texts(details: dict[str, object]) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(value)) for name, value in details.items() if value not in (None, ""))
