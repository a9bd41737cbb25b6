"""Households' ages, somebody who speaks for the patient, next places in order, consent's end.

Before deploy. Undo: downgrade drops the columns and the list of next places with what they hold.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from migrations.classes import WORKER, definer_function, tenant_table

revision = "0011"
down_revision = "0010"

EVENT_KINDS = (
    "created moved answer_given answer_undone answer_lapsed reason_given agency_wrote "
    "agency_asked call_wanted patient_answered patient_wrote patient_asked need_said "
    "identity_shown identity_hidden call_tried note_added contact_changed consent_recorded "
    "consent_revoked owner_changed ending_acknowledged clock_rang late_word unclear_reply"
    " message_failed channel_asked channel_agreed went_out"
)
NEW_EVENT_KINDS = f"{EVENT_KINDS} places_changed"
# The sweeper handles a restricted team's requests in that team's name. Ids only, worker only.
TEAM_OF = "restricted_team_of(p_referral uuid)"


def upgrade() -> None:
    """Add columns, the table of next places, and the sweeper's look at the team."""
    for table in ("patient", "referral"):
        ages = sa.Column("household_ages", ARRAY(sa.Integer), nullable=False, server_default="{}")
        op.add_column(table, ages)
        op.alter_column(table, "household_ages", server_default=None)
    left = sa.Column("places_left", sa.Integer, nullable=False, server_default="0")
    op.add_column("referral", left)
    op.alter_column("referral", "places_left", server_default=None)
    op.add_column("patient", sa.Column("proxy_sealed", sa.LargeBinary))
    op.add_column("referral_disclosure", sa.Column("ends_at", sa.DateTime(timezone=True)))
    op.execute(
        "update referral_disclosure d set ends_at = c.ends_at from consent c"
        " where c.id = d.consent_id"
    )
    _next_place()
    tenant_table("next_place")
    _event_kinds(NEW_EVENT_KINDS)
    body = "select restricted_team_id from referral where id = p_referral"
    definer_function(TEAM_OF, "uuid", body, to=WORKER, volatile=False)


def downgrade() -> None:
    """Drop all of it."""
    op.execute("drop function restricted_team_of(uuid)")
    op.execute("delete from referral_event where kind = 'places_changed'")
    _event_kinds(EVENT_KINDS)
    op.drop_table("next_place")
    op.drop_column("referral_disclosure", "ends_at")
    op.drop_column("patient", "proxy_sealed")
    op.drop_column("referral", "places_left")
    for table in ("referral", "patient"):
        op.drop_column(table, "household_ages")


def _event_kinds(kinds: str) -> None:
    op.drop_constraint("kind", "referral_event", type_="check")
    listed = ", ".join(f"'{kind}'" for kind in kinds.split())
    op.create_check_constraint("kind", "referral_event", f"kind in ({listed})")


def _next_place() -> None:
    op.create_table(
        "next_place",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("referral_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("service_at_location_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.UniqueConstraint(
            "organization_id", "referral_id", "position", name="uq_next_place_position"
        ),
    )
