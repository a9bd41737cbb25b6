"""Which engine answers: PostgreSQL, or the search server with PostgreSQL as its spare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from directory.search.postgres import PostgresSearch

if TYPE_CHECKING:
    from directory.search.port import SearchEngine
    from shared.settings import Settings


def engine_of(settings: Settings) -> SearchEngine:
    """By the settings; asks nothing of any server, so that a start never waits for one."""
    if not settings.meilisearch_url:
        return PostgresSearch()
    from directory.search_server.client import SearchServer  # only those who have one load it
    from directory.search_server.engine import MeilisearchSearch
    from directory.search_server.spare import WithSpare

    server = SearchServer(
        settings.meilisearch_url, settings.meilisearch_key, index=settings.meilisearch_index
    )
    return WithSpare(MeilisearchSearch(server), PostgresSearch())
