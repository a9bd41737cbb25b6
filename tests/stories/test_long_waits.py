"""Stories 8 and 10 of practice 7: a late yes, fourteen months on a list."""

from __future__ import annotations

from support.story import ANA, DENISE, Story

KITCHEN = "+12025550161"


async def test_a_late_yes_on_day_12_after_plan_b_is_taken_with_one_tap(story: Story) -> None:
    second = await story.opens("St Mary's Kitchen", phone=KITCHEN)
    referral = await story.sends(urgency="routine", places=[str(story.pantry.id), str(second.id)])
    await story.later(days=21)
    assert any("can you help" in words for words in story.inbox(KITCHEN)), "plan B was asked"
    assert any("no longer needed" in words for words in story.inbox(DENISE)), "the first was told"
    await story.texts(KITCHEN, f"{story.code_on(KITCHEN)} 3")
    await story.later(hours=1)
    await story.press("Denise", referral.replace("/referrals/", "/desk/"), do="yes")
    page = await story.page("Rosa", referral)
    assert "Take their yes" in page
    await story.step(referral, "late-yes")
    assert "said yes" in await story.page("Rosa", "/today")


async def test_fourteen_months_on_a_list_and_the_consent_ends_in_month_12(story: Story) -> None:
    referral = await story.sends(urgency="routine")
    await story.later(days=1)  # routine: on the next day's list
    code = story.code_on(DENISE)
    await story.texts(DENISE, f"{code} 2")
    for _month in range(10):
        await story.later(days=33)  # asked after 30 days, on the list of the next answering day
        await story.texts(ANA, "2")
        await story.texts(DENISE, f"{code} 5")
        assert "wait list" in (await story.page("Rosa", referral)).lower()
    await story.later(days=15)
    assert "consent" in (await story.page("Rosa", "/today")).lower(), "30 days before its end"
    await story.later(days=30)
    before = len(story.inbox(ANA))
    await story.later(days=60)
    assert len(story.inbox(ANA)) == before, "no text without consent"
