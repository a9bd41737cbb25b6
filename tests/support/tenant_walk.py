"""Every caller at every route, with every organization's ids: what the tenant matrix looks at.

Routes come from the application, so a new one is walked without being named here. What must be
named is how to fill a new path parameter, and what a form says that does something.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from litestar.routes import HTTPRoute
from sqlalchemy import text

from accounts.rules import Role
from builders.accounts import a_person
from builders.browsing import OURS, a_key, csrf_of, nonce_of, sign_in_as
from referrals.pages.referral_steps import STEPS
from shared.identifiers import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from litestar import Litestar
    from sqlalchemy.ext.asyncio import AsyncConnection

    from builders.tenants import Case, Tenants
    from shared.database import Database

NOBODY, NONE, AUDIT = "nobody", "", "audit rows"
CREATED = 201
UNKNOWN = ("referral_id", "patient_id", "task_id", "message_id")
OWN_IDS = {*UNKNOWN, "token"}
SAFE = {"GET", "HEAD"}
# An agency that also sends opens these for what it sends, never for what it is asked.
SENDERS_PAGES = ("/referrals", "/send", "/patients", "/today")
# What differs between two answers because time goes by.
OF_THE_MOMENT = re.compile(r'name="nonce" value="[^"]*"|\d{1,2}:\d\d [ap]\.? ?m')
# Not walked, each with its reason.
LEFT_OUT = {
    "/simulator": "forwards to another process, which has tests of its own",
    "/simulator/{rest:path}": "the same",
    "/simulator/api/clock": "turns everybody's clock",
    "/static/{file_path:path}": "files of the repository",
    "/api/openapi.json/{path:str}": "the description of the API",
}
# The shapes of pages by link: what each button says.
PRESSES: tuple[dict[str, str], ...] = (
    *({"do": does} for does in (
        "yes", "wait_list", "contacting", "helped", "call_me", "known", "undo", "show", "hide",
        "pause", "resume", "never", "new_link", "another_place", "stop", "",
    )),
    {"do": "no", "why": "no_capacity"}, {"do": "ask", "question": "When?"},
    {"do": "outcome", "how": "helped"}, {"do": "visit", "visit_day": "2090-01-01"},
    {"do": "answer", "question": "P5", "answer": "1"},
    {"do": "new_number", "phone": "202-555-0198"}, {"do": "reveal"},
)
# A link that is too old is tried with the others.
TOO_MANY = {"wait_list", "contacting", "helped", "call_me", "known", "outcome", "visit", "ask"}
MOVES: tuple[dict[str, Any], ...] = (
    *({"move": verb, "reason": "other", "note": "A note"} for verb in (
        "send", "answer_question", "accept", "decline", "report_served", "confirm", "withdraw",
        "not_needed", "reroute", "enter_in_error", "no_such_move",
    )),
    *({"move": verb, "said_by": {"party": party, "name": "Denise"}}
      for verb, party in (("accept", "agency"), ("confirm", "patient"))),
    {"move": "close_on_patient_word", "as": "patient"},
)
STAFF_FORM = {
    "agency_says": "yes", "agency_by": "Denise", "agency_how": "phone",
    "patient_says": "P5:1", "patient_by": "Anna", "patient_how": "phone",
    "answer": "Yes.", "stop_reason": "need_changed", "next": "nothing_left", "to": "unable",
    "note": "A note", "note_for": "both", "name": "New Name", "phone": "202-555-0199",
    "way": "own_phone", "language": "en", "need": "food", "urgency": "this_week",
    "consent_share": "1", "consent_text": "1", "heard_by": "Rosa", "naming_level": "need",
    "asks": "text", "address": "202-555-0196", "said_by": "Denise", "said_role": "lead",
    "said_how": "phone", "back": "desk",
}


@dataclass(frozen=True)
class Caller:
    """Somebody with a credential; `organization_id` None: nobody's."""

    name: str
    organization_id: UUID | None
    # Whether their pages are for the sender's staff, the agency's, a program's, or neither.
    side: str
    headers: dict[str, str] = field(repr=False, default_factory=dict)
    cookies: dict[str, str] = field(repr=False, default_factory=dict)
    secrets: dict[str, str] = field(repr=False, default_factory=dict)

    def may_read(self, case: Case) -> frozenset[str] | None:
        """The table of practice.md 3, as far as roles and organizations go."""
        sends = self.organization_id == case.town.clinic
        if self.side == "neither" or (self.side == "agency" and sends):
            return None
        return case.may_read(self.organization_id)

    def knows(self, case: Case, route: str) -> bool:
        """Whether this address may tell the case from one that is not there."""
        if route.startswith(SENDERS_PAGES) and self.organization_id != case.town.clinic:
            return False
        return self.may_read(case) is not None


@dataclass(frozen=True)
class Target:
    """Whose ids a request carried: a case's, nobody's, or none at all."""

    name: str
    case: Case | None
    ids: dict[str, str]
    # The link a request came through, when that decides who reads.
    holder: str = ""

    def own_ids(self) -> list[str]:
        """Those that belong to nobody else."""
        return [value for name, value in self.ids.items() if name in OWN_IDS]


@dataclass(frozen=True)
class Answer:
    """One answer, with what was asked."""

    caller: Caller
    method: str
    route: str
    target: Target
    variant: str
    status: int
    body: str = field(repr=False)
    location: str = field(repr=False)
    sent: str = field(repr=False)
    changed: frozenset[str]
    # Whether it left a row in the audit.
    audited: bool = False
    # Words that somebody was looked for by; a form shows them again.
    sought: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        return f"{self.body}\n{self.location}"

    def as_if_nobodys(self) -> tuple[int, str, str]:
        """What must not tell another's from none: status, body and address without what was sent.

        What was made anew has ids and times of its own.
        """
        if self.status == CREATED:
            return self.status, "", ""
        shown, where = self.body, self.location
        for value in (*self.target.own_ids(), *self.sought):
            shown, where = shown.replace(value, "ID"), where.replace(value, "ID")
        return self.status, OF_THE_MOMENT.sub("", shown), where

    def __str__(self) -> str:
        whose = self.target.name + (f" by {self.target.holder}" if self.target.holder else "")
        return (
            f"{self.caller.name}: {self.method} {self.route} [{self.variant}] of {whose}"
            f" -> {self.status}"
        )


@dataclass
class Walk:
    """The walk through the application: each request in a transaction that is rolled back.

    One for each, not one around all: thousands of savepoints in one transaction take minutes.
    """

    app: Litestar
    browser: httpx.AsyncClient
    connection: AsyncConnection
    world: Tenants
    callers: list[Caller]
    answers: list[Answer] = field(default_factory=list)
    seen_routes: set[str] = field(default_factory=set)
    before: dict[str, str] = field(default_factory=dict)
    nonces: dict[str, str] = field(default_factory=dict)

    async def run(self) -> list[Answer]:
        """Everybody at every route."""
        async with self.connection.begin():
            self.before = await rows(self.connection, self.world)
        for path, methods in routes(self.app):
            if path not in LEFT_OUT:
                for method in sorted(methods):
                    await self._everybody_at(path, method)
        return self.answers

    async def _everybody_at(self, path: str, method: str) -> None:
        self.seen_routes.add(f"{method} {path}")
        by_link = "{token:" in path
        for caller in self.callers:
            by_itself = caller.name == "anonymous" or (
                caller.name == "lincoln_navigator" and method in SAFE
            )
            if by_link and not by_itself:
                continue  # the link is the caller, whoever else is signed in
            if caller.name == "lincoln_coordinator" and method not in SAFE:
                continue  # acts as the navigator does
            for number, variant in enumerate(self._variants(path, method)):
                refused = False
                for target in self._targets(path, variant):
                    answer = await self._ask(caller, path, method, target, variant)
                    self.answers.append(answer)
                    refused = answer.status in {401, 403} or "/sign-in" in answer.location
                if refused and number == 0 and not by_link:
                    break  # the guard refuses whatever the form says

    def _variants(self, path: str, method: str) -> list[dict[str, Any]]:
        """What the same address is asked to do: `path:` fills it, the rest is query or body."""
        if method == "POST" and path.startswith("/r/"):
            return list(PRESSES)
        return list(VARIANTS.get(f"{method} {path}", [{}]))

    def _targets(self, path: str, variant: dict[str, Any]) -> Iterator[Target]:
        cases = self.world.cases.values()
        names = re.findall(r"\{(\w+)(?::\w+)?\}", path)
        unknown = set(names) - set(PARAMETERS) - {key[5:] for key in variant if key[:5] == "path:"}
        if unknown:
            pytest.fail(
                f"{path} takes {sorted(unknown)}: say in PARAMETERS of"
                " tests/support/tenant_walk.py how to fill it with each organization's ids."
            )
        if "token" in names:
            yield from self._links(variant)
        elif names or set(variant) & {"query", "body", "find_by", "cursor", "do"}:
            some = ids_of(next(iter(cases)), self.world)
            yield Target(NOBODY, None, {**some, **{name: str(new_id()) for name in UNKNOWN}})
            for case in cases:
                yield Target(case.name, case, ids_of(case, self.world))
        else:
            yield Target(NONE, None, {})

    def _links(self, variant: dict[str, Any]) -> Iterator[Target]:
        yield Target(NOBODY, None, {"token": "A" * 43})
        for case in self.world.cases.values():
            tokens = case.tokens if variant.get("do") in TOO_MANY else case.every_token()
            for holder, token in tokens.items():
                yield Target(case.name, case, {**ids_of(case, self.world), "token": token}, holder)

    async def _ask(
        self, caller: Caller, path: str, method: str, target: Target, variant: dict[str, Any]
    ) -> Answer:
        values = {**target.ids, **{k[5:]: v for k, v in variant.items() if k[:5] == "path:"}}
        url = re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: str(values[found[1]]), path)
        content = await self._content(caller, url, method, target, variant)
        self.browser.cookies.clear()
        headers = {**caller.headers, **OURS}
        if caller.cookies:
            headers["cookie"] = "; ".join(f"{k}={v}" for k, v in caller.cookies.items())
        transaction = await self.connection.begin()
        answer = await self.browser.request(method, url, headers=headers, **content)
        # What was raised was rolled back; only an answer that was given may have written.
        done = answer.status_code not in {401, 404, 405}
        after = await rows(self.connection, self.world) if done else self.before
        await transaction.rollback()
        changed = frozenset(
            name for name in self.world.cases if after[name] != self.before[name]
        )
        return Answer(
            caller, method, path, target, str(variant), answer.status_code, answer.text,
            answer.headers.get("location", ""), url + str(content), changed,
            audited=after[AUDIT] != self.before[AUDIT], sought=sought(target),
        )

    async def _content(
        self, caller: Caller, url: str, method: str, target: Target, variant: dict[str, Any]
    ) -> dict[str, Any]:
        said = {key: value for key, value in variant.items() if not key.startswith("path:")}
        if method in SAFE:
            return {"params": query_of(target, said)}
        if url.startswith("/api"):
            return {"json": json_of(target, said, self.world)}
        secrets = caller.secrets
        if "token" in target.ids:
            secrets = {"nonce": await self._nonce(url)}
        return {"data": {**STAFF_FORM, **form_of(target, self.world), **said_of(target, said),
                         **secrets}}

    async def _nonce(self, url: str) -> str:
        if url not in self.nonces:
            async with self.connection.begin():
                page = await self.browser.get(url)
            found = re.search(r'name="nonce"[^>]*value="([^"]*)"', page.text)
            self.nonces[url] = found[1] if found else ""
        return self.nonces[url]


VARIANTS: dict[str, list[dict[str, Any]]] = {
    "POST /referrals/{referral_id:uuid}/{step:str}": [
        {"path:step": step} for step in [*STEPS, "nonsense"]
    ],
    "POST /referrals/{referral_id:uuid}/channel": [
        {"asks": "told", "address": "202-555-0188", "said_by": "Denise", "said_role": "manager"},
        {"asks": "text", "address": "202-555-0189"},
        {"asks": "mail", "address": "desk@harbor.example"}, {},
    ],
    "POST /api/referrals/{referral_id:uuid}/moves": list(MOVES),
    "GET /send": [{}, {"query": "patient"}, {"query": "draft"}],
    "POST /send": [
        *({"do": each} for each in ("preview", "send", "draft", "choose")),
        *({"do": "find", "find_by": by} for by in ("phone", "record", "name")),
    ],
    "POST /send/preview": [{"do": "preview"}],
    "POST /patients/find": [{"find_by": "phone"}, {"find_by": "name"}],
    "POST /desk/helped": [{"do": "helped"}],
    "POST /today/endings": [{"do": "endings"}],
    "POST /desk/{referral_id:uuid}": [press for press in PRESSES if press["do"] in {
        "yes", "undo", "show", "hide", "no", "outcome"}],
    "GET /referrals/{referral_id:uuid}/another-place": [{"query": "place"}],
    "POST /api/referrals": [{"body": "patient_id"}, {"body": "known_phone"}],
    "GET /api/referrals": [
        {}, {"role": "requester"}, {"role": "performer"}, {"limit": "1"}, {"status": "sent"},
        {"status": "draft"}, {"status": "declined"}, {"cursor": "forged"},
        {"role": "everybody"}, {"cursor": "broken"}, {"limit": "-1"},
    ],
}
# A path parameter's name: which of a case's ids it takes.
PARAMETERS = {
    "referral_id": "referral_id", "patient_id": "patient_id", "token": "token",
    "service_id": "service_id", "message_id": "message_id", "task_id": "task_id",
    "person_id": "person_id", "need_id": "need_id", "service_at_location_id": "place_id",
}


def routes(app: Litestar) -> Iterator[tuple[str, set[str]]]:
    """Every path with its methods."""
    for route in sorted(app.routes, key=lambda route: route.path):
        if isinstance(route, HTTPRoute):
            yield route.path, set(route.methods) - {"OPTIONS"}


def ids_of(case: Case, world: Tenants) -> dict[str, str]:
    """Every id that belongs to a case, by the name a path or form gives it."""
    found = {
        "referral_id": case.referral_id, "patient_id": case.town.patient_id,
        "service_id": world.places["harbor"], "service_at_location_id": world.places["harbor"],
        "person_id": case.town.clinic, "need_id": case.town.clinic, **case.other_ids,
    }
    return {name: str(value) for name, value in found.items()}


def query_of(target: Target, said: dict[str, Any]) -> dict[str, str]:
    """A query with the target's ids where the variant asks for them."""
    wanted = said.pop("query", None)
    if wanted:
        name = {
            "patient": "patient_id", "draft": "referral_id", "place": "service_at_location_id",
        }[wanted]
        return {wanted: target.ids[name]}
    if said.get("cursor") == "forged":
        word = f"2099-01-01T00:00:00+00:00|{target.ids['referral_id']}"
        return {"cursor": base64.urlsafe_b64encode(word.encode()).decode()}
    return {name: str(value) for name, value in said.items()}


def json_of(target: Target, said: dict[str, Any], world: Tenants) -> dict[str, Any]:
    """A body of the API."""
    kind = said.pop("body", None)
    if kind is None:
        return said
    patient: dict[str, Any] = {"id": target.ids["patient_id"]}
    if kind == "known_phone":
        phone, record, name = sought(target)
        patient = {"name": name, "phone": phone, "record_number": record}
    return {
        "patient": patient, "need": "food", "send": False,
        "service_at_location_id": str(world.places["harbor"]),
    }


def sought(target: Target) -> tuple[str, str, str]:
    """Phone, record number and name by which somebody may be looked for."""
    if target.case is None:
        return "202-555-0197", "RQ-NOBODY-77", "Quetznobody"
    canaries = target.case.canaries
    return canaries.phone, canaries.said["record_number"], canaries.said["name"]


def form_of(target: Target, world: Tenants) -> dict[str, str]:
    """The ids that forms carry."""
    return {
        "patient": target.ids.get("patient_id", ""), "draft": target.ids.get("referral_id", ""),
        "task": target.ids.get("task_id", ""), "place": str(world.places["harbor"]),
        "helped": target.ids.get("referral_id", ""), "ending": target.ids.get("referral_id", ""),
        "year": str(target.case.canaries.born.year) if target.case else "1901",
    }


def said_of(target: Target, said: dict[str, Any]) -> dict[str, Any]:
    """What the variant says, with the target's own words where it looks for somebody."""
    by = said.pop("find_by", None)
    if said.get("do") == "choose":
        return {"do": f"patient:{target.ids['patient_id']}"}
    if by is None:
        return said
    words = dict(zip(("phone", "record", "name"), sought(target), strict=True)).get(by, "Anna")
    return {**said, "patient": "", "patient_words": words, "q": words}


async def rows(connection: AsyncConnection, world: Tenants) -> dict[str, str]:
    """A fingerprint of everything that belongs to each case; xmin tells any change of a row."""
    await connection.execute(text("select set_config('role', 'none', true)"))
    found = await connection.execute(text(FINGERPRINT))
    by_id = {row.id: row.print for row in found}
    kept = await connection.execute(text("select count(*) from audit_event"))
    return {
        **{case.name: by_id[case.referral_id] for case in world.cases.values()},
        AUDIT: str(kept.scalar_one()),
    }


FINGERPRINT = "select r.id, concat_ws('|', r.xmin, p.xmin, c.xmin, " + ", ".join(
    f"(select string_agg(t.xmin::text, ',' order by t.id) from {table} t where t.{key} = r.id)"
    for table, key in (
        ("referral_event", "referral_id"), ("referral_disclosure", "referral_id"),
        ("shared_note", "referral_id"), ("internal_note", "referral_id"),
        ("staff_task", "referral_id"), ("follow_up_need", "referral_id"),
        ("message", "subject_id"), ("link", "referral_id"),
    )
) + (
    ") as print from referral r join patient p on p.id = r.patient_id"
    " left join consent c on c.id = r.consent_id"
)


async def callers_of(
    database: Database, browser: httpx.AsyncClient, world: Tenants
) -> list[Caller]:
    """One of every kind, some of them with a role in an organization where it sees nothing."""
    people = (
        ("lincoln_navigator", "lincoln", "sender", Role.NAVIGATOR),
        ("lincoln_coordinator", "lincoln", "sender", Role.COORDINATOR),
        ("lincoln_agency_worker", "lincoln", "agency", Role.AGENCY_WORKER),
        ("lincoln_steward", "lincoln", "neither", Role.STEWARD),
        ("lincoln_administrator", "lincoln", "neither", Role.NETWORK_ADMINISTRATOR),
        ("harbor_worker", "harbor", "agency", Role.AGENCY_WORKER),
        # Who answers requests may send some, too.
        ("harbor_navigator", "harbor", "sender", Role.NAVIGATOR, Role.COORDINATOR),
        ("other_navigator", "other_clinic", "sender", Role.NAVIGATOR),
        ("other_worker", "other_agency", "agency", Role.AGENCY_WORKER),
        ("steward", "front_door", "neither", Role.STEWARD),
        ("administrator", "network", "neither", Role.NETWORK_ADMINISTRATOR),
    )
    found = [Caller("anonymous", None, "neither")]
    for name, member, side, *roles in people:
        organization_id = world.members[member]
        person = await a_person(database, organization_id, *roles, name="Rosa")
        browser.cookies.clear()
        await sign_in_as(browser, person)
        cookies = {"handback": browser.cookies["handback"]}
        secrets = {"csrf": await csrf_of(browser), "nonce": await nonce_of(browser)}
        found.append(
            Caller(name, organization_id, side, cookies=cookies, secrets=secrets)
        )
    for member in ("lincoln", "harbor", "other_clinic", "other_agency"):
        headers = await a_key(database, world.members[member])
        found.append(Caller(f"{member}_key", world.members[member], "program", headers))
    return found


async def find_other_ids(connection: AsyncConnection, world: Tenants) -> None:
    """A task and a message of each case, where it has one."""
    for case in world.cases.values():
        for name, query in (
            ("task_id", "select id from staff_task where referral_id = :id limit 1"),
            ("message_id", "select id from message where subject_id = :id limit 1"),
        ):
            await connection.execute(text("select set_config('role', 'none', true)"))
            found = await connection.execute(text(query), {"id": case.referral_id})
            case.other_ids[name] = found.scalar_one_or_none() or new_id()
