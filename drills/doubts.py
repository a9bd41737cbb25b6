"""M2: the provider took a text and hides it. Nobody but a person may send it again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from drills.bar import Depth, Seen
from drills.codes import some_texts
from fakes.messaging import Clock, FakeTexts
from notify.asking import ask_provider
from notify.delivery import KnownText, Outcome, SendResult
from notify.worker import sweep
from shared.identifiers import new_id

if TYPE_CHECKING:
    from drills.stage import Place, Stage
    from notify.worker import Sender

TEXTS = 100
HIDDEN, PERSON = timedelta(minutes=10), timedelta(minutes=15)
IN_DOUBT = "select count(*) from message where state = 'in_doubt'"
BEFORE_A_PERSON = "select count(*) from message where needs_person_since is not null"
FAILED = "select count(*) from message where state = 'failed'"


async def hidden_texts(stage: Stage, _depth: Depth) -> Seen:
    """One half is never listed; the other is, after ten minutes."""
    async with stage.place() as place:
        clock, texts = Clock(), FakeTexts()
        texts.results = [SendResult(Outcome.UNCLEAR, error_code="timeout")] * (3 * TEXTS)
        sender, _ids = await some_texts(place, new_id(), clock, texts, number=TEXTS)
        started = clock.now
        await sweep(sender)
        early = await _walk(sender, clock, started + HIDDEN)
        in_doubt = place.one(IN_DOUBT)
        await _walk(sender, clock, started + PERSON)
        waiting, failed = place.one(BEFORE_A_PERSON), place.one(FAILED)
        proven = await _list_half(place, sender, clock, texts)
        again = len(texts.sent) - TEXTS
    return Seen(
        f"{TEXTS} hidden: {again} sent again, {in_doubt} in doubt after 10 min ({early} ends),"
        f" {waiting} before a person after 15 min, {failed} failed; listed late: {proven} proven",
        (again, failed, early) == (0, 0, 0) and in_doubt == waiting == TEXTS and proven > 0,
    )


async def _walk(sender: Sender, clock: Clock, until: object) -> int:
    """Half a minute at a time, everything that time brings; how many ends were found."""
    found = 0
    while clock.now < until:  # type: ignore[operator]
        clock.now += timedelta(seconds=30)
        await sweep(sender)
        found += await ask_provider(sender)
    return found


async def _list_half(place: Place, sender: Sender, clock: Clock, texts: FakeTexts) -> int:
    """The list shows them after all: every equal text at once, so that each can be proven."""
    rows = place.rows("select claimed_at from message")
    texts.listed += [
        KnownText(f"SM{number:032d}", "delivered", None, sent.sender, sent.recipient, sent.body, at)
        for number, (sent, (at,)) in enumerate(zip(texts.sent, rows, strict=True))
    ]
    return await _walk(sender, clock, clock.now + timedelta(hours=4))
