"""M5 and M6: what an error code asks of us, and the provider's words in whatever order."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING

from drills.bar import Depth, Seen
from fakes.messaging import CLINIC_NUMBER, FAST, Clock, FakeSource, FakeTexts, a_message
from notify.api import give_sender_number, queue_message, register_source
from notify.channels import Channels
from notify.codes import CodeClass, class_of_code, codes, limits_of
from notify.delivery import FINAL, Event, MessageState, Outcome, SendResult, event_of_status
from notify.progress import StatusWord, record_status
from notify.states import Step, step
from notify.worker import Sender, sweep
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    from uuid import UUID

    from drills.stage import Place, Stage

# The design's own list (messaging 1, reliability M5), written down here a second time on purpose.
EXPECTED = {
    **dict.fromkeys(("21211", "21408", "21614", "30003", "30004", "30005"), CodeClass.PERMANENT),
    **dict.fromkeys(("30006", "30007", "30008"), CodeClass.PERMANENT),
    "30034": CodeClass.OURS,
    "21610": CodeClass.OPT_OUT,
    "20429": CodeClass.RATE_LIMITED,
    **dict.fromkeys(("30001", "30022", "30500"), CodeClass.CARRIER),
}
UNKNOWN, LEAST_MAPPED = 200, 30
MOST_429, LONGEST_CARRIER = 6, timedelta(hours=4)
LONG = timedelta(hours=12)
CASES = 10_000
WORDS = ("queued", "sending", "sent", "delivered", "undelivered")
UNDELIVERED_CODE = "30003"
Fold = Callable[[MessageState, Event], Step | None]


async def error_codes(stage: Stage, depth: Depth) -> Seen:
    """M5: every code is refused by the provider until the sender gives up, over half a day."""
    mapped = sorted(code for code in codes() if code.isdigit() and len(code) == len("20429"))
    chance = random.Random(5)  # noqa: S311 -- a repeatable choice
    drawn = [str(code) for code in chance.sample(range(10_000, 70_000), 2 * UNKNOWN)]
    unknown = [code for code in drawn if code not in codes()][:UNKNOWN]
    if depth is Depth.CI:
        unknown = unknown[::5]
    wrong = [code for code, found in EXPECTED.items() if class_of_code(code) is not found]
    broken = []
    async with stage.place() as place:
        for code in [*mapped, *unknown]:
            tries, last, alerted = await _refused_with(place, code)
            if not _as_it_must(code, tries, last, alerted=alerted):
                broken.append(f"{code}: {tries} tries over {last}")
    return Seen(
        f"{len(mapped)} mapped, {len(unknown)} unknown: {len(wrong)} in a wrong class,"
        f" {len(broken)} tried wrongly {'; '.join(broken[:3])}".rstrip(),
        not wrong and not broken and len(mapped) >= LEAST_MAPPED,
    )


def _as_it_must(code: str, tries: int, last: timedelta, *, alerted: bool) -> bool:
    """What the bar allows."""
    match class_of_code(code):
        case CodeClass.RATE_LIMITED:
            return 1 < tries <= MOST_429
        case CodeClass.CARRIER:
            return tries > 1 and last <= LONGEST_CARRIER
        case CodeClass.UNKNOWN | CodeClass.OURS:
            return tries == 1 and alerted
        case _:
            return tries == 1


async def _refused_with(place: Place, code: str) -> tuple[int, timedelta, bool]:
    """(tries, time from the first to the last, whether a person is asked)."""
    clinic, clock, texts = new_id(), Clock(), FakeTexts()
    found = class_of_code(code)
    outcome = {
        CodeClass.OPT_OUT: Outcome.OPTED_OUT,
        CodeClass.RATE_LIMITED: Outcome.NOT_SENT,
        CodeClass.CARRIER: Outcome.NOT_SENT,
    }.get(found, Outcome.REFUSED)
    texts.results = [SendResult(outcome, error_code=code)] * (limits_of(found).tries * 3 + 3)
    sender, (message_id,) = await some_texts(place, clinic, clock, texts, number=1)
    start, last = clock.now, clock.now
    while clock.now - start < LONG:
        before = len(texts.sent)
        await sweep(sender)
        last = clock.now if len(texts.sent) > before else last
        (due, state, person), = place.rows(
            "select not_before, state, needs_person_since from message where id = %s", message_id
        )  # fmt: skip
        if state in {str(each) for each in FINAL}:
            return len(texts.sent), last - start, person is not None
        clock.now = max(clock.now + timedelta(seconds=1), due or clock.now)
    return len(texts.sent), LONG, False


async def some_texts(
    place: Place, clinic: UUID, clock: Clock, texts: FakeTexts, *, number: int
) -> tuple[Sender, list[UUID]]:
    """A clinic of its own with so many texts in its queue."""
    register_source("fake", FakeSource())
    digits = int.from_bytes(clinic.bytes[-4:], "big") % 10_000_000
    own = CLINIC_NUMBER if number > 1 else f"+1202{digits:07d}"
    async with place.worker.transaction(Context()) as session:
        await give_sender_number(session, clinic, own, segments_per_second=FAST)
    async with place.app.transaction(Context(organization_id=clinic)) as session:
        ids = [
            await queue_message(session, a_message(clinic), clock.now) for _each in range(number)
        ]
    return Sender(place.worker, Channels(texts), clock), [each for each in ids if each]


async def words_in_any_order(stage: Stage, depth: Depth) -> Seen:
    """M6: all orders and 10,000 with duplicates by the table; each order once through the rows."""
    ends, regressions = folded(step, cases=CASES)
    async with stage.place() as place:
        orders = list(permutations(WORDS))[:: 1 if depth is Depth.NIGHTLY else 4]
        in_rows = await _through_rows(place, orders)
    return Seen(
        f"{CASES + 120:,} cases: ends {', '.join(sorted(ends))}, {regressions} regressions;"
        f" {len(orders)} through rows: ends {', '.join(sorted(in_rows))}",
        ends == in_rows == {"delivered"} and regressions == 0,
    )


def folded(table: Fold, *, cases: int) -> tuple[set[str], int]:
    """Ends that were reached, and how often an end was left for something earlier."""
    chance = random.Random(6)  # noqa: S311 -- a repeatable choice
    heard = [list(order) for order in permutations(WORDS)]
    for _case in range(cases):
        bag = [word for word in WORDS for _time in range(chance.randint(1, 3))]
        chance.shuffle(bag)
        heard.append(bag)
    ends, regressions = set(), 0
    for words in heard:
        state = MessageState.SENT
        for word in words:
            event = event_of_status(word, _code(word), attempts=1)
            found = table(state, event) if event is not None else None
            if found is None:
                continue
            left_end = state in FINAL and found.to not in FINAL
            regressions += left_end or state is MessageState.DELIVERED
            state = found.to
        ends.add(str(state))
    return ends, regressions


async def _through_rows(place: Place, orders: list[tuple[str, ...]]) -> set[str]:
    clinic, clock, texts = new_id(), Clock(), FakeTexts()
    sender, ids = await some_texts(place, clinic, clock, texts, number=len(orders))
    await sweep(sender)
    context = Context(organization_id=clinic, actor="worker")
    for message_id, order in zip(ids, orders, strict=True):
        for word in [each for each in order for _time in range(2)]:
            said = StatusWord(f"SM{message_id.hex}", word, _code(word), None)
            async with place.worker.transaction(context) as session:
                await record_status(session, message_id, said, clock.now)
    return {state for (state,) in place.rows("select distinct state from message")}


def _code(word: str) -> str | None:
    return UNDELIVERED_CODE if word == "undelivered" else None
