"""An agency with a mailbox, its browser, and requests for help for Ana."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from builders.holding_links import Holder, link_to
from builders.referrals import Town, a_town
from referrals.actions import AgencySays, NewPatient
from referrals.lifecycle import BusinessStatus
from shared import clock

if TYPE_CHECKING:
    import httpx

    from referrals.models import Referral
    from shared.database import Database

MAILBOX = "desk@harbor.example"
NAMES_ANA = ("Ana", "Flores", "0137", "ana@mail", "LC-20418")
ANA = NewPatient(
    name="Ana Flores",
    phone="202-555-0137",
    language="es",
    zip="20010",
    household_size=4,
    email="ana@mail.example",
    record_number="LC-20418",
    name_to_use="Anita",
    best_times="After 3 pm",
)


@dataclass
class Office:
    """The agency's browser, and the town around it."""

    town: Town
    browser: httpx.AsyncClient
    database: Database

    async def asked(self, **changes: Any) -> Referral:
        return await self.town.sent(now=clock.now(), **changes)

    async def holder(self, referral: Referral, **changes: Any) -> Holder:
        return await link_to(self.town, self.browser, referral.id, **changes)

    async def status(self, referral: Referral) -> BusinessStatus:
        return (await self.town.read(referral.id)).status

    async def answers_by_page(self, referral: Referral, says: AgencySays, **content: Any) -> None:
        await self.town.says(
            referral.id, says, self.town.page(clock.now(), name="Maria"), **content
        )


async def an_office(database: Database, browser: httpx.AsyncClient) -> Office:
    """A new town, seen from its agency."""
    town = await a_town(database, mailboxes=(MAILBOX,), patient=ANA, now=clock.now())
    return Office(town, browser, database)
