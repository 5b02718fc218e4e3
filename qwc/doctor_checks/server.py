"""This server: its clock, disks and database."""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from qbwc.models import WebConnectorSession
from qbwc.session_rows import IDLE_LIMIT
from qwc.findings import Actor, Finding, error, fine, warning

GIGABYTE = 1024**3
CLOCKS_MAY_DIFFER = timedelta(seconds=10)
OLDEST_POSTGRESQL = 14  # the oldest that Django 5.2 takes
SWEPT_WITHIN = timedelta(minutes=20)  # the sweep comes every five minutes


@dataclass(frozen=True)
class Disk:
    """In bytes."""

    total: int
    free: int


def usage_of(path: Path) -> Disk:
    """Of the disk where the folder is, or will be."""
    found = shutil.disk_usage(next(each for each in (path, *path.parents) if each.exists()))
    return Disk(found.total, found.free)


@dataclass(frozen=True)
class Inside:
    """What the checks of this server look at; tests hand in other disks and databases."""

    now: datetime
    disk: Callable[[Path], Disk] = usage_of
    database: BaseDatabaseWrapper = field(default_factory=lambda: connections[DEFAULT_DB_ALIAS])


def clock(inside: Inside) -> Finding:
    if inside.database.vendor != "postgresql":
        return fine("server.clock", "The database has this server's own clock.")
    theirs = _value(inside, "SELECT statement_timestamp()")
    apart = abs(theirs.astimezone(UTC) - inside.now)
    if apart <= CLOCKS_MAY_DIFFER:
        return fine("server.clock", "The database server's clock agrees with this server's.")
    what = f"The database server's clock is {int(apart.total_seconds())} seconds away from this server's."
    why = "What was done when, and what is due, is told from both."
    fix = "Switch on time synchronisation (NTP) on both."
    return warning("server.clock", what, why, fix, Actor.SERVER, database=theirs.isoformat())


def disk(inside: Inside) -> Finding:
    return _space(inside, "server.disk", "the data folder", Path(settings.DATA_DIR))


def database_disk(inside: Inside) -> Finding:
    name = str(inside.database.settings_dict["NAME"])
    if inside.database.vendor != "sqlite":
        return fine("server.database_disk", "The disk of PostgreSQL is not seen from here; watch it there.")
    return _space(inside, "server.database_disk", "the database", Path(name).parent)


def _space(inside: Inside, check: str, whose: str, folder: Path) -> Finding:
    found = inside.disk(folder)
    free = f"{found.free / GIGABYTE:.1f} GB"
    details = {"folder": folder, "free_bytes": found.free, "total_bytes": found.total}
    what, why = f"The disk of {whose} has {free} left.", "When it is full, no answer of QuickBooks can be kept."
    fix = "Make room: old logs and backups first; or lower DATABASE_RETENTION_DAYS; or give it a larger disk."
    if found.free < GIGABYTE // 4:
        return error(check, what, why, fix, Actor.SERVER, **details)
    if found.free < GIGABYTE:
        return warning(check, what, why, fix, Actor.SERVER, **details)
    return fine(check, what, **details)


def write(inside: Inside) -> Finding:
    path = Path(settings.DATA_DIR) / f".doctor-{uuid.uuid4().hex}"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(b"tieout")
            os.fsync(file.fileno())
        is_kept = path.read_bytes() == b"tieout"
    except OSError as problem:
        fix = "Let the user that runs Tieout write there, or set DATA_DIR to a folder where it may."
        why = "The SQLite database, exports and the secret key are kept there."
        what = "The data folder cannot be written to."
        return error("server.write", what, why, fix, Actor.SERVER, system_says=problem)
    finally:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
    if not is_kept:
        what, why = "What is written to the data folder is not what is read from it.", "The disk may be failing."
        return error("server.write", what, why, "Check the disk.", Actor.SERVER, folder=settings.DATA_DIR)
    return fine("server.write", "The data folder can be written to.", folder=settings.DATA_DIR)


def database(inside: Inside) -> Finding:
    try:
        _value(inside, "SELECT 1")
    except Exception as problem:  # each driver has its own
        what, why = "The database does not answer.", "Nothing works without it; the Web Connector is told “busy”."
        fix = "Start the database, and compare DATABASE_URL with it."
        return error("server.database", what, why, fix, Actor.SERVER, system_says=problem)
    return fine("server.database", "The database answers.", engine=inside.database.vendor)


def migrations(inside: Inside) -> Finding:
    executor = MigrationExecutor(inside.database)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not missing:
        return fine("server.migrations", "Every migration has been applied.")
    names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in missing)
    what = f"{len(missing)} migration{'s have' if len(missing) > 1 else ' has'} not been applied."
    why = "The program expects tables or columns that are not there."
    return error("server.migrations", what, why, "Run: ./run manage migrate", Actor.SERVER, missing=names[:500])


# PRAGMA → what it must say, and why (docs/decisions/sqlite-first.md).
_PRAGMAS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "journal_mode": (lambda value: value == "wal", "journal_mode is not WAL: readers and the writer block each other"),
    "synchronous": (lambda value: int(value) >= 2, "synchronous is not FULL: a power cut may lose what was answered"),
    "busy_timeout": (lambda value: int(value) >= 5000, "busy_timeout is below 5 seconds: calls fail while one writes"),
}
_DURABLE = {
    "fsync": "fsync is off: a crash may damage the database",
    "full_page_writes": "full_page_writes is off: a crash may damage the database",
    "synchronous_commit": "synchronous_commit is off: a crash may lose what was answered",
}


def database_settings(inside: Inside) -> Finding:
    if inside.database.vendor == "postgresql":
        wrong = [words for name, words in _DURABLE.items() if _value(inside, f"SHOW {name}") == "off"]
        number = int(_value(inside, "SHOW server_version_num")) // 10000
        if number < OLDEST_POSTGRESQL:
            wrong.append(f"PostgreSQL {number} is too old: {OLDEST_POSTGRESQL} is the oldest that works")
    else:
        wrong = [
            words for name, (is_right, words) in _PRAGMAS.items() if not is_right(_value(inside, f"PRAGMA {name}"))
        ]
    if not wrong:
        return fine("server.database_settings", "The database is set up durably.", engine=inside.database.vendor)
    what, fix = "The database is not set up as it should be.", "Set it right in the database server, then restart."
    return error("server.database_settings", what, "; ".join(wrong) + ".", fix, Actor.SERVER)


def spare_connections(inside: Inside) -> Finding:
    if inside.database.vendor != "postgresql":
        return fine("server.connections", "SQLite needs no connections to spare.")
    most = int(_value(inside, "SHOW max_connections")) - int(_value(inside, "SHOW superuser_reserved_connections"))
    used = int(_value(inside, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"))
    what = f"{used} of {most} connections of PostgreSQL are in use."
    if used * 10 < most * 8:
        return fine("server.connections", what)
    why = "When none is left, calls are refused."
    fix = "Raise max_connections, or end what else holds them."
    return warning("server.connections", what, why, fix, Actor.SERVER)


def sweeps(inside: Inside) -> Finding:
    """Evidence that the scheduler runs: sessions that fell silent are ended every five minutes (settings)."""
    silent = WebConnectorSession.objects.filter(
        state=WebConnectorSession.State.OPEN, last_call_at__lt=inside.now - IDLE_LIMIT - SWEPT_WITHIN
    )
    left = silent.exclude(step=WebConnectorSession.Step.RECEIVE).count()
    if not left:
        return fine("server.sweeps", "Nothing is left that the scheduler should have swept up.")
    what = f"Sessions that fell silent long ago still count as open: {left}."
    why = "The scheduler ends them every five minutes: it does not run, and neither does anything else it does."
    fix = "Start the server (embedded), or Celery's beat and worker, and look into their logs."
    return warning("server.sweeps", what, why, fix, Actor.SERVER)


def _value(inside: Inside, sql: str) -> Any:
    with inside.database.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


CHECKS: dict[str, Callable[[Inside], Finding]] = {
    "server.clock": clock,
    "server.disk": disk,
    "server.write": write,
    "server.database": database,
    "server.database_disk": database_disk,
    "server.migrations": migrations,
    "server.database_settings": database_settings,
    "server.connections": spare_connections,
    "server.sweeps": sweeps,
}
