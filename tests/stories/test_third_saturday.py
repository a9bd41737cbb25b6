"""Story 1 of practice 7: a walk-in pantry of the third Saturday, and its list "27 31"."""

from __future__ import annotations

import re
from datetime import timedelta

from directory.codes import HowToStart
from shared import clock
from support.story import ANA, HERE, Story

DOOR = "+12025550161"
SATURDAY, WEEK = 5, 7


async def test_a_third_saturday_pantry_is_walked_into_and_the_patient_asked_after_it(
    story: Story,
) -> None:
    pantry = await story.opens(
        "Third Saturday Pantry",
        DOOR,
        how_to_start=HowToStart.WALK_IN,
        hours=(("3SA", "10:00", "12:00"),),
    )
    referral = await story.sends(pantry)
    [told] = story.inbox(DOOR)
    assert "will COME for FOOD" in told
    assert "No need to answer" in told
    page = await story.page("Rosa", referral)
    assert "walks in" in page
    opening = clock.now().astimezone(HERE)
    while opening.weekday() != SATURDAY or not 2 * WEEK < opening.day <= 3 * WEEK:
        opening += timedelta(days=1)
    assert f"{opening:%b} {opening.day} 10 am-12 pm" in told
    await story.until(opening.replace(hour=9, minute=0))
    assert not any("did you get" in text for text in story.inbox(ANA)), "not before it was open"
    await story.later(days=2)
    assert any("did you get the FOOD" in text for text in story.inbox(ANA))
    await story.texts(ANA, "1")
    await story.texts(ANA, "1")
    assert "Got help" in await story.page("Rosa", referral)
    before = len(story.inbox(DOOR))
    await story.later(days=10)
    assert len(story.inbox(DOOR)) == before, "a walk-in place is never nudged"


async def test_the_pantry_says_who_was_helped_in_one_text(story: Story) -> None:
    pantry = await story.opens(
        "Third Saturday Pantry",
        DOOR,
        how_to_start=HowToStart.WALK_IN,
        hours=(("3SA", "10:00", "12:00"),),
    )
    sent = [
        await story.sends(pantry, name=name, phone=phone)
        for name, phone in (
            ("Ana Flores", ANA),
            ("Luis Soto", "+12025550134"),
            ("Mina Roy", "+12025550135"),
        )
    ]
    codes = [re.findall(r"with code (\d\d)", text)[0] for text in story.inbox(DOOR)]
    before = len(story.inbox(DOOR))

    await story.later(days=35)

    [listed] = story.inbox(DOOR)[before:]
    assert f"this week: {' '.join(codes)} food. Who was helped?" in listed
    await story.texts(DOOR, f"{codes[0]} {codes[2]}")
    await story.later(hours=6)
    for address, helped in zip(sent, (True, False, True), strict=True):
        assert ("They say done" in await story.page("Rosa", address)) is helped
