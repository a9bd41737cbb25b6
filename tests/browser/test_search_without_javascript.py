"""Somebody with an old phone and no JavaScript finds a place with nothing but the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.browsing import Visitor

pytestmark = pytest.mark.browser

MOST_STOPS = 60


@pytest.mark.parametrize(("language", "need"), [("en", "food"), ("es", "comida")])
def test_a_place_is_found_by_keyboard_alone(
    visitor: Callable[..., Visitor], language: str, need: str
) -> None:
    someone = visitor(language, 360, javascript=False)
    someone.go("/")
    _tab_to(someone, "input[name=q]")
    someone.page.keyboard.type(need)
    _tab_to(someone, "input[name=near]")
    someone.page.keyboard.type("21801")
    someone.page.keyboard.press("Enter")
    someone.page.wait_for_url("**/search?**")
    places = someone.page.locator("a[href^='/services/']")
    assert places.count() >= 3
    _tab_to(someone, "a[href^='/services/']")
    someone.page.keyboard.press("Enter")
    someone.page.wait_for_url("**/services/**")
    _tab_to(someone, "a[href^='tel:']")
    assert someone.page.locator("h1").is_visible()


def test_the_first_stop_skips_to_the_content(visitor: Callable[..., Visitor]) -> None:
    someone = visitor("en", 360, javascript=False)
    someone.go("/search?need=food&near=21801")
    someone.page.keyboard.press("Tab")
    assert someone.page.locator("a.skip:focus").count() == 1
    someone.page.keyboard.press("Enter")
    assert someone.page.url.endswith("#main")


def test_filters_and_more_places_need_no_javascript(visitor: Callable[..., Visitor]) -> None:
    someone = visitor("en", 360, javascript=False)
    someone.go("/search?need=food&near=21801&radius_m=40000")
    everywhere = someone.page.locator("ol.results > li").count()
    someone.page.locator("input[name=eligibility][value=no_id]").check()
    someone.press("Search")
    someone.page.wait_for_url("**eligibility=no_id**")
    assert 0 < someone.page.locator("ol.results > li").count() <= everywhere


@pytest.mark.parametrize("language", ["en", "es"])
def test_pages_of_trouble_read_well_too(visitor: Callable[..., Visitor], language: str) -> None:
    someone = visitor(language, 360)
    danger = "me pega" if language == "es" else "he hits me"
    for name, path in {
        "search-nothing": "/search?q=xylophone&near=21801",
        "search-place-unknown": "/search?q=food&near=00000",
        "search-danger": f"/search?q={danger}&near=21801",
        "page-unknown": "/no-such-page",
        "about": "/about",
    }.items():
        someone.go(path)
        someone.look(name)
    someone.go(f"/search?q={danger}&near=21801")
    assert someone.page.locator("main a[href='tel:911']").first.is_visible()


def _tab_to(someone: Visitor, selector: str) -> None:
    """Press Tab until the focus is there; what has the focus must be seen to have it."""
    for _ in range(MOST_STOPS):
        someone.page.keyboard.press("Tab")
        focused = someone.page.locator(f"{selector}:focus")
        if focused.count():
            style = focused.first.evaluate(
                "node => getComputedStyle(node).outlineStyle + getComputedStyle(node).boxShadow"
            )
            assert style != "nonenone", f"the focus on {selector} can't be seen"
            return
    raise AssertionError(f"{selector} can't be reached by Tab")
