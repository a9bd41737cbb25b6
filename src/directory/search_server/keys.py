"""Whether the server answers and the two keys may do what they should, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from directory.search_server.faults import SearchServerFault, ServerRefused

if TYPE_CHECKING:
    from directory.search_server.client import SearchServer

FORBIDDEN = 403
MOST_KEYS = 1000
SEARCH_KEY, ADMIN_KEY = "HANDBACK_MEILISEARCH_KEY", "HANDBACK_MEILISEARCH_ADMIN_KEY"


@dataclass(frozen=True, slots=True)
class KeyFinding:
    """One thing looked at, as `handback doctor` tells it."""

    ok: bool
    what: str
    remedy: str = ""


class MasterKey(SearchServerFault):
    """The server's master key was given where a lesser one does."""


async def refuse_master_key(server: SearchServer, name: str) -> None:
    """Raise MasterKey: whoever has that one owns the server, so the app never holds it."""
    if await _is_master(server):
        raise MasterKey(
            "%(name)s is the search server's master key.",
            values={"name": name},
            remedy="Use the keys that the server lists under /keys: one for search, one for admin.",
        )


async def examine_keys(searching: SearchServer, admin: SearchServer | None) -> list[KeyFinding]:
    """For `handback doctor`. Never raises."""
    try:
        health = (await searching.get("health"))["status"]
    except SearchServerFault as fault:
        return [_bad("The search server does not answer.", fault)]
    found = [KeyFinding(health == "available", f"The search server is {health}.")]
    found.append(await _search_key(searching))
    if admin is None:
        return [
            *found,
            KeyFinding(
                ok=False,
                what=f"{ADMIN_KEY} is not set: nothing is sent to the search server.",
                remedy="Set it for the worker and for `handback reindex`.",
            ),
        ]
    return [*found, await _admin_key(admin)]


async def _search_key(server: SearchServer) -> KeyFinding:
    try:
        await refuse_master_key(server, SEARCH_KEY)
        await server.search([{"indexUid": server.index, "q": "", "limit": 0}])
    except ServerRefused as refused:
        if refused.server_code != "index_not_found":
            return _bad("The search key may not search.", refused)
        return _bad("The search server has no index yet.", refused)
    except SearchServerFault as fault:
        return _bad(str(fault) % fault.values, fault)
    if await _may(server, f"indexes/{server.index}/settings"):
        return KeyFinding(
            ok=False,
            what=f"{SEARCH_KEY} may do more than search.",
            remedy="Use a key whose only action is search.",
        )
    return KeyFinding(ok=True, what="The search key may search, and nothing else.")


async def _admin_key(server: SearchServer) -> KeyFinding:
    try:
        await refuse_master_key(server, ADMIN_KEY)
    except SearchServerFault as fault:
        return _bad(str(fault) % fault.values, fault)
    if not await _may(server, "indexes"):
        return KeyFinding(
            ok=False,
            what=f"{ADMIN_KEY} may not manage indexes.",
            remedy="It needs the actions for documents, indexes, settings, tasks and stats.",
        )
    return KeyFinding(ok=True, what="The admin key may fill the index.")


async def _may(server: SearchServer, path: str) -> bool:
    try:
        await server.get(path)
    except ServerRefused as refused:
        return refused.status != FORBIDDEN
    return True


async def _is_master(server: SearchServer) -> bool:
    """Every key but the master's is listed; one that may not ask is not the master's either."""
    try:
        # As patient as a search: the first one after a start waits for this too.
        listed = await server.get(f"keys?limit={MOST_KEYS}", server.patience.search)
    except ServerRefused:
        return False
    return all(not server.has_key(each["key"]) for each in listed["results"])


def _bad(what: str, fault: SearchServerFault) -> KeyFinding:
    return KeyFinding(ok=False, what=what, remedy=fault.remedy or "")
