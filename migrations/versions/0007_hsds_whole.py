"""The remaining tables of HSDS 3.1, history of imports, local overlays.

Before deploy. Undo: downgrade drops the new tables and columns with what stands in them; the next
import brings the feeds' part again, corrections of stewards are lost.
"""

from __future__ import annotations

from alembic import op

from migrations.classes import APP, public_table, tenant_table

revision = "0007"
down_revision = "0006"

# As in 0004: "-> table" makes a foreign key to its id, with an index.
FROM_SOURCE = """id uuid primary key, source_id uuid not null -> source,
        external_id text not null, content_hash bytea not null,
        fetched_at timestamptz not null, withdrawn_at timestamptz"""
OF_FEEDS = {
    "program": """
        organization_id uuid not null -> organization, name text not null, alternate_name text,
        description text""",
    "organization_identifier": """
        organization_id uuid not null -> organization, identifier_scheme text,
        identifier_type text not null, identifier text not null""",
    "funding": """
        organization_id uuid -> organization, service_id uuid -> service, source text""",
    "url": """
        organization_id uuid -> organization, service_id uuid -> service, label text,
        url text not null""",
    "contact": """
        organization_id uuid -> organization, service_id uuid -> service,
        service_at_location_id uuid -> service_at_location, location_id uuid -> location,
        name text, title text, department text, email text, public boolean not null""",
    "unit": "name text not null, scheme text, identifier text, uri text",
    "service_capacity": """
        service_id uuid not null -> service, unit_id uuid not null -> unit,
        available numeric(14, 2) not null, maximum numeric(14, 2), description text,
        updated timestamptz not null""",
    "metadata": """
        resource_id uuid not null, resource_type text not null, last_action_date date not null,
        last_action_type text not null, field_name text not null, previous_value text not null,
        replacement_value text not null, updated_by text not null""",
    "meta_table_description": "name text, language text, character_set text",
}
ONE_CHANGE = """
        entity_id uuid not null, entity text not null, change varchar(40) not null,
        fields jsonb not null, content_hash_before bytea, withdrawn_before timestamptz,
        constraint ck_{name}_change check (change in
            ('add', 'update', 'withdraw', 'bring_back'))"""
HISTORY = {
    "import_change": f"""
        run_id uuid not null references import_run, {ONE_CHANGE},
        primary key (run_id, entity_id)""",
    "import_change_private": f"""
        organization_id uuid not null references member,
        run_id uuid not null references import_run, {ONE_CHANGE},
        primary key (organization_id, run_id, entity_id)""",
    "overlay": """
        id uuid primary key, source_id uuid not null -> source, entity text not null,
        entity_id uuid not null, field text not null, value jsonb not null,
        base_value jsonb not null, feed_value jsonb not null, conflict_at timestamptz,
        made_by text not null, made_by_id uuid, made_at timestamptz not null,
        reason text not null, ended_at timestamptz, ended_how varchar(40), ended_by text,
        constraint ck_overlay_ended_how check (ended_how in
            ('agreed', 'theirs', 'replaced', 'undone'))""",
}
INDEXES = (
    "create index ix_metadata_resource_id on metadata (resource_id)",
    "create index ix_import_change_entity_id on import_change (entity_id)",
    "create unique index uq_overlay_standing on overlay (entity_id, field) where ended_at is null",
)
# table → new columns; those that must not be null are filled first
NEW_COLUMNS = {
    "organization": ("tax_status text", "tax_id text"),
    "service": ("program_id uuid -> program", "fees text", "licenses text"),
    "phone": ("contact_id uuid -> contact",),
    "source": ("steward text",),
    "import_run": (
        "number integer",
        "made_by text",
        "feed_digest text",
        "added integer",
        "agreed integer",
        "conflicts integer",
        "deletes_confirmed boolean",
        "undone_at timestamptz",
        "undone_by text",
        "kept jsonb",
    ),
}
RUNS_BEFORE = """
update import_run r set number = n.number, made_by = '', added = 0, agreed = 0, conflicts = 0,
  deletes_confirmed = true
from (select id, row_number() over (order by started_at, id) as number from import_run) n
where n.id = r.id"""
NOT_NULL = ("number", "made_by", "added", "agreed", "conflicts", "deletes_confirmed")
# What a steward corrects on the web; deleting a row of a feed stays the importer's.
CORRECTED = (
    "organization",
    "service",
    "location",
    "address",
    "accessibility",
    "service_at_location",
    "service_area",
    "cost_option",
    "required_document",
    "phone",
    "language",
    "schedule",
    "attribute",
    "translation",
    *OF_FEEDS,
    "overlay",
    "source",
)


def upgrade() -> None:
    """Make the tables; all are public but the history of confidential places."""
    for name, columns in OF_FEEDS.items():
        _make(name, f"{FROM_SOURCE}, {columns}")
    for name, columns in HISTORY.items():
        _make(name, columns.format(name=name))
    for statement in INDEXES:
        op.execute(statement)
    for name in (*OF_FEEDS, *HISTORY):
        if name == "import_change_private":
            tenant_table(name, rights="select")
        else:
            public_table(name)
    for table, columns_added in NEW_COLUMNS.items():
        _widen(table, columns_added)
    _number_the_runs()
    for table in CORRECTED:
        op.execute(f"grant insert, update on {table} to {APP}")


def _widen(table: str, columns: tuple[str, ...]) -> None:
    for column in columns:
        op.execute(f"alter table {table} add column {column.replace('->', 'references')}")
        _index(table, column)


def _number_the_runs() -> None:
    op.execute(RUNS_BEFORE)
    for column in NOT_NULL:
        op.execute(f"alter table import_run alter column {column} set not null")
    op.execute("alter table import_run add constraint uq_import_run_number unique (number)")


def _make(name: str, columns: str) -> None:
    op.execute(f"create table {name} ({columns.replace('->', 'references')})")
    for column in columns.split(","):
        _index(name, column)


def _index(table: str, column: str) -> None:
    if "->" in column:
        field = column.split(maxsplit=1)[0]
        op.execute(f"create index ix_{table}_{field} on {table} ({field})")


def downgrade() -> None:
    """Drop the tables, columns and grants."""
    for table in CORRECTED:
        if table not in OF_FEEDS and table not in HISTORY:
            op.execute(f"revoke insert, update on {table} from {APP}")
    op.execute("alter table import_run drop constraint uq_import_run_number")
    for table, columns in NEW_COLUMNS.items():
        for column in columns:
            op.execute(f"alter table {table} drop column {column.split(maxsplit=1)[0]}")
    for name in reversed((*OF_FEEDS, *HISTORY)):
        op.execute(f"drop table {name}")
