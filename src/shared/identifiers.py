"""Row identities: time-ordered UUIDv7 for our own rows, UUIDv5 for rows of a source (RFC 9562)."""

from __future__ import annotations

import secrets
import time
import uuid

# Made once for Handback; changing it would give every imported record a new identity.
SOURCE_NAMESPACE = uuid.UUID("6f0c5a2e-5f55-5d5c-9a0e-0d6f3f1c7a10")


def new_id() -> uuid.UUID:
    """A UUIDv7: 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76
    value |= secrets.randbits(12) << 64
    value |= 0b10 << 62
    value |= secrets.randbits(62)
    return uuid.UUID(int=value)


def source_id(source_name: str, external_id: str) -> uuid.UUID:
    """The same (source, id) always gives the same UUIDv5, so a re-import finds its rows."""
    return uuid.uuid5(SOURCE_NAMESPACE, f"{source_name}\x1f{external_id}")
