"""The reads of facts.py: public directory tables only, a batch of services at a time."""

from __future__ import annotations

from sqlalchemy import text

# What everybody may see; the rest of what stands is for staff (directory.search.hidden).
PUBLIC = """c.may_show_public and (c.ends_on is null or c.ends_on >= :today)
  and not exists (select from unlisted_service u where u.service_id = s.id)"""
STANDING = """
select s.*, o.name as organization, o.website
from service s join organization o on o.id = s.organization_id join source c on c.id = s.source_id
where s.id = any(:ids) and s.withdrawn_at is null and o.withdrawn_at is null
  and s.status in ('active', 'temporarily closed')"""
SERVICES = {
    "public": text(f"{STANDING} and ({PUBLIC}) order by s.id"),
    "hidden": text(f"{STANDING} and not ({PUBLIC}) order by s.id"),
    "standing": text(f"{STANDING} order by s.id"),
}
SOME_HIDDEN = text(f"""
select exists (select from service s join source c on c.id = s.source_id
where s.source_id = :source and not ({PUBLIC}))""")
PLACES = text("""
select p.id, p.service_id, p.location_id, p.description as place_description,
  coalesce(l.confidential, false) as confidential, l.name as place, l.transportation, l.county,
  l.time_zone, coalesce(l.location_type = 'virtual', false) as virtual,
  st_y(l.point::geometry) as lat, st_x(l.point::geometry) as lon,
  z.lat as zip_lat, z.lon as zip_lon,
  a.address_1, a.address_2, a.city, a.state_province as state, a.postal_code
from service_at_location p
left join location l on l.id = p.location_id
left join lateral (select * from address x where x.location_id = l.id and x.withdrawn_at is null
  and x.address_type = 'physical' order by x.id limit 1) a on true
left join zip_centroid z on z.zip = left(a.postal_code, 5)
where p.service_id = any(:ids) and p.withdrawn_at is null and l.withdrawn_at is null
order by p.id""")
OWNED = "coalesce(service_at_location_id, service_id, location_id)"
SCHEDULES = text(f"""
select {OWNED} as owner, freq, byday, opens_at, closes_at, valid_from, valid_to, dtstart, until,
  "interval", bymonthday, count, wkst, byyearday, byweekno,
  concat_ws(' ', description, notes) as said
from schedule where withdrawn_at is null and (service_at_location_id = any(:places)
  or service_id = any(:ids) or location_id = any(:locations)) order by id""")
CLOSURES = text("""
select coalesce(location_id, service_id, organization_id) as owner, starts_on, ends_on, words_en,
  words_es
from closure where withdrawn_at is null and ends_on >= :today and (location_id = any(:locations)
  or service_id = any(:ids) or organization_id = any(:organizations)) order by id""")
# A named person's number is shown by nothing.
PHONES = text("""
select coalesce(service_at_location_id, service_id, location_id, organization_id) as owner,
  number, extension, type
from phone where withdrawn_at is null and contact_id is null
  and (service_at_location_id = any(:places)
  or service_id = any(:ids) or location_id = any(:locations)
  or organization_id = any(:organizations)) order by id""")
LANGUAGES = text("""
select coalesce(service_id, location_id) as owner, code from language
where withdrawn_at is null and code is not null
  and (service_id = any(:ids) or location_id = any(:locations)) order by id""")
ATTRIBUTES = text("""
select link_id, taxonomy_term_id, link_type, value from attribute
where withdrawn_at is null and link_id = any(:any_id) order by id""")
AREAS = text("""
select coalesce(service_at_location_id, service_id) as owner, id, name,
  case when extent_type = 'geojson' then extent end as geojson,
  county_fips is not null as county, upper(state) as state,
  country is not null and county_fips is null and state is null as country
from service_area where withdrawn_at is null
  and (service_at_location_id = any(:places) or service_id = any(:ids)) order by id""")
FREE = text(r"""
select s.id as owner from service s where s.id = any(:ids) and (
  s.fees_description ~* '^\s*(free|no (cost|fee|charge)s?|none|gratis|\$?0(\.00)?)\s*[.!]?\s*$'
  or (select max(c.amount) = 0 from cost_option c
    where c.service_id = s.id and c.withdrawn_at is null))""")
PAPERS = text("""
select service_id as owner, id, document as words from required_document
where withdrawn_at is null and document is not null and service_id = any(:ids) order by id""")
ENTRANCES = text("""
select location_id as owner, id, coalesce(description, details) as words from accessibility
where withdrawn_at is null and coalesce(description, details) is not null
  and location_id = any(:locations) order by id""")
STATES = text("""
select l.organization_id as owner, upper(a.state_province) as state
from address a join location l on l.id = a.location_id
where l.organization_id = any(:organizations) and l.withdrawn_at is null
  and a.withdrawn_at is null and a.state_province is not null and not l.confidential
group by 1, 2""")
ANCHORS = text("""
select organization_id, avg(st_y(point::geometry)) as lat, avg(st_x(point::geometry)) as lon,
  min(time_zone) as zone
from location where organization_id = any(:organizations) and withdrawn_at is null
  and not confidential group by organization_id""")
TRANSLATIONS = text("""
select entity_id, field, text from translation
where withdrawn_at is null and language = 'es' and entity_id = any(:any_id)""")
TERMS = text("""
with recursive up as (
  select id as start, unnest(array[id, maps_to_id]) as at, 0 as depth from taxonomy_term
  union all
  select up.start, t.parent_id, depth + 1 from up join taxonomy_term t on t.id = up.at
  where t.parent_id is not null and depth < 12)
select up.start as id,
  array_agg(t.code) filter (where t.code is not null
    and 'open eligibility' in (replace(lower(c.name), '-', ' '), lower(x.name))) as codes,
  array_agg(t.name) || array_agg(w.text) filter (where w.text is not null) as names
from up join taxonomy_term t on t.id = up.at
join source c on c.id = t.source_id left join taxonomy x on x.id = t.taxonomy_id
left join translation w on w.entity_id = t.id and w.language = 'es' and w.field = 'name'
group by up.start""")
