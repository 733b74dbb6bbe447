"""The base of all models and the column types that both databases share."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, MetaData, String, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase

from akta.kernel.errors import AktaError

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Declarative base with a naming convention, so that migrations can name constraints."""

    metadata = MetaData(naming_convention=NAMING)


class DamagedRowError(AktaError):
    """A row holds what Akta cannot have written."""

    code = "database_damaged"


class Instant(TypeDecorator[datetime]):
    """An aware instant in UTC. SQLite keeps no zone, so it is added on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant must carry its time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """SQLite keeps anything in a column of times; what is none is told in a sentence."""
        read = super().result_processor(dialect, coltype)

        def told(value: Any) -> Any:
            try:
                return read(value) if read is not None else value
            except (ValueError, TypeError, OverflowError) as error:
                raise DamagedRowError(
                    "A time in the database is none: a row was changed past Akta. Run 'akta verify'."
                ) from error

        return told

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 - the base class names it
    ) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


#: A JSON document; JSONB on PostgreSQL.
Json: Any = JSON().with_variant(JSONB(), "postgresql")

#: An identifier from `akta.kernel.ids`.
Id = String(26)
