"""The navigator's pages: send, referral, today, patients, take-away (practice 5.3 to 5.5)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from accounts.rules import Role
from builders.browsing import OURS, csrf_of, hidden, nonce_of
from builders.navigator_office import Office, a_listing, a_navigators_office, shown
from directory.codes import HowToStart

if TYPE_CHECKING:
    import httpx

    from shared.database import Database


@pytest_asyncio.fixture
async def office(client: httpx.AsyncClient, database: Database, owner_database: Database) -> Office:
    return await a_navigators_office(client, database, owner_database)


async def test_the_send_page_shows_the_place_and_both_texts(office: Office) -> None:
    page = await office.browser.get("/send", params={"place": str(office.pantry.id)})

    assert page.status_code == 200, shown(page)
    assert "Harbor Pantry" in shown(page)
    assert "Lincoln Clinic 27: can you help with FOOD" in shown(page)
    assert page.headers["cache-control"] == "no-store"


async def test_without_a_place_the_send_page_says_where_to_find_one(office: Office) -> None:
    page = await office.browser.get("/send")

    assert page.status_code == 200
    assert "No place is chosen yet." in shown(page)
    assert 'href="/find"' in page.text


async def test_a_sent_request_has_its_page_with_the_take_away(office: Office) -> None:
    answer = await office.send()
    assert answer.status_code == 303, shown(answer)

    page = await office.browser.get(answer.headers["location"])

    assert page.status_code == 200
    assert "Done. Give it to Ana" in shown(page)
    assert "Ana Flores: food" in shown(page)
    assert "Waiting for Harbor Pantry Inc to answer, until" in shown(page)
    assert page.headers["cache-control"] == "no-store"


async def test_every_wrong_field_is_told_and_what_was_typed_is_kept(office: Office) -> None:
    answer = await office.send(
        phone="202-555-014",
        consent_share=None,
        heard_by="",
        zip="218",
        need=None,
        best_times="After 4 pm",
    )

    assert answer.status_code == 400
    for words in (
        "You typed 9.",
        "Consent missing: tick it, or save as draft",
        "Write who heard the consent.",
        "A ZIP code has 5 digits.",
        "Choose what is needed.",
    ):
        assert words in shown(answer)
    assert 'value="202-555-014"' in answer.text
    assert 'value="After 4 pm"' in answer.text
    assert 'value="Ana Flores"' in answer.text
    assert await office.count("patient") == 0
    assert await office.count("referral") == 0


async def test_pressing_send_twice_makes_one_request_and_one_patient(office: Office) -> None:
    fields = await office.fields()

    first = await office.browser.post("/send", data=fields, headers=OURS)
    second = await office.browser.post("/send", data=fields, headers=OURS)

    assert first.headers["location"] == second.headers["location"]
    assert await office.count("referral") == 1
    assert await office.count("patient") == 1


async def test_a_draft_needs_no_consent_and_is_finished_later(office: Office) -> None:
    kept = await office.sent(do="draft", consent_share=None, consent_text=None)
    draft_id = kept.rpartition("/")[2]
    page = await office.browser.get(kept)
    assert "Not sent yet" in shown(page)

    form = await office.browser.get("/send", params={"draft": draft_id})
    assert 'value="Ana Flores"' in form.text
    patient = hidden(form.text, "patient")
    done = await office.sent(draft=draft_id, patient=patient)

    assert done == kept
    assert "Waiting for their answer" in shown(await office.browser.get(done))
    assert await office.count("patient") == 1


async def test_a_place_without_a_verified_channel_becomes_a_call(
    office: Office, owner_database: Database
) -> None:
    quiet = await a_listing(
        owner_database, name="Grace House", how_to_start=HowToStart.PATIENT_CALLS
    )

    form = await office.browser.get("/send", params={"place": str(quiet.id)})
    assert "We put a call on your list" in shown(form)
    page = await office.browser.get(await office.sent(quiet))

    assert "there is no number or mailbox we may write to yet" in shown(page)
    assert "202-555-0144" in shown(page)


async def test_a_walk_in_place_is_asked_for_no_answer(
    office: Office, owner_database: Database
) -> None:
    door = await a_listing(owner_database, name="Open Door", how_to_start=HowToStart.WALK_IN)

    form = await office.browser.get("/send", params={"place": str(door.id)})
    page = await office.browser.get(await office.sent(door))

    assert "They walk in. No answer is asked." in shown(form)
    assert "Ana walks in at Open Door Inc. No answer is asked." in shown(page)


async def test_handing_over_by_phone_records_their_yes(office: Office) -> None:
    address = await office.sent(
        do="hand_over",
        spoke_with="Denise Carter",
        spoke_with_role="intake lead",
        said="yes",
        next_step="They call her tomorrow",
    )

    page = shown(await office.browser.get(address))

    assert "They said yes" in page
    assert "Denise Carter, intake lead, by phone, told to Rosa Medina" in page
    assert "They call her tomorrow" in page


async def test_handing_over_needs_who_and_what(office: Office) -> None:
    answer = await office.send(do="hand_over")

    assert answer.status_code == 400
    assert "Write who you spoke with." in shown(answer)
    assert "Choose what they said." in shown(answer)


async def test_a_known_patient_is_found_by_phone_and_used_again(office: Office) -> None:
    await office.sent()
    fields = await office.fields(do="find", patient_words="(202) 555-0137", name=None)

    found = await office.browser.post("/send", data=fields, headers=OURS)
    patient_id = re.search(r"patient:([0-9a-f-]{36})", found.text)
    assert patient_id is not None
    await office.sent(patient=patient_id[1], phone="202-555-0172")

    assert "Choose Ana Flores" in shown(found)
    assert await office.count("patient") == 1
    assert await office.count("referral") == 2


async def test_an_answer_heard_by_phone_counts_as_theirs(office: Office) -> None:
    address = await office.sent()

    answer = await office.step(
        address,
        "agency-said",
        agency_says="no",
        agency_by="Denise",
        agency_how="phone",
        agency_reason="no_capacity",
    )
    page = shown(await office.browser.get(address))

    assert answer.status_code == 303, shown(answer)
    assert "No: They are full" in page
    assert "What comes next?" in page


async def test_an_undone_no_is_no_longer_what_they_say(office: Office) -> None:
    address = await office.sent()
    holder = await office.agency_link(address)
    await holder.press("no", why="no_capacity")
    assert "No: They are full" in shown(await office.browser.get(address))

    await holder.press("undo")

    page = shown(await office.browser.get(address))
    assert "They say Nothing yet." in page
    assert "Harbor Pantry Inc took the answer back" in page


async def test_a_wait_list_is_told_once_and_never_as_a_yes(office: Office) -> None:
    address = await office.sent()

    await office.step(
        address,
        "agency-said",
        agency_says="wait_list",
        agency_by="Denise",
        agency_how="phone",
        agency_note="About two weeks",
    )

    page = shown(await office.browser.get(address))
    assert "They say Wait list “About two weeks”" in page
    assert "Harbor Pantry Inc: Wait list" in page
    assert "Harbor Pantry Inc: Yes" not in page


async def test_a_no_without_its_reason_is_asked_for_it(office: Office) -> None:
    address = await office.sent()

    answer = await office.step(address, "agency-said", agency_says="no", agency_by="Denise")

    assert answer.status_code == 400
    assert "Choose why." in shown(answer)
    assert 'value="Denise"' in answer.text


async def test_whoever_comes_second_is_told_who_was_first(office: Office) -> None:
    address = await office.sent()
    old_page = (await office.browser.get(address)).text
    version = hidden(old_page, "version")
    said = {"agency_says": "yes", "agency_by": "Denise", "version": version}
    await office.step(address, "agency-said", **said)

    answer = await office.step(address, "stop", stop_reason="sent_in_error", version=version)

    assert answer.status_code == 409
    assert "Denise was first, by phone: yes" in shown(answer)
    assert "Your change was not saved." in shown(answer)
    assert "Keep their yes? You wanted" in shown(answer)
    assert "It stands now They said yes Keep their yes" in shown(answer)
    assert f'class="btn" href="{address}">Keep their yes' in answer.text
    assert "They said yes" in shown(await office.browser.get(address))


async def test_the_patients_word_is_recorded_and_closes_the_loop(office: Office) -> None:
    address = await office.sent()
    await office.step(address, "agency-said", agency_says="yes", agency_by="Denise")
    await office.step(address, "agency-said", agency_says="helped", agency_by="Denise")

    await office.step(address, "patient-said", patient_says="P5:1", patient_by="Ana")
    page = shown(await office.browser.get(address))

    assert "Got help (both say)" in page
    assert "1. Got it" in page


async def test_another_place_is_asked_instead(office: Office, owner_database: Database) -> None:
    address = await office.sent()
    other = await a_listing(
        owner_database, name="Grace House", how_to_start=HowToStart.PATIENT_CALLS
    )

    asked = await office.browser.get(f"{address}/another-place", params={"place": str(other.id)})
    answer = await office.step(address, "another", place=str(other.id))

    assert "Ask Grace House Inc for Ana?" in shown(asked)
    assert answer.status_code == 303, shown(answer)
    assert answer.headers["location"].partition("?")[0] != address
    old = shown(await office.browser.get(address))
    assert "We are asking another place." in old
    assert "Grace House Inc" in old


async def test_contact_notes_and_stopping(office: Office) -> None:
    address = await office.sent()

    await office.step(
        address,
        "contact",
        way="shared_phone",
        phone="202-555-0172",
        naming_level="neutral",
        consent_text="1",
    )
    await office.step(address, "notes", note="Prefers mornings", note_for="us")
    await office.step(address, "stop", stop_reason="need_met_elsewhere")
    page = shown(await office.browser.get(address))

    assert "names neither" in page
    assert "Prefers mornings" in page
    assert "Stopped by us" in page


@pytest.mark.parametrize(
    "path",
    [
        "/send",
        "/today",
        "/today/version",
        "/patients",
        "/referrals/{id}",
        "/referrals/{id}/version",
        "/referrals/{id}/takeaway",
    ],
)
async def test_nobody_sees_these_pages_without_signing_in(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path.format(id="01a20389-41f9-72cf-8d99-03edae658958"))

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


async def test_another_organization_finds_nothing(office: Office) -> None:
    address = await office.sent()
    patient = hidden(
        (
            await office.browser.get(
                "/send", params={"draft": (await office.sent(do="draft")).rpartition("/")[2]}
            )
        ).text,
        "patient",
    )
    await office.sign_in_elsewhere()

    for path in (address, f"{address}/takeaway", f"{address}/version", f"/send?patient={patient}"):
        assert (await office.browser.get(path)).status_code == 404, path
    assert (await office.step(address, "stop", stop_reason="sent_in_error")).status_code == 404
    found = await office.browser.post(
        "/patients/find", data={"csrf": await csrf_of(office.browser), "q": "Flores"}, headers=OURS
    )
    assert "Nobody found" in shown(found)


async def test_an_agency_worker_may_not_open_them(office: Office) -> None:
    address = await office.sent()
    await office.sign_in_elsewhere(Role.AGENCY_WORKER, member=office.agency)

    for path in ("/today", "/send", "/patients", address):
        assert (await office.browser.get(path)).status_code == 403


async def test_today_shows_whose_turn_it_is(office: Office, owner_database: Database) -> None:
    empty = shown(await office.browser.get("/today"))
    await office.sent()
    quiet = await a_listing(
        owner_database, name="Grace House", how_to_start=HowToStart.PATIENT_CALLS
    )
    await office.sent(quiet, name="Theo Banks", phone="202-555-0172", record_number="LC-7")
    before = (await office.browser.get("/today/version")).text

    page = shown(await office.browser.get("/today"))

    assert "Nothing waits for you." in empty
    assert "Theo Banks" in page
    assert "Call them and ask" in page
    assert "1 with somebody else" in page
    assert before == (await office.browser.get("/today/version")).text


async def test_bad_endings_are_answered_together(office: Office) -> None:
    addresses = [await office.sent(), await office.sent(name="Theo Banks")]
    for address in addresses:
        await office.step(
            address,
            "agency-said",
            agency_says="no",
            agency_by="Denise",
            agency_reason="no_capacity",
        )
    assert "bad endings to answer" in shown(await office.browser.get("/today"))

    answer = await office.browser.post(
        "/today/endings",
        headers=OURS,
        data={
            "csrf": await csrf_of(office.browser),
            "nonce": await nonce_of(office.browser),
            "ending": [address.rpartition("/")[2] for address in addresses],
            "next": "not_wanted",
        },
    )

    assert answer.status_code == 303, shown(answer)
    assert "Nothing waits for you." in shown(await office.browser.get("/today"))


async def test_a_patient_is_found_without_the_name_in_an_address(office: Office) -> None:
    await office.sent(record_number="LC-20418")

    for words in ("flores", "202 555 0137", "lc-20418"):
        found = await office.browser.post(
            "/patients/find",
            data={"csrf": await csrf_of(office.browser), "q": words},
            headers=OURS,
        )
        assert found.status_code == 200
        assert "Ana Flores" in shown(found), words
    assert "Flores" not in str(found.url)


async def test_the_take_away_is_in_the_patients_language_and_at_their_level(
    office: Office,
) -> None:
    address = await office.sent()
    neutral = await office.sent(name="Theo Banks", language="en", naming_level="neutral")

    page = await office.browser.get(f"{address}/takeaway")
    careful = shown(await office.browser.get(f"{neutral}/takeaway"))

    assert '<html lang="es">' in page.text
    assert "Comida" in shown(page)
    assert "Harbor Pantry" in shown(page)
    assert "Harbor Pantry" not in careful
    assert "Food" not in careful


async def test_reading_a_page_is_on_record(office: Office) -> None:
    address = await office.sent()
    await office.browser.get(address)
    await office.browser.get(f"{address}/takeaway")

    actions = await office.audited()

    assert {"referral_read", "take_away_printed"} <= actions
