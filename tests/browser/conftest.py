"""Chromium for one test; every person in it gets a browser context of their own."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from support.browsing import Visitor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext

    from support.running import RunningSystem

PATIENCE_MS = 15_000
HEIGHTS = {360: 740, 1280: 900}


@pytest.fixture
def chromium(running_system: RunningSystem) -> Iterator[Browser]:
    """A browser a test: while playwright is on, its loop lets no other one run in this thread."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser")
    # Chromium's sandbox does not work for root, which test machines often are.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=options)
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Browser, running_system: RunningSystem) -> Iterator[Callable[..., Visitor]]:
    """Makes people at browsers: `visitor("es", 360)`."""
    contexts: list[BrowserContext] = []
    pictures = [0]

    def make(language: str = "en", width: int = 1280, *, javascript: bool = True) -> Visitor:
        context = chromium.new_context(
            viewport={"width": width, "height": HEIGHTS[width]},
            locale="es-US" if language == "es" else "en-US",
            java_script_enabled=javascript,
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies([{"name": "lang", "value": language, "url": running_system.address}])
        contexts.append(context)
        return Visitor(
            running_system, context, context.new_page(), language, width, pictures=pictures
        )

    yield make
    for context in contexts:
        context.close()
