"""Story 11 of practice 7: a storm closes forty places, and the night brings the feeds again."""

from __future__ import annotations

import json
import re
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

from accounts.rules import Role
from directory.search_server.client import SearchServer
from directory.search_server.rebuild import rebuild
from fakes.meilisearch_server import ADMIN, meilisearch_server
from shared import clock
from shared.provision import OWNER
from support.storm import (
    COOLING,
    KITCHENS_PAGE,
    PANTRIES,
    SHELTERS_PAGE,
    Feeds,
    place,
    ring,
    service,
)
from support.story import HERE, Door, Story, seen

if TYPE_CHECKING:
    from pathlib import Path

WEDNESDAY = 2
NEAR = {"near": "21801", "radius_m": "80000"}
PRIYA, STORM = "Priya", "Storm: no power"
KITCHEN = re.compile("licensed|secretville", re.IGNORECASE)
HIDDEN_LANE = re.compile(r"hidden lane|38\.41\d|-75\.53\d", re.IGNORECASE)


async def test_a_storm_closes_forty_the_night_changes_nothing_and_one_undo_opens_them(
    story: Story, tmp_path: Path
) -> None:
    feeds = Feeds(story.databases, tmp_path)
    await feeds.come()
    await story.front_door(PRIYA, Role.STEWARD)
    before = await _open_now(story)
    assert len(before) == PANTRIES

    await _close_forty(story)
    await _correct(story, 7, "Pantry seven, side door")
    await _everybody_reads_it(story)
    await story.next_day_at(WEDNESDAY, time(2))
    night = await feeds.come(opens_at="09:00", pantry_7="Pantry Seven Hall")
    assert night.conflicts == 1
    await story.next_day_at(WEDNESDAY, time(12))
    await _everybody_reads_it(story)
    assert "Pantry Seven Hall" in await story.page(PRIYA, "/steward"), "field by field"
    await _nobody_meets_the_licensed_kitchen(story)
    await _nobody_finds_out_where_the_shelter_is(story)
    await _the_search_server_knows_neither(story)

    await _two_open_early(story)
    await _undo(story)
    assert await _open_now(story) == before
    assert "Town Hall" not in await story.page("nobody", "/")
    assert "Pantry seven, side door" in await story.page("nobody", f"/services/{place(7)}")


# --- what the steward does


def _the_storm(**fields: Any) -> dict[str, Any]:
    local = clock.now().astimezone(HERE).date()
    return {
        "name": "Storm, power out",
        "reason": "weather",
        "ends": (local + timedelta(days=3)).isoformat(),
        "words_en": STORM,
        "words_es": "Tormenta: no hay luz",
        "banner_en": "Town Hall is open and cool.",
        "banner_es": "El Ayuntamiento abre.",
        **COOLING,
        **fields,
    }


async def _close_forty(story: Story) -> None:
    page = "/steward/emergency"
    listed = await story.press(PRIYA, page, **_the_storm(do="check", organization="County Pantry"))
    assert f"{PANTRIES} places. Take the tick away to leave one open." in seen(listed)
    sites = re.findall(r'name="site" value="([0-9a-f-]{36})"', listed.text)
    assert len(sites) == PANTRIES
    await story.press(PRIYA, page, **_the_storm(do="start"), site=sites, listed=sites)


async def _correct(story: Story, number: int, name: str) -> None:
    record = str(service(number))
    said = {"row": record, "field": "name", "value": name, "reason": "They told us"}
    await story.press(PRIYA, f"/steward/records/{record}", do="correct", **said)


async def _two_open_early(story: Story) -> None:
    desk = await story.loop.get(PRIYA, "/steward/emergency")
    for number in (3, 4):
        button = rf'name="id" value="([0-9a-f-]{{36}})"><button[^>]*: County Pantry {number}"'
        found = re.search(button, desk.text)
        assert found is not None
        await story.press(PRIYA, "/steward/emergency", do="reopen", id=found[1])
        assert STORM not in await story.page("nobody", f"/services/{place(number)}")


async def _undo(story: Story) -> None:
    desk = await story.loop.get(PRIYA, "/steward/emergency")
    found = re.search(r'name="id" value="([0-9a-f-]{36})"><div class="buttons"><button', desk.text)
    assert found is not None
    await story.press(PRIYA, "/steward/emergency", do="undo", id=found[1])
    words = await story.page(PRIYA, "/steward/emergency")
    assert "2 rows had been edited since and stay as they are" in words
    listed = words.partition("stay as they are")[2].partition("What happened")[0]
    assert re.findall(r"County Pantry \d+", listed) == ["County Pantry 3", "County Pantry 4"], (
        listed
    )


# --- what everybody sees


async def _open_now(story: Story) -> set[str]:
    """Pantries of the county that are open, as a program of anybody's reads them."""
    found: set[str] = set()
    cursor: dict[str, str] = {}
    while True:
        asked = {"q": "pantry", "open_now": "1", "limit": "50", **NEAR, **cursor}
        answer = (await story.loop.get("nobody", "/api/search", **asked)).json()
        found |= {each["id"] for each in answer["results"]}
        if not answer["cursor"]:
            return found & {str(place(number)) for number in range(PANTRIES)}
        cursor = {"cursor": answer["cursor"]}


async def _everybody_reads_it(story: Story) -> None:
    """Closed with the reason, the cooling centre open, the banner, the steward's own name."""
    assert await _open_now(story) == set()
    for number in (0, 7, PANTRIES - 1):
        assert STORM in await story.page("nobody", f"/services/{place(number)}")
    assert "Tormenta: no hay luz" in await story.page("nobody", f"/services/{place(9)}", lang="es")
    assert "Cooling center, Town Hall" in await story.page(
        "nobody", "/search", q="cooling center", lang="en", **NEAR
    )
    assert "Town Hall is open and cool." in await story.page("nobody", "/", lang="en")
    assert "Pantry seven, side door" in await story.page("nobody", f"/services/{place(7)}")


async def _nobody_meets_the_licensed_kitchen(story: Story) -> None:
    for path, asked in (
        ("/search", {"q": "kitchen", **NEAR}),
        ("/search", {"q": "help", **NEAR}),
        ("/api/search", {"q": "kitchen", "facets": "true", **NEAR}),
        ("/api/search", {"near": "38.3607,-75.5994"}),
        ("/api/suggest", {"q": "lic"}),
        ("/api/suggest", {"q": "secret"}),
    ):
        answer = await story.loop.get("nobody", path, **asked)
        assert answer.status_code == 200
        assert not KITCHEN.search(answer.text), path
    for path in (f"/services/{KITCHENS_PAGE}", f"/services/{KITCHENS_PAGE}/report"):
        answer = await story.loop.get("nobody", path)
        assert answer.status_code == 404
        assert not KITCHEN.search(answer.text), path
    assert "Licensed Kitchen" in await story.page("Rosa", "/find", q="kitchen", **NEAR)
    await _what_the_patient_takes_home(story)


async def _what_the_patient_takes_home(story: Story) -> None:
    """Staff may send there; neither paper nor mail leads to a page that nobody may see."""
    kitchen = Door(KITCHENS_PAGE, KITCHENS_PAGE, KITCHENS_PAGE, "Licensed Kitchen", "")
    referral = await story.sends(kitchen, email="ana@mail.example", mail_take_away="1")
    paper = await story.loop.get("Rosa", f"{referral}/takeaway")
    assert "qr-box" not in paper.text, "the code would lead nowhere"
    mails = [each.words for each in story.loop.mails.sent if each.recipient == "ana@mail.example"]
    assert mails
    for words in mails:
        assert not KITCHEN.search(f"{words.subject} {words.text} {words.html}")


async def _nobody_finds_out_where_the_shelter_is(story: Story) -> None:
    page = await story.loop.get("nobody", f"/services/{SHELTERS_PAGE}")
    assert page.status_code == 200
    assert "location private" in seen(page).lower()
    assert not HIDDEN_LANE.search(page.text)
    assert 'class="pin"' not in page.text
    answers, pages = [], set()
    for number, (near, radius) in enumerate(ring()):
        asked = {"q": "quiet house", "near": near, "radius_m": radius, "facets": "true"}
        answer = (await story.loop.get("nobody", "/api/search", **asked)).json()
        del answer["near"], answer["radius_m"]
        answers.append(answer)
        if number % 10 == 0:
            shown = await story.loop.get("nobody", "/search", **asked | {"radius_m": "40000"})
            pages.add(seen(shown).replace(near, ""))
    assert len(answers) == 200
    [shelter] = answers[0]["remote"]
    assert shelter["id"] == str(SHELTERS_PAGE)
    assert [shelter[name] for name in ("lat", "lon", "distance_m", "address", "city")] == [None] * 5
    assert all(answer == answers[0] for answer in answers), "the same from everywhere"
    assert len(pages) == 1, "nor does the page say more from nearer by"


async def _the_search_server_knows_neither(story: Story) -> None:
    with meilisearch_server() as fake:
        server = SearchServer(fake.url, ADMIN)
        await rebuild(story.databases[OWNER], server, clock.now())
        held = json.dumps(fake.indexes[server.index].documents, default=str)
    assert str(place(1)) in held
    assert str(KITCHENS_PAGE) not in held
    assert not KITCHEN.search(held)
    assert not HIDDEN_LANE.search(held)
