"""What every table's model is made from: naming convention, identities, times, enums.

Ids and defaults are made in Python: under row-level security a row written for the other party
can't be read back, so RETURNING and server defaults would fail (design: tenancy).
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import DateTime, Dialect, MetaData
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from shared.identifiers import new_id

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
# Set before everything else, because a sealed column's ciphertext is bound to them.
IDENTITY_FIRST = (
    "id",
    "organization_id",
    "requester_organization_id",
    "performer_organization_id",
)


class UtcDateTime(TypeDecorator[datetime]):
    """timestamptz that refuses naive times and always gives UTC back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time without a zone: it would be read in the server's."""
        del dialect
        if value is not None and value.tzinfo is None:
            msg = "A time without a zone reached the database."
            raise ValueError(msg)
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give UTC back whatever the session's zone is."""
        del dialect
        return value.astimezone(UTC) if value is not None else None


def enum_column(values: type[StrEnum], name: str) -> SqlEnum:
    """Text with a CHECK by value; `name` names the constraint within the table."""
    return SqlEnum(
        values,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """Base of all models; gives no default that the database would have to read back."""

    metadata = MetaData(naming_convention=NAMING)
    __mapper_args__: ClassVar[dict[str, Any]] = {"eager_defaults": False}  # type: ignore[misc]

    def __init__(self, **values: Any) -> None:  # noqa: ANN401 -- SQLAlchemy's own signature
        if hasattr(type(self), "id") and "id" not in values and self.makes_own_id():
            values["id"] = new_id()
        for name in IDENTITY_FIRST:
            if name in values:
                setattr(self, name, values.pop(name))
        for name, value in values.items():
            if not hasattr(type(self), name):
                msg = f"{type(self).__name__} has no column {name!r}"
                raise TypeError(msg)
            setattr(self, name, value)

    @classmethod
    def makes_own_id(cls) -> bool:
        """Whether `id` is a UUID that we make (not an integer or an imported one)."""
        column = cls.__table__.c.get("id")
        if column is None:
            return False
        try:
            return column.type.python_type is UUID
        except NotImplementedError:
            return False


class WithId:
    """A UUIDv7 primary key made in Python."""

    id: Mapped[UUID] = mapped_column(primary_key=True)
