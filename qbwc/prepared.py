"""Django's queries put together once: on the path of every call, making the SQL costs ten times what running it does.

The queries stay Django's own, with their model names and conditions; only their parameters are filled in later. What
is given up: signals (nobody listens to those of these tables) and routing to other databases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import Expression, Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.models.sql import UpdateQuery

Row = TypeVar("Row", bound=Model)


class Parameter(Expression):
    """Stands in a query for a value that is given when it runs: text, number, moment or None."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


def _here() -> Any:
    """This thread's connection itself; Django's `connection` looks for it at each use."""
    return connections[DEFAULT_DB_ALIAS]


@dataclass(frozen=True)
class _Statement:
    sql: str
    parameters: tuple[Any, ...]

    def run(self, cursor: Any, values: dict[str, Any]) -> None:
        given = [_stored(values[one.name], cursor.db) if isinstance(one, Parameter) else one for one in self.parameters]
        cursor.execute(self.sql, given)


def _statement(sql: str, parameters: Iterable[Any]) -> _Statement:
    """The conditions' own words are written into the text. SQLite plans a query anew at each run when a partial index
    hangs on a parameter, which takes longer than the query."""
    parts, kept = sql.split("%s"), []
    text = parts[0]
    for parameter, part in zip(parameters, parts[1:], strict=True):
        is_word = isinstance(parameter, str) and parameter.replace("_", "").isalpha()
        text += (f"'{parameter!s}'" if is_word else "%s") + part
        if not is_word:
            kept.append(parameter)
    return _Statement(text, tuple(kept))


def _stored(value: Any, database: Any) -> Any:
    return database.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


class Rows(Generic[Row]):
    """A query for rows of a model. Built at its first use, when the engine is known and a transaction may be open."""

    def __init__(self, build: Callable[[], QuerySet[Row]]) -> None:
        self._build = build
        self._statement: _Statement | None = None
        self._model: type[Row]
        self._converters: dict[int, Any] = {}
        self._names: Sequence[str] = ()
        self._columns = slice(0)
        self._related: Sequence[Any] = ()

    def first(self, **values: Any) -> Row | None:
        """The first row, as `build` orders them; what it selects beside is there too."""
        with _here().cursor() as cursor:
            (self._statement or self._prepare()).run(cursor, values)
            row = cursor.fetchone()
        return None if row is None else self._instance(row)

    def exists(self, **values: Any) -> bool:
        """Whether there is one."""
        with _here().cursor() as cursor:
            (self._statement or self._prepare()).run(cursor, values)
            return cursor.fetchone() is not None

    def _prepare(self) -> _Statement:
        queryset = self._build()[:1]
        database = _here()
        compiler: Any = queryset.query.get_compiler(connection=database)
        sql, parameters = compiler.as_sql()
        select, info = compiler.select, compiler.klass_info
        if info is not None:
            fields = info["select_fields"]
            self._model = queryset.model
            self._columns = slice(fields[0], fields[-1] + 1)
            self._names = [column[0].target.attname for column in select[self._columns]]
            populators: Any = get_related_populators
            self._related = populators(info, select, database.alias)
            self._converters = compiler.get_converters([column[0] for column in select])
            self._convert = compiler.apply_converters
        self._statement = _statement(sql, parameters)
        return self._statement

    def _instance(self, row: Sequence[Any]) -> Row:
        if self._converters:
            row = next(iter(self._convert([row], self._converters)))
        instance = self._model.from_db(DEFAULT_DB_ALIAS, self._names, row[self._columns])
        for populator in self._related:
            populator.populate(row, instance)
        return instance


class Change(Generic[Row]):
    """A conditional update: which rows, and what they become."""

    def __init__(self, build: Callable[[], QuerySet[Row]], **columns: Any) -> None:
        self._build, self._columns = build, columns
        self._statement: _Statement | None = None

    def run(self, **values: Any) -> int:
        """How many rows were changed."""
        with _here().cursor() as cursor:
            (self._statement or self._prepare()).run(cursor, values)
            count: int = cursor.rowcount
        return count

    def _prepare(self) -> _Statement:
        query = self._build().query.chain(UpdateQuery)
        query.add_update_values(self._columns)  # type: ignore[attr-defined]
        sql, parameters = query.get_compiler(connection=_here()).as_sql()
        self._statement = _statement(sql, parameters)
        return self._statement


# Of these kinds of columns a row holds what the database takes, but for what Django's own `save` would refuse too.
_AS_THEY_ARE = (models.AutoField, models.IntegerField, models.CharField, models.TextField, models.ForeignKey)
_Column = tuple[str, Any]  # attribute of the row, and the field when its value must be converted
_inserts: dict[type[Model], tuple[str, list[_Column]]] = {}
_updates: dict[tuple[type[Model], tuple[str, ...]], tuple[str, list[_Column]]] = {}


def insert(row: Row) -> Row:
    """Save a new row and give it its key, as `save(force_insert=True)` does."""
    database = _here()
    sql, columns = _inserts.get(type(row)) or _prepare_insert(type(row), database)
    with database.cursor() as cursor:
        cursor.execute(sql, _values(row, columns, database, is_new=True))
        if database.features.can_return_columns_from_insert:
            row.pk = cursor.fetchone()[0]
        else:
            row.pk = database.ops.last_insert_id(cursor, row._meta.db_table, "id")
    row._state.adding, row._state.db = False, database.alias
    return row


def update(row: Model, *names: str) -> None:
    """Save these columns of a row, as `save(update_fields=names)` does."""
    database = _here()
    sql, columns = _updates.get((type(row), names)) or _prepare_update(type(row), names, database)
    with database.cursor() as cursor:
        cursor.execute(sql, [*_values(row, columns, database, is_new=False), row.pk])


def _values(row: Model, columns: list[_Column], database: Any, *, is_new: bool) -> list[Any]:
    return [
        getattr(row, name) if field is None else field.get_db_prep_save(field.pre_save(row, is_new), database)
        for name, field in columns
    ]


def _columns(fields: Iterable[Any]) -> list[_Column]:
    return [(field.attname, None if isinstance(field, _AS_THEY_ARE) else field) for field in fields]


def _prepare_insert(model: type[Model], database: Any) -> tuple[str, list[_Column]]:
    quoted = database.ops.quote_name
    fields = [field for field in model._meta.local_concrete_fields if not field.primary_key]
    names, marks = ", ".join(quoted(field.column) for field in fields), ", ".join("%s" for _ in fields)
    sql = f"INSERT INTO {quoted(model._meta.db_table)} ({names}) VALUES ({marks})"  # noqa: S608 - names of a model
    if database.features.can_return_columns_from_insert:
        sql += " RETURNING id"
    _inserts[model] = sql, _columns(fields)
    return _inserts[model]


def _prepare_update(model: type[Model], names: tuple[str, ...], database: Any) -> tuple[str, list[_Column]]:
    quoted = database.ops.quote_name
    fields: list[Any] = [model._meta.get_field(name) for name in dict.fromkeys(names)]
    assigned = ", ".join(f"{quoted(field.column)} = %s" for field in fields)
    sql = f"UPDATE {quoted(model._meta.db_table)} SET {assigned} WHERE id = %s"  # noqa: S608 - names of a model
    _updates[model, names] = sql, _columns(fields)
    return _updates[model, names]
