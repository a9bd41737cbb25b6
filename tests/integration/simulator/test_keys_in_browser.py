"""The flip phone's keys in real Chromium."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import async_playwright

if TYPE_CHECKING:
    from tests.integration.simulator.conftest import Running

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="No Chromium on this machine."),
]

AGENCY = "+12025550144"


async def test_keys_type_and_a_new_text_does_not_lose_what_was_typed(running: Running) -> None:
    await running.send(body="Reply 27 1 yes, 27 3 no")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM)
        page = await browser.new_page(viewport={"width": 360, "height": 800})
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto(f"{running.http.base_url}/simulator/phones/{AGENCY}")
        for key in "27*1":
            await page.click(f'[data-key="{key}"]')
        assert await page.text_content("#count") == "4/160"
        await page.click(".send")
        await page.wait_for_selector("#texts .me:has-text('27 1')")
        assert await page.input_value("#body") == ""
        await page.click('[data-key="#"]')
        for key in "4433":  # h and e, by several taps of one key
            await page.click(f'[data-key="{key}"]')
        await running.send(body="Second text")
        await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await page.wait_for_selector("#texts :has-text('Second text')")
        assert await page.input_value("#body") == "he"
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
        assert problems == []
        await browser.close()
    await running.settled()
    assert [form["Body"] for form in running.listener.forms("messages")] == ["27 1"]
