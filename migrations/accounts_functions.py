"""The definer functions of migration 0002: the app's only way to routing tables.

Frozen with their migration: a change is a new migration that replaces the function.
"""

from __future__ import annotations

from migrations.classes import APP, WORKER

BOTH = f"{APP}, {WORKER}"
# signature → (returns, body, who may call it)
FUNCTIONS = {
    # Signing in. Taken under a lock, so that parallel guesses are counted too.
    "take_attempt(p_bucket bytea, p_now timestamptz, p_since timestamptz, p_limit integer)": (
        "boolean",
        """
begin
  perform pg_advisory_xact_lock(hashtextextended(encode(p_bucket, 'hex'), 0));
  delete from attempt where bucket = p_bucket and at <= p_since;
  if (select count(*) from attempt where bucket = p_bucket) >= p_limit then
    return false;
  end if;
  insert into attempt (bucket, at) values (p_bucket, p_now);
  return true;
end
""",
        BOTH,
    ),
    "resolve_login(p_email_hash bytea)": (
        "table (person_id uuid, organization_id uuid, password_hash text)",
        """
select p.id, p.organization_id, p.password_hash
from login l join person p on p.id = l.id
where l.email_hash = p_email_hash and p.disabled_at is null
""",
        APP,
    ),
    "add_login(p_person uuid, p_email_hash bytea)": (
        "boolean",
        """
with added as (
  insert into login (id, organization_id, email_hash)
  select p.id, p.organization_id, p_email_hash from person p
  where p.id = p_person and p.organization_id = ctx_organization()
  on conflict do nothing returning 1)
select exists (select 1 from added)
""",
        APP,
    ),
    # Sessions. A disabled person's sessions stop resolving at once, whatever else happens.
    "start_session(p_id uuid, p_token_hash bytea, p_person uuid, p_now timestamptz)": (
        "void",
        """
insert into session
  (id, organization_id, person_id, token_hash, started_at, last_seen_at)
select p_id, p.organization_id, p.id, p_token_hash, p_now, p_now from person p
where p.id = p_person and p.disabled_at is null
""",
        APP,
    ),
    "resolve_session(p_token_hash bytea, p_seen_after timestamptz, p_started_after timestamptz)": (
        (
            "table (session_id uuid, person_id uuid, organization_id uuid, roles varchar[],"
            " language varchar, name_sealed bytea, last_seen_at timestamptz)"
        ),
        """
select s.id, p.id, p.organization_id, p.roles, p.language, p.name_sealed, s.last_seen_at
from session s join person p on p.id = s.person_id
where s.token_hash = p_token_hash and s.ended_at is null and p.disabled_at is null
  and s.last_seen_at >= p_seen_after and s.started_at > p_started_after
""",
        APP,
    ),
    "touch_session(p_session uuid, p_now timestamptz)": (
        "void",
        "update session set last_seen_at = p_now where id = p_session and last_seen_at < p_now",
        APP,
    ),
    "end_session(p_session uuid, p_now timestamptz)": (
        "void",
        "update session set ended_at = p_now where id = p_session and ended_at is null",
        APP,
    ),
    "end_sessions_of(p_person uuid, p_now timestamptz)": (
        "void",
        "update session set ended_at = p_now where person_id = p_person and ended_at is null",
        APP,
    ),
    # API keys: made, listed and revoked inside one organization.
    "add_api_key(p_id uuid, p_key_hash bytea, p_name text, p_scopes varchar[],"
    " p_now timestamptz)": (
        "void",
        """
insert into api_key (id, organization_id, key_hash, name, scopes, created_at)
values (p_id, ctx_organization(), p_key_hash, p_name, p_scopes, p_now)
""",
        APP,
    ),
    "resolve_api_key(p_key_hash bytea)": (
        (
            "table (key_id uuid, organization_id uuid, name varchar, scopes varchar[],"
            " language varchar)"
        ),
        """
select k.id, k.organization_id, k.name, k.scopes, m.language
from api_key k join member m on m.id = k.organization_id
where k.key_hash = p_key_hash and k.revoked_at is null
""",
        APP,
    ),
    "api_keys_here()": (
        (
            "table (id uuid, name varchar, scopes varchar[], created_at timestamptz,"
            " revoked_at timestamptz)"
        ),
        """
select k.id, k.name, k.scopes, k.created_at, k.revoked_at from api_key k
where k.organization_id = ctx_organization() order by k.created_at, k.id
""",
        APP,
    ),
    "revoke_api_key(p_id uuid, p_now timestamptz)": (
        "boolean",
        """
with gone as (
  update api_key set revoked_at = coalesce(revoked_at, p_now)
  where id = p_id and organization_id = ctx_organization() returning 1)
select exists (select 1 from gone)
""",
        APP,
    ),
    # Links.
    "add_link(p_id uuid, p_organization uuid, p_token_hash bytea, p_purpose text,"
    " p_referral uuid, p_channel uuid, p_now timestamptz, p_expires timestamptz)": (
        "void",
        """
insert into link (id, organization_id, token_hash, purpose, referral_id, channel_id,
  created_at, expires_at)
values (p_id, p_organization, p_token_hash, p_purpose, p_referral, p_channel, p_now, p_expires)
""",
        BOTH,
    ),
    "resolve_link(p_token_hash bytea)": (
        (
            "table (link_id uuid, organization_id uuid, referral_id uuid, channel_id uuid,"
            " purpose varchar, expires_at timestamptz, label text, language varchar)"
        ),
        """
select l.id, l.organization_id, l.referral_id, l.channel_id, l.purpose, l.expires_at,
  m.name, m.language
from link l join member m on m.id = l.organization_id
where l.token_hash = p_token_hash and l.revoked_at is null
""",
        BOTH,
    ),
    "revoke_links(p_referral uuid, p_purpose text, p_now timestamptz)": (
        "void",
        """
update link set revoked_at = p_now
where referral_id = p_referral and revoked_at is null
  and (p_purpose is null or purpose = p_purpose)
""",
        BOTH,
    ),
    # Members, for those outside of them: what a card holds is public.
    "ensure_member_for_listing(p_listing uuid, p_new uuid, p_name text, p_time_zone text,"
    " p_now timestamptz)": (
        "uuid",
        """
declare found_id uuid;
begin
  select organization_id into found_id from member_listing where id = p_listing;
  if found_id is not null then
    return found_id;
  end if;
  perform pg_advisory_xact_lock(hashtextextended(p_listing::text, 1));
  select organization_id into found_id from member_listing where id = p_listing;
  if found_id is not null then
    return found_id;
  end if;
  insert into member (id, organization_id, name, kind, sender_label, time_zone, language,
    answers_from, answers_until, created_at)
  values (p_new, p_new, p_name, 'agency', left(p_name, 40), p_time_zone, 'en',
    time '09:00', time '17:00', p_now);
  insert into member_listing (id, organization_id, created_at) values (p_listing, p_new, p_now);
  return p_new;
end
""",
        BOTH,
    ),
    "add_member_listing(p_listing uuid, p_now timestamptz)": (
        "uuid",
        """
with added as (
  insert into member_listing (id, organization_id, created_at)
  values (p_listing, ctx_organization(), p_now)
  on conflict (id) do nothing returning organization_id)
select organization_id from added
union all
select organization_id from member_listing where id = p_listing
limit 1
""",
        BOTH,
    ),
    "member_of_listing(p_listing uuid)": (
        "uuid",
        "select organization_id from member_listing where id = p_listing",
        BOTH,
    ),
    "listings_of_member(p_member uuid)": (
        "setof uuid",
        "select id from member_listing where organization_id = p_member order by id",
        BOTH,
    ),
    "member_card(p_member uuid)": (
        (
            "table (id uuid, name text, kind varchar, sender_label varchar, voice_phone varchar,"
            " time_zone varchar, language varchar, answers_from time, answers_until time,"
            " claimed boolean)"
        ),
        """
select m.id, m.name, m.kind, m.sender_label, m.voice_phone, m.time_zone, m.language,
  m.answers_from, m.answers_until, m.claimed_at is not null
from member m where m.id = p_member
""",
        BOTH,
    ),
    "members_named(p_name text)": (
        "setof uuid",
        "select id from member where lower(name) = lower(p_name) order by created_at, id",
        APP,
    ),
    # Answering channels: everybody may know that one exists; only the worker reads addresses.
    "add_answering_channel(p_id uuid, p_member uuid, p_kind text, p_address_sealed bytea,"
    " p_address_hash bytea, p_language text, p_all_hours boolean, p_now timestamptz)": (
        "uuid",
        """
with added as (
  insert into answering_channel (id, organization_id, kind, address_sealed, address_hash,
    language, all_hours, created_at)
  values (p_id, p_member, p_kind, p_address_sealed, p_address_hash, p_language, p_all_hours, p_now)
  on conflict (organization_id, kind, address_hash) do nothing returning id)
select id from added
union all
select id from answering_channel
where organization_id = p_member and kind = p_kind and address_hash = p_address_hash
limit 1
""",
        BOTH,
    ),
    "verify_channel(p_channel uuid, p_how text, p_by_sealed bytea, p_now timestamptz)": (
        "void",
        """
update answering_channel set verified_at = p_now, verified_how = p_how,
  verified_by_sealed = p_by_sealed, stopped_at = null
where id = p_channel
""",
        BOTH,
    ),
    "stop_channel(p_channel uuid, p_now timestamptz)": (
        "void",
        (
            "update answering_channel set stopped_at = p_now, verified_at = null"
            " where id = p_channel"
        ),
        BOTH,
    ),
    "member_of_channel(p_channel uuid)": (
        "uuid",
        "select organization_id from answering_channel where id = p_channel",
        BOTH,
    ),
    # Asked for nothing new meanwhile; what it was sent before stays with it. Its own member only.
    "pause_channel(p_channel uuid, p_until timestamptz)": (
        "void",
        (
            "update answering_channel set paused_until = p_until"
            " where id = p_channel and organization_id = ctx_organization()"
        ),
        APP,
    ),
    "verified_channels(p_member uuid, p_verified_after timestamptz, p_now timestamptz)": (
        "table (id uuid, kind varchar, language varchar, all_hours boolean)",
        """
select c.id, c.kind, c.language, c.all_hours from answering_channel c
where c.organization_id = p_member and c.verified_at > p_verified_after
  and c.stopped_at is null and (c.paused_until is null or c.paused_until <= p_now)
order by c.verified_at, c.id
""",
        BOTH,
    ),
    # What became of asking, without addresses.
    "known_channels(p_member uuid)": (
        (
            "table (id uuid, kind varchar, verified_at timestamptz, stopped_at timestamptz,"
            " paused_until timestamptz)"
        ),
        """
select c.id, c.kind, c.verified_at, c.stopped_at, c.paused_until from answering_channel c
where c.organization_id = p_member
order by c.created_at, c.id
""",
        BOTH,
    ),
    "resolve_channel(p_channel uuid)": (
        (
            "table (id uuid, organization_id uuid, kind varchar, address_sealed bytea,"
            " language varchar, all_hours boolean, verified_at timestamptz, stopped_at timestamptz,"
            " time_zone varchar)"
        ),
        """
select c.id, c.organization_id, c.kind, c.address_sealed, c.language, c.all_hours,
  c.verified_at, c.stopped_at, m.time_zone
from answering_channel c join member m on m.id = c.organization_id
where c.id = p_channel
""",
        WORKER,
    ),
    "channel_by_phone(p_address_hash bytea)": (
        (
            "table (id uuid, organization_id uuid, language varchar, verified_at timestamptz,"
            " verified_how varchar)"
        ),
        """
select c.id, c.organization_id, c.language, c.verified_at, c.verified_how
from answering_channel c
where c.address_hash = p_address_hash and c.kind = 'sms'
order by c.created_at, c.id
""",
        WORKER,
    ),
}
