"""HSDS 3.1 tables, their sources and rights, import runs, translations, ZIPs, people's words.

Before deploy. Undo: downgrade drops the directory with everything in it; import it again after.
"""

from __future__ import annotations

from alembic import op

from migrations.classes import public_table, tenant_table

revision = "0004"
down_revision = "0003"

# Our own tables: name → columns. "-> table" makes a foreign key to its id, with an index.
PLAIN = {
    "source": """
        id uuid primary key, name text not null, licence text, licence_url text,
        attribution text, may_show_public boolean not null, may_republish boolean not null,
        may_send_to_search_server boolean not null, ends_on date,
        constraint uq_source_name unique (name)""",
    "import_run": """
        id uuid primary key, source_id uuid not null -> source, feed_format text not null,
        feed_name text not null, started_at timestamptz not null, written integer not null,
        unchanged integer not null, withdrawn integer not null, quarantined integer not null,
        report jsonb not null""",
    "zip_centroid": """
        zip varchar(5) primary key, lat double precision not null, lon double precision not null""",
}
# Tables of feeds, in the order of their foreign keys; the columns of FROM_SOURCE come first.
FROM_SOURCE = """id uuid primary key, source_id uuid not null -> source,
        external_id text not null, content_hash bytea not null,
        fetched_at timestamptz not null, withdrawn_at timestamptz"""
OF_FEEDS = {
    "translation": """
        entity text not null, entity_id uuid not null, field text not null,
        language text not null, text text not null""",
    "organization": """
        name text not null, alternate_name text, description text, email text, website text,
        legal_status text, year_incorporated integer, logo text, uri text,
        parent_organization_id uuid references organization""",
    "taxonomy": "name text not null, description text, uri text, version text",
    "taxonomy_term": """
        taxonomy_id uuid -> taxonomy, parent_id uuid -> taxonomy_term, code text,
        name text not null, description text, taxonomy text, language text, term_uri text,
        maps_to_id uuid -> taxonomy_term""",
    "service": """
        organization_id uuid not null -> organization, name text not null, alternate_name text,
        description text, url text, email text, status varchar(40) not null,
        interpretation_services text, application_process text, fees_description text,
        wait_time text, accreditations text, eligibility_description text,
        minimum_age numeric(5, 2), maximum_age numeric(5, 2), assured_date date,
        assurer_email text, alert text, last_modified timestamptz,
        how_to_start varchar(40) not null, how_to_start_known boolean not null,
        starting_steps text, flags jsonb not null, delivery text[] not null,
        constraint ck_service_status check (status in
            ('active', 'inactive', 'defunct', 'temporarily closed')),
        constraint ck_service_how_to_start check (how_to_start in ('walk_in',
            'agency_calls_patient', 'patient_calls', 'apply', 'through_hotline',
            'no_referrals'))""",
    "location": """
        organization_id uuid -> organization, location_type varchar(40) not null, name text,
        alternate_name text, description text, transportation text, url text,
        external_identifier text, external_identifier_type text, point geography(point, 4326),
        time_zone text, confidential boolean not null, county text,
        county_fips text,
        constraint ck_location_location_type check (location_type in
            ('physical', 'postal', 'virtual'))""",
    "address": """
        location_id uuid not null -> location, attention text, address_1 text, address_2 text,
        city text, region text, state_province text, postal_code text, country text not null,
        address_type varchar(40) not null,
        constraint ck_address_address_type check (address_type in
            ('physical', 'postal', 'virtual'))""",
    "accessibility": """
        location_id uuid not null -> location, description text, details text, url text""",
    "location_private": """
        organization_id uuid not null references member, location_id uuid not null -> location,
        attention text, address_1 text, address_2 text, city text, region text,
        state_province text, postal_code text, country text, point geography(point, 4326),
        constraint uq_location_private_organization_id_location_id
            unique (organization_id, location_id)""",
    "service_at_location": """
        service_id uuid not null -> service, location_id uuid -> location, description text""",
    "service_area": """
        service_id uuid -> service, service_at_location_id uuid -> service_at_location,
        name text, description text, extent text, extent_type text, uri text,
        county_fips text, state text, country text""",
    "cost_option": """
        service_id uuid not null -> service, valid_from date, valid_to date, option text,
        currency text, amount numeric(12, 2), amount_description text""",
    "required_document": "service_id uuid not null -> service, document text, uri text",
    "phone": """
        service_at_location_id uuid -> service_at_location, service_id uuid -> service,
        location_id uuid -> location, organization_id uuid -> organization,
        number text not null, extension text, type text, description text""",
    "language": """
        service_id uuid -> service, location_id uuid -> location, phone_id uuid -> phone,
        name text, code text, note text""",
    "schedule": """
        service_at_location_id uuid -> service_at_location, service_id uuid -> service,
        location_id uuid -> location, schedule_group text, valid_from date, valid_to date,
        dtstart date, until date, count integer, timezone text, freq varchar(40),
        "interval" integer, wkst text, byday text, byweekno text, bymonthday text,
        byyearday text, description text, opens_at time, closes_at time, schedule_link text,
        attending_type text, notes text,
        constraint ck_schedule_freq check (freq in ('WEEKLY', 'MONTHLY'))""",
    "attribute": """
        link_id uuid not null, link_entity text not null,
        taxonomy_term_id uuid -> taxonomy_term, link_type text, value text, label text""",
}
OF_WORDS = {
    "sdoh_crosswalk": """
        code text not null, term_id uuid not null references taxonomy_term,
        primary key (code, term_id)""",
    "synonym": """
        id uuid primary key, phrase text not null, language text not null,
        term_id uuid references taxonomy_term, need text,
        constraint uq_synonym_phrase_language_term_id_need
            unique nulls not distinct (phrase, language, term_id, need)""",
}
INDEXES = (
    "create index ix_location_point on location using gist (point)",
    "create index ix_attribute_link_id on attribute (link_id)",
    "create index ix_taxonomy_term_code on taxonomy_term (code)",
    "create index ix_translation_entity_id_language on translation (entity_id, language)",
)


def upgrade() -> None:
    """Make the tables; all are public but location_private."""
    for name, columns in PLAIN.items():
        _make(name, columns)
    for name, columns in OF_FEEDS.items():
        _make(name, f"{FROM_SOURCE}, {columns}")
    for name, columns in OF_WORDS.items():
        _make(name, columns)
    for statement in INDEXES:
        op.execute(statement)
    for name in (*PLAIN, *OF_FEEDS, *OF_WORDS):
        if name == "location_private":
            tenant_table(name, rights="select")
        else:
            public_table(name)


def _make(name: str, columns: str) -> None:
    op.execute(f"create table {name} ({columns.replace('->', 'references')})")
    for column in columns.split(","):
        if "->" in column:
            field = column.split()[0]
            op.execute(f"create index ix_{name}_{field} on {name} ({field})")


def downgrade() -> None:
    """Drop the tables."""
    for name in reversed((*PLAIN, *OF_FEEDS, *OF_WORDS)):
        op.execute(f"drop table {name}")
