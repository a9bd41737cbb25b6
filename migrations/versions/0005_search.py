"""What search reads: one document per service at a location, its terms, areas, towns, known words.

Before deploy; every import fills them, `directory.search.projection.project_all` does it from
scratch. Undo: `handback migrate --to 0004`.
"""

from __future__ import annotations

from alembic import op

from migrations.classes import public_table

revision = "0005"
down_revision = "0004"

TABLES = (
    "search_doc",
    "search_doc_term",
    "search_area",
    "search_area_term",
    "search_town",
    "search_lexeme",
)


def upgrade() -> None:
    """Make the tables and the indexes of the query shapes (design: search)."""
    _documents()
    _areas()
    _words()
    for table in TABLES:
        # Every edit of the directory projects its documents in its own transaction.
        public_table(table, app_writes=True)


def _documents() -> None:
    op.execute(
        "create table search_doc ("
        " id uuid primary key, service_id uuid not null, organization_id uuid not null,"
        " kind text not null constraint ck_search_doc_kind"
        "  check (kind in ('local', 'private', 'remote')),"
        " cell integer, lat double precision, lon double precision,"
        " geog geography(point, 4326), tags integer[] not null, area_ids integer[] not null,"
        " open int4multirange, tz text, hours_dated boolean not null, checked_on date,"
        " head_tsv tsvector not null, tsv tsvector not null, display jsonb not null,"
        " detail jsonb not null,"
        # A confidential place has no point in any table that the public path can read.
        " constraint ck_search_doc_point check ("
        "  (kind = 'local') = (lat is not null and lon is not null and cell is not null)"
        "  and (kind = 'local') = (geog is not null)))"
    )
    op.execute(
        "create index ix_search_doc_words on search_doc using gin (tsv, tags gin__int_ops, cell)"
    )
    op.execute("create index ix_search_doc_head on search_doc using gin (head_tsv)")
    op.execute("create index ix_search_doc_geog on search_doc using gist (geog)")
    op.execute("create index ix_search_doc_service on search_doc (service_id)")
    op.execute("create index ix_search_doc_dated on search_doc (id) where hours_dated")
    op.execute(
        "create table search_doc_term (tag integer not null, cell integer not null,"
        " id uuid not null, lat double precision not null, lon double precision not null)"
    )
    op.execute(
        "create index ix_search_doc_term_near on search_doc_term (tag, cell) include (id, lat, lon)"
    )
    op.execute("create index ix_search_doc_term_id on search_doc_term (id)")


def _areas() -> None:
    op.execute(
        "create table search_area (id integer primary key, name text not null,"
        " geom geometry(multipolygon, 4326), lat double precision, lon double precision,"
        " reach_m double precision)"
    )
    op.execute("create index ix_search_area_geom on search_area using gist (geom)")
    op.execute(
        "create table search_area_term (area_id integer not null, tag integer not null,"
        " id uuid not null)"
    )
    op.execute(
        "create index ix_search_area_term_near on search_area_term (area_id, tag) include (id)"
    )
    op.execute("create index ix_search_area_term_id on search_area_term (id)")


def _words() -> None:
    op.execute(
        "create table search_town (key text not null, state text not null, name text not null,"
        " lat double precision not null, lon double precision not null, places integer not null,"
        " primary key (key, state))"
    )
    op.execute("create table search_lexeme (word text primary key, places integer not null)")


def downgrade() -> None:
    """Drop all of it: everything here can be projected again."""
    for table in reversed(TABLES):
        op.execute(f"drop table {table}")
