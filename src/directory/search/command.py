"""`handback search`: the public search from the terminal, as the JSON that /api/search gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from directory.search.answers import answer_json
from directory.search.engines import engine_of
from directory.search.front import Searcher
from directory.search.handed_on import HandedOnSearch
from directory.search.query import read_request
from shared.database import Database
from shared.settings import get_settings


async def search_directory(
    database: Database, given: Mapping[str, str], *, now: datetime
) -> dict[str, Any]:
    """Parameters by the names of /api/search → its JSON, plain types only."""
    request = read_request({name: [value] for name, value in given.items()})
    async with database.reading() as connection:
        searcher = Searcher(HandedOnSearch(engine_of(get_settings())))
        answer = await searcher.search(connection, request, now)
    plain: dict[str, Any] = json.loads(json.dumps(answer_json(answer), default=str))
    return plain
