"""The steward's addresses, gathered for the application."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from directory.stewards.call_sheet import sheet_routers
from directory.stewards.emergency_pages import emergency_routers
from directory.stewards.letter import letter_routers
from directory.stewards.pages import desk_routers
from directory.stewards.record_pages import record_routers
from directory.stewards.source_pages import source_routers
from directory.stewards.word_pages import word_routers

staff_routers: list[HTTPRouteHandler] = [
    *desk_routers,
    *record_routers,
    *emergency_routers,
    *source_routers,
    *sheet_routers,
    *letter_routers,
    *word_routers,
]
