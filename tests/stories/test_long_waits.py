"""Stories 8, 10 and 12 of practice 7: a late yes, fourteen months on a list, somebody leaves."""

from __future__ import annotations

import re

from sqlalchemy import text

from accounts.rules import Role
from shared.database import Context
from shared.provision import APP
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
    code = story.code_on(DENISE)
    await story.texts(DENISE, f"{code} 2")
    for _month in range(11):
        await story.later(days=30)
        await story.texts(ANA, "2")
        await story.texts(DENISE, f"{code} 5")
        assert "wait list" in (await story.page("Rosa", referral)).lower()
    await story.later(days=15)
    assert "consent" in (await story.page("Rosa", "/today")).lower(), "30 days before its end"
    await story.later(days=30)
    before = len(story.inbox(ANA))
    await story.later(days=60)
    assert len(story.inbox(ANA)) == before, "no text without consent"


async def test_a_navigator_leaves_open_requests_behind_and_none_is_left_alone(
    story: Story,
) -> None:
    for number in range(5):
        await story.sends(name=f"Person {number}", phone=f"202-555-011{number}")
    await story.joins("Carla", Role.COORDINATOR)
    await story.joins("Ines", Role.NAVIGATOR)
    team = await story.page("Carla", "/team")
    assert "Rosa" in team
    people = await story.loop.get("Carla", "/administration/people")
    rosa = re.search(r'/administration/people/([0-9a-f-]{36})"(?:(?!</details>).)*', people.text)
    assert rosa is not None
    async with story.databases[APP].transaction(Context(story.loop.town.clinic)) as session:
        found = await session.execute(text("select distinct owner_person_id from referral"))
        [owner] = found.scalars()
    await story.press("Carla", f"/administration/people/{owner}", do="disable")
    async with story.databases[APP].transaction(Context(story.loop.town.clinic)) as session:
        found = await session.execute(
            text("select count(*) from referral where owner_person_id = :owner"), {"owner": owner}
        )
        assert found.scalar_one() == 0, "they go to the team"
    assert "Person 3" in await story.page("Ines", "/today") + await story.page("Carla", "/team")
