"""M11, M13, M18: what people write, what we understand, and every text that we write."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from builders.phones import Phones, some_phones
from builders.referrals import a_town
from drills.bar import Depth, Seen
from fakes.messaging import FakeSource, a_message
from notify.api import is_suppressed, phone_hash, queue_message, register_source, unsuppress
from notify.opt_out import OptOut, opt_out_in
from notify.replies import kinds, people
from notify.sources import Send
from notify.worker import send_message
from referrals.wording.lint import carrier, forms, lint
from shared.database import Context

if TYPE_CHECKING:
    from drills.stage import Stage

CORPORA = Path(__file__).resolve().parents[1] / "tests" / "unit" / "replies_corpora"
LEAST_STOPS, LEAST_ORDINARY = 60, 200
# The place's phone and the patient's: known ones are told once that it is over.
READERS = ("+12025550144", "+12025550137")
Reading = Callable[[str], bool]


def corpus(name: str) -> list[str]:
    """One phrasing a line; lines that begin with "# " are comments."""
    lines = (CORPORA / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("# ")]


def written(body: str) -> Iterable[str]:
    """The ways in which people type the same words."""
    bare = "".join(
        each for each in unicodedata.normalize("NFD", body) if not unicodedata.combining(each)
    )
    return dict.fromkeys((body, body.upper(), body.lower(), f" {body} ", f"{body}!!", bare))


def mistaken(stops: list[str], ordinary: list[str], stopped: Reading) -> tuple[int, int]:
    """Revocations that were missed, ordinary replies that were taken for one."""
    missed = sum(not all(map(stopped, written(body))) for body in stops)
    false = sum(any(map(stopped, written(body))) for body in ordinary)
    return missed, false


def stops_texts(body: str) -> bool:
    """The product's own reading."""
    return opt_out_in(body, None) in {OptOut.CARRIER_STOP, OptOut.OWN_WORDS}


async def opt_outs(stage: Stage, depth: Depth) -> Seen:
    """M11: all phrasings by the rule, then one by one through webhook, reader and sender."""
    stops, ordinary = corpus("stops"), list(dict.fromkeys(corpus("ordinary")))
    missed, false = mistaken(stops, ordinary, stops_texts)
    walked = stops if depth is Depth.NIGHTLY else stops[:: max(1, len(stops) // 60)]
    async with stage.place() as place:
        town = await a_town(place.app)
        await town.sent()
        phones = await some_phones(town, place.worker)
        await phones.deliver()
        seen = [await _one_stop(phones, number, body) for number, body in enumerate(walked)]
    sent_after = sum(after for after, _ in seen)
    wrong = sum(not right for _, right in seen)
    return Seen(
        f"{len(stops)} phrasings: {missed} missed; {len(walked)} walked through: {sent_after} sent"
        f" afterwards, {wrong} with a wrong number of confirmations; {len(ordinary)} ordinary:"
        f" {false} false stops",
        missed == false == sent_after == wrong == 0
        and len(stops) >= LEAST_STOPS
        and len(ordinary) >= LEAST_ORDINARY,
    )


async def _one_stop(phones: Phones, number: int, body: str) -> tuple[int, bool]:
    """(texts after it, whether it was confirmed as often as it must be)."""
    phone, clinic = READERS[number % len(READERS)], phones.town.clinic
    # A clock that stands still gives the clinic's number no room for more than 250 texts.
    phones.clock.now += timedelta(seconds=1)
    answered = [*await phones.says(phone, body), *await phones.says(phone, body)]
    async with phones.database.transaction(Context()) as session:
        heeded = await is_suppressed(session, clinic, phone_hash(phone))
    after = await _sends(phones, phone)
    async with phones.database.transaction(Context()) as session:
        await unsuppress(session, clinic, phone_hash(phone))
    return after + (not heeded), len(answered) == confirmations(phone, body)


def confirmations(phone: str, body: str) -> int:
    """None after the carrier's own, nor where somebody else reads the patient's phone; else one."""
    reply = people.classify(body)
    strangers = isinstance(reply, kinds.OptOut) and reply.wrong_number and phone == READERS[1]
    return 0 if strangers or opt_out_in(body, None) is OptOut.CARRIER_STOP else 1


async def _sends(phones: Phones, phone: str) -> int:
    """How many texts still leave for this phone."""
    register_source("fake", FakeSource(verdict=Send(phone, "America/New_York", any_hour=True)))
    clinic = phones.town.clinic
    async with phones.database.transaction(Context(organization_id=clinic)) as session:
        message_id = await queue_message(session, a_message(clinic), phones.clock.now)
    if message_id is None:
        return 1
    return int(await send_message(phones.sender, clinic, message_id))


async def no_clash(_stage: Stage, _depth: Depth) -> Seen:
    """M13: no text offers, asks for or takes a carrier's keyword (YES is understood, not asked)."""
    looked_at = forms()
    clashes = [(str(form), what) for form in looked_at for what in carrier(form)]
    return Seen(
        f"{len(looked_at)} forms of texts: {len(clashes)} clashes", not clashes and bool(looked_at)
    )


async def every_text(_stage: Stage, _depth: Depth) -> Seen:
    """M18: what `handback lint-texts` looks at."""
    looked_at = forms()
    spoken = {form.language for form in looked_at}
    found = lint()
    kinds = ("one part", "letters", "named", "words")
    breaks = {kind: sum(each.rule == kind for each in found) for kind in kinds}
    return Seen(
        f"{len(looked_at)} forms in {', '.join(sorted(spoken))}: {breaks['one part']} longer than"
        f" one part, {breaks['letters']} with foreign letters,"
        f" {breaks['named'] + breaks['words']} name too much; {len(found)} findings in all",
        not found and {"en", "es"} <= spoken,
    )
