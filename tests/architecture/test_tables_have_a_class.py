"""The catalog test of tenancy: every table in exactly one class, with that class's protection."""

from __future__ import annotations

import psycopg
import pytest

PROTECTED = {"tenant", "shared", "routing"}
EXTENSION_OWNED = {"spatial_ref_sys"}

Rows = list[tuple[str, str | None, bool, bool, int]]


@pytest.fixture
def tables(database_urls: dict[str, str]) -> Rows:
    with psycopg.connect(database_urls["admin"]) as admin:
        return admin.execute(
            "select c.relname, obj_description(c.oid), c.relrowsecurity, c.relforcerowsecurity,"
            " (select count(*) from pg_policy p where p.polrelid = c.oid)"
            " from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'"
        ).fetchall()


def classes(tables: Rows) -> dict[str, str]:
    return {
        name: (comment or "").removeprefix("class: ")
        for name, comment, *_ in tables
        if name not in EXTENSION_OWNED
    }


def test_every_table_is_in_exactly_one_class(tables: Rows) -> None:
    wrong = {
        name: value
        for name, value in classes(tables).items()
        if value not in PROTECTED | {"public", "system"}
    }
    assert wrong == {}


def test_protected_tables_force_row_level_security_and_have_policies(tables: Rows) -> None:
    unprotected = [
        name
        for name, comment, enabled, forced, policies in tables
        if (comment or "").removeprefix("class: ") in PROTECTED
        and not (enabled and forced and policies >= 2)
    ]
    assert unprotected == []


def test_every_policy_checks_what_is_written(database_urls: dict[str, str]) -> None:
    with psycopg.connect(database_urls["admin"]) as admin:
        open_ones = admin.execute(
            "select tablename, policyname from pg_policies where schemaname = 'public'"
            " and cmd in ('ALL', 'INSERT', 'UPDATE') and with_check is null"
        ).fetchall()
    assert open_ones == []


def test_every_protected_table_has_the_owners_maintenance_policy(
    database_urls: dict[str, str], tables: Rows
) -> None:
    with psycopg.connect(database_urls["admin"]) as admin:
        having = {
            row[0]
            for row in admin.execute(
                "select tablename from pg_policies where policyname = 'maintenance'"
                " and qual = 'true' and with_check = 'true' and roles = '{handback_owner}'"
            )
        }
    needing = {name for name, value in classes(tables).items() if value in PROTECTED}
    assert needing - having == set()


def test_the_app_cannot_read_routing_tables_nor_own_anything(
    database_urls: dict[str, str], tables: Rows
) -> None:
    routing = [name for name, value in classes(tables).items() if value == "routing"]
    assert routing
    with psycopg.connect(database_urls["admin"]) as admin:
        readable = [
            name
            for name in routing
            if admin.execute(
                "select has_table_privilege('handback_app', %s, 'select')", (name,)
            ).fetchone()
            == (True,)
        ]
        strong = admin.execute(
            "select rolname from pg_roles where rolname in ('handback_app', 'handback_worker')"
            " and (rolsuper or rolbypassrls)"
        ).fetchall()
        owned = admin.execute(
            "select relname from pg_class c join pg_roles r on r.oid = c.relowner"
            " where r.rolname in ('handback_app', 'handback_worker')"
        ).fetchall()
    assert (readable, strong, owned) == ([], [], [])


def test_tenant_tables_have_the_organization_in_every_unique_key(
    database_urls: dict[str, str], tables: Rows
) -> None:
    tenant = [name for name, value in classes(tables).items() if value == "tenant"]
    with psycopg.connect(database_urls["admin"]) as admin:
        keys = admin.execute(
            "select c.relname, i.indexrelid::regclass::text,"
            " array(select a.attname::text from pg_attribute a"
            "  where a.attrelid = c.oid and a.attnum = any(i.indkey)), i.indisprimary"
            " from pg_index i join pg_class c on c.oid = i.indrelid"
            " where i.indisunique and c.relname = any(%s)",
            (tenant,),
        ).fetchall()
    # A random id as the only primary key tells nothing to another tenant.
    leaking = [
        (table, index)
        for table, index, columns, primary in keys
        if "organization_id" not in columns and not (primary and columns == ["id"])
    ]
    assert leaking == []


def test_no_materialized_views_and_views_run_as_their_caller(
    database_urls: dict[str, str],
) -> None:
    with psycopg.connect(database_urls["admin"]) as admin:
        found = admin.execute(
            "select relname from pg_class where relnamespace = 'public'::regnamespace"
            " and (relkind = 'm' or (relkind = 'v'"
            " and not coalesce(reloptions::text like '%security_invoker=true%', false)))"
            " and relname not in ('geography_columns', 'geometry_columns')"
        ).fetchall()
    assert found == []


def test_definer_functions_have_a_fixed_search_path_and_are_not_for_everybody(
    database_urls: dict[str, str],
) -> None:
    with psycopg.connect(database_urls["admin"]) as admin:
        loose = admin.execute(
            "select p.proname from pg_proc p where p.prosecdef"
            " and p.pronamespace = 'public'::regnamespace"
            " and (not coalesce(p.proconfig::text like '%search_path=%', false)"
            "      or has_function_privilege('public', p.oid, 'execute'))"
            " and p.proname <> 'st_estimatedextent'"
        ).fetchall()
    assert loose == []
