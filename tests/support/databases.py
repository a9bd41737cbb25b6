"""A database of one's own, copied from the template."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from shared import provision
from shared.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.private_cluster import PrivateCluster

ROOT = Path(__file__).resolve().parents[2]
PASSWORDS = {role: f"test-{role}" for role in provision.ROLES}


@contextmanager
def copied_database(cluster: PrivateCluster, template: str, name: str) -> Iterator[dict[str, str]]:
    """Addresses by role ('admin', 'owner', 'app', 'worker'); dropped at the end."""
    with psycopg.connect(cluster.admin_url(), autocommit=True) as admin:
        admin.execute(
            sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
        )
        admin.execute(
            sql.SQL("create database {} template {} owner handback_owner").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    yield {
        "admin": cluster.admin_url(name),
        "owner": cluster.url(provision.OWNER, PASSWORDS[provision.OWNER], name),
        "app": cluster.url(provision.APP, PASSWORDS[provision.APP], name),
        "worker": cluster.url(provision.WORKER, PASSWORDS[provision.WORKER], name),
    }
    with psycopg.connect(cluster.admin_url(), autocommit=True) as admin:
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def load_invented_data(owner_url: str) -> None:
    """The seeds and the invented network, as `handback demo` loads them."""
    from accounts.network import load_network

    from directory.actions.reference import load_seeds

    async def load() -> None:
        owner = Database(owner_url, pool_size=2)
        try:
            await load_seeds(owner, ROOT / "seeds")
            await load_network(owner, ROOT / "seeds" / "network.json")
        finally:
            await owner.dispose()

    asyncio.run(load())
