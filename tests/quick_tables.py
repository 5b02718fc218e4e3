"""Emptying the tables after a test whose commits are real, without making the same permissions anew each time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.management.color import no_style
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TransactionTestCase

# Django fills these from the models after it has migrated; `flush` empties them and has them filled again.
KEPT = ("django_content_type", "auth_permission")


def empty(database: str = "default") -> None:
    """As `manage.py flush` leaves it, but for new numbers of the rows of KEPT."""
    connection = connections[database]
    tables = [table for table in connection.introspection.django_table_names(only_existing=True) if table not in KEPT]
    filled = _filled(connection, tables)
    if filled:
        is_one_statement = connection.vendor == "postgresql"  # which must name whatever points at these tables, too
        connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), filled, allow_cascade=is_one_statement))


def _filled(connection: BaseDatabaseWrapper, tables: Sequence[str]) -> list[str]:
    """Those with a row, in one question."""
    quoted = connection.ops.quote_name
    columns = ", ".join(f"EXISTS (SELECT 1 FROM {quoted(table)})" for table in tables)  # noqa: S608 - our own names
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}")
        row = cursor.fetchone()
    return [table for table, is_filled in zip(tables, row or (), strict=True) if is_filled]


def _empty_all(self: Any) -> None:
    for database in type(self)._databases_names(include_mirrors=False):
        empty(database)


def use_for_tests() -> None:
    """In place of `flush`, which Django calls itself and offers no setting for."""
    assert hasattr(TransactionTestCase, "_fixture_teardown")
    setattr(TransactionTestCase, "_fixture_teardown", _empty_all)  # noqa: B010 - the stubs do not know it
