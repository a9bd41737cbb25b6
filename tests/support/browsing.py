"""A person at a browser: what they see and press, a picture of each page, and axe-core over it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from shared.i18n import gettext, using_language

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

    from support.running import RunningSystem

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "screenshots"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """
axe.run(document, {resultTypes: ["violations"] %s}).then(found => found.violations.map(rule => ({
  id: rule.id, impact: rule.impact, help: rule.help,
  nodes: rule.nodes.map(node => [node.target.join(" "), node.failureSummary]),
})))
"""
# In the dark the page has the same elements in other colours.
COLOURS_ONLY = ', runOnly: {type: "rule", values: ["color-contrast", "link-in-text-block"]}'
BAD = {"serious", "critical"}
# A page is wider than the phone's glass when something sticks out of it.
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

# Phone numbers that are broken over two lines.
BROKEN_NUMBERS = r"""
(() => {
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), broken = [];
  for (let node; (node = words.nextNode()); ) {
    if (node.parentElement.closest("textarea, script, option")) continue;
    for (const found of node.data.matchAll(/\d{3}-\d{3}-\d{4}/g)) {
      const range = document.createRange();
      range.setStart(node, found.index);
      range.setEnd(node, found.index + found[0].length);
      if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1)
        broken.push(node.data.trim().slice(0, 160));
    }
  }
  return broken;
})()
"""


@lru_cache(maxsize=1)
def _axe() -> str:
    if not AXE.exists():
        pytest.fail("axe-core is not here: `scripts/setup.sh --browser` fetches it.")
    return AXE.read_text()


@dataclass
class Visitor:
    """One person's browser, in one language and at one width."""

    system: RunningSystem
    context: BrowserContext
    page: Page
    language: str
    width: int
    seen: list[str] = field(default_factory=list)
    pictures: list[int] = field(default_factory=lambda: [0])
    # Whether phone numbers must stand whole on each page looked at; not in the simulator.
    reads_numbers: bool = False

    def go(self, path: str) -> None:
        """Type an address."""
        address = path if path.startswith("http") else f"{self.system.address}{path}"
        answer = self.page.goto(address)
        assert answer is not None
        assert answer.status < 500, f"{answer.status} at {path}"

    def words(self, message: str, **values: Any) -> str:
        """A page's English words in this person's language."""
        with using_language(self.language):
            return gettext(message, **values)

    def press(self, message: str, **values: Any) -> None:
        """Press the button with these words."""
        words = self.words(message, **values)
        self.page.get_by_role("button", name=words, exact=True).first.click()

    def follow(self, message: str, **values: Any) -> None:
        """Follow the link with these words."""
        self.page.get_by_role("link", name=self.words(message, **values), exact=True).first.click()

    def tick(self, name: str, value: str = "1") -> None:
        """Tick a box or choose a round button, by the form's names."""
        self.page.locator(f'input[name="{name}"][value="{value}"]').check()

    def fill(self, name: str, value: str) -> None:
        """Fill a field, by the form's name."""
        self.page.locator(f'[name="{name}"]').first.fill(value)

    def reads(self, message: str, **values: Any) -> None:
        """These words are on the page, or come within a few seconds."""
        words = self.words(message, **values)
        self.page.get_by_text(words).first.wait_for(state="visible", timeout=10_000)

    def look(self, name: str, *, in_the_dark: bool = False) -> None:
        """Picture and axe by light and in the dark; the page fits, has a title and one heading.

        `in_the_dark` keeps a picture of the dark page too.
        """
        self.page.wait_for_load_state("load")
        self.pictures[0] += 1
        self._picture(name)
        assert self.page.locator("h1").count() == 1, f"{name}: headings of the first rank"
        assert self.page.title().strip(), f"{name}: title"
        language = self.page.locator("html").get_attribute("lang")
        assert language == self.language, f"{name} speaks {language}"
        assert self.page.evaluate(OVERFLOW) <= 0, f"{name} is wider than {self.width} px"
        checked = self.reads_numbers and "/simulator" not in self.page.url
        broken = self.page.evaluate(BROKEN_NUMBERS) if checked else []
        assert not broken, f"{name}: phone numbers in two halves: {broken}"
        self._axe(name)
        self.page.emulate_media(color_scheme="dark")
        self._axe(f"{name} in the dark", COLOURS_ONLY)
        if in_the_dark:
            self._picture(f"{name}-dark")
        self.page.emulate_media(color_scheme="light")
        self.seen.append(name)

    def print(self, name: str) -> None:
        """A picture of the page as paper shows it."""
        self.page.emulate_media(media="print")
        self._picture(f"{name}-paper")
        self.page.emulate_media(media="screen")

    def _picture(self, name: str) -> None:
        folder = PICTURES / f"{self.language}-{self.width}"
        folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=folder / f"{self.pictures[0]:02d}-{name}.png", full_page=True)

    def _axe(self, name: str, only: str = "") -> None:
        # By the debugger, not by a script element: our policy stays in force.
        session = self.context.new_cdp_session(self.page)
        try:
            if not self.page.evaluate("'axe' in window"):
                session.send("Runtime.evaluate", {"expression": _axe()})
            answer = session.send(
                "Runtime.evaluate",
                {"expression": RUN_AXE % only, "awaitPromise": True, "returnByValue": True},
            )
        finally:
            session.detach()
        found = answer["result"].get("value")
        assert found is not None, f"{name}: axe did not run: {answer}"
        bad = [rule for rule in found if rule["impact"] in BAD]
        assert not bad, f"{name}: {bad}"
