"""Which database the servers of a journey run on: SQLite in their folder, or PostgreSQL where DATABASE_URL says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from tests.crash_matrix.databases import postgresql_database


@contextmanager
def own_database() -> Iterator[dict[str, str]]:
    """The environment of one server. A database of its own beside the one that is named, dropped at the end."""
    if settings.IS_SQLITE:
        yield {}
        return
    with postgresql_database(settings.DATABASE_URL) as database:
        yield {"DATABASE_URL": database.url}
