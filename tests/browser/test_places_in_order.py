"""Two places in order: from the send form by way of finding to the page and its prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.browsing import Visitor
    from support.running import RunningSystem

pytestmark = pytest.mark.browser

PASSWORD = "handback-demo"
NEAR = "21801"
PEOPLE = {"en": ("Ivy Stone", "202-555-0171"), "es": ("Nora Gil", "202-555-0173")}


@pytest.mark.parametrize(("language", "width"), [("en", 360), ("es", 1280)])
def test_a_request_goes_out_with_a_second_place_after_it(
    visitor: Callable[..., Visitor], running_system: RunningSystem, language: str, width: int
) -> None:
    running_system.turn_clock_to_tuesday()
    rosa = visitor(language, width)
    pantry, kitchen = _places(running_system)
    _sign_in(rosa)
    rosa.go(f"/send?place={pantry['id']}")
    _fill(rosa, *PEOPLE[language])
    rosa.press("Add a second place")
    rosa.page.wait_for_url("**/find**")
    rosa.page.locator(f'a[href*="another-place?place={kitchen["id"]}"]').first.click()
    rosa.page.wait_for_url("**/another-place**")
    rosa.look("second-place")
    rosa.page.locator('form[action$="/place-next"] button').click()
    rosa.page.wait_for_url("**/send?draft=**")
    rosa.look("send-two-places")
    assert rosa.page.locator('input[name="places"]').count() == 2
    for tick in ("consent_share", "consent_hear_back", "consent_text", "consent_next_places"):
        rosa.tick(tick)
    rosa.fill("heard_by", "Rosa Medina")
    rosa.page.locator('button[name="do"][value="send"]').click()
    rosa.page.wait_for_url("**/referrals/**")
    rosa.reads("Then we ask %(place)s.", place=kitchen["organization"])
    rosa.look("referral-two-places")
    address = rosa.page.url.partition("?")[0].removeprefix(running_system.address)
    for kind in ("print", "slip"):
        rosa.go(f"{address}/{kind}")
        rosa.look(f"referral-{kind}")


def _places(system: RunningSystem) -> tuple[dict[str, Any], dict[str, Any]]:
    asked = {"need": "food", "near": NEAR, "radius_m": 40_000, "limit": 100}
    found = system.client.get(f"{system.address}/api/search", params=asked).json()["results"]

    def one(organization: str) -> dict[str, Any]:
        return next(
            place
            for place in found
            if place["organization"].replace("’", "'") == organization
            and place["how_to_start"] == "agency_calls_patient"
        )

    return one("Harbor Pantry"), one("St Mary's Kitchen")


def _sign_in(who: Visitor) -> None:
    who.go("/sign-in")
    who.fill("email", "rosa@lincoln.example")
    who.fill("password", PASSWORD)
    who.press("Sign in")
    who.page.wait_for_url("**/today")


def _fill(rosa: Visitor, name: str, phone: str) -> None:
    rosa.fill("name", name)
    rosa.page.locator('select[name="language"]').select_option(rosa.language)
    rosa.fill("zip", NEAR)
    rosa.fill("household_size", "3")
    rosa.fill("household_ages", "34, 6, 2")
    rosa.tick("need", "food")
    rosa.tick("urgency", "this_week")
    rosa.tick("way", "own_phone")
    rosa.fill("phone", phone)
    rosa.tick("naming_level", "plain")
