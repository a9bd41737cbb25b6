"""Routers of slices that are still being written. To be deleted when all of them stand."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import structlog


def routers_of(module: str, name: str) -> list[Any]:
    """The named list; empty, with a warning, while the module can't be imported."""
    try:
        return list(getattr(import_module(module), name))
    except (ImportError, AttributeError) as missing:
        structlog.get_logger("web").warning("slice_missing", module=module, why=str(missing))
        return []
