"""A database of one's own, copied from the template."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from shared import provision

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.private_cluster import PrivateCluster

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


def load_invented_data(urls: dict[str, str]) -> None:
    """The seeds and the invented network, as the demo loads them."""
    from web.invented import load_invented_data as load

    asyncio.run(load(provision.DatabaseUrls(urls["owner"], urls["app"], urls["worker"])))
