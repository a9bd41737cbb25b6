"""What can go wrong between us and the search server."""

from __future__ import annotations

from shared.errors import Conflict


class SearchServerFault(Conflict):
    """The search server did not do what it was asked; nothing of ours is lost by it."""

    default_code = "search_server"


class ServerDown(SearchServerFault):
    """No answer, a late one, or one of a server in trouble."""


class ServerRefused(SearchServerFault):
    """It answered, and said no (a key, an index that is not there, a filter)."""

    def __init__(self, server_code: str | None, status: int) -> None:
        self.server_code, self.status = server_code, status
        super().__init__(
            "The search server refused: %(code)s.",
            values={"code": f"{server_code or 'unknown'} ({status})"},
            remedy=REMEDIES.get(server_code or "", "`handback doctor` checks address and keys."),
        )


class TaskFailed(SearchServerFault):
    """A write was taken (202) and then failed or was canceled."""

    def __init__(self, kind: str, status: str, server_code: str | None) -> None:
        self.kind, self.status, self.server_code = kind, status, server_code
        super().__init__(
            "The search server's task “%(kind)s” ended as %(status)s: %(code)s.",
            values={"kind": kind, "status": status, "code": server_code or "no reason given"},
            remedy="Run it again; the index that serves is as it was.",
        )


class Unsuited(Exception):  # noqa: N818 -- not a fault
    """A question that PostgreSQL answers better or more exactly; nothing is wrong."""


REMEDIES = {
    "index_not_found": "Run `handback reindex`.",
    "invalid_api_key": "Check HANDBACK_MEILISEARCH_KEY and HANDBACK_MEILISEARCH_ADMIN_KEY.",
    "missing_authorization_header": "Set HANDBACK_MEILISEARCH_KEY.",
}
