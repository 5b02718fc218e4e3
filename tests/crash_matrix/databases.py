"""The two databases: made, locked so that no commit can happen, thrown away."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2

from tests import migrated

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
# Longer than a request needs from the proxy to its first write; with the lock held it gets no further.
ARRIVAL_SECONDS = 0.5
BLOCKED_LIMIT_SECONDS = 60.0


@dataclass(frozen=True)
class Database:
    """`url` is the server's DATABASE_URL. `locked` lets nobody else write while it lasts."""

    name: str
    url: str

    def locked(self) -> contextlib.AbstractContextManager[None]:
        return _locked_sqlite(self.url) if self.name == "sqlite" else _locked_postgresql(self.url)

    def wait_until_blocked(self, requests: int) -> None:
        """Returns when so many requests stand before the lock. SQLite shows nobody who waits: there, after a while."""
        if self.name == "sqlite":
            time.sleep(ARRIVAL_SECONDS)
        else:
            _wait_for_blocked(self.url, requests)


@contextlib.contextmanager
def sqlite_database(folder: Path) -> Iterator[Database]:
    """A file in the folder, migrated, thrown away with it."""
    file = shutil.copy(migrated.sqlite_file(), folder / "crash.sqlite3")
    yield Database("sqlite", f"sqlite:///{file}")


@contextlib.contextmanager
def postgresql_database(server: str = POSTGRES_URL) -> Iterator[Database]:
    """A database of its own on the server of this address, migrated, dropped at the end."""
    name = f"tieout_crash_{os.getpid()}_{secrets.token_hex(4)}"
    migrated.run_statement(server, f"CREATE DATABASE {name} TEMPLATE {migrated.postgresql_template(server)}")
    try:
        yield Database("postgresql", urlsplit(server)._replace(path=f"/{name}").geturl())
    finally:
        migrated.run_statement(server, f"DROP DATABASE {name} WITH (FORCE)")


def why_no_postgresql() -> str:
    """What PostgreSQL said instead of answering; empty when it answers."""
    try:
        psycopg2.connect(POSTGRES_URL, connect_timeout=3).close()
    except psycopg2.Error as error:
        return " ".join(str(error).split())
    return ""


@contextlib.contextmanager
def _locked_sqlite(url: str) -> Iterator[None]:
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=20, isolation_level=None)) as held:
        held.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            held.execute("ROLLBACK")


@contextlib.contextmanager
def _locked_postgresql(url: str) -> Iterator[None]:
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            # Every call that changes anything saves or opens its session; reading stays allowed.
            cursor.execute("LOCK TABLE qbwc_sync_sessions IN EXCLUSIVE MODE")
        yield
    finally:
        connection.close()


def _wait_for_blocked(url: str, requests: int) -> None:
    question = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    connection = psycopg2.connect(url)
    connection.autocommit = True
    end = time.monotonic() + BLOCKED_LIMIT_SECONDS
    try:
        while time.monotonic() < end:
            with connection.cursor() as cursor:
                cursor.execute(question)
                row = cursor.fetchone()
            if row is not None and row[0] >= requests:
                return
            time.sleep(0.02)
    finally:
        connection.close()
    raise AssertionError(f"{requests} requests should wait for the lock, {row and row[0]} do")
