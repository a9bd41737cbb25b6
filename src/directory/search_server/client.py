"""The one way to the search server: the official client, made safe to use.

The client mutates itself while sending (one per thread here), waits for ever by default (own
time-outs, and a limit over all), retries nothing (reads once here), and its wait for a task returns
failed ones as if all were well (own wait, which raises).
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.to_thread

from directory.search_server.faults import ServerDown, ServerRefused, TaskFailed
from directory.search_server.index import INDEX

if TYPE_CHECKING:
    from meilisearch import Client

T = TypeVar("T")
Json = dict[str, Any]
SEARCH_SECONDS = 2.0
ADMIN_SECONDS = 10.0
TASK_SECONDS = 900.0
THREADS = 8
FIRST_LOOK_SECONDS, LAST_LOOK_SECONDS = 0.02, 1.0
IN_TROUBLE = 500
TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Patience:
    """How long we wait for a search, for any other request, and for a task to end."""

    search: float = SEARCH_SECONDS
    admin: float = ADMIN_SECONDS
    task: float = TASK_SECONDS


class SearchServer:
    """A server under one key. Raises SearchServerFault, never anything of the client's."""

    def __init__(
        self,
        url: str,
        key: str | None,
        *,
        index: str = INDEX,
        patience: Patience | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.index, self.next_index = index, f"{index}_next"
        self._key, self.patience = key, patience or Patience()
        self._own = threading.local()
        self._limiter: anyio.CapacityLimiter | None = None

    def has_key(self, key: str) -> bool:
        """Whether this is the key it uses."""
        return self._key is not None and hmac.compare_digest(self._key.encode(), key.encode())

    # ── reads: once more when the connection broke, never when it was slow

    async def search(self, queries: Sequence[Json]) -> list[Json]:
        """The answers to several questions in one request, in their order."""
        found: dict[str, list[Json]] = await self._read(
            lambda client: client.multi_search(queries), self.patience.search
        )
        return found["results"]

    async def get(self, path: str, seconds: float | None = None) -> Json:
        """GET, as JSON."""
        seconds = seconds or self.patience.admin
        found: Json = await self._read(lambda client: client.http.get(path), seconds)
        return found

    async def fetch_documents(
        self, index: str, *, offset: int, limit: int, fields: Sequence[str]
    ) -> list[Json]:
        """A page of documents as they lie in the index."""
        asked = {"offset": offset, "limit": limit, "fields": list(fields)}
        path = f"indexes/{index}/documents/fetch"
        found: Json = await self._read(
            lambda client: client.http.post(path, asked), self.patience.admin
        )
        rows: list[Json] = found["results"]
        return rows

    async def index_exists(self, index: str) -> bool:
        """Whether there is such an index."""
        try:
            await self.get(f"indexes/{index}")
        except ServerRefused as refused:
            if refused.server_code == "index_not_found":
                return False
            raise
        return True

    # ── writes: 202 with a task; what is wrong with them is told by the task alone

    async def create_index(self, index: str) -> int:
        """An empty index whose documents are told apart by `id`."""
        return await self._write(lambda client: client.create_index(index, {"primaryKey": "id"}))

    async def delete_index(self, index: str) -> int:
        """Away with an index."""
        return await self._write(lambda client: client.delete_index(index))

    async def update_settings(self, index: str, settings: Mapping[str, Any]) -> int:
        """Settings of an index."""
        return await self._write(lambda client: client.index(index).update_settings(settings))

    async def add_documents(self, index: str, documents: Sequence[Json]) -> int:
        """Add documents, or replace those with the same id."""
        return await self._write(lambda client: client.index(index).add_documents(documents, "id"))

    async def delete_documents(self, index: str, wanted: str) -> int:
        """Delete what a filter finds."""
        return await self._write(lambda client: client.index(index).delete_documents(filter=wanted))

    async def swap(self, one: str, other: str) -> int:
        """Let two indexes trade names, at once."""
        return await self._write(lambda client: client.swap_indexes([{"indexes": [one, other]}]))

    async def wait(self, *tasks: int) -> None:
        """Until all have succeeded. Raises TaskFailed for one that failed or was canceled."""
        pause = FIRST_LOOK_SECONDS
        try:
            with anyio.fail_after(self.patience.task):
                for task in tasks:
                    while not await self._ended(task):
                        await anyio.sleep(pause)
                        pause = min(pause * 2, LAST_LOOK_SECONDS)
        except TimeoutError as late:
            raise _down("its task has not ended") from late

    async def _ended(self, task: int) -> bool:
        found = await self.get(f"tasks/{task}")
        status = found["status"]
        if status in {"enqueued", "processing"}:
            return False
        if status != "succeeded":
            error = found.get("error") or {}
            raise TaskFailed(str(found["type"]), str(status), error.get("code"))
        return True

    async def _write(self, ask: Callable[[Client], Any]) -> int:
        info = await self._in_thread(ask, self.patience.admin)
        return int(info.task_uid)

    async def _read(self, ask: Callable[[Client], T], seconds: float) -> T:
        try:
            with anyio.fail_after(seconds):
                try:
                    return await self._in_thread(ask, seconds)
                except ConnectionBroke:
                    return await self._in_thread(ask, seconds)
        except TimeoutError as late:
            raise _down("no answer in time") from late

    async def _in_thread(self, ask: Callable[[Client], T], seconds: float) -> T:
        if self._limiter is None:  # belongs to the loop that asks first
            self._limiter = anyio.CapacityLimiter(THREADS)
        return await anyio.to_thread.run_sync(
            self._send, ask, seconds, abandon_on_cancel=True, limiter=self._limiter
        )

    def _send(self, ask: Callable[[Client], T], seconds: float) -> T:
        from meilisearch import errors  # 0.2 s that only those who have a server pay
        from requests.exceptions import RequestException

        try:
            return ask(self._client(seconds))
        except errors.MeilisearchApiError as refused:
            if refused.status_code >= IN_TROUBLE or refused.status_code == TOO_MANY:
                raise _down(f"it answered {refused.status_code}") from refused
            raise ServerRefused(refused.code, refused.status_code) from refused
        except errors.MeilisearchCommunicationError as broke:
            raise _down("no connection", ConnectionBroke) from broke
        except errors.MeilisearchTimeoutError as late:
            raise _down("no answer in time") from late
        except (RequestException, ValueError, TypeError, KeyError) as odd:
            # The client lets through what requests, JSON and its own models raise.
            raise _down("its answer can't be read") from odd

    def _client(self, seconds: float) -> Client:
        from meilisearch import Client

        clients: dict[float, Client] = self._own.__dict__.setdefault("clients", {})
        if seconds not in clients:
            # `timeout` is handed on to requests, which takes fractions too.
            clients[seconds] = Client(self.url, self._key, timeout=seconds)  # type: ignore[arg-type,unused-ignore]
        return clients[seconds]


class ConnectionBroke(ServerDown):
    """The connection was refused or broke: a read may be tried once more."""


def _down(why: str, kind: type[ServerDown] = ServerDown) -> ServerDown:
    return kind(
        "The search server is not to be had: %(why)s.",
        values={"why": why},
        remedy="PostgreSQL answers meanwhile. Look at the server's own log.",
    )
