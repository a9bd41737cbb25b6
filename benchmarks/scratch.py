"""A database of its own for a benchmark, with generated services, the same every time.

A larger directory covers more towns, not more doors in the same ones: 333 services a town.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

from directory.api import load_reference_data
from directory.search.projection import project_all
from shared import clock, provision
from shared.database import Context, Database
from shared.private_cluster import PrivateCluster, default_directory

SERVICES_OF_A_CITY = 333
GENERATE = """
create function pg_temp.share(text) returns float8 language sql immutable as
  $$ select ('x' || substr(md5($1), 1, 7))::bit(28)::int / 268435456.0 $$;
create function pg_temp.key(text) returns uuid language sql immutable as
  $$ select md5($1)::uuid $$;
insert into source (id, name, may_show_public, may_republish, may_send_to_search_server)
  values (pg_temp.key('source'), 'benchmark', true, true, false);
insert into organization (id, source_id, external_id, content_hash, fetched_at, name)
  select pg_temp.key('o' || n), pg_temp.key('source'), 'o' || n, '', now(), 'Organization ' || n
  from generate_series(1, %(services)s / 4) n;
insert into service (id, source_id, external_id, content_hash, fetched_at, organization_id, name,
    description, status, how_to_start, how_to_start_known, flags, delivery, assured_date)
  select pg_temp.key('s' || n), pg_temp.key('source'), 's' || n, '', now(),
    pg_temp.key('o' || (n / 4 + 1)), 'Service ' || n,
    'Help number ' || n || '. ' || repeat('People of all ages may come and ask. ', 8), 'active',
    'walk_in', true, '{"no_id": true}', '{}', current_date - n %% 300
  from generate_series(1, %(services)s - 4) n;
insert into location (id, source_id, external_id, content_hash, fetched_at, organization_id,
    location_type, name, point, time_zone, confidential)
  select pg_temp.key('l' || n), pg_temp.key('source'), 'l' || n, '', now(),
    pg_temp.key('o' || (n / 4 + 1)), 'physical', 'Place ' || n,
    st_point(-120 + 45 * pg_temp.share('x' || n %% %(cities)s)
        + .3 * (pg_temp.share('a' || n) + pg_temp.share('b' || n) - 1),
      28 + 18 * pg_temp.share('y' || n %% %(cities)s)
        + .3 * (pg_temp.share('c' || n) + pg_temp.share('d' || n) - 1))::geography,
    'America/New_York', false
  from generate_series(1, %(services)s - 4) n;
insert into service_at_location (id, source_id, external_id, content_hash, fetched_at, service_id,
    location_id)
  select pg_temp.key('p' || n), pg_temp.key('source'), 'p' || n, '', now(),
    pg_temp.key('s' || n), case when n %% 25 > 0 then pg_temp.key('l' || n) end
  from generate_series(1, %(services)s - 4) n;
insert into phone (id, source_id, external_id, content_hash, fetched_at, service_id, number, type)
  select pg_temp.key('t' || n), pg_temp.key('source'), 't' || n, '', now(),
    pg_temp.key('s' || n), '+12025550144', 'voice'
  from generate_series(1, %(services)s - 4) n;
insert into schedule (id, source_id, external_id, content_hash, fetched_at, service_id, freq, byday,
    opens_at, closes_at)
  select pg_temp.key('h' || n), pg_temp.key('source'), 'h' || n, '', now(),
    pg_temp.key('s' || n), 'WEEKLY', (array['MO,TU,WE,TH,FR', 'TH', 'SA,SU'])[n %% 3 + 1],
    '09:00', '17:00'
  from generate_series(1, %(services)s - 4) n;
create temporary table choice as select v, (
    select x.id from taxonomy_term x order by md5(x.id::text || v) limit 1) as term_id
  from generate_series(0, 96) v;
insert into attribute (id, source_id, external_id, content_hash, fetched_at, link_id, link_entity,
    taxonomy_term_id, link_type)
  select pg_temp.key('g' || n || '-' || k), pg_temp.key('source'), 'g' || n || '-' || k, '', now(),
    pg_temp.key('s' || n), 'service', c.term_id, 'service_type'
  from generate_series(1, %(services)s - 4) n, generate_series(1, 2) k, choice c
  where c.v = (n * 2 + k) %% 97;
analyze;
"""


@dataclass(frozen=True, slots=True)
class Scratch:
    """Addresses of the database, a role each."""

    owner: str
    app: str
    worker: str


@contextmanager
def scratch_database(name: str, services: int, say: Callable[[str], None]) -> Iterator[Scratch]:
    """A filled database on a cluster of its own, which is stopped at the end."""
    cluster = PrivateCluster(default_directory("bench"))
    ours = not cluster.running()
    cluster.start()
    try:
        yield _make(cluster, name, services, say)
    finally:
        if ours:
            cluster.stop()


def _make(cluster: PrivateCluster, name: str, services: int, say: Callable[[str], None]) -> Scratch:
    passwords = {role: f"bench-{role}" for role in provision.ROLES}
    with psycopg.connect(cluster.admin_url(), autocommit=True) as admin:
        admin.execute(
            sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
        )
    provision.provision(cluster.admin_url(), name, passwords)
    owner, app, worker = (cluster.url(role, passwords[role], name) for role in provision.ROLES)
    provision.migrate(owner)
    say(f"Generating {services} services …")
    asyncio.run(_fill(owner, services))
    return Scratch(owner, app, worker)


async def _fill(owner_url: str, services: int) -> None:
    database = Database(owner_url, pool_size=2)
    try:
        async with database.transaction(Context(actor="benchmark")) as session:
            await load_reference_data(session)
        with psycopg.connect(owner_url) as connection:
            connection.execute(
                psycopg.sql.SQL(
                    GENERATE.replace("%(services)s", str(services))
                    .replace("%(cities)s", str(max(1, services // SERVICES_OF_A_CITY)))
                    .replace("%%", "%")
                )
            )
        async with database.transaction(Context(actor="benchmark")) as session:
            await project_all(session, clock.now())
        with psycopg.connect(owner_url, autocommit=True) as connection:
            connection.execute("vacuum analyze")
    finally:
        await database.dispose()
