"""Somebody with nothing but a keyboard: Tab, Enter, Space, arrows and letters, never a click."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from support.browsing import Visitor

MOST_STOPS = 250
# Where the focus is and whether it can be seen there: an outline, and a box on the glass.
FOCUS = """
(() => {
  const here = document.activeElement;
  if (!here || here === document.body || here === document.documentElement) return null;
  const style = getComputedStyle(here), box = here.getBoundingClientRect();
  return {
    what: here.outerHTML.slice(0, 160),
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
    seen: box.width > 0 && box.height > 0 && box.right > 0 && box.bottom > 0
      && box.top < innerHeight && box.left < innerWidth && here.checkVisibility(),
  };
})()
"""


@dataclass
class Keyboard:
    """The keys of a visitor's page; each stop of the focus is looked at."""

    who: Visitor
    stops: int = 0

    @property
    def _keys(self) -> Any:
        return self.who.page.keyboard

    def key(self, *names: str) -> None:
        for name in names:
            self._keys.press(name)

    def type(self, words: str) -> None:
        self._keys.type(words)

    def tab(self, *, back: bool = False) -> dict[str, Any] | None:
        """To the next stop; None is the end of the page, where the browser's own bar is."""
        self.key("Shift+Tab" if back else "Tab")
        focus = self.focus()
        if focus is not None:
            self.stops += 1
            assert focus["outlined"], f"the focus can't be seen: {focus['what']}"
            assert focus["seen"], f"the focus is off the glass: {focus['what']}"
        return focus

    def focus(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.who.page.evaluate(FOCUS)
        return found

    def is_on(self, selector: str) -> bool:
        found: bool = self.who.page.evaluate(
            "selector => document.activeElement.matches(selector)", selector
        )
        return found

    def to(self, selector: str, *, back: bool = False) -> None:
        """Tab until the focus is there."""
        if self.is_on(selector):
            return
        for _stop in range(MOST_STOPS):
            self.tab(back=back)
            if self.is_on(selector):
                return
        heading = self.who.page.locator("h1").first.inner_text()
        raise AssertionError(f"{selector} can't be reached by Tab: “{heading}” {self.who.page.url}")

    def fill(self, name: str, words: str) -> None:
        """Type into a field of the form, which keeps the focus whatever the page does."""
        self.to(f"[name='{name}']")
        self.type(words)
        assert self.is_on(f"[name='{name}']")

    def tick(self, name: str, value: str = "1") -> None:
        box = f"input[type=checkbox][name='{name}'][value='{value}']"
        self.to(box)
        if not self.is_on(":checked"):
            self.key("Space")
        assert self.is_on(f"{box}:checked")

    def choose(self, name: str, value: str) -> None:
        """A round button: Tab to the group, then the arrows."""
        self.to(f"input[type=radio][name='{name}']")
        wanted = f"input[type=radio][name='{name}'][value='{value}']:checked"
        if not self.is_on(":checked"):
            self.key("Space")
        for _stop in range(10):
            if self.is_on(wanted):
                return
            self.key("ArrowDown")
        raise AssertionError(f"{name}={value} can't be chosen by the arrows")

    def press(self, selector: str, *, with_key: str = "Enter") -> None:
        """A link or button, once the focus has come to it."""
        self.to(selector)
        self.key(with_key)
