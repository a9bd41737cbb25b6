"""Reports of wrong facts, services that moved, saved lists of staff.

New tables and one function alone: deploy before the code that uses them. Undo: downgrade to 0009
drops them with what they hold.
"""

from __future__ import annotations

from alembic import op

from migrations.classes import definer_function, public_table, tenant_table

revision = "0010"
down_revision = "0009"

TABLES = {
    "service_report": """
        id uuid primary key, organization_id uuid not null references member,
        service_id uuid not null references service,
        service_at_location_id uuid references service_at_location,
        what varchar(40) not null, note_sealed bytea, language varchar(5) not null,
        form_key bytea not null, reported_at timestamptz not null,
        settled_at timestamptz, settled_by uuid references person, outcome varchar(40),
        constraint ck_service_report_what check (what in ('wrong_number', 'closed', 'moved',
            'not_offered', 'hours_wrong', 'other')),
        constraint ck_service_report_outcome check (outcome in ('mended', 'was_right',
            'cannot_tell')),
        constraint uq_service_report_organization_id_form_key unique (organization_id, form_key)""",
    "service_moved": """
        old_id uuid primary key, new_id uuid not null, moved_at timestamptz not null,
        constraint ck_service_moved_elsewhere check (old_id <> new_id)""",
    "saved_list": """
        id uuid primary key, organization_id uuid not null references member,
        name_sealed bytea not null, note_sealed bytea, shared boolean not null,
        made_by uuid not null references person, made_at timestamptz not null,
        changed_at timestamptz not null""",
    "saved_list_item": """
        id uuid primary key, organization_id uuid not null references member,
        list_id uuid not null references saved_list on delete cascade,
        service_at_location_id uuid not null references service_at_location,
        position integer not null, note_sealed bytea, added_by uuid not null references person,
        added_at timestamptz not null,
        constraint uq_saved_list_item_place
            unique (organization_id, list_id, service_at_location_id)""",
}
INDEXES = (
    "create index ix_service_report_service_id on service_report (service_id)",
    """create index ix_service_report_waiting on service_report (organization_id, reported_at)
        where settled_at is null""",
    "create index ix_saved_list_organization_id on saved_list (organization_id)",
)
# Whose steward reads what the public tells: the network's own organization, by id alone.
FRONT_DOOR = "select id from member where kind = 'front_door' order by id limit 1"


def upgrade() -> None:
    """Make the tables; only the public page of a moved service is everybody's to read."""
    for name, columns in TABLES.items():
        op.execute(f"create table {name} ({columns})")
    for statement in INDEXES:
        op.execute(statement)
    tenant_table("service_report", rights="select, insert, update")
    public_table("service_moved", app_writes=True)
    tenant_table("saved_list")
    tenant_table("saved_list_item")
    definer_function("front_door()", "uuid", FRONT_DOOR, volatile=False)


def downgrade() -> None:
    """Drop them."""
    op.execute("drop function front_door()")
    for name in reversed(TABLES):
        op.execute(f"drop table {name}")
