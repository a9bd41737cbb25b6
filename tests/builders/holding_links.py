"""Whoever holds a link: its address, and pressing the buttons of its page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from accounts.api import LinkPurpose, create_link
from builders.browsing import OURS, hidden
from shared import clock
from shared.crypto import link_token
from shared.database import Context

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

    from builders.referrals import Town


@dataclass
class Holder:
    """A browser at the page of a link."""

    browser: httpx.AsyncClient
    path: str
    link_id: UUID

    async def look(self, language: str = "en") -> httpx.Response:
        """Open the page."""
        return await self.browser.get(self.path, params={"lang": language})

    async def press(self, does: str, **fields: str) -> httpx.Response:
        """Press a button of the page as it stands now."""
        return await self.send((await self.look()).text, does, **fields)

    async def send(self, page: str, does: str, **fields: str) -> httpx.Response:
        """Press a button of a page that was loaded before."""
        data = {"nonce": hidden(page, "nonce"), "do": does, **fields}
        return await self.browser.post(self.path, data=data, headers=OURS)


async def link_to(
    town: Town,
    browser: httpx.AsyncClient,
    referral_id: UUID,
    purpose: LinkPurpose = LinkPurpose.AGENCY,
    *,
    now: datetime | None = None,
) -> Holder:
    """A link that is good for 7 days from `now`."""
    now = now or clock.now()
    organization_id = town.agency if purpose is LinkPurpose.AGENCY else town.clinic
    async with town.database.transaction(Context(organization_id)) as session:
        link_id = await create_link(
            session,
            organization_id=organization_id,
            referral_id=referral_id,
            purpose=purpose,
            expires_at=now + timedelta(days=7),
            now=now,
        )
    return Holder(browser, f"/r/{link_token(link_id)}", link_id)


def said_on(page: str) -> str:
    """The page's words without its tags, spaces made one."""
    inside = re.sub(r"<(script|style|title).*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", inside).split())


def without_secrets(page: str) -> str:
    """The page without nonces and tokens, whose random letters may spell anything."""
    return re.sub(r'name="(nonce|csrf)" value="[^"]*"|/r/[\w-]+', "", page)
