"""What the optional second search engine needs: whether its index is filled, and what it lacks.

`search_server_gap` lists the services for which PostgreSQL answers itself: changed since the server
was told, or not allowed to be told. A trigger fills it, so that no writer of search_doc can forget.
Without a row in `search_server` (no server, or none filled yet) nothing is written.
Before deploy. Undo: downgrade; the server is filled again by `handback reindex`.
"""

from __future__ import annotations

from alembic import op

from migrations.classes import APP, WORKER, definer_function, public_table

revision = "0009"
down_revision = "0008"

NOTE = """
begin
  if exists (select from search_server) then
    insert into search_server_gap (service_id)
    select distinct service_id from changed order by service_id
    on conflict (service_id) do update
      set change = nextval('search_server_change'), told = false;
  end if;
  return null;
end
"""
# A source that may no longer be sent, or may be again: all that stands on it.
NOTE_SOURCE = """
begin
  if exists (select from search_server) then
    insert into search_server_gap (service_id)
    select distinct d.service_id from search_doc d
      join service s on s.id = d.service_id
      join organization o on o.id = d.organization_id
      left join service_at_location p on p.id = d.id
      left join location l on l.id = p.location_id
    where new.id in (s.source_id, o.source_id, p.source_id, l.source_id)
    order by d.service_id
    on conflict (service_id) do update
      set change = nextval('search_server_change'), told = false;
  end if;
  return null;
end
"""
# A search_doc that took the place of another (bulk loads rename) has no triggers, and every
# document may be new: the server is then not asked until it has been filled again.
WATCH = """
begin
  create or replace trigger search_server_insert after insert on search_doc
    referencing new table as changed for each statement execute function search_server_note();
  create or replace trigger search_server_update after update on search_doc
    referencing new table as changed for each statement execute function search_server_note();
  create or replace trigger search_server_delete after delete on search_doc
    referencing old table as changed for each statement execute function search_server_note();
  update search_server set filled_at = null;
end
"""


def upgrade() -> None:
    """Two tables, and triggers on search_doc and source."""
    op.execute(
        "create table search_server (id smallint constraint pk_search_server primary key"
        " constraint ck_search_server_one check (id = 1), filled_at timestamptz,"
        " checked_at timestamptz, shape text not null, documents integer not null)"
    )
    op.execute("create sequence search_server_change")
    op.execute(
        "create table search_server_gap (service_id uuid constraint pk_search_server_gap"
        " primary key, change bigint not null default nextval('search_server_change'),"
        " told boolean not null default false)"
    )
    op.execute("create index ix_search_server_gap on search_server_gap (change) where not told")
    public_table("search_server")
    public_table("search_server_gap")
    op.execute(f"grant usage on sequence search_server_change to {WORKER}")
    for name, body in (("note", NOTE), ("source", NOTE_SOURCE)):
        definer_function(f"search_server_{name}()", "trigger", body, to=f"{APP}, {WORKER}")
    definer_function("search_server_watch()", "void", WATCH, to=WORKER)
    op.execute("select search_server_watch()")
    op.execute(
        "create trigger search_server_rights after update on source for each row"
        " when (old.may_send_to_search_server is distinct from new.may_send_to_search_server"
        " or old.ends_on is distinct from new.ends_on) execute function search_server_source()"
    )


def downgrade() -> None:
    """Without triggers nothing is noted; without tables PostgreSQL is the only engine."""
    op.execute("drop trigger search_server_rights on source")
    for change in ("insert", "update", "delete"):
        op.execute(f"drop trigger if exists search_server_{change} on search_doc")
    for name in ("watch", "source", "note"):
        op.execute(f"drop function search_server_{name}()")
    op.execute("drop table search_server_gap")
    op.execute("drop sequence search_server_change")
    op.execute("drop table search_server")
