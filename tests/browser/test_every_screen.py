"""Every screen that the journey does not pass, with empty and error states: pictures and axe.

`make screenshots` looks in both languages at both widths; the ordinary suite at two of the four.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import pytest
from litestar.routes import HTTPRoute

from directory.api import seed_id
from shared.database import Database
from shared.settings import get_settings
from web.app import create_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.browsing import Visitor
    from support.running import RunningSystem

pytestmark = pytest.mark.browser

PASSWORD = "handback-demo"
EVERY_SCREEN = os.environ.get("EVERY_SCREEN") == "1"  # noqa: TID251 -- chooses how much is tested
LOOKS = [("en", 1280), ("es", 360), *([("en", 360), ("es", 1280)] if EVERY_SCREEN else [])]
NEAR = "near=21801"
PUBLIC = {
    "home": "/",
    "search-results": f"/search?need=food&{NEAR}",
    "search-without-a-place": "/search?need=food",
    "search-nothing-fits": f"/search?q=food&{NEAR}&open_now=1&eligibility=no_id&radius_m=200",
    "search-nobody-knows-the-word": f"/search?q=xylophone+lessons&{NEAR}",
    "search-unknown-zip": "/search?q=food&near=00000",
    "danger-violence": "/search?q=he+hits+me",
    "danger-suicide": "/search?q=i+want+to+die",
    "danger-overdose": "/search?q=overdose",
    "danger-eviction": "/search?q=evicted+tomorrow",
    "about": "/about",
    "not-found": "/no-such-page",
    "service-not-found": "/services/01890000-0000-7000-8000-000000000000",
    "link-unknown": f"/r/{'x' * 43}",
    "sign-in": "/sign-in",
    "styleguide-light": "/styleguide?theme=light",
    "styleguide-dark": "/styleguide?theme=dark",
    "styleguide-big-type": "/styleguide?type=big",
    "search-slow": "/styleguide?screen=search-slow",
    "closed-for-safety": "/styleguide?screen=closed-for-safety",
}
PEOPLE = {
    "navigator": "tom@lincoln.example",
    "coordinator": "grace@lincoln.example",
    "agency": "luis@ridesforhealth.example",
    "steward": "priya@shorehelp.example",
    "administrator": "june@network.example",
}
NO_PAGES = ("/api", "/simulator", "/static", "/healthz", "/readyz", "/metrics", "/styleguide")

# What a thumb presses; links inside a sentence are as high as the sentence.
SMALL_TARGETS = """
[...document.querySelectorAll(
  "button, summary, select, textarea, .btn, .tap, .bar a, a.act:not(.note a), " +
  "input:not([type=hidden], [type=checkbox], [type=radio]), " +
  "label:has([type=checkbox], [type=radio])")]
  .filter(each => each.checkVisibility() && !each.closest(".leaflet-container, .chart"))
  .map(each => [each.outerHTML.slice(0, 120), each.getBoundingClientRect().height])
  .filter(([, height]) => height > 0 && height < 43.5)
"""


@pytest.mark.parametrize(("language", "width"), LOOKS)
def test_every_public_screen_is_sound(
    visitor: Callable[..., Visitor], language: str, width: int
) -> None:
    reader = visitor(language, width)
    for name, path in PUBLIC.items():
        reader.go(path)
        _look(reader, name, in_the_dark=name in {"home", "search-results", "danger-violence"})


@pytest.mark.parametrize(("language", "width"), LOOKS)
def test_every_kind_of_service_page_is_sound_to_the_report(
    visitor: Callable[..., Visitor], running_system: RunningSystem, language: str, width: int
) -> None:
    reader = visitor(language, width)
    for name, place in _kinds(running_system).items():
        reader.go(f"/services/{place['id']}")
        _look(reader, f"service-{name}", in_the_dark=name == "walk_in")
        reader.print(f"service-{name}")
    reader.page.locator("#wrong summary").click()
    reader.press("The hours are wrong")
    reader.reads("Thank you")
    _look(reader, "report-thanks")
    reader.fill("note", "Thursday, not Friday")
    reader.press("Send these words too")
    _look(reader, "report-with-words")
    reader.page.go_back()
    reader.page.go_back()
    reader.go(f"{reader.page.url.partition('?')[0]}/report")
    _look(reader, "report")


@pytest.mark.parametrize(("language", "width"), LOOKS)
@pytest.mark.parametrize("role", list(PEOPLE))
def test_every_screen_of_each_role_is_sound(
    visitor: Callable[..., Visitor], language: str, width: int, role: str
) -> None:
    person = visitor(language, width)
    _sign_in(person, PEOPLE[role])
    seen = 0
    for path in _plain_pages():
        answer = person.page.goto(f"{person.system.address}{path}")
        assert answer is not None
        assert answer.status < 500, path
        if answer.status == 200 and answer.url.partition("?")[0].endswith(path):
            _look(person, f"{role}-{_name(path)}", in_the_dark=path in {"/today", "/desk"})
            seen += 1
    assert seen >= 2


@pytest.mark.parametrize(("language", "width"), LOOKS)
def test_lists_of_staff_are_sound_from_empty_to_paper(
    visitor: Callable[..., Visitor], running_system: RunningSystem, language: str, width: int
) -> None:
    maya = visitor(language, width)
    _sign_in(maya, "maya@oakstreet.example")
    places = list(_kinds(running_system).values())[:3]
    name = f"Food {language} {width}"
    maya.go(f"/find?need=food&{NEAR}")
    _look(maya, "find-results")
    maya.go(f"/find?q=xylophone&{NEAR}")
    _look(maya, "find-nothing")
    maya.go(f"/find/services/{places[0]['id']}")
    _look(maya, "service-for-staff")
    maya.follow("Add to a list")
    maya.press("Make the list and add it")
    _look(maya, "list-without-a-name")
    maya.fill("name", name)
    maya.press("Make the list and add it")
    for place in places[1:]:
        maya.go(f"/lists/add?place={place['id']}")
        maya.page.locator(".answers button", has_text=name).click()
    maya.page.locator("li[id^='i-'] details summary").first.click()
    maya.page.locator("li[id^='i-'] input[name='note']").first.fill("Ask for Denise")
    maya.page.locator("li[id^='i-'] button[value^='note:']").first.click()
    maya.page.get_by_text("Ask for Denise").first.wait_for()
    _look(maya, "list", in_the_dark=True)
    maya.follow("Print one page")
    _look(maya, "list-to-print")
    maya.print("list-to-print")
    maya.go("/lists")
    _look(maya, "lists")


def test_an_answer_without_a_signal_is_kept_and_sent_later(visitor: Callable[..., Visitor]) -> None:
    """The script on a form that changes nothing but its own session."""
    walt = visitor("en", 360)
    _sign_in(walt, "walt@stmarys.example")
    walt.go("/desk")
    form = """(() => {
      document.querySelector('main').insertAdjacentHTML('beforeend',
        '<form method="post" action="/sign-out" id="try"><button id="go">Go</button></form>');
      const csrf = document.querySelector('[name=csrf]').cloneNode();
      document.getElementById('try').append(csrf);
    })()"""
    walt.page.evaluate(form)
    walt.context.set_offline(True)

    walt.page.locator("#go").click()

    walt.reads("Not sent yet")
    _look(walt, "no-signal")
    walt.context.set_offline(False)
    walt.page.wait_for_url("**/sign-in")


@pytest.mark.parametrize("path", ["/", "/search?q=food", "/about", "/no-such-page"])
def test_each_public_page_is_left_fast_by_button_and_by_two_presses_of_esc(
    visitor: Callable[..., Visitor], path: str
) -> None:
    reader = visitor("en", 360)
    reader.page.route("https://www.weather.gov/**", lambda route: route.fulfill(body="weather"))
    for leave in (_press_leave, _press_esc_twice):
        reader.go(path)
        leave(reader)
        reader.page.wait_for_url("https://www.weather.gov/**")
        reader.page.go_back()
        assert path.partition("?")[0] not in reader.page.url.removeprefix(reader.system.address)


def _look(who: Visitor, name: str, *, in_the_dark: bool = False) -> None:
    who.look(name, in_the_dark=in_the_dark)
    small = who.page.evaluate(SMALL_TARGETS)
    assert small == [], f"{name}: smaller than 44 px"


def _press_leave(reader: Visitor) -> None:
    reader.page.locator(".leave").click()


def _press_esc_twice(reader: Visitor) -> None:
    reader.page.keyboard.press("Escape")
    reader.page.keyboard.press("Escape")


def _sign_in(who: Visitor, email: str) -> None:
    who.go("/sign-in")
    who.fill("email", email)
    who.fill("password", PASSWORD)
    who.press("Sign in")
    who.page.wait_for_url(re.compile(r"/(today|desk|find|steward|administration|network).*"))


def _plain_pages() -> list[str]:
    """Every page of the application whose address needs no id."""
    app = create_app(get_settings(), Database("postgresql://nobody@localhost/none"))
    return sorted(
        route.path
        for route in app.routes
        if isinstance(route, HTTPRoute)
        and "GET" in route.methods
        and "{" not in route.path
        and not route.path.startswith(NO_PAGES)
        and not route.path.endswith(("/version", ".csv"))
        and route.path not in PUBLIC.values()
        and route.path not in {"/lists/add", "/search"}
    )


def _name(path: str) -> str:
    return path.strip("/").replace("/", "-") or "home"


def _kinds(system: RunningSystem) -> dict[str, dict[str, Any]]:
    """One service for each way to start, one by phone, one that is private."""
    asked = {"near": "21801", "radius_m": 80_000, "limit": 100}
    found: dict[str, dict[str, Any]] = {}
    for need in ("food", "bed", "bills", "safety", "rides", "legal"):
        answer = system.client.get(f"{system.address}/api/search", params={"need": need, **asked})
        read = answer.json()
        for place in [*read["results"], *read["remote"]]:
            found.setdefault(place["how_to_start"], place)
            found.setdefault(place["kind"], place)
    found["closed"] = {"id": seed_id("service", "shore-ready-cooling-center")}
    assert len(found) >= 4
    return found
