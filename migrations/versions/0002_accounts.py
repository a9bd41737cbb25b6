"""Members, people, log-ins, sessions, API keys, links and answering channels.

Before deploy. Undo: downgrade drops the tables with everything in them; take a backup first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from migrations.accounts_functions import FUNCTIONS
from migrations.classes import definer_function, routing_table, tenant_table

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STAMP = sa.DateTime(timezone=True)


def upgrade() -> None:
    _people()
    _credentials()
    _channels()
    for table in ("member", "person"):
        tenant_table(table, rights="select, insert, update")
    tenant_table("answering_channel", rights="select, insert, update")
    for table in ("login", "session", "api_key", "link", "member_listing"):
        routing_table(table)
    for signature, (returns, body, callers) in FUNCTIONS.items():
        definer_function(signature, returns, body, to=callers)


def downgrade() -> None:
    for signature in FUNCTIONS:
        op.execute(f"drop function {signature}")
    for table in (
        "answering_channel",
        "member_listing",
        "link",
        "api_key",
        "session",
        "login",
        "person",
        "member",
    ):
        op.drop_table(table)


def _enum(values: str, name: str) -> sa.Enum:
    return sa.Enum(*values.split(), name=name, native_enum=False, create_constraint=True, length=40)


def _tenant(target: str = "member.id") -> sa.Column[object]:
    return sa.Column("organization_id", sa.Uuid, sa.ForeignKey(target), nullable=False)


def _people() -> None:
    op.create_table(
        "member",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", _enum("clinic agency front_door network", "kind"), nullable=False),
        sa.Column("sender_label", sa.String(40), nullable=False),
        sa.Column("voice_phone", sa.String(16)),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("answers_from", sa.Time, nullable=False),
        sa.Column("answers_until", sa.Time, nullable=False),
        sa.Column("claimed_at", STAMP),
        sa.Column("created_at", STAMP, nullable=False),
        # The member is its own tenant: the policies rest on it.
        sa.CheckConstraint("organization_id = id", name="own_tenant"),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid, primary_key=True),
        _tenant(),
        sa.Column("name_sealed", sa.LargeBinary),
        sa.Column("email_sealed", sa.LargeBinary),
        sa.Column("email_index", sa.LargeBinary, nullable=False),
        sa.Column("roles", ARRAY(sa.String(40)), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("created_at", STAMP, nullable=False),
        sa.Column("disabled_at", STAMP),
        sa.UniqueConstraint("organization_id", "email_index"),
    )
    op.create_table(
        "member_listing",
        sa.Column("id", sa.Uuid, primary_key=True),
        _tenant(),
        sa.Column("created_at", STAMP, nullable=False),
    )
    op.create_index(None, "member_listing", ["organization_id"])


def _credentials() -> None:
    op.create_table(
        "login",
        sa.Column("id", sa.Uuid, primary_key=True),
        _tenant(),
        sa.Column("email_hash", sa.LargeBinary, nullable=False, unique=True),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid, primary_key=True),
        _tenant(),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("started_at", STAMP, nullable=False),
        sa.Column("last_seen_at", STAMP, nullable=False),
        sa.Column("ended_at", STAMP),
    )
    op.create_index(None, "session", ["person_id"])
    op.create_table(
        "api_key",
        sa.Column("id", sa.Uuid, primary_key=True),
        _tenant(),
        sa.Column("key_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("scopes", ARRAY(sa.String(40)), nullable=False),
        sa.Column("created_at", STAMP, nullable=False),
        sa.Column("revoked_at", STAMP),
    )
    op.create_index(None, "api_key", ["organization_id"])
    op.create_table(
        "link",
        sa.Column("id", sa.Uuid, primary_key=True),
        _tenant(),
        sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("purpose", _enum("agency patient confirm_channel", "purpose"), nullable=False),
        sa.Column("referral_id", sa.Uuid),
        sa.Column("channel_id", sa.Uuid),
        sa.Column("created_at", STAMP, nullable=False),
        sa.Column("expires_at", STAMP, nullable=False),
        sa.Column("revoked_at", STAMP),
    )
    op.create_index(None, "link", ["referral_id", "purpose"])


def _channels() -> None:
    op.create_table(
        "answering_channel",
        sa.Column("id", sa.Uuid, primary_key=True),
        _tenant(),
        sa.Column("kind", _enum("sms email", "kind"), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary),
        sa.Column("address_hash", sa.LargeBinary, nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("all_hours", sa.Boolean, nullable=False),
        sa.Column("created_at", STAMP, nullable=False),
        sa.Column("verified_at", STAMP),
        sa.Column(
            "verified_how",
            _enum("text_reply confirm_link told_to_staff preset", "verified_how"),
        ),
        sa.Column("verified_by_sealed", sa.LargeBinary),
        sa.Column("stopped_at", STAMP),
        sa.Column("paused_until", STAMP),
        sa.UniqueConstraint("organization_id", "kind", "address_hash"),
    )
    op.create_index(None, "answering_channel", ["address_hash"])
