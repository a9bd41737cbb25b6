"""The pages without JavaScript, and the process itself."""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING

import aiosmtplib
import httpx
import pytest

from notify.channels.simulator.app import adopt_clock, running_simulator
from notify.channels.simulator.options import SimulatorOptions
from shared import clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.simulator.conftest import Running

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOST = "127.0.0.1"
AGENCY = "+12025550144"


@pytest.mark.parametrize(
    "path",
    [
        "/simulator",
        f"/simulator/phones/{AGENCY}",
        f"/simulator/phones/{AGENCY}?look=smart&mailbox=denise@harbor.example",
        "/simulator/mailboxes/denise@harbor.example",
    ],
)
@pytest.mark.parametrize("lang", ["en", "es"])
async def test_every_page_answers_without_any_inline_script_or_style(
    running: Running, path: str, lang: str
) -> None:
    await running.send(body="<script>alert(1)</script> https://handback.example/r/abc")
    page = await running.http.get(path, params={"lang": lang})
    assert page.status_code == 200
    assert f'<html lang="{lang}">' in page.text
    assert "style=" not in page.text
    assert page.text.count("<script") == 1
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"


async def test_spanish_comes_by_query_or_by_the_browsers_wish(running: Running) -> None:
    wish = {"Accept-Language": "es-US,es;q=0.9,en;q=0.8"}
    assert "Simulador" in (await running.http.get("/simulator", headers=wish)).text
    both = await running.http.get("/simulator?lang=en", headers=wish)
    assert "Simulator: phones" in both.text


async def test_the_send_button_works_without_javascript(running: Running) -> None:
    await running.send()
    form = {"body": "27 1", "look": "smart", "lang": "es", "mailbox": "denise@harbor.example"}
    sent = await running.http.post(f"/simulator/phones/{AGENCY}/replies", data=form)
    assert sent.status_code == 303
    assert sent.headers["Location"] == (
        f"/simulator/phones/{AGENCY}?lang=es&look=smart&mailbox=denise@harbor.example#phone"
    )
    await running.settled()
    assert [form["Body"] for form in running.listener.forms("messages")] == ["27 1"]
    page = await running.http.get(sent.headers["Location"])
    assert "27 1" in page.text


async def test_choosing_a_phone_leads_to_its_page(running: Running) -> None:
    chosen = await running.http.get("/simulator", params={"phone": AGENCY, "look": "smart"})
    assert chosen.status_code == 303
    assert chosen.headers["Location"] == f"/simulator/phones/{AGENCY}?look=smart"


async def test_the_clocks_buttons_ask_the_program(running: Running) -> None:
    for advance in ("half-hour", "day", "morning", "nonsense"):
        form = {"advance": advance, "back": "https://elsewhere.example"}
        turned = await running.http.post("/simulator/clock", data=form)
        assert turned.headers["Location"] == "/simulator"
    half_hour, day, morning = running.listener.clock
    assert (half_hour, day) == (1800, 86_400)
    assert 0 < morning <= 25 * 3600


async def test_a_mail_is_shown_with_links_that_open_in_a_new_tab(running: Running) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "ask@handback.example", "denise@harbor.example"
    message["Subject"] = "<b>Food</b>"
    message.set_content("Hello")
    message.add_alternative('<p onclick="x()"><a href="https://a.example/r">Open</a></p>', "html")
    await aiosmtplib.send(message, hostname=HOST, port=running.smtp_port, start_tls=False)
    page = (await running.http.get("/simulator/mailboxes/denise@harbor.example")).text
    link = '<p><a href="https://a.example/r" target="_blank" rel="noopener noreferrer">Open</a></p>'
    assert link in page
    assert "&lt;b&gt;Food&lt;/b&gt;" in page


async def test_a_page_elsewhere_cannot_write_in_a_phones_name(running: Running) -> None:
    await running.send()
    path = f"/simulator/phones/{AGENCY}/replies"
    refused = await running.http.post(
        path, data={"body": "27 1"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert refused.status_code == 403


@pytest.mark.parametrize(
    "path", ["/simulator/phones/abc", "/simulator/static/app.py", "/simulator/static/..%2Fapp.py"]
)
async def test_what_is_not_there_is_not_found(running: Running, path: str) -> None:
    assert (await running.http.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"/simulator/api/phones/{AGENCY}/replies", {"body": ""}),
        (f"/simulator/api/phones/{AGENCY}/replies", {"text": "27 1"}),
        ("/simulator/api/names", {"nobody": "Ana"}),
        ("/simulator/api/offset", {"seconds": 1e12}),
        ("/simulator/api/faults", []),
    ],
)
async def test_wrong_input_is_refused_in_words(running: Running, path: str, body: object) -> None:
    answer = await running.http.post(path, json=body)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")


async def test_a_taken_port_is_an_error_not_half_a_simulator(
    running: Running, free_ports: Callable[[int], list[int]]
) -> None:
    taken = int(str(running.http.base_url.port))
    with pytest.raises(OSError, match="in use"):
        async with running_simulator(
            SimulatorOptions(), http_port=taken, smtp_port=free_ports(1)[0]
        ):
            pass


async def test_a_simulator_that_starts_late_adopts_the_programs_clock(running: Running) -> None:
    before = running.simulator.version
    await adopt_clock(running.options, running.simulator)
    assert clock.offset() == timedelta(days=1)
    assert running.simulator.version != before


async def test_the_process_starts_by_settings_and_stops_at_sigterm(
    free_ports: Callable[[int], list[int]],
) -> None:
    http_port, smtp_port = free_ports(2)
    program = (
        "from notify.channels.simulator.app import run_simulator\n"
        "from shared.settings import Settings\n"
        f"run_simulator({http_port}, {smtp_port}, Settings(mode='test', port=9))"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
    try:
        async with asyncio.timeout(10), httpx.AsyncClient(trust_env=False) as http:
            while True:
                try:
                    answer = await http.get(f"http://{HOST}:{http_port}/simulator/api/version")
                    break
                except httpx.ConnectError:
                    await asyncio.sleep(0.05)
            assert answer.json()["pending"] == 0
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
