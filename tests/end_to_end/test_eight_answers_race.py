"""Eight people of an agency answer the same request at once, by four ways: one of them wins.

Asserted: the eight leave at one barrier; each request has exactly one winning answer and leaves
"waiting" exactly once; whoever lost by page, link or program is told kindly who was first; every
text is read, and those that came too late are told so on the phone (a few an hour: two machines
must not talk for ever). Which way wins is chance: a text has the longer way.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
import psycopg

from support.organizations import Program, key_by_command, verify_channels
from support.running import wait_for

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from support.running import RunningSystem


REQUESTS, AT_ONCE = 100, 4
DEMO_PASSWORD = "handback-demo"
CLINIC_NUMBER = "+12025550190"
# (agency, its service that is asked, who works there, two phones and a mailbox)
AGENCIES = [
    ("Harbor Pantry", "Food boxes", "denise@harborpantry.example",
     ["+12025550144", "+12025550161", "desk@harborpantry.example"]),
    ("Rides for Health", "Rides to the doctor", "luis@ridesforhealth.example",
     ["+12025550128", "+12025550162", "desk@ridesforhealth.example"]),
    ("Elm Street Shelter", "Caseworker for housing", "keisha@elmstreetshelter.example",
     ["+12025550110", "+12025550163", "desk@elmstreetshelter.example"]),
    ("New Neighbors", "Interpreters and translations", "marisol@newneighbors.example",
     ["+12025550148", "+12025550164", "desk@newneighbors.example"]),
]  # fmt: skip
NO = {"do": "no", "why": "no_capacity"}
NONCE = re.compile(r'name="nonce" value="([^"]+)"')
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
# By page and link, then by the API; some of these people read Spanish.
KIND_WORDS = re.compile(r"already (said|answered by)|ya contestó", re.IGNORECASE)
DATABASE_FACTS = """
select r.id::text as id, r.status, r.held is not null as held,
  (select count(*) from referral_event e where e.referral_id = r.id
     and e.status_from = 'sent' and e.status_to <> 'sent') as left_sent,
  (select array_agg(e.way order by e.version) from referral_event e
     where e.referral_id = r.id and e.party = 'agency'
     and (e.kind = 'answer_given' or (e.status_from = 'sent' and e.actor not like 'clock%%'))
  ) as winners
from referral r
"""


@dataclass
class Agency:
    """Its people's ways to answer."""

    name: str
    service: str
    phones: list[str]
    mailbox: str
    program: Program
    desk: httpx.AsyncClient
    csrf: str
    links: dict[int, str] = field(default_factory=dict)


# A request as it was sent, with the agency that has it.
Sent = tuple[Agency, dict[str, Any]]


@dataclass(frozen=True)
class Answered:
    """What one of the eight was told. Who wrote a text is told by text."""

    way: str
    won: bool | None
    status: int
    words: str


async def test_of_eight_parallel_answers_exactly_one_wins(running_system: RunningSystem) -> None:
    system = running_system
    system.turn_clock_to_tuesday()
    async with httpx.AsyncClient(
        base_url=system.address, timeout=60, headers={"origin": system.address}
    ) as web:
        agencies = await asyncio.gather(*(_agency(system, *facts) for facts in AGENCIES))
        try:
            requests = await asyncio.to_thread(_send_all, system, agencies)
            await asyncio.to_thread(wait_for, lambda: _all_asked(system, agencies), seconds=60)
            answers = await _race_all(web, system, requests)
        finally:
            for agency in agencies:
                await agency.desk.aclose()
    _check_losers_were_told_kindly(answers)
    wait_for(lambda: _unread_texts(system) == 0, seconds=60)
    _check_one_winner_each(_facts(system, requests), answers)
    wait_for(lambda: _told_by_text(system, agencies) >= len(agencies), seconds=60)

    system.turn_clock(minutes=30)
    ended = wait_for(lambda: _none_held(_facts(system, requests)), seconds=60)
    assert len(ended) == REQUESTS
    assert [facts["left_sent"] for facts in ended.values()] == [1] * REQUESTS
    assert {facts["status"] for facts in ended.values()} == {"accepted", "declined"}


# --- setting the stage


async def _agency(
    system: RunningSystem, name: str, service: str, email: str, addresses: list[str]
) -> Agency:
    def set_up() -> Program:
        verify_channels(system, _member(system, name), addresses)
        return key_by_command(system, name)

    program = await asyncio.to_thread(set_up)
    desk = httpx.AsyncClient(
        base_url=system.address, timeout=60, headers={"origin": system.address}
    )
    form = await desk.get("/sign-in")
    signed_in = await desk.post("/sign-in", data={
        "email": email, "password": DEMO_PASSWORD, "nonce": NONCE.findall(form.text)[0],
    })  # fmt: skip
    assert signed_in.status_code == 303, signed_in.text
    about = await desk.get("/desk")
    csrf = CSRF.findall(about.text)[0]
    return Agency(name, service, addresses[:2], addresses[2], program, desk, csrf)


def _member(system: RunningSystem, name: str) -> UUID:
    with psycopg.connect(system.urls["admin"]) as connection:
        row = connection.execute("select id from member where name = %s", (name,)).fetchone()
    assert row is not None
    return UUID(str(row[0]))


def _place(system: RunningSystem, agency: Agency) -> str:
    with psycopg.connect(system.urls["admin"]) as connection:
        row = connection.execute(
            "select p.id from service_at_location p join service s on s.id = p.service_id"
            " join organization o on o.id = s.organization_id where o.name = %s and s.name = %s",
            (agency.name, agency.service),
        ).fetchone()
    assert row is not None
    return str(row[0])


def _send_all(system: RunningSystem, agencies: Sequence[Agency]) -> list[Sent]:
    clinic = key_by_command(system, "Lincoln Clinic")
    places = {agency.name: _place(system, agency) for agency in agencies}
    requests = []
    for number in range(REQUESTS):
        agency = agencies[number % len(agencies)]
        patient = {"name": f"Patient {number}", "reach": "will_come_or_call", "zip": "21801"}
        sent = clinic.send(places[agency.name], patient=patient, urgency="this_week")
        requests.append((agency, sent))
    return requests


def _all_asked(system: RunningSystem, agencies: Sequence[Agency]) -> bool:
    """Every phone and every mailbox has all of its agency's requests; keeps the links."""
    each = REQUESTS // len(agencies)
    for agency in agencies:
        for mail in system.mails(agency.mailbox):
            link = next(link["href"] for link in mail["links"] if "/r/" in link["href"])
            agency.links[int(mail["subject"].split()[-1])] = link
        texts = [len(system.texts(phone)) for phone in agency.phones]
        if len(agency.links) < each or min(texts) < each:
            return False
    return True


# --- the race


async def _race_all(
    web: httpx.AsyncClient,
    system: RunningSystem,
    requests: list[Sent],
) -> dict[str, list[Answered]]:
    places = asyncio.Semaphore(AT_ONCE)

    async def race(agency: Agency, sent: dict[str, Any]) -> list[Answered]:
        async with places:
            return await _race(web, system, agency, sent)

    found = await asyncio.gather(*(race(agency, sent) for agency, sent in requests))
    return {sent["id"]: answers for (_, sent), answers in zip(requests, found, strict=True)}


async def _race(
    web: httpx.AsyncClient,
    system: RunningSystem,
    agency: Agency,
    sent: dict[str, Any],
) -> list[Answered]:
    """Forms are open on every screen before anybody presses; then all press together."""
    link = agency.links[sent["code"]]
    nonces = [NONCE.findall((await web.get(link)).text)[0] for _ in range(2)]
    yes = {"do": "yes"}
    answers = [
        *(_by_link(web, link, {**said, "nonce": nonce})
          for said, nonce in zip((yes, NO), nonces, strict=True)),
        *(_by_page(agency, sent["id"], {**said, "csrf": agency.csrf, "nonce": f"race-{number}"})
          for number, said in enumerate((yes, NO))),
        *(_by_text(web, system, phone, f"{sent['code']} {digit}")
          for phone, digit in zip(agency.phones, (1, 3), strict=True)),
        _by_api(web, agency.program, sent["id"], {"move": "accept"}),
        _by_api(web, agency.program, sent["id"], {"move": "decline", "reason": "no_capacity"}),
    ]  # fmt: skip
    start = asyncio.Barrier(len(answers))

    async def pressed(answer: Coroutine[Any, Any, Answered]) -> Answered:
        await start.wait()
        return await answer

    return await asyncio.gather(*map(pressed, answers))


async def _by_link(web: httpx.AsyncClient, link: str, form: dict[str, str]) -> Answered:
    answer = await web.post(link, data=form)
    return Answered("link", answer.status_code == 303, answer.status_code, answer.text)


async def _by_page(agency: Agency, referral_id: str, form: dict[str, str]) -> Answered:
    answer = await agency.desk.post(f"/desk/{referral_id}", data=form)
    return Answered("page", answer.status_code == 303, answer.status_code, answer.text)


async def _by_api(
    web: httpx.AsyncClient, program: Program, referral_id: str, move: dict[str, str]
) -> Answered:
    answer = await web.post(
        f"/api/referrals/{referral_id}/moves",
        json=move,
        headers={"authorization": f"Bearer {program.key}"},
    )
    return Answered("api", answer.is_success, answer.status_code, answer.text)


async def _by_text(
    web: httpx.AsyncClient, system: RunningSystem, phone: str, body: str
) -> Answered:
    typed = {"body": body, "to": CLINIC_NUMBER}
    sent = await web.post(f"{system.phones_address}/{phone}/replies", json=typed)
    assert sent.is_success, sent.text
    return Answered("text", None, sent.status_code, "")


# --- what must hold


def _check_losers_were_told_kindly(answers: dict[str, list[Answered]]) -> None:
    losers = [each for eight in answers.values() for each in eight if each.won is False]
    assert {each.status for each in losers} <= {409, 412}
    for each in losers:
        assert KIND_WORDS.search(each.words), each


def _check_one_winner_each(
    facts: dict[str, dict[str, Any]], answers: dict[str, list[Answered]]
) -> None:
    assert len(facts) == REQUESTS
    ways: Counter[str] = Counter()
    for referral_id, eight in answers.items():
        winners = facts[referral_id]["winners"] or []
        assert len(winners) == 1, f"{referral_id}: {winners}"
        told = [each.way for each in eight if each.won]
        assert told == [way for way in winners if way != "text"]
        ways.update(winners)
    assert sum(ways.values()) == REQUESTS
    assert set(ways) <= {"page", "link", "text", "api"}
    assert len(ways) >= 2, f"always the same way: {ways}"


def _told_by_text(system: RunningSystem, agencies: Sequence[Agency]) -> int:
    """How many phones read that somebody was first."""
    phones = [phone for agency in agencies for phone in agency.phones]
    told = (any("already answered" in text["body"] for text in system.texts(p)) for p in phones)
    return sum(told)


def _facts(system: RunningSystem, requests: list[Sent]) -> dict[str, dict[str, Any]]:
    ids = [sent["id"] for _, sent in requests]
    with psycopg.connect(system.urls["admin"], row_factory=psycopg.rows.dict_row) as connection:
        rows = connection.execute(f"{DATABASE_FACTS} where r.id = any(%s::uuid[])", (ids,))
        return {row["id"]: row for row in rows}


def _none_held(facts: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]] | None:
    return None if any(row["held"] for row in facts.values()) else facts


def _unread_texts(system: RunningSystem) -> int:
    with psycopg.connect(system.urls["admin"]) as connection:
        row = connection.execute(
            "select count(*) filter (where handled_at is null), count(*) from inbound_text"
        ).fetchone()
    assert row is not None
    # Not all have come in yet.
    return int(row[0]) if row[1] >= 2 * REQUESTS else 1
