"""Teams of an organization, its agreements with agencies, claims of listings.

Before deploy. Undo: downgrade drops them with everything in them, and sessions know no teams again;
take a backup first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.accounts_functions import FUNCTIONS
from migrations.classes import APP, definer_function, tenant_table

revision = "0013"
down_revision = "0012"

STAMP = sa.DateTime(timezone=True)
RESOLVE = next(signature for signature in FUNCTIONS if signature.startswith("resolve_session("))
RETURNS = (
    "table (session_id uuid, person_id uuid, organization_id uuid, roles varchar[],"
    " language varchar, name_sealed bytea, last_seen_at timestamptz, team_ids uuid[])"
)
BODY = """
select s.id, p.id, p.organization_id, p.roles, p.language, p.name_sealed, s.last_seen_at,
  array(select t.team_id from team_person t join team on team.id = t.team_id
        where t.person_id = p.id and team.ended_at is null)
from session s join person p on p.id = s.person_id
where s.token_hash = p_token_hash and s.ended_at is null and p.disabled_at is null
  and s.last_seen_at >= p_seen_after and s.started_at > p_started_after
"""


OFFICE = "network_office()"
OFFICE_BODY = """
select id from member where kind in ('network', 'front_door')
order by (kind = 'network') desc, created_at, id limit 1
"""


def upgrade() -> None:
    """Make the tables; a session then brings its person's teams."""
    _teams()
    _agreements()
    _claims()
    definer_function(OFFICE, "uuid", OFFICE_BODY, to=APP, volatile=False)
    for table in ("team", "team_person"):
        tenant_table(table)
    for table in ("agreement", "claim"):
        tenant_table(table, rights="select, insert, update")
    op.execute("drop function resolve_session(bytea, timestamptz, timestamptz)")
    definer_function(RESOLVE, RETURNS, BODY, to=APP)


def downgrade() -> None:
    """Put the old function back and drop the tables."""
    op.execute("drop function resolve_session(bytea, timestamptz, timestamptz)")
    returns, body, callers = FUNCTIONS[RESOLVE]
    definer_function(RESOLVE, returns, body, to=callers)
    op.execute(f"drop function {OFFICE}")
    for table in ("claim", "agreement", "team_person", "team"):
        op.drop_table(table)


def _tenant() -> sa.Column[object]:
    return sa.Column("organization_id", sa.Uuid, sa.ForeignKey("member.id"), nullable=False)


def _teams() -> None:
    op.create_table(
        "team",
        sa.Column("id", sa.Uuid, primary_key=True),
        _tenant(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", STAMP, nullable=False),
        sa.Column("ended_at", STAMP),
        sa.UniqueConstraint("organization_id", "name"),
    )
    op.create_table(
        "team_person",
        sa.Column("id", sa.Uuid, primary_key=True),
        _tenant(),
        sa.Column("team_id", sa.Uuid, sa.ForeignKey("team.id"), nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.UniqueConstraint("organization_id", "team_id", "person_id"),
    )
    op.create_index(None, "team_person", ["person_id"])


def _agreements() -> None:
    op.create_table(
        "agreement",
        sa.Column("id", sa.Uuid, primary_key=True),
        _tenant(),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("needs", sa.Text, nullable=False),
        sa.Column("answer_days", sa.Integer),
        sa.Column("agreed_with", sa.String(120), nullable=False),
        sa.Column("agreed_on", sa.Date, nullable=False),
        sa.Column("review_on", sa.Date, nullable=False),
        sa.Column("created_at", STAMP, nullable=False),
        sa.Column("ended_at", STAMP),
    )
    op.create_index(None, "agreement", ["organization_id", "member_id"])


def _claims() -> None:
    op.create_table(
        "claim",
        sa.Column("id", sa.Uuid, primary_key=True),
        # The network's own office: it decides.
        _tenant(),
        sa.Column("listing_id", sa.Uuid, nullable=False),
        *(
            sa.Column(f"{name}_sealed", sa.LargeBinary)
            for name in ("name", "job", "email", "phone")
        ),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("made_at", STAMP, nullable=False),
        sa.Column("decided_at", STAMP),
        sa.Column("agreed", sa.Boolean),
    )
    op.create_index(None, "claim", ["organization_id", "decided_at"])
