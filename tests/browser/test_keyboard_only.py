"""From the search to the agency's yes with nothing but a keyboard: the focus is always seen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from support.keyboard import Keyboard
from support.running import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.browsing import Visitor
    from support.running import RunningSystem

pytestmark = pytest.mark.browser

NEAR, NAME = "21801", "Kay Board"
KITCHEN_MAIL = "kitchen@stmarys.example"
ON_MAIN = "document.getElementById('main').contains(document.activeElement)"


def test_a_request_goes_from_search_to_the_agencys_yes_by_keyboard_alone(
    visitor: Callable[..., Visitor], running_system: RunningSystem
) -> None:
    running_system.turn_clock_to_tuesday()
    kitchen = _kitchen(running_system)
    _search_and_open(Keyboard(visitor()), kitchen)
    rosa = Keyboard(visitor())
    _sign_in(rosa)
    _find_and_send(rosa, kitchen)
    _from_today_to_the_request(rosa)
    maria = Keyboard(visitor("en", 360))
    _answer_by_link(maria, running_system)
    assert rosa.stops > 100


def test_the_list_of_errors_takes_the_focus_and_leads_to_the_field(
    visitor: Callable[..., Visitor], running_system: RunningSystem
) -> None:
    rosa = Keyboard(visitor())
    _sign_in(rosa)
    rosa.who.go(f"/send?place={_kitchen(running_system)['id']}")
    rosa.press("button[name=do][value=send]")
    rosa.who.page.wait_for_selector("#errors")
    wait_for(lambda: rosa.is_on("#errors"))
    rosa.press("#errors a[href='#name']")
    assert rosa.is_on("input[name=name]"), rosa.focus()


def _kitchen(system: RunningSystem) -> dict[str, Any]:
    """St Mary's groceries, asked by mail."""
    asked = {"need": "food", "near": NEAR, "radius_m": 40_000, "limit": 100}
    found = system.client.get(f"{system.address}/api/search", params=asked).json()["results"]
    return next(
        place
        for place in found
        if place["organization"].replace("’", "'") == "St Mary's Kitchen"
        and place["how_to_start"] == "agency_calls_patient"
    )


def _search_and_open(reader: Keyboard, kitchen: dict[str, Any]) -> None:
    reader.who.go("/")
    reader.tab()
    assert reader.is_on("a.skip"), "the first stop skips to the content"
    reader.key("Enter")
    reader.tab()
    assert reader.who.page.evaluate(ON_MAIN), "and the next one is in the content"
    reader.fill("q", "food")
    reader.fill("near", NEAR)
    reader.key("Enter")
    reader.who.page.wait_for_url("**/search?**")
    place = f"main a[href^='/services/{kitchen['id']}']"
    if reader.who.page.locator(place).count() == 0:
        place = "main a[href^='/services/']"
    reader.press(place)
    reader.who.page.wait_for_url("**/services/**")
    reader.press("#wrong summary", with_key="Space")
    assert reader.who.page.locator("#wrong[open]").count() == 1
    assert reader.is_on("#wrong summary"), "what opens keeps the focus"


def _sign_in(rosa: Keyboard) -> None:
    rosa.who.go("/sign-in")
    rosa.fill("email", "rosa@lincoln.example")
    rosa.fill("password", "handback-demo")
    rosa.key("Enter")
    rosa.who.page.wait_for_url("**/today**")


def _find_and_send(rosa: Keyboard, kitchen: dict[str, Any]) -> None:
    rosa.press("header a[href='/find']")
    rosa.who.page.wait_for_url("**/find")
    rosa.fill("q", "groceries")
    rosa.fill("near", NEAR)
    rosa.key("Enter")
    rosa.who.page.wait_for_url("**/find?**")
    rosa.press(f"main a[href*='{kitchen['id']}']")
    rosa.who.page.wait_for_url(re.compile(r"/find/services/|/send\?"))
    if "/find/services/" in rosa.who.page.url:
        rosa.press("main a[href^='/send?place=']")
    rosa.who.page.wait_for_url("**/send?place=**")
    _fill(rosa)
    rosa.press("button[name=do][value=send]")
    rosa.who.page.wait_for_url("**/referrals/**")


def _fill(rosa: Keyboard) -> None:
    rosa.fill("name", NAME)
    rosa.fill("zip", NEAR)
    rosa.fill("household_size", "3")
    rosa.tick("need", "food")
    rosa.choose("urgency", "routine")
    rosa.choose("way", "own_phone")
    rosa.fill("phone", "202-555-0186")
    rosa.choose("naming_level", "need")
    for tick in ("share", "hear_back", "text", "next_places"):
        rosa.tick(f"consent_{tick}")
    # What both get is written beside the form, under the reader's hands.
    rosa.who.page.locator("#previews .text").first.wait_for()
    assert rosa.is_on("input[name=consent_next_places]")
    rosa.fill("heard_by", "Rosa Medina")
    assert rosa.tab() is not None


def _from_today_to_the_request(rosa: Keyboard) -> None:
    rosa.press("header a[href='/today']")
    rosa.who.page.wait_for_url("**/today")
    rosa.fill("q", NAME)
    rosa.key("Enter")
    rosa.who.page.wait_for_url("**/patients/find")
    rosa.press("main a[href^='/referrals/']")
    rosa.who.page.wait_for_url("**/referrals/**")
    rosa.press("main details summary", with_key="Space")
    rosa.key("Space")
    assert rosa.is_on("details summary")
    rosa.to("main h1, main a", back=True)


def _answer_by_link(maria: Keyboard, system: RunningSystem) -> None:
    def link() -> str | None:
        mails = reversed(system.mails(KITCHEN_MAIL))
        found = (each["href"] for mail in mails for each in mail["links"] if "/r/" in each["href"])
        return next(found, None)

    maria.who.go(str(wait_for(link)))
    maria.press("main button[name=do][value=yes]", with_key="Space")
    maria.who.reads("You said yes. Thank you")
    maria.press("main button[name=do][value=show]")
    maria.who.page.get_by_text(NAME).first.wait_for()
    maria.to("main a[href^='tel:']")
