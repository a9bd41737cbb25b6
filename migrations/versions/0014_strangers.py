"""Texts from phones that a clinic does not know, for a person to read.

A new table alone: deploy before the code that uses it. Undo: downgrade drops it with its texts.
"""

from __future__ import annotations

from alembic import op

from migrations.classes import tenant_table

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the table; what a stranger wrote is the clinic's alone."""
    op.execute(
        """create table stranger_text (
            id uuid primary key, organization_id uuid not null,
            inbound_id uuid not null, danger boolean not null,
            from_number_sealed bytea, body_sealed bytea,
            received_at timestamptz not null,
            read_at timestamptz, read_by_person_id uuid,
            constraint uq_stranger_text_organization_id_inbound_id
                unique (organization_id, inbound_id))"""
    )
    op.execute(
        "create index ix_stranger_text_unread on stranger_text (organization_id, received_at)"
        " where read_at is null"
    )
    tenant_table("stranger_text", rights="select, insert, update")


def downgrade() -> None:
    """Drop it."""
    op.execute("drop table stranger_text")
