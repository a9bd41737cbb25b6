"""The whole loop on the real directory of one city: import, find, send, answer, confirm."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pytest

from notify.api import MessageState, MessageStory, messages_of
from shared.database import Context, Database
from support.databases import copied_database
from support.organizations import Program, agency_behind, join_by_command, verify_channels
from support.running import RunningSystem, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.private_cluster import PrivateCluster


DUPONT_CIRCLE = "38.9072,-77.0369"
TWO_MILES_M = 3219
# Read in the export by hand: (organization, service, metres from there), nearest first.
PANTRIES = [
    ("MetroHealth", "MetroHealth Food Bank", 599),
    ("Asbury United Methodist Church", "Food Pantry - Asbury United Methodist Church", 1018),
    ("The United Church", "Foggy Bottom Food Pantry", 1216),
    (
        "Helping Hands Food Distribution Ministry (First Rising Zion Baptist)",
        "Emergency Food Pantry",
        1428,
    ),
    ("So Others Might Eat (SOME)", "Food Pantry", 2212),
    ("Father McKenna Center", "Food Pantry - Father McKenna Center", 2475),
    ("Woodley House", "Food Pantry", 2577),
]
CLINIC_NUMBER, PANTRY_PHONE, ANA_PHONE = "+12025550190", "+12025550144", "+12025550137"


@dataclass(frozen=True)
class City:
    """The running system on the imported directory, and how the imports went."""

    system: RunningSystem
    first: dict[str, Any]
    second: dict[str, Any]
    seconds: float


@pytest.fixture(scope="module")
def city(
    template: tuple[PrivateCluster, str],
    shared_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[City]:
    from conftest import TEST_KEY

    export = shared_folder / "data" / "dc_orservices" / "newExport"
    if not export.is_dir():
        pytest.skip(f"{export} is not here.")
    folder = tmp_path_factory.mktemp("real_data")
    with copied_database(*template, f"hb_{folder.parent.name}_real".replace("-", "_")) as urls:
        system = RunningSystem(urls, folder, TEST_KEY)
        started = time.monotonic()
        first = _import(system, export)
        seconds = time.monotonic() - started
        second = _import(system, export)
        try:
            system.start()
            yield City(system, first, second, seconds)
        finally:
            system.stop()


def _import(system: RunningSystem, export: Path) -> dict[str, Any]:
    # Its places are read by /api/search, which hands on only what may be handed on.
    done = system.command("import", str(export), "--json", "--republish")
    assert done.returncode in {0, 3}, done.stderr
    report = dict(json.loads(done.stdout))
    assert (done.returncode == 3) == (report["quarantined"] > 0)
    return report


def test_the_real_export_is_in_within_thirty_seconds(city: City) -> None:
    assert city.seconds <= 30
    assert city.first["rows"]["organization"] == 400
    assert city.first["rows"]["service"] > 1600


def test_what_is_kept_back_has_its_file_line_and_reason(city: City) -> None:
    assert city.first["findings"]
    for finding in city.first["findings"]:
        assert finding["file"].endswith(".csv")
        assert finding["line"] >= 1
        assert finding["reason"]


def test_the_same_export_again_writes_nothing(city: City) -> None:
    assert city.second["written"] == 0
    assert city.second["withdrawn"] == 0
    assert city.second["unchanged"] == city.first["written"]


@pytest.mark.parametrize("words", ["food", "comida"])
def test_real_pantries_are_found_nearest_first(city: City, words: str) -> None:
    found = _search(city.system, words)
    distances = [place["distance_m"] for place in found]
    assert distances == sorted(distances)
    assert distances[-1] <= TWO_MILES_M
    named = {(place["organization"], place["name"]): place["distance_m"] for place in found}
    for organization, service, metres in PANTRIES:
        assert named[organization, service] == pytest.approx(metres, rel=0.01)


def test_a_request_closes_with_both_words_and_every_message_on_record(city: City) -> None:
    system = city.system
    clinic = join_by_command(system, "Potomac Clinic", kind="clinic", sms_number=CLINIC_NUMBER)
    pantry = _pantry_with_a_phone(system)
    system.turn_clock_to_tuesday()
    sent = clinic.send(pantry["id"], urgency="this_week")
    referral_id = sent["id"]
    assert sent["status"] == "sent"

    request = system.text_with(PANTRY_PHONE, f" {sent['code']}: ")
    assert "FOOD" in request["body"]
    assert "Ana" not in request["body"]
    # A number sends one text a second; after the yes nobody is told any more that it was asked for.
    system.text_with(ANA_PHONE, "COMIDA")
    system.reply(PANTRY_PHONE, f"{sent['code']} 1")
    _wait_for_status(clinic, referral_id, "accepted")

    system.turn_clock(days=3)
    system.text_with(PANTRY_PHONE, "how did it go?")
    system.reply(PANTRY_PHONE, f"{sent['code']} 1")
    wait_for(lambda: clinic.read(referral_id)["held_answer"] == "service_reported")
    system.turn_clock(minutes=31)
    _wait_for_status(clinic, referral_id, "service_reported")
    system.text_with(ANA_PHONE, "1 Me ayudaron")
    system.reply(ANA_PHONE, "1")
    closed = _wait_for_status(clinic, referral_id, "closed_confirmed")
    assert closed["people_see"] == "Got help (both say)"

    # The last of them may still be waiting for its second on the sender's number.
    recorded = wait_for(lambda: _all_arrived(_messages(system, sent), _received(system)))
    assert sorted(story.body for story in recorded) == _received(system)
    assert {story.template for story in recorded} >= {"A1b", "A4b", "A5", "P0", "P0b", "P5", "P6"}


def _search(system: RunningSystem, words: str) -> list[dict[str, Any]]:
    asked = {"q": words, "near": DUPONT_CIRCLE, "radius_m": TWO_MILES_M, "limit": 100}
    answer = system.client.get(f"{system.address}/api/search", params=asked)
    assert answer.is_success, answer.text
    return list(answer.json()["results"])


def _pantry_with_a_phone(system: RunningSystem) -> dict[str, Any]:
    """Asbury's pantry, found by searching; it agreed to be texted at an invented number."""
    organization, service, _metres = PANTRIES[1]
    pantry = next(
        place
        for place in _search(system, "food")
        if (place["organization"], place["name"]) == (organization, service)
    )
    agency = agency_behind(system, _listing_of(system, pantry["service_id"]), organization)
    verify_channels(system, agency, [PANTRY_PHONE])
    return pantry


def _listing_of(system: RunningSystem, service_id: str) -> str:
    with psycopg.connect(system.urls["owner"]) as connection:
        row = connection.execute(
            "select organization_id from service where id = %s", (service_id,)
        ).fetchone()
    assert row is not None
    return str(row[0])


def _wait_for_status(clinic: Program, referral_id: str, status: str) -> dict[str, Any]:
    def reached() -> dict[str, Any] | None:
        found = clinic.read(referral_id)
        return found if found["status"] == status else None

    return dict(wait_for(reached))


def _messages(system: RunningSystem, sent: dict[str, Any]) -> list[MessageStory]:
    """What the clinic's timeline holds of this request."""

    async def read() -> list[MessageStory]:
        database = Database(system.urls["app"], pool_size=1)
        try:
            clinic = Context(UUID(sent["requester_organization_id"]), actor="test")
            async with database.transaction(clinic) as session:
                return list(await messages_of(session, UUID(sent["id"])))
        finally:
            await database.dispose()

    return asyncio.run(read())


def _received(system: RunningSystem) -> list[str]:
    """What both phones hold of ours."""
    texts = system.texts(PANTRY_PHONE) + system.texts(ANA_PHONE)
    return sorted(text["body"] for text in texts if text["direction"].startswith("outbound"))


def _all_arrived(stories: list[MessageStory], received: list[str]) -> list[MessageStory] | None:
    arrived = [story for story in stories if story.state is MessageState.DELIVERED]
    return stories if len(arrived) == len(stories) == len(received) else None
