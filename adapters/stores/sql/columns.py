"""The kinds of columns our tables are made of, the same on both engines wherever that can be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Dialect, Index, Text, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import TypeDecorator, TypeEngine

# PostgreSQL cannot index longer text than about 2,700 bytes; SQLite could. Where keys are made of
# what callers choose, the bound is the same on both: so many characters, four bytes each at most.
NAME_LENGTH_MAX = 255

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def checked_instant(instant: datetime) -> datetime:
    """Return an instant, unless it lacks the zone without which nobody knows when it is."""
    if instant.tzinfo is None:
        raise ValueError("an instant without a zone cannot be stored")
    return instant


def micros_of(instant: datetime) -> int:
    """Return an instant as SQLite keeps it: microseconds since 1970, so that order is right."""
    return (checked_instant(instant) - _EPOCH) // _MICROSECOND


def instant_of(micros: int) -> datetime:
    """Return the instant that SQLite keeps as a number."""
    return _EPOCH + timedelta(0, 0, micros)


def instant_from_postgres(value: datetime) -> datetime:
    """Return an instant as PostgreSQL's driver gives it, which is in UTC already.

    Only the first and the last instant that Python knows come without a zone: the database keeps
    them as its two infinities.
    """
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


class Instant(TypeDecorator[datetime]):
    """An instant: refused without a zone, kept exactly, returned in UTC.

    A number on SQLite, which would drop an offset without converting it; a timestamp with time
    zone on PostgreSQL.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kept_as: TypeEngine[Any] = (
            BigInteger() if dialect.name == "sqlite" else TIMESTAMP(timezone=True)
        )
        return dialect.type_descriptor(kept_as)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a zone cannot be stored")
        return micros_of(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return instant_of(value) if dialect.name == "sqlite" else instant_from_postgres(value)


def name_type() -> Text:
    """Return the type of ids, keys and codes: compared byte by byte on both engines."""
    return Text().with_variant(Text(collation="C"), "postgresql")


def named(name: str, *, is_key: bool = False, is_optional: bool = False) -> Column[str]:
    """Return a column that holds an id, a key or a code."""
    return Column(name, name_type(), primary_key=is_key, nullable=is_optional)


def texted(name: str, *, is_optional: bool = False) -> Column[str]:
    """Return a column that holds text nobody looks things up by, JSON included."""
    return Column(name, Text, nullable=is_optional)


def counted(name: str, *, is_key: bool = False, is_optional: bool = False) -> Column[int]:
    """Return a column that holds a whole number: credits, minor units, versions."""
    return Column(name, BigInteger, primary_key=is_key, nullable=is_optional, autoincrement=False)


def timed(name: str, *, is_optional: bool = False) -> Column[datetime]:
    """Return a column that holds an instant."""
    return Column(name, Instant, nullable=is_optional)


def flagged(name: str) -> Column[bool]:
    """Return a column that holds yes or no."""
    return Column(name, Boolean, nullable=False)


def index_by_date(name: str, column: str) -> Index:
    """Return an index over instants that grow with the table, where writing must stay cheap.

    PostgreSQL keeps no entry for a row, but the first and last instant of every 32 pages (BRIN): a
    write does not touch it, it is a thousandth of a B-tree, and a range of dates reads the pages
    it lies in. SQLite has B-trees alone; there new instants go to its right edge.
    """
    return Index(
        name,
        column,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 32, "autosummarize": True},
    )


def index_where(name: str, flag: str, *columns: str, is_unique: bool = False) -> Index:
    """Return an index over the rows alone in which a flag is set."""
    return Index(
        name,
        *columns,
        unique=is_unique,
        sqlite_where=text(f"{flag} = 1"),
        postgresql_where=text(flag),
    )
