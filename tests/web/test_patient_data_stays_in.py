"""Words about a patient stay in sealed columns and on the pages of those who may read them.

A whole loop with words that stand nowhere else, then again with a fault at every function that
reads or moves a request; afterwards everything else that was written is searched for them.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import pkgutil
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from builders.tenants import IDENTITY
from shared import provision
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

if TYPE_CHECKING:
    from collections.abc import Iterator

# Where every function is made to fail in turn, while everybody looks and acts.
FAILING = ("referrals.queries", "referrals.transition", "referrals.sending_out")
AT_LEAST_FAULTS = 60
# Rows that hold no words of people, one by one: a queue's payload, the audit, the clock, search.
IDS_ONLY = (
    "pgqueuer", "pgqueuer_log", "audit_event", "due", "attempt", "idempotency_key",
    "search_doc", "search_doc_term", "search_lexeme", "link", "session", "phone_thread",
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
    for module, name in failing():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, name, _fail)
            await loop.get("Rosa", loop.referral)
            await loop.get("Rosa", "/today")
            await loop.post("Rosa", "/patients/find", q=CANARIES.said["name"])
            await loop.post("Rosa", f"{loop.referral}/notes", note=CANARIES.said["internal_note"])
            await loop.get("Denise", "/desk")
            await loop.get("nobody", loop.link)
            await loop.program("GET", "/api/referrals")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("referrals.message_source.ReferralSource.render", _fail)
        await loop.post("Rosa", "/send", **loop.form())
        await loop.phones.deliver()
        patch.setattr("referrals.answers.acting.take_text", _fail)
        await loop.phones.arrives(ANA, CANARIES.said["patient_words"])


def failing() -> Iterator[tuple[object, str]]:
    """Every function of the modules that read and move requests, by the module it is named in."""
    for name in FAILING:
        module = importlib.import_module(name)
        paths = getattr(module, "__path__", [])
        modules = [module, *(
            importlib.import_module(f"{name}.{found.name}") for found in pkgutil.iter_modules(paths)
        )]
        for each in modules:
            for function, value in vars(each).copy().items():
                if inspect.isfunction(value) and value.__module__ == each.__name__:
                    yield each, function


def _fail(*_: object, **__: object) -> None:
    """A fault whose own words hold everything."""
    raise RuntimeError(" ".join([*CANARIES.said.values(), CANARIES.phone, str(CANARIES.born)]))


def _sent_to(loop: Loop, addresses: set[str]) -> list[str]:
    texts = [text.body for text in loop.phones.carrier.sent if text.recipient in addresses]
    mails = [
        f"{mail.words.subject}\n{mail.words.text}\n{mail.words.html}\n{mail.words.headers}"
        for mail in loop.mails.sent if mail.recipient in addresses
    ]
    return texts + mails


def test_the_loop_went_round(left: Left) -> None:
    """Otherwise the tests below prove nothing."""
    found = CANARIES.in_text(left.read_back)

    assert {"name", "phone", "internal_note", "shared_note", "patient_words"} <= found
    assert len(left.to_agency) >= 3
    assert len(left.to_patient) >= 5
    assert len(left.fault_pages) >= AT_LEAST_FAULTS
    assert "unhandled_exception" in left.logged
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
    shown = [
        answer.text for answer in left.answers if answer.request.url.path == "/metrics"
    ]

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
