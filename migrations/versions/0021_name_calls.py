"""The call by which an agency's phone hears a name and a number: PINs, calls, numbers that answer.

New tables, a column with a default, one more way that a word comes: deploy before the code. Undo:
downgrade drops PINs and calls, and calls what was heard by phone a text's word; phones that had a
PIN are called by staff again.
"""

from __future__ import annotations

from alembic import op

from migrations.classes import APP, WORKER, definer_function, tenant_table

revision = "0021"
down_revision = "0020"

BOTH = f"{APP}, {WORKER}"
WAYS = "text link page api phone in_person fax clock"
EVENT_KINDS = (
    "created moved answer_given answer_undone answer_lapsed reason_given agency_wrote "
    "agency_asked call_wanted patient_answered patient_wrote patient_asked need_said "
    "identity_shown identity_hidden call_tried note_added contact_changed consent_recorded "
    "consent_revoked owner_changed ending_acknowledged clock_rang late_word unclear_reply"
    " message_failed channel_asked channel_agreed went_out places_changed"
)
TABLES = {
    "name_call_pin": """
        id uuid primary key, organization_id uuid not null references member,
        channel_id uuid not null references answering_channel, pin_hash bytea,
        made_at timestamptz not null, made_by uuid,
        constraint uq_name_call_pin_channel unique (organization_id, channel_id)""",
    "name_call": """
        id uuid primary key, organization_id uuid not null references member,
        call_hash bytea not null, step varchar(40) not null, turn integer not null,
        wrong_tries integer not null, channel_id uuid references answering_channel,
        referral_id uuid, started_at timestamptz not null, ended_at timestamptz,
        constraint uq_name_call_call unique (organization_id, call_hash),
        constraint ck_name_call_step check (step in ('pin', 'code', 'told', 'over'))""",
}
# signature → (returns, body, who may call it)
FUNCTIONS = {
    # Who calls: ids only, for a hash that only our own key makes. A yes counts for 12 months.
    "channels_of_caller(p_hash bytea, p_after timestamptz)": (
        "table (id uuid, organization_id uuid, language varchar)",
        """
select c.id, c.organization_id, c.language from answering_channel c
where c.address_hash = p_hash and c.kind = 'sms' and c.stopped_at is null
  and c.verified_at > p_after
order by c.created_at, c.id
""",
        APP,
    ),
    # The number a phone may call to hear a name; null unless it takes calls and has a PIN for it.
    "name_call_number(p_sender uuid, p_channel uuid)": (
        "varchar",
        """
select s.number from sender_number s join name_call_pin p on p.organization_id = s.organization_id
where s.organization_id = p_sender and s.takes_calls and p.channel_id = p_channel
  and p.pin_hash is not null
""",
        BOTH,
    ),
    "takes_calls(p_sender uuid)": (
        "boolean",
        (
            "select coalesce((select takes_calls from sender_number"
            " where organization_id = p_sender), false)"
        ),
        BOTH,
    ),
}


def upgrade() -> None:
    """Make them."""
    op.execute("alter table sender_number add column takes_calls boolean not null default false")
    for name, columns in TABLES.items():
        op.execute(f"create table {name} ({columns})")
        tenant_table(name, rights="select, insert, update")
    for signature, (returns, body, to) in FUNCTIONS.items():
        definer_function(signature, returns, body, to=to, volatile=False)
    _listed("kind", f"{EVENT_KINDS} pin_locked")
    _listed("way", f"{WAYS} keypad")


def downgrade() -> None:
    """Drop them."""
    op.execute("update referral_event set way = 'text' where way = 'keypad'")
    op.execute("update referral_event set kind = 'call_wanted' where kind = 'pin_locked'")
    _listed("kind", EVENT_KINDS)
    _listed("way", WAYS)
    for signature in FUNCTIONS:
        op.execute(f"drop function {signature.partition('(')[0]}")
    for name in reversed(TABLES):
        op.execute(f"drop table {name}")
    op.execute("alter table sender_number drop column takes_calls")


def _listed(column: str, words: str) -> None:
    op.drop_constraint(column, "referral_event", type_="check")
    listed = ", ".join(f"'{word}'" for word in words.split())
    op.create_check_constraint(column, "referral_event", f"{column} in ({listed})")
