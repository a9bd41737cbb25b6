"""A Meilisearch on loopback, in a thread of the test: tasks, keys, indexes, searches, and faults.

It answers as a real one was seen to answer (version 1.50); what it was asked and said is kept, so
that `fakes.meilisearch_contract` can hold both against the published OpenAPI document.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fakes.meilisearch_index import BadRequest, Index

NOW = "2023-05-10T13:40:00.123456789Z"
MASTER, ADMIN, SEARCH = "fake-master-key", "fake-admin-key", "fake-search-key"
LINK = "https://docs.meilisearch.com/errors#"
TASKS = {
    "DELETE": "indexDeletion",
    "POST/documents": "documentAdditionOrUpdate",
    "PATCH/settings": "settingsUpdate",
    "POST/documents/delete": "documentDeletion",
}
KEYS = [
    {"name": "Default Search API Key", "key": SEARCH, "actions": ["search"]},
    {"name": "Default Admin API Key", "key": ADMIN, "actions": ["*"]},
]


@dataclass(frozen=True)
class Exchange:
    """One request with its answer."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: Any
    status: int
    answer: Any


@dataclass
class MeilisearchServer:
    """What it holds, what it was asked, and how it misbehaves."""

    url: str = ""
    indexes: dict[str, Index] = field(default_factory=dict)
    tasks: list[dict[str, Any]] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    # "reset": hangs up; "silent": answers too late; a number: answers with that status
    fault: str | int | None = None
    faults_left: int | None = None  # None: until `fault` is taken back
    failing: dict[str, str] = field(default_factory=dict)  # type of task → "failed" | "canceled"
    hold_back: threading.Event = field(default_factory=threading.Event)
    loses: bool = False  # tasks succeed and documents are nowhere
    before_task: Callable[[str], None] | None = None

    @property
    def sent(self) -> str:
        """Everything that it was ever told."""
        return json.dumps([[each.path, each.query, each.body] for each in self.exchanges])

    def asked(self, method: str, path: str) -> list[Exchange]:
        """The requests to one address."""
        return [each for each in self.exchanges if (each.method, each.path) == (method, path)]

    def misbehaves(self) -> str | int | None:
        """The fault of this request."""
        if self.faults_left is None:
            return self.fault
        self.faults_left -= 1
        return self.fault if self.faults_left >= 0 else None

    # ── what it does

    def answer(self, method: str, path: str, body: Any, key: str | None) -> tuple[int, Any]:
        """Status and JSON."""
        parts = path.strip("/").split("/")
        if parts == ["health"]:
            return 200, {"status": "available"}
        self._allow(parts, key)
        if parts[0] == "indexes" and len(parts) > 1:
            return self._of_index(method, parts[1], parts[2:], body)
        table: dict[tuple[str, str], Callable[[], tuple[int, Any]]] = {
            ("GET", "version"): lambda: (200, _version()),
            ("GET", "keys"): lambda: (200, _page([_key(each) for each in KEYS], 1000)),
            ("GET", "indexes"): lambda: (200, _page([self._view(u) for u in self.indexes], 20)),
            ("POST", "indexes"): lambda: self._task("indexCreation", body["uid"], body),
            ("POST", "swap-indexes"): lambda: self._task("indexSwap", None, body),
            ("POST", "multi-search"): lambda: (200, self._multi_search(body)),
            ("GET", "tasks"): lambda: (200, self._look(int(parts[1]))),
        }
        act = table.get((method, parts[0]))
        if act is None:
            raise BadRequest(404, "not_found", "Not found")
        return act()

    def _allow(self, parts: list[str], key: str | None) -> None:
        if key is None:
            raise BadRequest(
                401, "missing_authorization_header", "The Authorization header is missing."
            )
        searching = parts[0] == "multi-search" or parts[-1] == "search"
        if key not in {MASTER, ADMIN} and not (key == SEARCH and searching):
            raise BadRequest(403, "invalid_api_key", "The provided API key is invalid.")

    def _of_index(self, method: str, uid: str, rest: list[str], body: Any) -> tuple[int, Any]:
        what = "/".join([method, *rest])
        if what in TASKS:
            return self._task(TASKS[what], uid, body)
        index = self._index(uid)
        table: dict[str, Callable[[], Any]] = {
            "GET": lambda: self._view(uid),
            "GET/settings": lambda: index.settings,
            "GET/stats": lambda: _stats(index),
            "POST/documents/fetch": lambda: _fetch(index, body),
        }
        if what not in table:
            raise BadRequest(404, "not_found", "Not found")
        return 200, table[what]()

    def _multi_search(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"results": [self._search(query) for query in body["queries"]]}

    def _search(self, query: dict[str, Any]) -> dict[str, Any]:
        index = self._index(query["indexUid"], status=400)
        found = index.search(query)
        offset = query.get("offset", 0)
        limit = min(query.get("limit", 20), index.settings["pagination"]["maxTotalHits"])
        return {
            "indexUid": index.uid,
            "hits": [
                index.shown(each, query.get("attributesToRetrieve"))
                for each in found[offset : offset + limit]
            ],
            "query": query.get("q") or "",
            "processingTimeMs": 0,
            "limit": limit,
            "offset": offset,
            "estimatedTotalHits": len(found),
        }

    # ── tasks: taken at once, done when first looked at

    def _task(self, kind: str, uid: str | None, body: Any) -> tuple[int, Any]:
        task = {
            "uid": len(self.tasks),
            "batchUid": None,
            "indexUid": uid,
            "status": "enqueued",
            "type": kind,
            "canceledBy": None,
            "error": None,
            "duration": None,
            "enqueuedAt": NOW,
            "startedAt": None,
        }
        self.tasks.append(task)
        if self.before_task is not None:
            self.before_task(kind)
        self._do(task, body)
        return 202, {
            "taskUid": task["uid"],
            "indexUid": uid,
            "status": "enqueued",
            "type": kind,
            "enqueuedAt": NOW,
        }

    def _do(self, task: dict[str, Any], body: Any) -> None:
        ends, error = self.failing.get(task["type"], "succeeded"), None
        if ends == "failed":
            error = _error("internal", "An internal error has occurred.", "internal")
        if ends == "succeeded":
            try:
                self._perform(task["type"], task["indexUid"], body)
            except BadRequest as refused:
                ends, error = "failed", _error(refused.code, refused.message)
        task["ends"], task["error_then"] = ends, error

    def _look(self, uid: int) -> dict[str, Any]:
        """Enqueued at the first look, ended at the second: nobody may believe the 202."""
        task = self.tasks[uid]
        if task["startedAt"] is None:
            task["startedAt"] = NOW
            task["status"] = "processing"
        elif "ends" in task:
            ends = task.pop("ends")
            changes = {"status": ends, "finishedAt": NOW, "batchUid": uid, "duration": "PT0.01S"}
            task |= changes | {"error": task.pop("error_then")}
            if ends == "canceled":
                task["canceledBy"] = uid + 1
        hidden = {"ends", "error_then"}
        return {name: value for name, value in task.items() if name not in hidden}

    def _perform(self, kind: str, uid: str | None, body: Any) -> None:
        if kind == "indexSwap":
            self._swap(body)
        elif kind == "indexCreation":
            if uid in self.indexes:
                raise BadRequest(409, "index_already_exists", f"Index `{uid}` already exists.")
            self.indexes[str(uid)] = Index(str(uid))
        elif kind == "indexDeletion":
            self._index(str(uid))
            del self.indexes[str(uid)]
        elif kind == "documentDeletion":
            index = self._index(str(uid))
            for each in index.filtered(body["filter"]):
                del index.documents[each["id"]]
        elif kind == "settingsUpdate":
            index = self.indexes.setdefault(str(uid), Index(str(uid)))
            index.settings = index.settings | body
        else:
            self._add(self.indexes.setdefault(str(uid), Index(str(uid))), body)

    def _add(self, index: Index, documents: list[dict[str, Any]]) -> None:
        for each in documents:
            if not str(each.get("id", "")).replace("-", "").replace("_", "").isalnum():
                raise BadRequest(400, "invalid_document_id", "Document identifier is invalid.")
        if self.loses:
            return
        index.documents |= {str(each["id"]): each for each in documents}

    def _swap(self, body: list[dict[str, Any]]) -> None:
        for pair in body:
            one, other = (self._index(uid) for uid in pair["indexes"])
            one.uid, other.uid = other.uid, one.uid
            self.indexes |= {one.uid: one, other.uid: other}

    def _index(self, uid: str, status: int = 404) -> Index:
        if uid not in self.indexes:
            raise BadRequest(status, "index_not_found", f"Index `{uid}` not found.")
        return self.indexes[uid]

    def _view(self, uid: str) -> dict[str, Any]:
        self._index(uid)
        return {"uid": uid, "primaryKey": "id", "createdAt": NOW, "updatedAt": NOW}


@contextmanager
def meilisearch_server() -> Iterator[MeilisearchServer]:
    """A server of one's own, empty, on a free port."""
    fake = MeilisearchServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(fake))
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.hold_back.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(fake: MeilisearchServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *parts: Any) -> None:
            """Keep quiet."""

        def _serve(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size) or b"null")
            fault = fake.misbehaves()
            if fault == "reset":
                self.connection.close()
                return
            if fault == "silent":
                fake.hold_back.wait(10)
                return
            asked = urlsplit(self.path)
            query = parse_qs(asked.query)
            status, answer = self._answer(asked.path, body, fault)
            fake.exchanges.append(Exchange(self.command, asked.path, query, body, status, answer))
            written = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        def _answer(self, path: str, body: Any, fault: str | int | None) -> tuple[int, Any]:
            if isinstance(fault, int):
                return fault, _error("internal", "An internal error has occurred.", "internal")
            header = self.headers.get("Authorization") or ""
            key = header.removeprefix("Bearer ") if header else None
            try:
                return fake.answer(self.command, path, body, key)
            except BadRequest as refused:
                kind = "auth" if refused.status in {401, 403} else "invalid_request"
                return refused.status, _error(refused.code, refused.message, kind)

        do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815 -- http.server's names

    return Handler


def _error(code: str, message: str, kind: str = "invalid_request") -> dict[str, str]:
    return {"message": message, "code": code, "type": kind, "link": LINK + code}


def _version() -> dict[str, str]:
    return {"commitSha": "unknown", "commitDate": "unknown", "pkgVersion": "1.53.0"}


def _key(key: dict[str, Any]) -> dict[str, Any]:
    when = "2023-05-10T13:40:00Z"
    place = KEYS.index(key)
    return key | {
        "uid": f"0a05febf-c2df-446b-9689-da047b2e53e{place}",
        "description": None,
        "indexes": ["*"],
        "expiresAt": None,
        "createdAt": when,
        "updatedAt": when,
    }


def _page(results: list[Any], limit: int) -> dict[str, Any]:
    return {"results": results, "offset": 0, "limit": limit, "total": len(results)}


def _fetch(index: Index, body: dict[str, Any]) -> dict[str, Any]:
    offset, limit = body.get("offset", 0), body.get("limit", 20)
    found = list(index.documents.values())
    wished = body.get("fields")  # this route heeds no displayedAttributes
    shown = [
        {name: value for name, value in each.items() if wished is None or name in wished}
        for each in found[offset : offset + limit]
    ]
    return {"results": shown, "offset": offset, "limit": limit, "total": len(found)}


def _stats(index: Index) -> dict[str, Any]:
    sizes = dict.fromkeys(("indexSize", "usedIndexSize", "rawDocumentDbSize", "avgDocumentSize"), 1)
    return sizes | {
        "numberOfDocuments": len(index.documents),
        "isIndexing": False,
        "fieldDistribution": {},
    }
