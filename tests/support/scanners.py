"""Programs that open links before people do, and strangers who guess them (reliability M20, M21).

Depth is the caller's: the suite opens each link a few times, a drill a hundred times.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import text

from shared.database import Context

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import httpx
    from sqlalchemy.ext.asyncio import AsyncSession

    from shared.database import Database

# What a look may add: who looked.
LOOKING_WRITES = frozenset({"audit_event", "audit_head"})
# How a link is opened by whoever is not its reader: method, headers, query.
WAYS: tuple[tuple[str, dict[str, str], str], ...] = (
    ("GET", {}, ""),
    ("HEAD", {}, ""),
    ("OPTIONS", {}, ""),
    ("GET", {"Sec-Purpose": "prefetch", "Purpose": "prefetch"}, ""),
    ("GET", {"Sec-Purpose": "prefetch;prerender"}, ""),
    ("GET", {"User-Agent": "Slackbot-LinkExpanding 1.0"}, ""),
    ("GET", {"User-Agent": "WhatsApp/2.23"}, "?utm_source=mail"),
    ("GET", {"Range": "bytes=0-1023"}, ""),
    ("GET", {"User-Agent": "Mozilla/5.0 (safe links)", "Accept": "*/*"}, "?do=yes&answer=yes"),
)
# What some of them post: without a nonce from the page it says nothing.
POSTS: tuple[dict[str, str], ...] = ({}, {"do": "yes"}, {"do": "show"}, {"answer": "yes"})


@dataclass
class Opened:
    """How often links were opened, and every status that came back."""

    times: int = 0
    statuses: set[int] = field(default_factory=set)


async def open_links(browser: httpx.AsyncClient, paths: Sequence[str], times: int) -> Opened:
    """Open each link that often in each way, and post to it without its page."""
    opened = Opened()
    for _ in range(times):
        for path in paths:
            for method, headers, query in WAYS:
                answer = await browser.request(method, path + query, headers=headers)
                opened.times += 1
                opened.statuses.add(answer.status_code)
            for form in POSTS:
                answer = await browser.post(path, data=form)
                assert answer.status_code in {400, 403, 404, 405}, (path, form)
    return opened


# One number for a table's rows, whatever their order.
SUM = "select count(*), sum(hashtextextended(to_jsonb(t)::text, 0)::numeric) from {table} t"
HOLDS = "select exists (select 1 from {table} t where strpos(to_jsonb(t)::text, :word) > 0)"


async def whole_database(owner: Database) -> dict[str, tuple[int, str]]:
    """Every table's rows as one number, but for who looked."""
    async with owner.transaction(Context()) as session:
        found = {}
        for name in await _tables(session):
            row = (await session.execute(text(SUM.format(table=name)))).one()
            found[name] = (int(row[0]), str(row[1]))
        return found


async def tables_that_hold(owner: Database, word: str) -> list[str]:
    """Where a word stands as it is."""
    async with owner.transaction(Context()) as session:
        return [
            name
            for name in await _tables(session)
            if await session.scalar(text(HOLDS.format(table=name)), {"word": word})
        ]


async def _tables(session: AsyncSession) -> list[str]:
    names = await session.scalars(
        text("select tablename from pg_tables where schemaname = 'public' order by 1")
    )
    return [name for name in names if name not in LOOKING_WRITES]


def changed(before: dict[str, tuple[int, str]], after: dict[str, tuple[int, str]]) -> set[str]:
    """The tables that differ."""
    return {name for name, rows in after.items() if before[name] != rows}


def guesses(real: Iterable[str], number: int) -> Iterator[str]:
    """Tokens that were never given: random ones, and real ones with something changed."""
    for token in real:
        yield from (token[:-1], token + "A", token.swapcase(), token[::-1], token[:20])
        yield token[:10] + ("B" if token[10] == "A" else "A") + token[11:]
    for _ in range(number):
        yield secrets.token_urlsafe(32)
