"""Stories 4 and 9 of practice 7: a wrong thumb, a scanner, a wrong number, "please stop"."""

from __future__ import annotations

from support.story import ANA, DENISE, Story

LOOKS = 100


async def test_a_wrong_thumb_is_undone_and_a_scanner_changes_nothing(story: Story) -> None:
    referral = await story.sends()
    code = story.code_on(DENISE)
    mail = next(mail for mail in story.loop.mails.sent if "/r/" in mail.words.text)
    link = "/r/" + mail.words.text.split("/r/")[1].split()[0]
    for _look in range(LOOKS):
        assert (await story.loop.get("nobody", link)).status_code == 200
    assert "Waiting for Harbor Pantry" in await story.page("Rosa", referral)

    await story.texts(DENISE, f"{code} 3")
    held = await story.page("Rosa", referral)
    assert "can be undone until" in held
    await story.texts(DENISE, "0")
    assert "Waiting for Harbor Pantry" in await story.page("Rosa", referral)
    await story.texts(DENISE, f"{code} 1")
    await story.later(minutes=31)
    assert "said yes" in await story.page("Rosa", referral)
    assert not any("can't help" in text for text in story.inbox(ANA)), "the no was never told"


async def test_who_is_this_is_mostly_the_right_person(story: Story) -> None:
    await story.sends()
    [answer] = await story.texts(ANA, "who is this?")
    assert "text line of Lincoln" in answer
    await story.texts(ANA, "1")
    await story.later(days=6)
    assert any("did you get the FOOD" in text for text in story.inbox(ANA)), "texts go on"


async def test_a_wrong_number_gets_no_more_texts_and_rosa_knows(story: Story) -> None:
    referral = await story.sends()
    await story.texts(ANA, "wrong number")
    before = len(story.inbox(ANA))
    await story.later(days=6)
    assert len(story.inbox(ANA)) == before
    page = await story.page("Rosa", referral)
    assert "Find the right phone number" in page
    assert "Ana Flores" in await story.page("Rosa", "/today")


async def test_please_stop_is_confirmed_once_and_the_request_goes_on(story: Story) -> None:
    referral = await story.sends()
    code = story.code_on(DENISE)
    [confirmed] = await story.texts(ANA, "please stop texting me")
    assert "no more texts" in confirmed
    before = len(story.inbox(ANA))
    await story.texts(DENISE, f"{code} 1")
    await story.later(days=6)
    assert len(story.inbox(ANA)) == before, "silence after the one confirmation"
    assert "said yes" in await story.page("Rosa", referral)
    assert "Ana Flores" in await story.page("Rosa", "/today"), "a person calls instead"
