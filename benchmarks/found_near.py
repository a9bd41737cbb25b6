"""Does the list answer? Judged needs asked at every seeded place, as the public page asks them.

A question is answered when one of the first five services of the page (the block "by phone or
online" stands after the third place) carries a term that is accepted, or one beneath it. Counted
only where such a service has a place within ten miles. Printed, not judged.
Repeat: `.venv/bin/python -m benchmarks.found_near`.
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from benchmarks.search import say  # noqa: E402
from directory.api import load_reference_data, load_seeds  # noqa: E402
from directory.geography import METRES_PER_MILE, Near, metres_between  # noqa: E402
from directory.search.front import Searcher  # noqa: E402
from directory.search.query import RADIUS_M, SearchRequest  # noqa: E402
from directory.search.tags import first_of  # noqa: E402
from shared import clock, provision  # noqa: E402
from shared.database import Context, Database  # noqa: E402
from shared.private_cluster import PrivateCluster, default_directory  # noqa: E402
from shared.settings import REPOSITORY  # noqa: E402
from support.judged import UNSEEN, Judged, Recall, above, judged  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from directory.search.query import SearchAnswer

NAME = "handback_bench_near"
WITHIN_M = 10 * METRES_PER_MILE
FIRST, BEFORE_THE_BLOCK = 5, 3
PLACES = "select distinct on (lat, lon) lat, lon from search_doc where kind = 'local'"
DOCUMENTS = "select service_id, lat, lon from search_doc where kind = 'local'"
TERMS = """
select a.link_id, t.code from attribute a join taxonomy_term t on t.id = a.taxonomy_term_id
where a.link_entity = 'service' and t.code ~ '^[0-9]+$'"""


@dataclass(frozen=True, slots=True)
class Town:
    """The seeded places, and which services stand where and are filed under what."""

    points: list[tuple[float, float]]
    documents: list[tuple[UUID, float, float]]
    terms: dict[UUID, set[str]]  # with those above

    def near(self, point: tuple[float, float]) -> set[UUID]:
        """Services with a place within ten miles."""
        return {
            service
            for service, lat, lon in self.documents
            if metres_between(*point, lat, lon) <= WITHIN_M
        }

    def fits(self, service: UUID, row: Judged) -> bool:
        """Whether the service is filed under something accepted."""
        return bool(self.terms.get(service, set()) & set(map(first_of, row.accepted)))


def main(tell: Callable[[str], None] = say) -> None:
    """Load the seeds into a database of their own and print the shares."""
    cluster = PrivateCluster(default_directory("bench"))
    ours = not cluster.running()
    cluster.start()
    try:
        asyncio.run(_run(_provisioned(cluster), judged(UNSEEN), tell))
    finally:
        _drop(cluster)
        if ours:
            cluster.stop()


def _provisioned(cluster: PrivateCluster) -> tuple[str, str]:
    passwords = {role: f"bench-{role}" for role in provision.ROLES}
    _drop(cluster)
    provision.provision(cluster.admin_url(), NAME, passwords)
    owner, app, _worker = (cluster.url(role, passwords[role], NAME) for role in provision.ROLES)
    provision.migrate(owner)
    return owner, app


def _drop(cluster: PrivateCluster) -> None:
    with psycopg.connect(cluster.admin_url(), autocommit=True) as admin:
        admin.execute(
            sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(NAME))
        )


async def _run(urls: tuple[str, str], rows: list[Judged], tell: Callable[[str], None]) -> None:
    owner, app = Database(urls[0], pool_size=2), Database(urls[1], pool_size=1)
    try:
        async with owner.transaction(Context(actor="benchmark")) as session:
            await load_reference_data(session)
        await load_seeds(owner, REPOSITORY / "seeds")
        town = _town(urls[0])
        tell(f"{len(rows)} unseen needs at {len(town.points)} seeded places")
        async with app.reading() as connection:
            for radius_m in (RADIUS_M, WITHIN_M):
                answered = await ask_everywhere(connection, town, rows, radius_m)
                _print(answered, round(radius_m / METRES_PER_MILE), tell)
    finally:
        await owner.dispose()
        await app.dispose()


def _town(url: str) -> Town:
    terms: defaultdict[UUID, set[str]] = defaultdict(set)
    with psycopg.connect(url) as connection:
        for service, code in connection.execute(TERMS):
            terms[service] |= above(code)
        points = [(lat, lon) for lat, lon in connection.execute(PLACES)]
        return Town(points, list(connection.execute(DOCUMENTS)), dict(terms))


async def ask_everywhere(
    connection: AsyncConnection, town: Town, rows: list[Judged], radius_m: float
) -> dict[Judged, list[bool]]:
    """Answered or not, by question, once for each place with a fitting service around it."""
    searcher, now = Searcher(), clock.now()
    answered: defaultdict[Judged, list[bool]] = defaultdict(list)
    for point in town.points:
        around = town.near(point)
        for row in rows:
            if not any(town.fits(service, row) for service in around):
                continue
            request = SearchRequest(words=row.query, near=Near(*point), radius_m=radius_m)
            answer = await searcher.search(connection, request, now)
            answered[row].append(any(town.fits(each, row) for each in first_services(answer)))
    return dict(answered)


def first_services(answer: SearchAnswer) -> list[UUID]:
    """The first five services in the order of the page."""
    local, remote = answer.local, answer.remote
    listed = [*local[:BEFORE_THE_BLOCK], *remote, *local[BEFORE_THE_BLOCK:]]
    return list(dict.fromkeys(result.service_id for result in listed))[:FIRST]


def _print(answered: dict[Judged, list[bool]], miles: int, tell: Callable[[str], None]) -> None:
    groups: defaultdict[str, list[float]] = defaultdict(list)
    for row, each in answered.items():
        for name in ("all", row.language, row.kind):
            groups[name].append(sum(each) / len(each))
    tell(f"looked for within {miles} miles: an accepted service among the first five listed")
    for name, shares in groups.items():
        tell(f"{name:18}{_mean(shares)}")


def _mean(shares: list[float]) -> str:
    """Over questions, of the share of places: places are not independent of each other."""
    mean, count = sum(shares) / len(shares), len(shares)
    low, high = Recall(round(mean * count), count).interval
    return f"{mean:.3f}  (mean of {count} questions; 95 %: {low:.3f} to {high:.3f})"


if __name__ == "__main__":
    main()
