"""Runs the migrations as handback_owner, each in its own transaction, on psycopg."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, pool, text

from shared.models import Base

url = context.config.attributes["url"]  # never in a file: `handback migrate` passes it
engine = create_engine(
    url.replace("postgresql://", "postgresql+psycopg://"), poolclass=pool.NullPool
)
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,  # for its naming convention
        transaction_per_migration=True,
    )
    connection.execute(text("set lock_timeout = '5s'"))
    connection.commit()
    with context.begin_transaction():
        context.run_migrations()
