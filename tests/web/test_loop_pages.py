"""More of the loop on pages: late yes, endings, places in order, consent anew, notes, prints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from builders.navigator_office import (
    Office,
    a_listing,
    a_navigators_office,
    as_coordinator,
    id_of,
    page,
    row,
    says,
    second_place,
    shown,
    status,
)
from directory.codes import HowToStart
from referrals.actions import AgencySays
from referrals.lifecycle import BusinessStatus as S
from referrals.queries.answer_times import usual_answer
from referrals.reasons import Reason
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    import httpx

    from shared.database import Database


@pytest_asyncio.fixture
async def office(client: httpx.AsyncClient, database: Database, owner_database: Database) -> Office:
    return await a_navigators_office(client, database, owner_database)


# --- a late yes


async def a_late_yes(office: Office) -> str:
    address = await office.sent()
    await office.step(address, "stop", stop_reason="need_changed")
    await says(office, address, AgencySays.YES)
    return address


@pytest.mark.parametrize(
    ("language", "button", "taken_already"),
    [
        ("en", "Take their yes", "Another place has been asked already."),
        ("es", "Aceptar su sí", "Ya se preguntó en otro lugar."),
    ],
)
async def test_a_late_yes_has_its_button(
    office: Office, language: str, button: str, taken_already: str
) -> None:
    address = await a_late_yes(office)
    assert button in shown(await page(office, address, language))

    taken = await office.step(address, "late-yes")

    assert taken.status_code == 303, shown(taken)
    new = taken.headers["location"].partition("?")[0]
    assert new != address
    assert await status(office, new) is S.ACCEPTED
    assert button not in shown(await page(office, address, language))
    again = await office.step(address, "late-yes")
    assert again.status_code == 409
    assert taken_already in shown(again)


async def test_without_a_late_yes_there_is_no_button_and_no_step(office: Office) -> None:
    address = await office.sent()
    assert "Take their yes" not in shown(await page(office, address))
    refused = await office.step(address, "late-yes")
    assert refused.status_code == 409
    assert "They have not said yes." in shown(refused)


# --- how it ended


async def test_a_coordinator_says_that_help_came_though_nobody_answered(office: Office) -> None:
    address = await office.sent()
    refused = await office.step(address, "decide", to="served_without_answer")
    assert "Only a coordinator decides this." in shown(refused)
    assert "Say how it ended" not in shown(await page(office, address))

    await as_coordinator(office)
    assert "Say how it ended" in shown(await page(office, address))
    done = await office.step(
        address, "decide", to="served_without_answer", decide_note="Seen at the door"
    )

    assert done.status_code == 303, shown(done)
    assert await status(office, address) is S.SERVED_WITHOUT_ANSWER
    assert "Seen at the door" in shown(await page(office, address))
    holder = await office.agency_link(address)
    assert "Seen at the door" not in (await holder.look()).text


async def test_an_ending_that_is_not_possible_from_here_changes_nothing(office: Office) -> None:
    address = await office.sent()
    await as_coordinator(office)
    assert "They did not get help" not in shown(await page(office, address))
    refused = await office.step(address, "decide", to="unable")
    assert refused.status_code == 409
    assert await status(office, address) is S.SENT


# --- needs


async def test_each_ticked_need_goes_its_own_way_and_the_rest_is_kept_in_mind(
    office: Office,
) -> None:
    address = await office.sent(need=["food", "housing"])
    assert await office.count("referral") == 1
    seen = await page(office, address)
    assert "Still needed" in shown(seen)
    found = re.search(r'name="need_left" value="([^"]+)"', seen.text)
    assert found is not None

    done = await office.step(address, "need-met", need_left=found[1])

    assert done.status_code == 303
    assert "Still needed" not in shown(await page(office, address))


async def test_a_need_of_another_request_is_not_dealt_with_from_here(office: Office) -> None:
    address = await office.sent(need=["food", "housing"])
    found = re.search(r'name="need_left" value="([^"]+)"', (await page(office, address)).text)
    assert found is not None
    other = await office.sent(name="Theo Banks", phone="202-555-0172")
    refused = await office.step(other, "need-met", need_left=found[1])
    assert "This need does not exist" in shown(refused)
    assert "Still needed" in shown(await page(office, address))


async def test_two_needs_that_the_place_helps_with_are_two_requests(
    office: Office, owner_database: Database
) -> None:
    both = await a_listing(
        owner_database,
        name="Grace House",
        terms=("1102", "1105"),
        how_to_start=HowToStart.AGENCY_CALLS_PATIENT,
    )
    card = await office.browser.get("/send", params={"place": str(both.id)})
    listed = card.text.partition('id="s2"')[2].partition("<details")[0]
    needs = re.findall(r'name="need"[^>]*value="(\w+)"', listed)
    assert len(needs) > 1
    address = await office.sent(both, need=needs)
    assert await office.count("referral") == len(set(needs))
    assert await status(office, address) is S.SENT


# --- places in order


async def test_a_second_place_is_found_from_the_send_page_and_nothing_typed_is_lost(
    office: Office, owner_database: Database
) -> None:
    mary = await second_place(owner_database)
    kept = await office.send(do="add_place", consent_share=None, consent_text=None)
    assert kept.status_code == 303, shown(kept)
    where = kept.headers["location"]
    draft = re.search(r"instead_of=([\w-]+)", where)
    assert draft is not None
    assert "Ana" not in where
    address = f"/referrals/{draft[1]}"
    ask = await office.browser.get(f"{address}/another-place", params={"place": str(mary.id)})
    assert "we ask St Mary's Table Inc" in shown(ask).replace("&#39;", "'")
    added = await office.step(address, "place-next", place=str(mary.id))
    assert added.headers["location"] == f"/send?draft={draft[1]}"
    form = await office.browser.get(added.headers["location"])
    assert "Ana Flores" in form.text
    places = re.findall(r'name="places" value="([^"]+)"', form.text)
    assert places == [str(office.pantry.id), str(mary.id)]
    patient = re.search(r'name="patient" value="([^"]+)"', form.text)
    assert patient is not None

    sent = await office.send(
        place=None, places=places, draft=draft[1], patient=patient[1], do="send"
    )

    assert sent.status_code == 303, shown(sent)
    assert sent.headers["location"].startswith(address)
    assert "Then we ask St Mary's Table Inc." in shown(await page(office, address)).replace(
        "&#39;", "'"
    )
    asked = await row(office, id_of(address))
    assert asked.places_left == 1
    assert asked.may_text, "the draft was saved before anybody had agreed to texts"


async def test_the_order_on_the_form_decides_who_is_asked_first(
    office: Office, owner_database: Database
) -> None:
    mary, alder = [await second_place(owner_database, name) for name in ("St Mary", "Alder")]
    ids = [str(each.id) for each in (office.pantry, mary, alder)]
    order = {f"order_{ids[0]}": "2", f"order_{ids[1]}": "1", f"order_{ids[2]}": "0"}
    address = await office.sent(place=None, places=ids, **order)
    first = await row(office, id_of(address))
    assert (first.performer_name, first.places_left) == ("St Mary Inc", 1)


async def test_next_places_are_taken_off_and_never_more_than_two_follow(
    office: Office, owner_database: Database
) -> None:
    names = ("St Mary", "Alder", "Grace")
    listed = [await second_place(owner_database, name) for name in names]
    address = await office.sent()
    for each in listed[:2]:
        assert (await office.step(address, "place-next", place=str(each.id))).status_code == 303
    refused = await office.step(address, "place-next", place=str(listed[2].id))
    assert "Three places at most." in shown(refused)
    kept = await office.step(address, "keep-places", next_place=str(listed[1].id))
    assert kept.status_code == 303
    seen = shown(await page(office, address))
    assert "Then we ask Alder Inc." in seen
    assert "Rosa Medina changed which places come next" in seen


async def test_how_soon_a_place_usually_answers_is_told_after_three_answers(
    office: Office,
) -> None:
    for number in range(3):
        address = await office.sent(name=f"Person {number}", phone=f"202-555-016{number}")
        await says(office, address, AgencySays.NO, reason=Reason.NO_CAPACITY)
    shows = shown(await office.browser.get("/send", params={"place": str(office.pantry.id)}))
    assert "Answers in 1 day, 3 of the last 3 in time." in shows
    async with office.database.transaction(Context(office.clinic)) as session:
        assert await usual_answer(session, office.clinic, new_id()) is None


# --- the consent again


async def test_the_consent_is_given_anew_on_the_page(office: Office) -> None:
    address = await office.sent()
    before = await row(office, id_of(address))
    missing = await office.step(address, "consent", again_heard_by="")
    assert "Without this tick, stop the request instead." in shown(missing)
    assert "Write who heard the consent." in shown(missing)

    done = await office.step(
        address, "consent", again_share="1", again_text="1", again_heard_by="Rosa Medina"
    )

    assert done.status_code == 303, shown(done)
    after = await row(office, id_of(address))
    assert after.consent_id != before.consent_id
    assert "Rosa Medina wrote down the consent" in shown(await page(office, address))


async def test_a_name_that_is_shown_stays_shown_under_the_new_consent(office: Office) -> None:
    address = await office.sent()
    holder = await office.agency_link(address)
    await holder.press("yes")
    await holder.press("show")
    assert "Ana Flores" in (await holder.look()).text
    renewed = await office.step(address, "consent", again_share="1", again_heard_by="Rosa")
    assert renewed.status_code == 303
    assert "Ana Flores" in (await holder.look()).text


async def test_a_draft_can_wait_for_the_consent(office: Office) -> None:
    saved = await office.send(do="draft", consent_share=None, heard_by=None)
    address = saved.headers["location"].partition("?")[0]
    assert (await office.step(address, "ask-consent")).status_code == 303
    assert await status(office, address) is S.AWAITING_CONSENT
    assert "the consent is missing" in shown(await page(office, address))


# --- household, proxy


async def test_ages_and_whoever_speaks_for_them_are_kept_and_told_after_a_yes(
    office: Office,
) -> None:
    address = await office.sent(
        household_ages="2, 34 6",
        proxy_name="Maria Flores",
        proxy_relation="daughter",
        proxy_phone="202-555-0138",
    )
    assert "34, 6, 2 years old" in shown(await page(office, address))
    holder = await office.agency_link(address)
    before = (await holder.look()).text
    assert "34, 6, 2 years old" in before
    assert "Maria Flores" not in before
    await holder.press("yes")
    await holder.press("show")
    after = (await holder.look()).text
    assert "Maria Flores, daughter" in after
    assert "+12025550138" in after


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("household_ages", "six", "Write ages in years, like 34, 6, 2."),
        ("household_ages", "4, 150", "Write ages in years, like 34, 6, 2."),
        ("proxy_phone", "12", "This is not a phone number."),
        ("proxy_relation", "daughter", "Write who speaks for them."),
    ],
)
async def test_what_is_wrong_with_household_and_proxy_is_told(
    office: Office, field: str, value: str, words: str
) -> None:
    answer = await office.send(**{field: value})
    assert answer.status_code == 400
    assert words in shown(answer)
