"""Full or open, per service at a place, as its agency says by desk, link or text.

Before deploy. Undo: downgrade forgets who marked what full; every service then takes requests.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.classes import APP, WORKER, definer_function, public_table

revision = "0024"
down_revision = "0023"

STAMP = sa.DateTime(timezone=True)
# An agency speaks for its own listings only.
OURS = """
select l.id from service_at_location l join service s on s.id = l.service_id
join member_listing m on m.id = s.organization_id
where l.id = any(p_places) and m.organization_id = ctx_organization()
"""
# signature → (returns, body)
FUNCTIONS = {
    # Full until then, or (null) open; said once per change, so that reading it again adds nothing.
    (
        "say_full_or_open(p_places uuid[], p_until timestamptz, p_how varchar, p_channel uuid,"
        " p_change uuid, p_now timestamptz)"
    ): (
        "setof uuid",
        f"""
insert into service_pause (id, service_at_location_id, full_until, said_at, how, member_id,
  channel_id, change_id)
select gen_random_uuid(), ours.id, p_until, p_now, p_how, ctx_organization(), p_channel, p_change
from ({OURS}) ours
on conflict (change_id, service_at_location_id) do nothing
returning service_at_location_id
""",
    ),
    "undo_full_or_open(p_change uuid, p_now timestamptz)": (
        "setof uuid",
        """
update service_pause set undone_at = p_now
where change_id = p_change and member_id = ctx_organization() and undone_at is null
returning service_at_location_id
""",
    ),
}


def upgrade() -> None:
    """One row for each time somebody said it; the last one that was not taken back counts."""
    op.create_table(
        "service_pause",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column(
            "service_at_location_id",
            sa.Uuid,
            sa.ForeignKey("service_at_location.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("full_until", STAMP),
        sa.Column("said_at", STAMP, nullable=False),
        sa.Column("how", sa.String(40), nullable=False),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("channel_id", sa.Uuid),
        sa.Column("change_id", sa.Uuid, nullable=False),
        sa.Column("undone_at", STAMP),
        sa.CheckConstraint("how in ('desk', 'link', 'text', 'staff')", name="how"),
        sa.UniqueConstraint("change_id", "service_at_location_id", name="uq_service_pause_change"),
    )
    op.create_index(
        "ix_service_pause_place", "service_pause", ["service_at_location_id", "said_at"]
    )
    op.create_index(
        "ix_service_pause_channel",
        "service_pause",
        ["channel_id", "said_at"],
        postgresql_where=sa.text("channel_id is not null"),
    )
    public_table("service_pause")
    for signature, (returns, body) in FUNCTIONS.items():
        definer_function(signature, returns, body, to=f"{APP}, {WORKER}")


def downgrade() -> None:
    """Everything takes requests again."""
    for signature in FUNCTIONS:
        op.execute(f"drop function {signature.partition('(')[0]}")
    op.drop_table("service_pause")
