"""Databases after all migrations: made once for all processes of a run, copied from then on.

Migrating costs seconds of a processor, and a run needs dozens of databases. A copy has what the migrations made.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "TEST_MIGRATED"  # in the environment: the folder that the processes of a run share
SQLITE = "tieout.sqlite3"  # its name in a DATA_DIR
MIGRATION_LIMIT_SECONDS = 300


@contextlib.contextmanager
def shared() -> Iterator[None]:
    """Processes that begin within the block copy the same databases, which are gone at its end."""
    if FOLDER in os.environ:  # we are one of those processes
        yield
        return
    folder = Path(tempfile.mkdtemp(prefix="tieout-migrated-"))
    os.environ[FOLDER] = str(folder)
    try:
        yield
    finally:
        del os.environ[FOLDER]
        for note in folder.glob("*.url"):
            run_statement(note.read_text(encoding="utf-8"), f"DROP DATABASE IF EXISTS {_template_name(folder)}")
        shutil.rmtree(folder, ignore_errors=True)


def sqlite_file() -> Path:
    """To copy; only within `shared`."""
    folder = Path(os.environ[FOLDER])
    made = folder / SQLITE
    with _alone(folder):
        if not made.exists():
            making = folder / "making"
            making.mkdir(exist_ok=True)
            _migrate({"DATA_DIR": str(making)})
            with contextlib.closing(sqlite3.connect(making / SQLITE)) as database:
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (making / SQLITE).rename(made)
    return made


def postgresql_template(server: str) -> str:
    """The name of a database on the server of this address, to be given as TEMPLATE; only within `shared`."""
    folder = Path(os.environ[FOLDER])
    name = _template_name(folder)
    note = folder / f"{hashlib.sha256(server.encode()).hexdigest()[:16]}.url"
    with _alone(folder):
        if not note.exists():
            run_statement(server, f"DROP DATABASE IF EXISTS {name}")
            run_statement(server, f"CREATE DATABASE {name}")
            url = urlsplit(server)._replace(path=f"/{name}").geturl()
            _migrate({"DATABASE_URL": url, "DATA_DIR": tempfile.mkdtemp(dir=folder)})
            note.write_text(server, encoding="utf-8")
    return name


def run_statement(url: str, statement: str) -> None:
    """One that cannot be in a transaction."""
    with contextlib.closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)


def _template_name(folder: Path) -> str:
    return f"tieout_migrated_{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time; whoever dies within lets the next one in."""
    limit = MIGRATION_LIMIT_SECONDS
    with contextlib.closing(sqlite3.connect(folder / "lock", timeout=limit, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield


def _migrate(settings: Mapping[str, str]) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env={**environment, **settings},
        check=True,
        timeout=MIGRATION_LIMIT_SECONDS,
    )
