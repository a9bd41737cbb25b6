"""Argon2id, at most two at a time.

Hashing takes 85 to 400 ms of CPU: without the limit sign-ins would starve searches.
"""

from __future__ import annotations

import asyncio
from functools import lru_cache
from weakref import WeakKeyDictionary

import anyio
import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from shared.settings import get_settings

AT_ONCE = 2
_limiters: WeakKeyDictionary[object, anyio.CapacityLimiter] = WeakKeyDictionary()


async def hash_password(password: str) -> str:
    """The hash to store."""
    return await anyio.to_thread.run_sync(_hasher().hash, password, limiter=_limiter())


async def password_matches(password_hash: str | None, password: str) -> bool:
    """Whether it is this password; for an unknown account the same work, then no."""
    matches = await anyio.to_thread.run_sync(_verify, password_hash, password, limiter=_limiter())
    return matches and password_hash is not None


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    # Tests hash hundreds of passwords; what they check does not depend on the cost.
    if get_settings().mode == "test":
        return PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    return PasswordHasher()


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _hasher().hash("nobody has this password")


def _verify(password_hash: str | None, password: str) -> bool:
    try:
        return _hasher().verify(password_hash or _nobodys_hash(), password)
    except (Argon2Error, InvalidHashError):
        return False


def _limiter() -> anyio.CapacityLimiter:
    # One for each event loop: a limiter belongs to the loop it was made in (tests have many).
    loop = asyncio.get_running_loop()
    if loop not in _limiters:
        _limiters[loop] = anyio.CapacityLimiter(AT_ONCE)
    return _limiters[loop]
