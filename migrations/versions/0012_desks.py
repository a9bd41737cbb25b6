"""Cover, calls to check records, what left the public results, emergencies, searches in vain.

New tables and functions alone: deploy before the code that uses them. Undo: downgrade to 0011 drops
them with what they hold; closures that an emergency made stay until their last day.
"""

from __future__ import annotations

from alembic import op

from migrations.classes import definer_function, public_table, tenant_table

revision = "0012"
down_revision = "0011"

TABLES = {
    "cover": """
        id uuid primary key, organization_id uuid not null references member,
        person_id uuid not null references person, by_person_id uuid not null references person,
        starts_on date not null, ends_on date not null,
        made_by uuid not null references person, made_at timestamptz not null,
        ended_at timestamptz,
        constraint ck_cover_days check (starts_on <= ends_on),
        constraint ck_cover_somebody_else check (person_id <> by_person_id)""",
    "verification_attempt": """
        id uuid primary key, organization_id uuid not null references member,
        directory_organization_id uuid not null references organization,
        means varchar(40) not null, outcome varchar(40) not null, spoke_with_sealed bytea,
        tried_at timestamptz not null, person_id uuid not null references person,
        constraint ck_verification_attempt_means check (means in ('phone', 'email', 'visit',
            'letter')),
        constraint ck_verification_attempt_outcome check (outcome in ('still_right', 'changed',
            'no_answer', 'dead_number', 'bounced'))""",
    "unlisted_service": """
        service_id uuid primary key references service, since timestamptz not null""",
    "staleness_signal": """
        service_at_location_id uuid not null references service_at_location,
        kind varchar(40) not null, on_day date not null, times integer not null,
        primary key (service_at_location_id, kind, on_day),
        constraint ck_staleness_signal_kind check (kind in ('not_offered', 'record_wrong'))""",
    "emergency": """
        id uuid primary key, name text not null, words_en text not null, words_es text not null,
        banner_en text not null, banner_es text not null,
        starts_on date not null, ends_on date not null,
        made_by uuid not null references person, made_at timestamptz not null,
        undone_at timestamptz, undone_by uuid references person,
        constraint ck_emergency_days check (starts_on <= ends_on)""",
    "emergency_change": """
        emergency_id uuid not null references emergency, entity_id uuid not null,
        entity varchar(40) not null, digest text not null, kept boolean,
        primary key (emergency_id, entity_id)""",
    "search_miss": """
        day date not null, need varchar(40) not null, zip3 varchar(3) not null,
        times integer not null, primary key (day, need, zip3)""",
}
INDEXES = (
    "create index ix_cover_by_person_id on cover (organization_id, by_person_id)",
    "create index ix_cover_person_id on cover (organization_id, person_id)",
    """create index ix_verification_attempt_organization on verification_attempt
        (organization_id, directory_organization_id, tried_at)""",
)
FUNCTIONS = {
    # Told by any organization; says neither whose it was nor about whom.
    "note_staleness(p_place uuid, p_kind text, p_day date)": """
insert into staleness_signal (service_at_location_id, kind, on_day, times)
select id, p_kind, p_day, 1 from service_at_location where id = p_place
on conflict (service_at_location_id, kind, on_day)
do update set times = staleness_signal.times + 1
""",
    # A need's code and three digits of a ZIP; never the words.
    "note_search_miss(p_need text, p_zip3 text, p_day date)": """
insert into search_miss (day, need, zip3, times)
values (p_day, left(p_need, 40), left(p_zip3, 3), 1)
on conflict (day, need, zip3) do update set times = search_miss.times + 1
""",
    # A restricted team's requests of somebody who left are not to be seen by who disables them;
    # they become the team's. Ids alone pass through here.
    "release_restricted(p_person uuid)": """
update referral set owner_person_id = null, owner_name = ''
where owner_person_id = p_person and restricted_team_id is not null
  and requester_organization_id = ctx_organization()
""",
}


def upgrade() -> None:
    """Make the tables; people's names and whom they spoke with are their organization's alone."""
    for name, columns in TABLES.items():
        op.execute(f"create table {name} ({columns})")
    for statement in INDEXES:
        op.execute(statement)
    tenant_table("cover", rights="select, insert, update")
    tenant_table("verification_attempt", rights="select, insert")
    public_table("unlisted_service", app_writes=True)
    public_table("staleness_signal")
    public_table("emergency", app_writes=True)
    public_table("emergency_change", app_writes=True)
    public_table("search_miss")
    for signature, body in FUNCTIONS.items():
        definer_function(signature, "void", body)


def downgrade() -> None:
    """Drop them."""
    for signature in FUNCTIONS:
        op.execute(f"drop function {signature.partition('(')[0]}")
    for name in reversed(TABLES):
        op.execute(f"drop table {name}")
