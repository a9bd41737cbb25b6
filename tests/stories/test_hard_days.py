"""Stories 2, 3, 5 and 6 of practice 7: Friday evening, a shared phone, fear, no phone at all."""

from __future__ import annotations

from datetime import time

from directory.codes import HowToStart
from support.story import ANA, DENISE, Story

FRIDAY, TUESDAY = 4, 1


async def test_friday_16_40_a_mother_and_two_children_need_a_bed_tonight(story: Story) -> None:
    await story.next_day_at(FRIDAY, time(16, 40))
    line = await story.opens(
        "County Shelter Line",
        terms=("1105",),
        how_to_start=HowToStart.THROUGH_HOTLINE,
        phone="+12025550188",
        asked=False,
    )
    referral = await story.sends(
        line, need="housing", urgency="today", household_size="3", night_seen="1"
    )
    page = await story.page("Rosa", referral)
    assert "202-555-0188" in page, "the number to ring stands on the screen"
    assert story.inbox("+12025550188") == [], "nobody is texted: the hotline is rung"
    await story.step(
        referral,
        "agency-said",
        agency_says="yes",
        agency_by="Kim",
        agency_role="intake",
        agency_how="phone",
        agency_note="A room until Monday, ask for Kim",
    )
    page = await story.page("Rosa", referral)
    assert "told to Rosa" in page
    assert "A room until Monday" in page
    assert any("said yes" in text for text in story.inbox(ANA)), story.inbox(ANA)


async def test_three_needs_on_a_teenagers_shared_phone_name_nothing(story: Story) -> None:
    second = await story.opens("Coat Closet", phone="+12025550161", terms=("1109",))
    third = await story.opens("Ride Help", phone="+12025550162", terms=("1110",))
    shared = {"way": "shared_phone", "naming_level": "neutral", "name": "Teo Banks"}
    await story.sends(**shared)
    await story.texts(ANA, "1")
    for place, need in ((second, "clothes"), (third, "rides")):
        await story.sends(place, need=need, **shared)
    for phone in (DENISE, "+12025550161", "+12025550162"):
        await story.texts(phone, f"{story.code_on(phone)} 1")
    await story.later(days=6)
    words = " ".join(story.inbox(ANA)).lower()
    for secret in ("harbor", "closet", "ride", "food", "clothes", "pantry", "teo banks"):
        assert secret not in words, f"{secret}: {story.inbox(ANA)}"
    asked = [text for text in story.inbox(ANA) if "1 Got help" in text]
    assert asked, "asked, without a word of what"
    assert len(asked) <= 6, "twice at most for each"


async def test_somebody_afraid_says_it_did_not_help_and_the_place_does_not_hear_it(
    story: Story,
) -> None:
    referral = await story.sends()
    code = story.code_on(DENISE)
    await story.texts(DENISE, f"{code} 1")
    await story.later(days=6)
    [asks_first] = await story.texts(ANA, "3")
    assert "May we tell them" in asks_first
    heard = len(story.inbox(DENISE))
    await story.texts(ANA, "2")
    await story.later(days=1)
    new = story.inbox(DENISE)[heard:]
    assert not any("did not" in text.lower() for text in new), new
    desk = await story.page("Denise", "/desk")
    assert "did not get" not in desk.lower()
    page = await story.page("Rosa", referral)
    assert "Did not get" in page
    assert "another place" in page.lower()


async def test_somebody_without_a_phone_is_helped_through_a_neighbour_and_a_paper(
    story: Story,
) -> None:
    referral = await story.sends(
        phone="",
        way="through_somebody",
        through="her neighbour Lou",
        consent_text="",
        naming_level="neutral",
    )
    slip = await story.page("Rosa", f"{referral}/slip")
    code = story.code_on(DENISE)
    assert code in slip, "the paper carries the code"
    await story.texts(DENISE, f"{code} 1")
    await story.later(days=2)
    page = await story.page("Rosa", referral)
    assert "Lou" in page
    await story.step(
        referral,
        "patient-said",
        patient_says="P5:1",
        patient_by="Lou",
        patient_role="neighbour",
        patient_how="in_person",
    )
    page = await story.page("Rosa", referral)
    assert "Got help" in page
    assert story.inbox(ANA) == [], "nobody is texted"
