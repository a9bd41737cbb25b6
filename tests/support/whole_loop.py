"""The whole loop with words that stand nowhere else, and everything it left behind."""

from __future__ import annotations

import contextlib
import io
import logging
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import text

from accounts.channels import NewChannel, add_answering_channel, preset_channel
from accounts.members import claim_listing
from accounts.rules import ChannelKind, MemberKind, Role
from builders.accounts import a_member, a_person
from builders.browsing import OURS, a_key, client_of, csrf_of, nonce_of, sign_in_as
from builders.listings import Listing, list_service
from builders.phones import Phones, some_phones
from builders.referrals import Town
from builders.tenants import WORDS, Canaries
from directory.codes import HowToStart
from fakes.messaging import FakeMails
from notify.channels import Channels
from notify.worker import Sender
from referrals.listing import listing_words
from shared import clock
from shared.database import Context, turn_clock
from shared.provision import APP, OWNER, WORKER
from shared.settings import get_settings
from web.app import create_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from uuid import UUID

    import httpx
    from sqlalchemy.ext.asyncio import AsyncConnection

    from shared.database import Database

DENISE, MAILBOX = "+12025550144", "intake@harbor.example"
NEW_YORK = ZoneInfo("America/New_York")
CANARIES = Canaries(WORDS[0], 0)
ANA = "+1" + re.sub(r"\D", "", CANARIES.phone)
HEX = re.compile(r"\\\\?x([0-9a-f]{8,})")


@dataclass
class Left:
    """What the loop left behind, outside the pages that may show it."""

    answers: list[httpx.Response] = field(default_factory=list)
    # Functions whose fault a page or an answer told.
    points: int = 0
    logged: str = ""
    rows: dict[str, str] = field(default_factory=dict)
    to_agency: list[str] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)
    to_patient: list[str] = field(default_factory=list)
    read_back: str = ""

    @property
    def fault_pages(self) -> list[httpx.Response]:
        return [answer for answer in self.answers if answer.status_code >= 500]

    def addresses(self) -> str:
        """Every address that was asked, redirected to, or stands in a page."""
        found = []
        for answer in self.answers:
            found += [str(answer.request.url), answer.headers.get("location", "")]
            found += re.findall(r'(?:href|action|src|hx-\w+)="([^"]*)"', answer.text)
        return "\n".join(address for address in found if not address.startswith(DIALS))


# What a phone dials or a mailbox opens is no address that anybody logs.
DIALS = ("tel:", "sms:", "mailto:")


class SharedClock:
    """The product's own clock, where a test's phones want one that is turned by hand."""

    def __call__(self) -> datetime:
        return clock.now()

    @property
    def now(self) -> datetime:
        return clock.now()


@contextlib.contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """Whatever anybody writes: our logs, the libraries', standard output and error."""
    written = io.StringIO()
    before = structlog.get_config()
    root = logging.getLogger()
    handler = logging.StreamHandler(written)
    level = root.level
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(0),
        logger_factory=structlog.PrintLoggerFactory(written),
    )
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # the test's own browser
    try:
        with contextlib.redirect_stdout(written), contextlib.redirect_stderr(written):
            yield written
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        logging.getLogger("httpx").setLevel(logging.NOTSET)
        structlog.configure(**before)


@dataclass
class Loop:
    """The people of the loop and what they do, one method a step."""

    browser: httpx.AsyncClient
    database: Database
    phones: Phones
    mails: FakeMails
    town: Town
    place_id: UUID
    left: Left
    cookies: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, dict[str, str]] = field(default_factory=dict)
    key: dict[str, str] = field(default_factory=dict)
    referral: str = ""
    link: str = ""

    async def get(self, who: str, path: str, **params: str) -> httpx.Response:
        self._become(who)
        answer = await self.browser.get(path, params=params, headers=OURS)
        self.left.answers.append(answer)
        return answer

    async def post(self, who: str, path: str, **fields: Any) -> httpx.Response:
        self._become(who)
        secrets = self.secrets.get(who, {})
        if who == "nobody":
            page = await self.browser.get(path)
            found = re.search(r'name="nonce"[^>]*value="([^"]*)"', page.text)
            secrets = {"nonce": found[1] if found else ""}
        else:
            secrets = {**secrets, "nonce": f"{secrets['nonce']}{len(self.left.answers)}"}
        answer = await self.browser.post(path, data={**fields, **secrets}, headers=OURS)
        self.left.answers.append(answer)
        return answer

    async def program(self, method: str, path: str, content: Any = None) -> httpx.Response:
        self._become("nobody")
        answer = await self.browser.request(method, path, json=content, headers=self.key)
        self.left.answers.append(answer)
        return answer

    def _become(self, who: str) -> None:
        self.browser.cookies.clear()
        if who in self.cookies:
            self.browser.cookies.set("handback", self.cookies[who])

    async def know(self, who: str, organization_id: UUID, *roles: Role) -> None:
        """Somebody signs in."""
        person = await a_person(self.database, organization_id, *roles, name=who)
        self._become("nobody")
        await sign_in_as(self.browser, person)
        self.cookies[who] = self.browser.cookies["handback"]
        self.secrets[who] = {
            "csrf": await csrf_of(self.browser),
            "nonce": await nonce_of(self.browser),
        }

    async def send(self) -> None:
        """Rosa sends with everything that a form can hold."""
        answer = await self.post("Rosa", "/send", **self.form())
        assert answer.status_code == 303, answer.text
        self.referral = answer.headers["location"].partition("?")[0]
        await self.post(
            "Rosa", f"{self.referral}/notes", note=CANARIES.said["internal_note"], note_for="us"
        )
        await self.phones.deliver()

    def form(self, **changes: Any) -> dict[str, Any]:
        said = CANARIES.said
        return {
            "do": "send",
            "place": str(self.place_id),
            "name": f"Anna {said['name']}",
            "name_to_use": said["name_to_use"],
            "phone": CANARIES.phone,
            "email": said["email"],
            "birth_date": CANARIES.born.isoformat(),
            "record_number": said["record_number"],
            "best_times": said["best_times"],
            "note": said["shared_note"],
            "language": "en",
            "zip": "21801",
            "household_size": "4",
            "need": "food",
            "urgency": "this_week",
            "way": "own_phone",
            "naming_level": "need",
            "consent_share": "1",
            "consent_hear_back": "1",
            "consent_text": "1",
            "consent_next_places": "1",
            "heard_by": "Rosa Medina",
            "mail_take_away": "1",
            **changes,
        }

    async def answer(self) -> None:
        """The agency: yes by text, who it is by link, helped at the desk."""
        asked = " ".join(self.phones.inbox(DENISE))
        code = re.search(r"Reply (\d\d) 1 yes", asked)
        assert code, asked
        await self.phones.says(DENISE, f"{code[1]} 1")
        words = " ".join(mail.words.text for mail in self.mails.sent if mail.recipient == MAILBOX)
        found = re.search(r"/r/[\w-]{20,}", words)
        assert found, words
        self.link = found[0]
        await self.post("nobody", self.link, do="show", your_name="Denise")
        desk = self.referral.replace("/referrals/", "/desk/")
        await self.post("Denise", desk, do="outcome", how="helped", note="All went well")
        await self.phones.deliver()

    async def patient_answers(self) -> None:
        """Asked the next day: did not get it, with her own words, and asks us to ask them."""
        from referrals.jobs import run_due

        await self.turn(days=1)
        await run_due(self.phones.database, clock.now())
        await self.phones.deliver()
        for words in ("3", CANARIES.said["patient_words"], "1"):
            await self.phones.says(ANA, words)

    async def turn(self, **by: float) -> None:
        """The clock that all processes share."""
        async with self.database.transaction(Context()) as session:
            await turn_clock(session, int(timedelta(**by).total_seconds()))

    async def everybody_looks(self) -> None:
        """Every page on which a person finds something of it."""
        for path in (
            self.referral,
            "/today",
            "/patients",
            f"{self.referral}/takeaway",
            f"{self.referral}/version",
            "/metrics",
        ):
            await self.get("Rosa", path)
        await self.get("Rosa", "/send", patient=str(await self.patient_id()))
        await self.post("Rosa", "/patients/find", q=CANARIES.phone)
        await self.post("Rosa", "/send", do="find", patient_words=CANARIES.said["name"])
        for path in ("/desk", "/desk/print", self.referral.replace("referrals", "desk", 1)):
            await self.get("Denise", path)
        await self.get("nobody", self.link)
        await self.program("GET", "/api/referrals")
        await self.program("GET", f"/api{self.referral}")

    async def programs_send(self) -> None:
        """The same through the API, refused and taken."""
        said = CANARIES.said
        patient = {
            "name": said["name"],
            "phone": CANARIES.phone,
            "email": said["email"],
            "birth_date": CANARIES.born.isoformat(),
            "record_number": said["record_number"],
        }
        body = {
            "patient": patient,
            "need": "food",
            "service_at_location_id": str(self.place_id),
            "note": said["shared_note"],
            "consent": {"share": True, "heard_by": "Rosa"},
        }
        made = await self.program("POST", "/api/referrals", body)
        assert made.status_code == 201, made.text
        for wrong in (
            {**body, "patient": {**patient, "phone": f"{CANARIES.phone}9999"}},
            {**body, said["name"]: 1},
            {**body, "need": said["name"]},
        ):
            await self.program("POST", "/api/referrals", wrong)
        decline = {"move": "withdraw", "reason": "other", "note": said["decline_note"]}
        await self.program("POST", f"/api/referrals/{made.json()['id']}/moves", decline)

    async def mistakes(self) -> None:
        """Forms that are refused show what was typed, and leave nothing anywhere else."""
        await self.post("Rosa", "/send", **self.form(phone="12", need="", consent_share=""))
        await self.post("Rosa", "/send/preview", **self.form())
        await self.post("Rosa", f"{self.referral}/agency-said", agency_by=CANARIES.said["name"])

    async def patient_id(self) -> UUID:
        async with self.database.transaction(Context(self.town.clinic)) as session:
            found = await session.execute(text("select patient_id from referral limit 1"))
            patient_id: UUID = found.scalar_one()
            return patient_id

    async def read_back(self) -> str:
        """What the product itself reads: the words are really there."""
        page = await self.get("Rosa", self.referral)
        return page.text


@contextlib.asynccontextmanager
async def a_loop(databases: dict[str, Database], left: Left) -> AsyncIterator[Loop]:
    """Everybody in place, at two in the afternoon of a Tuesday."""
    app, worker, owner = (databases[role] for role in (APP, WORKER, OWNER))
    await _turn_to_tuesday(app)
    clinic = await a_member(app, "Lincoln Clinic", now=clock.now())
    agency = await a_member(app, "Harbor Pantry", kind=MemberKind.AGENCY, now=clock.now())
    async with owner.transaction(Context()) as session:
        listed = await list_service(session, Listing(how_to_start=HowToStart.AGENCY_CALLS_PATIENT))
        listing = await listing_words(session, listed.id, clock.now())
    assert listing is not None
    channels = []
    async with app.transaction(Context(agency)) as session:
        await claim_listing(session, listed.organization_id, now=clock.now())
        for kind, address in ((ChannelKind.SMS, DENISE), (ChannelKind.EMAIL, MAILBOX)):
            new = NewChannel(agency, kind, address)
            channels.append(await add_answering_channel(session, new, now=clock.now()))
            await preset_channel(session, channels[-1], now=clock.now())
    town = Town(app, clinic, agency, channels, clinic, clinic, listing)
    phones = await some_phones(town, worker)
    mails = FakeMails()
    phones.sender = Sender(worker, Channels(phones.carrier, mails), clock.now)
    phones.clock = SharedClock()  # type: ignore[assignment]
    async with client_of(create_app(get_settings(), app)) as browser:
        loop = Loop(browser, app, phones, mails, town, listed.id, left)
        await loop.know("Rosa", clinic, Role.NAVIGATOR)
        await loop.know("Denise", agency, Role.AGENCY_WORKER)
        loop.key = await a_key(app, clinic)
        yield loop


async def _turn_to_tuesday(database: Database) -> None:
    local = datetime.now(UTC).astimezone(NEW_YORK)  # noqa: TID251 -- the machine's own
    wanted = (local + timedelta(days=7 + (1 - local.weekday()) % 7)).replace(
        hour=14, minute=0, second=0
    )
    async with database.transaction(Context()) as session:
        await turn_clock(session, int((wanted - local).total_seconds()))


async def every_row(connection: AsyncConnection) -> dict[str, str]:
    """All tables as text, binary columns read as the letters they might hold."""
    await connection.execute(text("select set_config('role', 'none', true)"))
    tables = await connection.execute(
        text("select tablename from pg_tables where schemaname = 'public'")
    )
    found = {}
    for name in tables.scalars():
        rows = await connection.execute(text(f'select to_jsonb(t)::text from "{name}" t'))
        content = "\n".join(rows.scalars())
        letters = "\n".join(
            bytes.fromhex(each[: len(each) // 2 * 2]).decode("latin-1")
            for each in HEX.findall(content)
        )
        found[name] = f"{content}\n{letters}"
    return found
