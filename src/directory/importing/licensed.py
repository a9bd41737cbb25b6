"""Taxonomies whose names may not be handed on: codes are kept as they are, names not. Pure.

The 211 taxonomy is licensed to its subscribers; its codes are mapped to ours by a steward.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from directory.importing.records import Record
from directory.importing.values import quoted

LICENSED = re.compile(r"\b(?:airs|2-?1-?1|211hsis|hsis|inform usa|211 la county)\b", re.IGNORECASE)


def is_licensed(taxonomy: object) -> bool:
    """Whether a taxonomy of this name is somebody's property."""
    return isinstance(taxonomy, str) and LICENSED.search(quoted(taxonomy)) is not None


def licensed_taxonomies(records: Iterable[Record]) -> frozenset[str]:
    """The ids of the feed's own rows of such taxonomies."""
    return frozenset(
        record.external_id
        for record in records
        if record.table == "taxonomy" and is_licensed(record.values.get("name"))
    )
