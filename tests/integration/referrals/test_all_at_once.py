"""Real commits: everybody acts at the same moment through different doors, and one word wins."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from structlog.testing import capture_logs

from accounts.rules import Actor, ActorKind
from builders.laws import broken_laws
from builders.looking import events, templates
from builders.referrals import TUESDAY, Town, a_town
from referrals.actions import (
    AgencySays,
    AgencyWord,
    HeardWord,
    NewPatient,
    NewReferral,
    PatientWord,
    answer_as_agency,
    change_contact,
    create_draft,
    patient_answer,
    record_answer,
    revoke_consent,
    send_referral,
    show_identity,
    take_late_yes,
    tell_identity,
    undo_answer,
    withdraw,
)
from referrals.actions.moving import MoveRequest, make_move
from referrals.closure import Question
from referrals.errors import AlreadyAnswered
from referrals.jobs import run_due
from referrals.lifecycle import WAITING
from referrals.lifecycle import BusinessStatus as S
from referrals.models import Referral
from referrals.overdue import Urgency
from referrals.reasons import Reason
from referrals.words import Way
from shared.errors import HandbackError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from uuid import UUID

    from shared.database import Database

SOON = timedelta(minutes=31)
ROUNDS = 12


async def at_once(*acts: Callable[[], Awaitable[Any]]) -> list[Any]:
    """All together; whatever is no kind refusal (a deadlock, a lost row) is raised."""
    done = await asyncio.gather(*(act() for act in acts), return_exceptions=True)
    for result in done:
        if isinstance(result, BaseException) and not isinstance(result, HandbackError):
            raise result
    return done


def first_answers(town: Town, referral_id: UUID) -> list[Callable[[], Awaitable[Any]]]:
    """Eight answers to one request, each by a door of its own."""
    said = (
        (AgencySays.YES, Way.LINK),
        (AgencySays.NO, Way.LINK),
        (AgencySays.NO, Way.TEXT),
        (AgencySays.WAIT_LIST, Way.TEXT),
        (AgencySays.YES, Way.PAGE),
    )

    def by_agency(number: int, says: AgencySays, way: Way) -> Callable[[], Awaitable[Any]]:
        kind = {Way.LINK: ActorKind.AGENCY_LINK, Way.TEXT: ActorKind.AGENCY_TEXT}.get(
            way, ActorKind.PERSON
        )
        actor = Actor(kind, town.agency, label=f"Person {number}")
        word = replace(town.page(), actor=actor, way=way, event_key=f"{referral_id}:{number}")

        reason = Reason.NO_CAPACITY if says is AgencySays.NO else None

        async def act() -> Any:  # noqa: ANN401
            async with town.as_agency(None if way is Way.PAGE else referral_id) as session:
                said = AgencyWord(says, reason=reason)
                return await answer_as_agency(session, referral_id, word, said)

        return act

    async def by_program() -> Any:  # noqa: ANN401
        word = replace(town.page(), way=Way.API, event_key=f"{referral_id}:api")
        request = MoveRequest("decline", reason=Reason.NO_CAPACITY)
        async with town.as_agency() as session:
            return await make_move(session, referral_id, word=word, request=request)

    async def told_to_rosa() -> Any:  # noqa: ANN401
        word = town.sender(key=f"{referral_id}:told")
        async with town.as_clinic() as session:
            return await record_answer(
                session,
                referral_id,
                word=word,
                facts=HeardWord("Denise"),
                said=AgencyWord(AgencySays.YES),
            )

    async def undoes() -> Any:  # noqa: ANN401
        async with town.as_agency(referral_id) as session:
            return await undo_answer(session, referral_id, town.text(key=f"{referral_id}:undo"))

    answers = [by_agency(number, *each) for number, each in enumerate(said)]
    return [*answers, by_program, told_to_rosa, undoes]


async def test_of_eight_doors_one_word_gets_through_whatever_is_undone_meanwhile(
    committed: dict[str, Database],
) -> None:
    town = await a_town(committed["app"])
    for _ in range(20):
        referral = await town.sent()
        done = await at_once(*first_answers(town, referral.id))
        answered = [result for result in done[:7] if not isinstance(result, HandbackError)]
        undone = not isinstance(done[7], HandbackError)
        # An undone no leaves the request open, so that one more answer may follow it.
        assert 1 <= len(answered) <= 1 + undone
        assert all(
            isinstance(result, AlreadyAnswered)
            for result in done[:7]
            if isinstance(result, HandbackError)
        )
    await run_due(committed["worker"], TUESDAY + SOON)
    broken = await broken_laws(committed["owner"], committed["worker"], TUESDAY + SOON, town.clinic)
    assert broken == []
    async with town.as_clinic() as session:
        ids = list(await session.scalars(select(Referral.id)))
    for referral_id in ids:
        log = await events(town, referral_id)
        left = [
            event
            for event in log
            if event.status_from in WAITING and event.status_to not in {*WAITING, None}
        ]
        assert len(left) <= 1


async def test_ten_hands_on_the_same_requests_lock_nobody_out(
    committed: dict[str, Database],
) -> None:
    """Sender, agency, patient and clock on the same rows: no deadlock, no lost event."""
    town = await a_town(committed["app"])
    for number in range(ROUNDS):
        one, other = await town.sent(urgency=Urgency.TODAY), await town.sent()
        draft = await town.draft()
        for referral in (one, other):
            await town.says(referral.id, AgencySays.YES, town.page())
        acts = everybody(town, committed["worker"], one.id, other.id, draft.id)
        turn = number % len(acts)
        with capture_logs() as logged:
            await at_once(*acts[turn:], *acts[:turn])
        assert [line for line in logged if line["log_level"] == "error"] == []
    now = TUESDAY + timedelta(days=2)
    assert await broken_laws(committed["owner"], committed["worker"], now, town.clinic) == []


def everybody(
    town: Town, worker: Database, one: UUID, other: UUID, draft: UUID
) -> list[Callable[[], Awaitable[Any]]]:
    def as_clinic(act: Callable[..., Awaitable[Any]], *args: Any, **words: Any) -> Any:  # noqa: ANN401
        async def run() -> Any:  # noqa: ANN401
            async with town.as_clinic() as session:
                return await act(session, *args, **words)

        return run

    async def shows() -> Any:  # noqa: ANN401
        async with town.as_agency(one) as session:
            return await show_identity(session, one, town.page())

    async def reports() -> Any:  # noqa: ANN401
        return await town.says(other, AgencySays.HELPED, town.page())

    ana = NewPatient(name="Ana Flores", phone="202-555-0188", language="es")
    hello, got_it = PatientWord(1, Question.HELLO), PatientWord(1)
    return [
        as_clinic(change_contact, town.patient_id, ana, word=town.sender()),
        as_clinic(patient_answer, one, town.patient(), hello),
        as_clinic(send_referral, draft, word=town.sender()),
        as_clinic(patient_answer, other, town.patient(), got_it),
        shows,
        as_clinic(tell_identity, other, town.sender()),
        as_clinic(revoke_consent_of, town, one),
        reports,
        lambda: run_due(worker, TUESDAY + timedelta(days=1)),
        as_clinic(withdraw, other, word=town.sender(), reason=Reason.NEED_CHANGED),
    ]


async def revoke_consent_of(session: Any, town: Town, referral_id: UUID) -> None:  # noqa: ANN401
    """Taken back and, for the next round, given again."""
    from referrals.models import Consent

    await revoke_consent(session, referral_id, word=town.sender())
    consent = await session.get(Consent, town.consent_id)
    consent.revoked_at = None


async def test_the_same_form_posted_five_times_at_once_is_one_draft(
    committed: dict[str, Database],
) -> None:
    town = await a_town(committed["app"])
    new = NewReferral(
        patient_id=town.patient_id,
        need="food",
        listing=town.listing,
        consent_id=town.consent_id,
        urgency=Urgency.THIS_WEEK,
    )

    async def post() -> UUID:
        async with town.as_clinic() as session:
            draft = await create_draft(session, new, word=town.sender(key="page:form"))
            await send_referral(session, draft.id, word=town.sender(key="page:form:send"))
            return draft.id

    assert len(set(await at_once(*[post] * 5))) == 1
    async with town.as_clinic() as session:
        [referral] = await session.scalars(select(Referral))
    assert (await templates(town, referral.id)).count("A1") == 1


async def test_a_late_yes_tapped_by_four_colleagues_opens_one_request(
    committed: dict[str, Database],
) -> None:
    town = await a_town(committed["app"])
    referral = await town.sent()
    async with town.as_clinic() as session:
        await withdraw(session, referral.id, word=town.sender(), reason=Reason.NEED_CHANGED)
    await town.says(referral.id, AgencySays.YES)

    async def tap() -> Any:  # noqa: ANN401
        async with town.as_clinic() as session:
            return await take_late_yes(session, referral.id, word=town.sender())

    done = await at_once(*[tap] * 4)
    assert sum(not isinstance(result, HandbackError) for result in done) == 1
    async with town.as_clinic() as session:
        linked = await session.scalars(
            select(Referral.status).where(Referral.part_of_id == referral.id)
        )
        assert list(linked) == [S.ACCEPTED]
