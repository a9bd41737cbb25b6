"""How records were checked, places hidden by hand, rights changed by hand, words for search.

New tables, columns that may be empty, functions: deploy before the code that uses them, imports
standing still. Undo: first show again every place hidden by hand that may be shown (what their next
import shows anyway), then downgrade; it drops the rest with what it holds.
"""

from __future__ import annotations

from alembic import op

from migrations.classes import APP, WORKER, definer_function, public_table, tenant_table

revision = "0020"
down_revision = "0019"

TABLES = {
    "service_check": """
        service_id uuid primary key references service, checked_on date not null,
        how varchar(40) not null, checked_at timestamptz not null, checked_by text not null,
        constraint ck_service_check_how check (how in ('phone', 'visit', 'website', 'agency',
            'feed'))""",
    "hidden_place": """
        id uuid primary key, organization_id uuid not null references member,
        location_id uuid not null references location, reason_sealed bytea,
        kept_sealed bytea, feed_agrees boolean not null, made_by uuid not null references person,
        made_by_name text not null, made_at timestamptz not null, undone_at timestamptz,
        undone_by uuid references person""",
    "source_change": """
        id uuid primary key, source_id uuid not null references source, fields jsonb not null,
        made_by text not null, made_by_id uuid, made_at timestamptz not null""",
    "search_phrase": """
        id uuid primary key, phrase text not null, language varchar(5) not null,
        need varchar(40) not null, added_by text not null, added_by_id uuid,
        added_at timestamptz not null, removed_at timestamptz, removed_by text""",
    "search_version": """
        id smallint primary key, version bigint not null,
        constraint ck_search_version_one check (id = 1)""",
    "miss_phrase": """
        phrase text not null, language varchar(5) not null, last_on date not null,
        times integer not null, settled_at timestamptz, primary key (phrase, language)""",
    "miss_phrase_seen": """
        day date not null, phrase_hash bytea not null, times integer not null,
        primary key (day, phrase_hash)""",
}
INDEXES = (
    """create unique index uq_hidden_place_standing on hidden_place (organization_id, location_id)
        where undone_at is null""",
    "create index ix_hidden_place_location_id on hidden_place (location_id)",
    "create index ix_source_change_source_id on source_change (source_id)",
    """create unique index uq_search_phrase_standing on search_phrase (phrase, language)
        where removed_at is null""",
)
COLUMNS = {
    "overlay": ("told_at timestamptz",),
    "service_report": ("proposed_sealed bytea", "refused_sealed bytea"),
}
# Where a confidential place is stays in no public table: as an import does it, for one place. It
# does nothing for a place that is not confidential.
FORGET = """
declare
  hidden uuid[] := array(select id from location where id = p_location and confidential);
  addresses uuid[] := array(select id from address where location_id = any(hidden));
  told text[] := '{point,transportation,alternate_name,description,#overlays}';
begin
  update import_change set fields = fields - told
    where entity = 'location' and entity_id = any(hidden) and jsonb_exists_any(fields, told);
  update import_change set fields = '{}' where entity_id = any(addresses);
  delete from overlay where entity_id = any(addresses)
    or (entity_id = any(hidden) and field = any(told));
  delete from metadata where resource_id = any(addresses)
    or (resource_id = any(hidden) and field_name = any(told));
  update location set point = null, transportation = null where id = any(hidden);
  delete from address where id = any(addresses);
end
"""
# Words are readable only once they came three times on two days; before that, a keyed hash is.
MISS = """
declare
  seen_days integer;
  seen integer;
begin
  delete from miss_phrase_seen where day < p_day - 30;
  insert into miss_phrase_seen (day, phrase_hash, times) values (p_day, p_hash, 1)
    on conflict (day, phrase_hash) do update set times = miss_phrase_seen.times + 1;
  select count(*), sum(times) into seen_days, seen from miss_phrase_seen
    where phrase_hash = p_hash;
  if seen_days >= 2 and seen >= 3 then
    insert into miss_phrase (phrase, language, last_on, times)
      values (left(p_phrase, 60), left(p_language, 5), p_day, seen)
      on conflict (phrase, language) do update set last_on = p_day, times = excluded.times;
  end if;
end
"""
# Whoever imports hides what a steward hid, whichever role it has.
HIDDEN = """
select l.external_id from hidden_place h join location l on l.id = h.location_id
join source c on c.id = l.source_id where c.name = p_source and h.undone_at is null
"""
AGREES = """
update hidden_place h set feed_agrees = l.external_id = any(p_private)
from location l join source c on c.id = l.source_id
where l.id = h.location_id and c.name = p_source and h.undone_at is null
"""
FUNCTIONS = {
    "forget_place(p_location uuid)": ("void", FORGET),
    "hidden_places(p_source text)": ("setof text", HIDDEN),
    "note_feed_agrees(p_source text, p_private text[])": ("void", AGREES),
    "note_miss_phrase(p_hash bytea, p_phrase text, p_language text, p_day date)": ("void", MISS),
}


def upgrade() -> None:
    """Make the tables; what a place was hidden for, and where it is, is the front door's alone."""
    for name, columns in TABLES.items():
        op.execute(f"create table {name} ({columns})")
    for statement in INDEXES:
        op.execute(statement)
    for table, columns_added in COLUMNS.items():
        for column in columns_added:
            op.execute(f"alter table {table} add column {column}")
    op.execute("insert into search_version (id, version) values (1, 0)")
    tenant_table("hidden_place", rights="select, insert, update")
    for name in ("service_check", "source_change", "search_phrase", "search_version"):
        public_table(name, app_writes=True)
    public_table("miss_phrase", app_writes=True)
    public_table("miss_phrase_seen")
    op.execute(f"revoke select on miss_phrase_seen from {APP}, {WORKER}")
    op.execute(f"grant insert, update on location_private to {APP}")
    for signature, (returns, body) in FUNCTIONS.items():
        definer_function(signature, returns, body)


def downgrade() -> None:
    """Drop them."""
    for signature in FUNCTIONS:
        op.execute(f"drop function {signature.partition('(')[0]}")
    op.execute(f"revoke insert, update on location_private from {APP}")
    for table, columns_added in COLUMNS.items():
        for column in columns_added:
            op.execute(f"alter table {table} drop column {column.split()[0]}")
    for name in reversed(TABLES):
        op.execute(f"drop table {name}")
