"""Mail that comes back: reports about our mails, two new words in the log of a request.

Before deploy; nothing is backfilled. Undo: downgrade drops the reports, and turns what the log says
came by e-mail into a word by text, and automatic answers into messages that failed: the old
version knows neither.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

from migrations.classes import definer_function, routing_table

revision = "0022"
down_revision = "0021"

STAMP = sa.DateTime(timezone=True)
MAIL_KINDS = "hard soft delayed arrived complaint away person unsubscribe unknown"
# Words of the log that are new here, by column.
NEW_WORDS = {"kind": "auto_answer", "way": "mail"}
FUNCTIONS: dict[str, tuple[str, str]] = {
    # By the hash that the channel keeps: no address is read for it.
    "suppress_channel(p_id uuid, p_organization uuid, p_channel uuid, p_reason text,"
    " p_now timestamptz)": (
        "void",
        """
insert into suppression (id, organization_id, address_hash, reason, since)
select p_id, p_organization, c.address_hash, p_reason, p_now
from answering_channel c where c.id = p_channel
on conflict (organization_id, address_hash) do nothing
""",
    ),
    # A new yes counts for every sender; STOP of a phone stays, only its owner lifts that.
    "forgive_channel(p_channel uuid)": (
        "void",
        """
delete from suppression s using answering_channel c
where c.id = p_channel and s.address_hash = c.address_hash
  and s.reason in ('bounced', 'complained')
""",
    ),
}


def upgrade() -> None:
    """The table, its functions, and the log's words."""
    kinds = sa.Enum(
        *MAIL_KINDS.split(), name="kind", native_enum=False, create_constraint=True, length=40
    )
    op.create_table(
        "mail_report",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("organization_id", sa.Uuid, nullable=False),
        sa.Column("message_id", sa.Uuid, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("kind", kinds, nullable=False),
        sa.Column("status", sa.String(20)),
        sa.Column("away_until", sa.Date),
        sa.Column("words_sealed", sa.LargeBinary),
        sa.Column("received_at", STAMP, nullable=False),
        sa.Column("handled_at", STAMP),
        sa.Column("handle_attempts", sa.Integer, nullable=False),
    )
    op.create_index("ix_mail_report_message", "mail_report", ["organization_id", "message_id"])
    op.create_index(
        "ix_mail_report_unhandled",
        "mail_report",
        ["received_at"],
        postgresql_where=sa.text("handled_at is null"),
    )
    routing_table("mail_report", app_rights="insert")
    for signature, (returns, body) in FUNCTIONS.items():
        definer_function(signature, returns, body)
    for column, word in NEW_WORDS.items():
        _allow(column, {*_allowed(column), word})


def downgrade() -> None:
    """Back to what the old version knows."""
    op.execute("update referral_event set kind = 'message_failed' where kind = 'auto_answer'")
    op.execute("update referral_event set way = 'text' where way = 'mail'")
    for column, word in NEW_WORDS.items():
        _allow(column, _allowed(column) - {word})
    for signature in FUNCTIONS:
        op.execute(f"drop function {signature}")
    op.drop_table("mail_report")


def _allowed(column: str) -> set[str]:
    """The words that the column's check knows, whichever migration wrote them last."""
    found = op.get_bind().execute(
        sa.text(
            "select pg_get_constraintdef(oid) from pg_constraint"
            " where conrelid = 'referral_event'::regclass and conname = :name"
        ),
        {"name": f"ck_referral_event_{column}"},
    )
    return set(re.findall(r"'([a-z_]+)'", found.scalar_one()))


def _allow(column: str, words: set[str]) -> None:
    op.drop_constraint(column, "referral_event", type_="check")
    listed = ", ".join(f"'{word}'" for word in sorted(words))
    op.create_check_constraint(column, "referral_event", f"{column} in ({listed})")
