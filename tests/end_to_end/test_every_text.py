"""Every text of practice 4 comes out by a real move, and reads on the phone as it was agreed.

People text, Rosa sends and the clock turns; the product's own webhook, reader, clocks and sender
do the rest. The table in `every_text.toml` names what each phone must show at each level.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from notify.segments import count_segments
from referrals.actions import withdraw
from referrals.actions.channels import Asks, ChannelWish, ask_to_be_texted
from referrals.reasons import Reason
from support.every_text import DENISE, MARIA, Stage, a_stage

if TYPE_CHECKING:
    from shared.database import Database

TABLE = tomllib.loads(Path(__file__).with_name("every_text.toml").read_text(encoding="utf-8"))[
    "text"
]
LEVELS = ("plain", "need", "neutral")
LANGUAGES = ("en", "es")
# Issue 2, section 3, with their b and n forms; P4, P11, A4 and A7 have tests of their own.
PROMISED = {
    "P0", "P0b", "P1", "P1n", "P2", "P2b", "Pn", "P3", "P5", "P5n", "P6", "P7", "P8", "P9", "P10",
    "P12", "A0", "A1", "A1b", "A2", "A3", "A4i", "A5", "A6", "A8", "A9",
    # STOP and HELP, of patients and of agencies.
    "P9c", "PH", "PC", "AS", "AH",
}  # fmt: skip
STRANGE_DOOR = "+12025550163"


async def it_is_agreed(stage: Stage) -> None:
    ana = await stage.ana()
    referral = await stage.sends(ana)
    await stage.note("Rosa sends to a place that calls the patient")
    await stage.phones.says(DENISE, f"{referral.code} 1")
    await stage.note("the place says yes by text")
    await stage.phones.says(ana.phone, "who is this?")
    await stage.note("the patient asks who writes")
    await stage.phones.says(ana.phone, "1")
    await stage.days_later(1)
    await stage.note("the clock asks the patient the next morning")
    await stage.phones.says(ana.phone, "1")
    await stage.note("the patient says: got it")


async def words_of_the_patient(stage: Stage) -> None:
    ana = await stage.ana()
    await stage.sends(ana)
    await stage.phones.says(ana.phone, "5")
    await stage.note("the patient asks for a call")
    await stage.phones.says(ana.phone, "My cousin will come along, is that fine")
    await stage.note("the patient writes other words")
    await stage.phones.says(ana.phone, "HELP" if stage.language == "en" else "AYUDA")
    await stage.note("the patient sends the help word")
    await stage.phones.says(ana.phone, "I want to die" if stage.language == "en" else "me pega")
    await stage.note("the patient writes words of danger")
    await stage.phones.says(ana.phone, "ALTO")
    await stage.note("the patient stops texts in words that the carrier doesn't know")


async def they_come_or_call(stage: Stage) -> None:
    await stage.sends(await stage.ana(), how_to_start="walk_in")
    await stage.note("Rosa sends to a walk-in place")
    calls = await stage.sends(await stage.ana(), how_to_start="patient_calls")
    await stage.note("Rosa sends to a place that patients call")
    await stage.phones.says(DENISE, f"{calls.code} 1")
    await stage.note("the place says yes, the patient calls")
    unknown = await stage.sends(await stage.ana(), phone=None)
    await stage.phones.says(DENISE, f"{unknown.code} 1")
    await stage.note("a place without a public number says yes")


async def it_is_refused(stage: Stage) -> None:
    ana = await stage.ana()
    referral = await stage.sends(ana)
    await stage.phones.says(DENISE, f"{referral.code} 3")
    await stage.note("the place says no by text")
    await stage.phones.says(DENISE, "1")
    await stage.note("the place says why")
    await stage.phones.turn(minutes=31)
    await stage.note("half an hour after the no")


async def it_did_not_help(stage: Stage) -> None:
    ana = await stage.ana()
    referral = await stage.sends(ana)
    await stage.phones.says(DENISE, f"{referral.code} 1")
    await stage.days_later(1)
    await stage.phones.says(ana.phone, "3")
    await stage.note("the patient says: did not get it")
    await stage.days_later(4)
    await stage.note("the clock asks the place on its third answering day")
    await stage.phones.says(ana.phone, "please stop texting me, I want to die")
    await stage.note("the patient stops texts and speaks of danger")


async def may_we_text(stage: Stage) -> None:
    referral = await stage.sends(await stage.ana())
    wish = ChannelWish(STRANGE_DOOR, Asks.TEXT, language=stage.language)
    async with stage.town.as_clinic() as session:
        await ask_to_be_texted(
            session, referral.id, word=stage.town.sender(stage.phones.clock.now), wish=wish
        )
    await stage.phones.deliver()
    await stage.note("Rosa asks a phone whether we may text it")
    await stage.phones.says(STRANGE_DOOR, "1")
    await stage.note("that phone says yes")


async def the_place_and_its_digits(stage: Stage) -> None:
    first, second = await stage.sends(await stage.ana()), await stage.sends(await stage.ana())
    await stage.phones.says(DENISE, "1")
    await stage.note("a bare digit while two are open")
    await stage.phones.says(DENISE, f"{first.code} 1")
    await stage.phones.says(MARIA, f"{first.code} 3")
    await stage.phones.says(MARIA, f"{first.code} 1")
    await stage.note("the second phone of the place answers, too late")
    await stage.phones.says(DENISE, f"{second.code} 2")
    await stage.note("the place puts it on its wait list")
    await stage.phones.says(DENISE, f"{second.code} 0")
    await stage.note("the place takes its answer back")
    await stage.phones.says(DENISE, f"{second.code} 0")
    await stage.note("the place takes back what nothing is left of")
    await stage.phones.turn(hours=1)
    await stage.phones.says(DENISE, "HELP" if stage.language == "en" else "AYUDA")
    await stage.note("the place sends the help word")


async def it_is_over(stage: Stage) -> None:
    referral = await stage.sends(await stage.ana())
    now = stage.phones.clock.now
    async with stage.town.as_clinic() as session:
        await withdraw(
            session, referral.id, word=stage.town.sender(now), reason=Reason.NEED_CHANGED
        )
    await stage.phones.deliver()
    await stage.note("Rosa stops the request")
    await stage.phones.says(DENISE, f"{referral.code} 1")
    await stage.note("the place answers after the end")
    await stage.phones.says(DENISE, "HELP" if stage.language == "en" else "AYUDA")
    await stage.note("the help word with nothing open")
    await stage.sends(await stage.ana())
    await stage.phones.says(DENISE, "no more texts" if stage.language == "en" else "ALTO")
    await stage.note("the place stops texts in words that the carrier doesn't know")


STORIES = (
    it_is_agreed,
    words_of_the_patient,
    they_come_or_call,
    it_is_refused,
    it_did_not_help,
    may_we_text,
    the_place_and_its_digits,
    it_is_over,
)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_text_comes_to_a_phone_in_the_words_that_were_agreed(
    database: Database, worker_database: Database, language: str, level: str
) -> None:
    stage = await a_stage(database, worker_database, language, level)
    for story in STORIES:
        await story(stage)
    assert stage.shown == expected(language, level)


def test_the_table_names_every_text_of_the_issue_in_both_languages() -> None:
    listed = {(text["id"], text["language"]) for text in TABLE}
    assert {name for name, language in listed if language == "en"} >= PROMISED
    assert {name for name, language in listed if language == "es"} >= PROMISED


@pytest.mark.parametrize("language", LANGUAGES)
def test_at_the_neutral_level_no_text_names_a_need_or_a_place(language: str) -> None:
    shown = expected(language, "neutral")
    to_patients = [words for name, (words, _path) in shown.items() if name.startswith("P")]
    assert len(to_patients) >= 8
    for words in to_patients:
        assert not re.search("FOOD|COMIDA|Kitchen|Rosa|Elm St", words), words


@pytest.mark.parametrize("text", TABLE, ids=lambda text: f"{text['id']}-{text['language']}")
def test_every_text_is_one_part_of_the_alphabet_that_all_phones_have(text: dict[str, Any]) -> None:
    counted = count_segments(text["words"])
    assert (counted.segments, counted.encoding) == (1, "GSM-7")


def expected(language: str, level: str) -> dict[str, tuple[str, str]]:
    return {
        text["id"]: (text["words"], text["path"])
        for text in TABLE
        if text["language"] == language and level in text.get("levels", LEVELS)
    }
