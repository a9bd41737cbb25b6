"""Words about a patient stay in sealed columns and on the pages of those who may read them.

A whole loop with words that stand nowhere else, then again with a fault at every function that
reads or moves a request; afterwards everything else that was written is searched for them.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
from contextlib import contextmanager
from types import CodeType
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from builders.tenants import IDENTITY
from referrals.jobs import run_due
from shared import clock, provision
from shared.database import Database, async_url
from support.whole_loop import (
    ANA,
    CANARIES,
    DENISE,
    MAILBOX,
    Left,
    Loop,
    a_loop,
    every_row,
    everything_logged,
)
from web.jobs import sweep_readings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

# One walk for the whole module, on one worker.

# Each function of this package that a look or an act passes through is made to fail in turn.
FAILING = "referrals."
AT_LEAST_POINTS = 100
# Rows that hold no words of people, one by one: a queue's payload, the audit, the clock, search.
IDS_ONLY = (
    "pgqueuer",
    "pgqueuer_log",
    "audit_event",
    "due",
    "attempt",
    "idempotency_key",
    "search_doc",
    "search_doc_term",
    "search_lexeme",
    "search_server_gap",
    "link",
    "session",
    "phone_thread",
)


@pytest.fixture(scope="module")
def left(database_urls: dict[str, str]) -> Left:
    return asyncio.run(_go_round(database_urls["admin"]))


async def _go_round(admin_url: str) -> Left:
    left = Left()
    engine = create_async_engine(async_url(admin_url), plugins=["geoalchemy2"], poolclass=NullPool)
    async with engine.connect() as connection:
        outer = await connection.begin()
        databases = {role: Database(engine=connection, role=role) for role in provision.ROLES}
        with everything_logged() as written:
            async with a_loop(databases, left) as loop:
                await _the_loop(loop)
                await _with_faults(loop)
                left.read_back = await loop.read_back()
        left.logged = written.getvalue()
        left.rows = await every_row(connection)
        left.to_agency = _sent_to(loop, {DENISE, MAILBOX})
        left.to_patient = _sent_to(loop, {ANA, CANARIES.said["email"]})
        left.subjects = [mail.words.subject for mail in loop.mails.sent]
        await outer.rollback()
    await engine.dispose()
    return left


async def _the_loop(loop: Loop) -> None:
    await loop.send()
    await loop.answer()
    await loop.patient_answers()
    await loop.everybody_looks()
    await loop.programs_send()
    await loop.mistakes()


async def _with_faults(loop: Loop) -> None:
    passed = {}
    for act in LOOKS_AND_ACTS:
        with passed_through() as codes:
            await act(loop)
        passed[act] = codes
    for module, name, code in failing(set().union(*passed.values())):
        before = len(loop.left.fault_pages)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, name, _fail)
            # Only where it is passed through can its fault be told.
            for act in LOOKS_AND_ACTS:
                if code in passed[act]:
                    await act(loop)
        loop.left.points += len(loop.left.fault_pages) > before
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("referrals.message_source.ReferralSource.render", _fail)
        await loop.post("Rosa", "/send", **loop.form())
        await loop.phones.deliver()
        patch.setattr("referrals.answers.take_text", _fail)
        await loop.phones.arrives(ANA, CANARIES.said["patient_words"])
        patch.setattr("referrals.jobs.referral_due", _fail)
        await loop.turn(days=30)
        await sweep_readings(loop.phones.sender)
        await run_due(loop.phones.database, clock.now())


LOOKS_AND_ACTS: tuple[Callable[[Loop], Awaitable[object]], ...] = (
    lambda loop: loop.get("Rosa", loop.referral),
    lambda loop: loop.get("Rosa", "/today"),
    lambda loop: loop.post("Rosa", "/patients/find", q=CANARIES.said["name"]),
    lambda loop: loop.post("Rosa", f"{loop.referral}/notes", note=CANARIES.said["internal_note"]),
    lambda loop: loop.get("Denise", "/desk"),
    lambda loop: loop.get("nobody", loop.link),
    lambda loop: loop.program("GET", "/api/referrals"),
)


@contextmanager
def passed_through() -> Iterator[set[CodeType]]:
    """The functions that run inside the block."""
    codes: set[CodeType] = set()
    sys.setprofile(lambda frame, event, _: codes.add(frame.f_code) if event == "call" else None)
    try:
        yield codes
    finally:
        sys.setprofile(None)


def failing(codes: set[CodeType]) -> list[tuple[object, str, CodeType]]:
    """Functions that were passed through, by every module that calls them by a name of its own."""
    return [
        (module, name, value.__code__)
        for module_name, module in sorted(sys.modules.items())
        if module_name.startswith(FAILING)
        for name, value in sorted(vars(module).items())
        if inspect.isfunction(value)
        and value.__code__ in codes
        and value.__module__.startswith(FAILING)
    ]


def _fail(*_: object, **__: object) -> None:
    """A fault whose own words hold everything."""
    raise RuntimeError(" ".join([*CANARIES.said.values(), CANARIES.phone, str(CANARIES.born)]))


def _sent_to(loop: Loop, addresses: set[str]) -> list[str]:
    texts = [text.body for text in loop.phones.carrier.sent if text.recipient in addresses]
    mails = [
        f"{mail.words.subject}\n{mail.words.text}\n{mail.words.html}\n{mail.words.headers}"
        for mail in loop.mails.sent
        if mail.recipient in addresses
    ]
    return texts + mails


def test_the_loop_went_round(left: Left) -> None:
    """Otherwise the tests below prove nothing."""
    found = CANARIES.in_text(left.read_back)

    assert {"name", "phone", "internal_note", "shared_note", "patient_words"} <= found
    assert len(left.to_agency) >= 3
    assert len(left.to_patient) >= 5
    assert left.points >= AT_LEAST_POINTS
    for event in (
        "unhandled_exception",
        "message_not_claimed",
        "sweep_failed",
        "referral_due_failed",
    ):
        assert event in left.logged
    assert len(left.rows) > 50


def test_nothing_of_it_is_in_any_log(left: Left) -> None:
    assert CANARIES.in_text(left.logged) == set()


def test_no_page_about_a_fault_of_ours_tells_it(left: Left) -> None:
    telling = [
        (str(answer.request.url), sorted(found))
        for answer in left.fault_pages
        if (found := CANARIES.in_text(answer.text))
    ]

    assert telling == []


def test_no_address_holds_it(left: Left) -> None:
    assert CANARIES.in_text(left.addresses()) == set()


def test_no_subject_of_a_mail_holds_it(left: Left) -> None:
    assert left.subjects
    assert CANARIES.in_text("\n".join(left.subjects)) == set()


def test_no_text_or_mail_tells_the_agency_who_it_is(left: Left) -> None:
    told = CANARIES.in_text("\n".join(left.to_agency))

    assert told & (IDENTITY | {"email", "record_number", "internal_note", "patient_words"}) == set()


def test_no_metric_holds_it(left: Left) -> None:
    shown = [answer.text for answer in left.answers if answer.request.url.path == "/metrics"]

    assert shown
    assert CANARIES.in_text("\n".join(shown)) == set()


@pytest.mark.parametrize("table", IDS_ONLY)
def test_tables_of_ids_hold_ids(left: Left, table: str) -> None:
    assert CANARIES.in_text(left.rows[table]) == set()


def test_a_dump_of_the_database_holds_no_clear_word_of_it(left: Left) -> None:
    assert "Lincoln Clinic" in left.rows["member"] + left.rows["referral"], "the dump is read"
    clear = {
        table: sorted(found)
        for table, content in left.rows.items()
        if (found := CANARIES.in_text(content))
    }

    assert clear == {}


def test_what_was_sealed_is_there(left: Left) -> None:
    """A dump without the words must not be one without the rows."""
    for table in ("patient", "referral_event", "shared_note", "internal_note", "message"):
        assert left.rows[table].strip(), table
    assert "\\\\x" in left.rows["patient"]
