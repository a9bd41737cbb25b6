"""Every caller at every route, with every organization's ids: what the tenant matrix looks at.

Routes come from the application, so a new one is walked without being named here. What is sent
stands in tenant_requests.py.
"""

from __future__ import annotations

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
from builders.kept_team import join_team
from shared.identifiers import new_id
from support.tenant_requests import (
    PARAMETERS,
    PRESSES,
    STAFF_FORM,
    TOO_MANY,
    UNKNOWN,
    VARIANTS,
    Target,
    form_of,
    ids_of,
    json_of,
    query_of,
    said_of,
    sought,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from litestar import Litestar
    from sqlalchemy.ext.asyncio import AsyncConnection

    from builders.tenants import Case, Tenants
    from shared.database import Database

NOBODY, NONE, AUDIT = "nobody", "", "audit rows"
CREATED = 201
# A guard that refused nobody's and two organizations' ids looks at no ids.
ENOUGH_REFUSALS = 3
SAFE = {"GET", "HEAD"}
# They press what the navigator presses.
LOOKS_ONLY = {"lincoln_coordinator", "lincoln_teammate"}
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
    # Of lincoln's team, which alone sees one of its requests.
    on_team: bool = False

    def may_read(self, case: Case) -> frozenset[str] | None:
        """The table of practice.md 3, as far as roles and organizations go."""
        sends = self.organization_id == case.town.clinic
        if self.side == "neither" or (self.side == "agency" and sends):
            return None
        return case.may_read(self.organization_id, on_team=self.on_team)

    def knows(self, case: Case, route: str) -> bool:
        """Whether this address may tell the case from one that is not there."""
        if route.startswith(SENDERS_PAGES) and self.organization_id != case.town.clinic:
            return False
        return self.may_read(case) is not None


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
            if caller.name in LOOKS_ONLY and method not in SAFE:
                continue
            for number, variant in enumerate(self._variants(path, method)):
                refused = False
                for tried, target in enumerate(self._targets(path, variant)):
                    if refused and tried >= ENOUGH_REFUSALS and not by_link:
                        break
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
                " tests/support/tenant_requests.py how to fill it with each organization's ids."
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
        filled = {**{name: values.get(of) for name, of in PARAMETERS.items()}, **values}
        url = re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: str(filled[found[1]]), path)
        content = await self._content(caller, url, method, target, variant)
        self.browser.cookies.clear()
        headers = {**caller.headers, **OURS}
        if caller.cookies:
            headers["cookie"] = "; ".join(f"{k}={v}" for k, v in caller.cookies.items())
        transaction = await self.connection.begin()
        answer = await self.browser.request(method, url, headers=headers, **content)
        # What was raised was rolled back; only an answer that was given may have written.
        done = answer.status_code not in {401, 404, 405} and await has_written(self.connection)
        after = await rows(self.connection, self.world) if done else self.before
        await transaction.rollback()
        changed = frozenset(name for name in self.world.cases if after[name] != self.before[name])
        return Answer(
            caller,
            method,
            path,
            target,
            str(variant),
            answer.status_code,
            answer.text,
            answer.headers.get("location", ""),
            url + str(content),
            changed,
            audited=after[AUDIT] != self.before[AUDIT],
            sought=sought(target),
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
        return {
            "data": {
                **STAFF_FORM,
                **form_of(target, self.world),
                **said_of(target, said),
                **secrets,
            }
        }

    async def _nonce(self, url: str) -> str:
        if url not in self.nonces:
            async with self.connection.begin():
                page = await self.browser.get(url)
            found = re.search(r'name="nonce"[^>]*value="([^"]*)"', page.text)
            self.nonces[url] = found[1] if found else ""
        return self.nonces[url]


def routes(app: Litestar) -> Iterator[tuple[str, set[str]]]:
    """Every path with its methods."""
    for route in sorted(app.routes, key=lambda route: route.path):
        if isinstance(route, HTTPRoute):
            yield route.path, set(route.methods) - {"OPTIONS"}


async def has_written(connection: AsyncConnection) -> bool:
    """Whether this transaction has a number: PostgreSQL gives none to those that only read."""
    number = await connection.execute(text("select pg_current_xact_id_if_assigned()"))
    return number.scalar_one() is not None


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


FINGERPRINT = (
    "select r.id, concat_ws('|', r.xmin, p.xmin, c.xmin, "
    + ", ".join(
        f"(select string_agg(t.xmin::text, ',' order by t.id) from {table} t where t.{key} = r.id)"
        for table, key in (
            ("referral_event", "referral_id"),
            ("referral_disclosure", "referral_id"),
            ("shared_note", "referral_id"),
            ("internal_note", "referral_id"),
            ("staff_task", "referral_id"),
            ("follow_up_need", "referral_id"),
            ("next_place", "referral_id"),
            ("message", "subject_id"),
            ("link", "referral_id"),
        )
    )
    + (
        ") as print from referral r join patient p on p.id = r.patient_id"
        " left join consent c on c.id = r.consent_id"
    )
)


async def callers_of(
    database: Database, browser: httpx.AsyncClient, world: Tenants
) -> list[Caller]:
    """One of every kind, some of them with a role in an organization where it sees nothing."""
    people = (
        ("lincoln_navigator", "lincoln", "sender", Role.NAVIGATOR),
        ("lincoln_coordinator", "lincoln", "sender", Role.COORDINATOR),
        ("lincoln_teammate", "lincoln", "sender", Role.NAVIGATOR, Role.COORDINATOR),
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
        on_team = name == "lincoln_teammate"
        if on_team:
            await join_team(world, person.id)
        browser.cookies.clear()
        await sign_in_as(browser, person)
        cookies = {"handback": browser.cookies["handback"]}
        secrets = {"csrf": await csrf_of(browser), "nonce": await nonce_of(browser)}
        found.append(
            Caller(name, organization_id, side, cookies=cookies, secrets=secrets, on_team=on_team)
        )
    for member in ("lincoln", "harbor", "other_clinic", "other_agency"):
        headers = await a_key(database, world.members[member])
        found.append(Caller(f"{member}_key", world.members[member], "program", headers))
    return found
