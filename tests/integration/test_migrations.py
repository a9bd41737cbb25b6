"""Up, down, up again on an empty database; and the tables are exactly what the models say."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from conftest import ROOT
from shared import provision
from shared.models import Base
from support.databases import PASSWORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.private_cluster import PrivateCluster

SLICES = ("accounts", "notify", "directory", "referrals")
# Written and read by statements of our own; a model would say nothing more.
WITHOUT_MODEL = {
    "alembic_version",
    "spatial_ref_sys",
    "pgqueuer",
    "pgqueuer_log",
    "pgqueuer_schedules",
    "pgqueuer_statistics",
    "audit_event",
    "due",
    "attempt",
    "idempotency_key",
    "demo_clock",
    "search_doc",
    "search_doc_term",
    "search_area",
    "search_area_term",
    "search_cell_tag",
    "search_lexeme",
    "search_town",
    "search_hidden_doc",
    "search_hidden_doc_term",
    "search_hidden_area_term",
    "search_server",
    "search_server_gap",
}
WHAT_STANDS = (
    "select 'table ' || relname from pg_class where relnamespace = 'public'::regnamespace"
    " and relkind in ('r', 'p', 'v', 'm', 'S') and relname <> all(%(kept)s)"
    " union all select 'type ' || typname from pg_type where typnamespace ="
    " 'public'::regnamespace and typtype in ('e', 'd') and not exists (select 1 from pg_depend"
    " d where d.objid = pg_type.oid and d.deptype = 'e')"
    " union all select 'function ' || p.oid::regprocedure::text from pg_proc p"
    " where p.pronamespace = 'public'::regnamespace and not exists (select 1 from pg_depend d"
    " where d.objid = p.oid and d.deptype = 'e')"
    " union all select 'text search ' || cfgname from pg_ts_config"
    " where cfgnamespace = 'public'::regnamespace"
    " union all select 'dictionary ' || dictname from pg_ts_dict"
    " where dictnamespace = 'public'::regnamespace and dictname <> 'unaccent'"
)
# What the extensions and alembic itself own.
KEPT = [
    "alembic_version",
    "spatial_ref_sys",
    "geography_columns",
    "geometry_columns",
]
# Everything about a database that a migration can make and a second run could miss.
SHAPE = (
    "select 'column', table_name || '.' || column_name, data_type || is_nullable ||"
    " coalesce(column_default, '') || coalesce(character_maximum_length::text, '')"
    " from information_schema.columns where table_schema = 'public'"
    " union all select 'index', indexname, indexdef from pg_indexes where schemaname = 'public'"
    " union all select 'constraint', conrelid::regclass || '.' || conname,"
    " pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace"
    " union all select 'policy', tablename || '.' || policyname, roles::text || cmd ||"
    " coalesce(qual, '') || coalesce(with_check, '') from pg_policies"
    " union all select 'grant', table_name || ' ' || grantee, string_agg(privilege_type, ','"
    " order by privilege_type) from information_schema.role_table_grants"
    " where table_schema = 'public' group by 2"
    " union all select 'function', oid::regprocedure::text, prosrc || prosecdef ||"
    " coalesce(proconfig::text, '') || coalesce(proacl::text, '') from pg_proc"
    " where pronamespace = 'public'::regnamespace"
    " union all select 'comment', c.relname, obj_description(c.oid) from pg_class c"
    " where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'"
)


@pytest.fixture
def new_database(template: tuple[PrivateCluster, str]) -> Iterator[tuple[str, str]]:
    """An empty, provisioned database: addresses of superuser and owner."""
    import os

    cluster, _ = template
    name = f"hb_migrations_{os.getpid()}"
    drop = f"drop database if exists {name} with (force)"
    with psycopg.connect(cluster.admin_url(), autocommit=True) as admin:
        admin.execute(drop)
    provision.provision(cluster.admin_url(), name, PASSWORDS)
    yield (
        cluster.admin_url(name),
        cluster.url(provision.OWNER, PASSWORDS[provision.OWNER], name),
    )
    with psycopg.connect(cluster.admin_url(), autocommit=True) as admin:
        admin.execute(drop)


def test_up_down_to_nothing_and_up_again_gives_the_same_tables(
    new_database: tuple[str, str],
) -> None:
    admin_url, owner_url = new_database

    provision.migrate(owner_url)
    first = shape(admin_url)
    provision.migrate(owner_url, "base")
    left_over = standing(admin_url)
    provision.migrate(owner_url)

    assert len(first) > 500, "the description itself must work"
    assert left_over == []
    assert shape(admin_url) == first


def test_every_step_down_can_be_gone_up_again(new_database: tuple[str, str]) -> None:
    admin_url, owner_url = new_database
    provision.migrate(owner_url)
    first = shape(admin_url)

    for revision in revisions()[1:]:  # one step, then two, …
        provision.migrate(owner_url, revision)
        provision.migrate(owner_url)

        assert shape(admin_url) == first, revision


def test_there_is_one_head() -> None:
    assert len(scripts().get_heads()) == 1


def test_every_migration_tells_when_to_deploy_and_how_to_undo() -> None:
    silent = [
        script.revision
        for script in scripts().walk_revisions()
        if not ("deploy" in (script.doc or "") or "deploy" in (script.longdoc or ""))
        or "Undo" not in (script.longdoc or "")
    ]

    assert silent == []


def test_the_tables_are_what_the_models_say(database_urls: dict[str, str]) -> None:
    import_every_model()
    modelled = set(Base.metadata.tables)

    def ours(_object: Any, name: str | None, kind: str, *_: Any) -> bool:
        return kind != "table" or name in modelled

    engine = create_engine(
        database_urls["owner"].replace("postgresql://", "postgresql+psycopg://"),
        poolclass=NullPool,
        plugins=["geoalchemy2"],
    )
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_object": ours, "compare_type": True, "compare_server_default": True},
        )
        differences = compare_metadata(context, Base.metadata)

    assert len(modelled) > 40, "the models themselves must be found"
    # A table's comment is its class; tests/architecture looks at those.
    assert [
        words(each) for each in differences if "comment" not in words(each).partition(" ")[0]
    ] == []


def test_every_table_has_a_model_or_is_on_the_short_list(database_urls: dict[str, str]) -> None:
    import_every_model()
    with psycopg.connect(database_urls["admin"]) as admin:
        tables = {
            name
            for (name,) in admin.execute(
                "select tablename from pg_tables where schemaname = 'public'"
            )
        }

    assert tables - set(Base.metadata.tables) == WITHOUT_MODEL


def test_every_closed_list_of_the_code_is_the_columns_check(
    database_urls: dict[str, str],
) -> None:
    """compare_metadata looks at no CHECK: a new status without migration would fail at night."""
    import_every_model()
    with psycopg.connect(database_urls["admin"]) as admin:
        checks = dict(
            admin.execute(
                "select c.relname || '.' || k.conname, pg_get_constraintdef(k.oid)"
                " from pg_constraint k join pg_class c on c.oid = k.conrelid"
                " where contype = 'c' and connamespace = 'public'::regnamespace"
            ).fetchall()
        )
    wrong, seen = {}, 0
    for table in Base.metadata.tables.values():
        for column in table.columns:
            values = getattr(column.type, "enums", None)
            if values is None:
                continue
            seen += 1
            name = f"{table.name}.ck_{table.name}_{column.type.name}"
            inside = set(checks.get(name, "").split("'")[1::2])
            if inside != set(values):
                wrong[name] = sorted(inside ^ set(values))

    assert seen > 10, "the enumerations themselves must be found"
    assert wrong == {}


def test_a_data_migration_of_the_owner_sees_every_organizations_rows(
    database_urls: dict[str, str],
) -> None:
    """Without the maintenance policy an UPDATE of the owner changes 0 rows, silently."""
    with psycopg.connect(database_urls["owner"]) as owner:
        owner.execute(
            "insert into audit_event (id, organization_id, actor, action, subject_kind, detail,"
            " at) select gen_random_uuid(), gen_random_uuid(), 'test', 'tried', 'nothing',"
            " '{}', now() from generate_series(1, 3)"
        )
        changed = owner.execute("update audit_event set detail = '{}' where action = 'tried'")
        owner.rollback()

    assert changed.rowcount == 3


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("path_separator", "newline")
    return ScriptDirectory.from_config(config)


def revisions() -> list[str]:
    """Newest first."""
    return [script.revision for script in scripts().walk_revisions()]


def shape(admin_url: str) -> set[tuple[str, ...]]:
    with psycopg.connect(admin_url) as admin:
        return set(admin.execute(SHAPE).fetchall())


def standing(admin_url: str) -> list[str]:
    with psycopg.connect(admin_url) as admin:
        return sorted(row[0] for row in admin.execute(WHAT_STANDS, {"kept": KEPT}))


def import_every_model() -> None:
    for slice_name in SLICES:
        models = importlib.import_module(f"{slice_name}.models")
        for module in pkgutil.walk_packages(getattr(models, "__path__", []), "x."):
            importlib.import_module(f"{slice_name}.models{module.name[1:]}")
        for module in pkgutil.iter_modules(importlib.import_module(slice_name).__path__):
            if module.name.endswith("_models"):
                importlib.import_module(f"{slice_name}.{module.name}")


def words(difference: Any) -> str:
    return " ".join(
        str(getattr(part, "name", part))
        for part in (difference if isinstance(difference, tuple) else difference[0])
    )
