"""INSERT … ON CONFLICT, which SQLAlchemy offers for each database under its own name.

Built once for each table: building a statement costs more than sending it.
"""

from functools import cache

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Insert = sqlite.Insert | postgresql.Insert


def insert_new(connection: AsyncConnection, table: Table, key: str) -> Insert:
    """Insert; a row whose `key` is there already stays as it is."""
    return _insert_new(connection.dialect.name, table, key)


def insert_or_replace(connection: AsyncConnection, table: Table, *keys: str) -> Insert:
    """Insert; a row whose keys are there already takes all the other values."""
    return _insert_or_replace(connection.dialect.name, table, keys)


@cache
def _insert_new(dialect: str, table: Table, key: str) -> Insert:
    return _insert(dialect, table).on_conflict_do_nothing(index_elements=[key])


@cache
def _insert_or_replace(dialect: str, table: Table, keys: tuple[str, ...]) -> Insert:
    fresh = _insert(dialect, table)
    names = [column.name for column in table.c if column.name not in keys]
    replaced = {name: getattr(fresh.excluded, name) for name in names}
    return fresh.on_conflict_do_update(index_elements=list(keys), set_=replaced)


def _insert(dialect: str, table: Table) -> Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
