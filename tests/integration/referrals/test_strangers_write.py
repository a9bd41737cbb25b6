"""A phone that the clinic doesn't know, and a known one with a code that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders.phones import Phones
from builders.referrals import Town
from referrals.strangers import mark_read, reads_spanish, unread

if TYPE_CHECKING:
    pass

STRANGER, DENISE = "+12025550188", "+12025550144"
SAID_ONCE = (
    "Text line of Lincoln Clinic. We do not know this phone. A person reads your text."
    " Questions: 202-555-0100. In danger? Call 911. To talk now, call or text 988."
)


async def shown(town: Town) -> list[tuple[str, str, bool]]:
    async with town.as_clinic() as session:
        rows = await unread(session, town.clinic)
        return [(row.from_number or "", row.body or "", row.danger) for row in rows]


async def test_an_unknown_phone_is_told_once_whose_line_this_is(phones: Phones) -> None:
    assert await phones.says(STRANGER, "Is this the food place") == [SAID_ONCE]
    assert await phones.says(STRANGER, "Hello?") == []
    await phones.turn(days=8)
    assert await phones.says(STRANGER, "Hello again") == [SAID_ONCE]


async def test_it_is_told_in_spanish_when_it_writes_spanish(phones: Phones) -> None:
    (said,) = await phones.says(STRANGER, "Hola, quien es?")
    assert said.startswith("Textos de Lincoln Clinic. No conocemos este celular.")


async def test_the_clinics_people_see_what_it_wrote_danger_first(
    town: Town, phones: Phones
) -> None:
    await phones.says(STRANGER, "It is Ana with a new phone")
    await phones.says(STRANGER, "I want to die")
    assert await shown(town) == [
        (STRANGER, "I want to die", True),
        (STRANGER, "It is Ana with a new phone", False),
    ]
    async with town.as_clinic() as session:
        for row in await unread(session, town.clinic):
            await mark_read(session, row.id, actor=town.rosa, now=phones.clock.now)
    assert await shown(town) == []


async def test_another_clinic_sees_nothing_of_it(town: Town, phones: Phones) -> None:
    await phones.says(STRANGER, "It is Ana with a new phone")
    async with town.as_agency() as session:
        assert list(await unread(session, town.clinic)) == []


async def test_stop_from_an_unknown_phone_is_heeded_and_not_answered(
    town: Town, phones: Phones
) -> None:
    assert await phones.says(STRANGER, "STOP", carrier_word="STOP") == []
    assert await phones.says(STRANGER, "Who was that") == []


async def test_five_wrong_codes_an_hour_lock_an_unknown_phone_out(
    town: Town, phones: Phones
) -> None:
    for tried in range(7):
        await phones.says(STRANGER, f"{tried + 31} 1")
    assert len(await shown(town)) == 5


async def test_a_wrong_code_from_the_places_own_phone_gets_the_open_ones_at_once(
    town: Town, phones: Phones
) -> None:
    first, second = await town.sent(), await town.sent()
    await phones.deliver()
    (said,) = await phones.says(DENISE, "77 1")
    assert said.startswith(f"Which one? Open now: {first.code}, {second.code}.")


async def test_a_wrong_code_with_one_request_open_gets_that_one(town: Town, phones: Phones) -> None:
    only = await town.sent()
    await phones.deliver()
    (said,) = await phones.says(DENISE, "77 1")
    assert said.startswith(f"Which one? Open now: {only.code}.")


@pytest.mark.parametrize(
    ("body", "spanish"),
    [("Hola", True), ("Necesito comida", True), ("Who is this?", False), ("No", False)],
)
def test_the_language_is_read_from_the_words(body: str, *, spanish: bool) -> None:
    assert reads_spanish(body) is spanish
