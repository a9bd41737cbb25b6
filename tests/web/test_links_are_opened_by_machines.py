"""Links: whoever only opens one changes nothing; whoever guesses one finds nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest_asyncio
from sqlalchemy import text

from accounts.api import LinkPurpose, create_confirm_link, revoke_links
from accounts.guards import REFUSED_WITHIN_S, refusal_takes_s
from accounts.links import RESOLVE
from builders.agency_office import Office, an_office
from builders.holding_links import Holder, link_to
from shared import clock
from shared.crypto import link_token, random_token, token_hash
from shared.database import Context
from support.scanners import (
    changed,
    guesses,
    open_links,
    tables_that_hold,
    whole_database,
)

if TYPE_CHECKING:
    import httpx

    from referrals.models import Referral
    from shared.database import Database

TIMES, GUESSES = 3, 40


@dataclass
class Links:
    """One link of each kind."""

    office: Office
    referral: Referral
    agency: Holder
    patient: Holder
    confirm: str

    @property
    def paths(self) -> list[str]:
        never = f"{self.confirm}/never"
        return [self.agency.path, self.patient.path, self.confirm, never]

    @property
    def tokens(self) -> list[str]:
        return [path.rpartition("/")[2] for path in self.paths[:3]]


@pytest_asyncio.fixture
async def links(client: httpx.AsyncClient, database: Database) -> Links:
    office = await an_office(database, client)
    referral = await office.asked()
    agency = await office.holder(referral)
    patient = await link_to(office.town, client, referral.id, LinkPurpose.PATIENT)
    async with database.transaction(Context(office.town.agency)) as session:
        link_id = await create_confirm_link(
            session,
            organization_id=office.town.agency,
            channel_id=office.town.channels[-1],
            now=clock.now(),
        )
    return Links(office, referral, agency, patient, f"/confirm/{link_token(link_id)}")


async def test_opening_every_kind_of_link_in_every_way_changes_no_row_and_burns_no_link(
    links: Links, owner_database: Database
) -> None:
    before = await whole_database(owner_database)
    opened = await open_links(links.office.browser, links.paths, TIMES)
    assert opened.times == TIMES * len(links.paths) * 9
    assert not {status for status in opened.statuses if status >= 500}
    assert changed(before, await whole_database(owner_database)) == set()
    assert (await links.agency.press("yes")).status_code == 303
    assert changed(before, await whole_database(owner_database)) != set()


async def test_a_guessed_changed_or_misplaced_token_reads_like_one_that_never_was(
    links: Links,
) -> None:
    browser = links.office.browser
    agency, patient, confirm = links.tokens
    wrong = [f"/r/{token}" for token in guesses(links.tokens, GUESSES)]
    wrong += [f"/confirm/{token}" for token in guesses(links.tokens, GUESSES)]
    wrong += [f"/r/{confirm}", f"/confirm/{agency}", f"/confirm/{patient}"]
    bodies = set()
    for path in wrong:
        answer = await browser.get(path)
        assert answer.status_code == 404, path
        bodies.add(answer.text.replace(path, ""))
        assert (await browser.post(path, data={"do": "yes"})).status_code in {400, 403, 404}
    assert len(bodies) == 1
    assert (await links.office.status(links.referral)).value == "sent"


async def test_known_and_unknown_tokens_are_looked_up_by_the_same_steps(
    links: Links, database: Database
) -> None:
    rows = []
    async with database.transaction(Context()) as session:
        for token in (links.tokens[0], links.tokens[2], random_token()):
            found = await session.execute(RESOLVE, {"hash": token_hash(token)})
            rows.append([row.link_id is not None for row in found])
    assert rows == [[True], [True], [False]]


def test_how_long_a_refusal_takes_is_drawn_anew_each_time() -> None:
    drawn = [refusal_takes_s() for _each in range(200)]
    assert len(set(drawn)) > 190
    assert min(drawn) >= 0
    assert REFUSED_WITHIN_S / 2 < max(drawn) <= REFUSED_WITHIN_S


async def test_a_token_has_256_bits_and_only_its_hash_is_kept(
    links: Links, owner_database: Database
) -> None:
    for token in links.tokens:
        assert len(token) * math.log2(64) >= 256
        assert await tables_that_hold(owner_database, token) == []


async def test_no_link_lives_longer_than_its_seventh_day(
    links: Links, owner_database: Database
) -> None:
    assert links.referral
    async with owner_database.transaction(Context()) as session:
        longest = await session.scalar(text("select max(expires_at - created_at) from link"))
    assert longest is not None
    # The seventh day is whole: an answer "by Tue 5 pm" must not find the link dead.
    assert longest <= timedelta(days=8)


async def test_a_link_that_was_taken_back_opens_nothing_and_does_nothing(links: Links) -> None:
    page = (await links.agency.look()).text
    async with links.office.database.transaction(Context(links.office.town.agency)) as session:
        await revoke_links(session, links.referral.id, LinkPurpose.AGENCY, now=clock.now())
    again = await links.agency.send(page, "yes")
    assert again.status_code >= 400
    assert (await links.office.status(links.referral)).value == "sent"


async def test_pressing_yes_twice_is_one_yes(links: Links, owner_database: Database) -> None:
    page = (await links.agency.look()).text
    first = await links.agency.send(page, "yes")
    stood = await whole_database(owner_database)
    second = await links.agency.send(page, "yes")
    assert first.status_code == 303
    assert second.status_code < 500
    different = changed(stood, await whole_database(owner_database))
    assert not {"referral", "referral_event", "message", "staff_task"} & different
