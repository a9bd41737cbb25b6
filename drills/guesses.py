"""M22: a hundred phones that nobody knows try every code."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from builders.phones import Phones, some_phones
from builders.referrals import TUESDAY, a_town
from drills.bar import Depth, Seen
from web.jobs import read_reply

if TYPE_CHECKING:
    from drills.stage import Place, Stage

PHONES, REQUESTS, MOST_READ = 100, 8, 5
STAND = "select id, status, version from referral order by id"
OWN = "+12025550144"


async def guessed_codes(stage: Stage, depth: Depth) -> Seen:
    """Within one hour of the clock. The control: the same words from the place's own phone do."""
    each = 100 if depth is Depth.NIGHTLY else 7
    async with stage.place() as place:
        town = await a_town(place.app)
        codes = [(await town.sent(TUESDAY)).code for _each in range(REQUESTS)]
        phones = await some_phones(town, place.worker)
        await phones.deliver()
        before = place.rows(STAND)
        await _guess(phones, each)
        touched = sum(now != then for now, then in zip(place.rows(STAND), before, strict=True))
        read = _most_read(place)
        await phones.says(OWN, f"{codes[0]} 1")
        counts = place.rows(STAND) != before
    return Seen(
        f"{each * PHONES:,} replies from {PHONES} phones: {touched} of {REQUESTS} requests touched,"
        f" at most {read} of one phone read; from the place's own phone the code"
        f" {'counts' if counts else 'DOES NOT COUNT'}",
        touched == 0 and 0 < read <= MOST_READ and counts,
    )


async def _guess(phones: Phones, each: int) -> None:
    chance = random.Random(22)  # noqa: S311 -- a repeatable choice
    for turn in range(each):
        for number in range(PHONES):
            phone = f"+121255501{number:02d}"
            body = f"{10 + (turn + number) % 90} {chance.choice((1, 2, 3, 0))}"
            inbound_id = await phones.arrives(phone, body)
            if inbound_id is not None:
                await read_reply(phones.sender, phones.town.clinic, inbound_id)


def _most_read(place: Place) -> int:
    """Of one phone: how many of its texts came before the clinic's people."""
    found = place.rows(
        "select count(*) from stranger_text s join inbound_text i on i.id = s.inbound_id"
        " group by i.from_hash order by 1 desc limit 1"
    )
    return int(found[0][0]) if found else 0
