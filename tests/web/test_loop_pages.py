"""More of the loop on pages: late yes, endings, places in order, consent anew, notes, prints."""

from __future__ import annotations

import csv
import re
from io import StringIO
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import select

from accounts.rules import Actor, ActorKind, Role
from builders.accounts import a_person
from builders.browsing import sign_in_as
from builders.navigator_office import Office, a_listing, a_navigators_office, shown
from directory.codes import HowToStart
from referrals.actions import AgencySays, AgencyWord, answer_as_agency
from referrals.lifecycle import BusinessStatus as S
from referrals.lifecycle import Party
from referrals.models import InternalNote, Referral
from referrals.pages.daily_sheet import sheet
from referrals.pages.desk_view import DeskRow
from referrals.queries.answer_times import usual_answer
from referrals.reasons import Reason
from referrals.words import Way, Word
from shared import clock
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    import httpx

    from builders.listings import Listed
    from shared.database import Database


@pytest_asyncio.fixture
async def office(client: httpx.AsyncClient, database: Database, owner_database: Database) -> Office:
    return await a_navigators_office(client, database, owner_database)


def id_of(address: str) -> UUID:
    return UUID(address.rpartition("/")[2])


async def says(office: Office, address: str, what: AgencySays, **content: Any) -> None:
    """Somebody signed in at the agency says it."""
    actor = Actor(ActorKind.PERSON, office.agency, label="Denise")
    word = Word(actor, Party.AGENCY, f"test:{new_id()}", clock.now(), Way.PAGE)
    async with office.database.transaction(Context(office.agency)) as session:
        await answer_as_agency(session, id_of(address), word, AgencyWord(what, **content))


async def row(office: Office, referral_id: UUID) -> Referral:
    async with office.database.transaction(Context(office.clinic)) as session:
        found = await session.get(Referral, referral_id)
        assert found is not None
        return found


async def status(office: Office, address: str) -> S:
    return (await row(office, id_of(address))).status


async def page(office: Office, address: str, language: str = "en") -> httpx.Response:
    return await office.browser.get(address, params={"lang": language})


async def second_place(owner: Database, name: str = "St Mary's Table") -> Listed:
    return await a_listing(owner, name=name, how_to_start=HowToStart.AGENCY_CALLS_PATIENT)


async def as_coordinator(office: Office) -> None:
    lead = await a_person(
        office.database,
        office.clinic,
        Role.COORDINATOR,
        name="Carla Ruiz",
        email="carla@lincoln.example",
    )
    office.browser.cookies.clear()
    await sign_in_as(office.browser, lead)


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
    kept = await office.send(do="add_place")
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
    assert (await row(office, id_of(address))).places_left == 1


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


async def test_what_was_hidden_is_asked_for_anew_after_a_new_consent(office: Office) -> None:
    address = await office.sent()
    holder = await office.agency_link(address)
    await holder.press("yes")
    await holder.press("show")
    assert "Ana Flores" in (await holder.look()).text
    await office.step(address, "stop-nothing")
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


# --- notes


async def test_an_agency_writes_notes_for_both_or_for_itself(office: Office) -> None:
    address = await office.sent()
    holder = await office.agency_link(address)
    await holder.press("note", own_note="Come on Thursday", note_for="both")
    await holder.press("note", own_note="Ask for the big box", note_for="us")
    theirs = (await holder.look()).text
    assert "Come on Thursday" in theirs
    assert "Ask for the big box" in theirs
    ours = (await page(office, address)).text
    assert "Come on Thursday" in ours
    assert "Ask for the big box" not in ours
    assert "note_written" in await office.audited() | await audited(office, office.agency)
    empty = await holder.press("note", own_note=" ", note_for="us")
    assert empty.status_code == 400
    assert "Write the note." in empty.text


async def audited(office: Office, member: UUID) -> set[str]:
    from sqlalchemy import text

    async with office.owner.transaction(Context(member)) as session:
        return set((await session.execute(text("select action from audit_event"))).scalars())


async def test_one_press_is_one_note_of_an_agencys_own(office: Office) -> None:
    address = await office.sent()
    holder = await office.agency_link(address)
    loaded = (await holder.look()).text
    for _time in range(2):
        await holder.send(loaded, "note", own_note="Once", note_for="us")
    async with office.database.transaction(Context(office.agency)) as session:
        rows = await session.scalars(select(InternalNote))
        assert [each.body for each in rows.all()] == ["Once"]


async def test_an_agency_says_that_help_goes_on_or_waits(office: Office) -> None:
    address = await office.sent()
    holder = await office.agency_link(address)
    await holder.press("yes")
    await holder.press("enrolled")
    assert await status(office, address) is S.ENROLLED
    other = await office.sent(name="Theo Banks", phone="202-555-0172")
    second = await office.agency_link(other)
    await second.press("yes")
    await second.press("paused")
    assert await status(office, other) is S.PAUSED


# --- prints


@pytest.mark.parametrize("kind", ["print", "slip"])
async def test_prints_are_the_senders_alone_and_logged(office: Office, kind: str) -> None:
    address = await office.sent(naming_level="plain")
    printed = await office.browser.get(f"{address}/{kind}")
    assert printed.status_code == 200
    assert {"print": "referral_printed", "slip": "slip_printed"}[kind] in await office.audited()
    await office.sign_in_elsewhere()
    assert (await office.browser.get(f"{address}/{kind}")).status_code == 404


async def test_the_slip_has_the_code_and_no_name(office: Office) -> None:
    address = await office.sent(naming_level="plain", language="en")
    code = (await row(office, id_of(address))).code
    slip = await office.browser.get(f"{address}/slip")
    assert "".join(re.findall(r"<i>(\d)</i>", slip.text)) == str(code)
    assert "Harbor Pantry Inc" in slip.text
    assert "Ana" not in slip.text
    neutral = await office.sent(name="Theo Banks", phone="202-555-0172", naming_level="neutral")
    for words in ("Harbor", "Food", "Comida", "Theo"):
        assert words not in (await office.browser.get(f"{neutral}/slip")).text


async def test_the_print_of_a_request_holds_all_that_happened(office: Office) -> None:
    address = await office.sent()
    await says(office, address, AgencySays.YES)
    await office.step(address, "notes", note="Called twice", note_for="us")
    printed = shown(await office.browser.get(f"{address}/print"))
    for words in ("Ana Flores", "Harbor Pantry Inc", "They said yes", "Called twice", "Denise"):
        assert words in printed


async def test_the_daily_sheet_is_a_table_of_codes(office: Office, database: Database) -> None:
    walk_in = await a_listing(office.owner, name="Harbor Door", how_to_start=HowToStart.WALK_IN)
    from accounts.members import claim_listing

    async with database.transaction(Context(office.agency)) as session:
        await claim_listing(session, walk_in.organization_id, now=clock.now())
    address = await office.sent(walk_in)
    code = (await row(office, id_of(address))).code
    refused = await office.browser.get("/desk/today.csv")
    assert refused.status_code == 403
    await office.sign_in_elsewhere(Role.AGENCY_WORKER, office.agency)
    answer = await office.browser.get("/desk/today.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["cache-control"] == "no-store"
    table = list(csv.reader(StringIO(answer.text.removeprefix("\ufeff"))))
    assert table[0][0] == "Code"
    assert [line[0] for line in table[1:]] in ([], [str(code)])
    assert "Ana" not in answer.text


def test_no_cell_of_the_sheet_is_a_formula() -> None:
    names = [field for field in DeskRow.__dataclass_fields__ if field not in {"code", "name"}]
    empty: dict[str, Any] = dict.fromkeys(names, "")
    written = sheet((DeskRow(code=27, name="=HYPERLINK(1)", **empty),))
    [_titles, line] = list(csv.reader(StringIO(written.removeprefix("\ufeff"))))
    assert line[1] == "'=HYPERLINK(1)"
