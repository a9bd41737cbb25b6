"""Every statement that can be made is one the database takes."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from builders.listings import NOW
from directory.search.postgres import names_of
from directory.search.sql import (
    Shape,
    count_statement,
    facet_statement,
    nearest_statement,
    search_statement,
)

if TYPE_CHECKING:
    from shared.database import Database

ANY: dict[str, Any] = {
    "lat": 38.36,
    "lon": -75.6,
    "slack": 0.05,
    "r": 8000.0,
    "lo": [1, 2],
    "hi": [2, 3],
    "cells": [1, 2, 3],
    "tag": 1102,
    "tags": [1102, 1103],
    "states": ["MD"],
    "must": [1],
    "words": "food",
    "now": NOW,
    "at": NOW,
    "today": NOW.date(),
    "limit": 20,
    "offset": 0,
}
SHAPES = [
    Shape(*values)
    for values in product(
        (True, False), (0, 1, 2), (True, False), (True, False), (True, False), (True, False)
    )
]


@pytest.mark.parametrize(
    "make", [search_statement, count_statement, nearest_statement, facet_statement]
)
async def test_every_shape_of_question_is_valid(database: Database, make: Any) -> None:
    async with database.reading() as connection:
        for shape in SHAPES:
            if shape.near or make is not nearest_statement:
                statement = make(shape)
                values = {name: ANY[name] for name in names_of(statement)}
                await connection.execute(statement, values)
