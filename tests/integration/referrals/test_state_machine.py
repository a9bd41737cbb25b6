"""Four parties do whatever they like in any order; what must always hold, holds.

Runs on one connection: the town is made once, each example is a savepoint that is rolled back.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from builders.laws import TABLES, broken_laws
from builders.referrals import TUESDAY, a_town
from referrals.actions import (
    AgencySays,
    AgencyWord,
    HandOver,
    HeardWord,
    NewPatient,
    NextStep,
    PatientWord,
    acknowledge_ending,
    answer_as_agency,
    answer_question,
    change_contact,
    decide_difference,
    entered_in_error,
    give_reason,
    hand_over_now,
    hide_identity,
    patient_answer,
    patient_wrote,
    record_answer,
    reroute,
    revoke_consent,
    send_referral,
    show_identity,
    take_late_yes,
    tell_identity,
    undo_answer,
    withdraw,
)
from referrals.actions.moving import VERBS, MoveRequest, make_move
from referrals.actions.owning import Reroute
from referrals.actions.patient_wishes import patient_stops
from referrals.actions.sending import ask_for_consent
from referrals.closure import Question
from referrals.jobs import run_due
from referrals.lifecycle import BusinessStatus, Party
from referrals.overdue import Urgency
from referrals.reasons import BY_DIGIT, Reason
from referrals.words import Way
from shared import provision
from shared.database import Context, Database, async_url
from shared.errors import HandbackError
from shared.identifiers import new_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from uuid import UUID

RUNS, STEPS = 45, 25
WAYS = st.sampled_from([Way.TEXT, Way.LINK, Way.PAGE, Way.API])
SAYS = st.sampled_from(AgencySays)
REASONS = st.sampled_from([None, Reason.NO_CAPACITY, Reason.NOT_ELIGIBLE, Reason.OTHER])
WHICH = st.integers(0, 5)
ANA = NewPatient(name="Ana Flores", phone="202-555-0188", language="es", household_size=4)


class World:
    """One town on one connection, with an event loop of its own."""

    def __init__(self, admin_url: str) -> None:
        self.loop = asyncio.new_event_loop()
        self.engine = create_async_engine(
            async_url(admin_url), plugins=["geoalchemy2"], poolclass=NullPool
        )
        self.run(self._open())

    def run(self, work: Awaitable[Any]) -> Any:  # noqa: ANN401
        return self.loop.run_until_complete(work)

    async def _open(self) -> None:
        self.connection = await self.engine.connect()
        self.outer = await self.connection.begin()
        app, worker, owner = (
            Database(engine=self.connection, role=role)
            for role in (provision.APP, provision.WORKER, provision.OWNER)
        )
        self.worker, self.owner = worker, owner
        self.town = await a_town(app, mailboxes=("denise@harbor.example",))

    async def _close(self) -> None:
        await self.outer.rollback()
        await self.connection.close()
        await self.engine.dispose()

    def close(self) -> None:
        self.run(self._close())
        self.loop.close()


class Loop(RuleBasedStateMachine):
    """Agency, patient, sender and clock."""

    world: World

    @initialize(
        urgency=st.sampled_from(Urgency),
        how=st.sampled_from(["agency_calls_patient", "patient_calls", "walk_in"]),
    )
    def first_request(self, urgency: Urgency, how: str) -> None:
        self.now = TUESDAY
        self.savepoint = self.world.run(self.world.connection.begin_nested())
        self.town = replace(self.world.town)
        self.referrals: list[UUID] = []
        self.last: Callable[[], Awaitable[Any]] | None = None
        self.shown_before: dict[UUID, tuple[str, int]] = {}
        self.send(urgency, how, asks=False)

    def teardown(self) -> None:
        if hasattr(self, "savepoint"):
            self.world.run(self.savepoint.rollback())

    # --- how a step is taken

    def one(self, which: int) -> UUID:
        return self.referrals[which % len(self.referrals)]

    def take(self, act: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401
        """Do it; a refusal must have changed nothing at all."""
        before = self.world.run(self.fingerprint())
        try:
            outcome = self.world.run(act())
        except HandbackError:
            assert self.world.run(self.fingerprint()) == before
            return None
        self.last = act
        linked = getattr(outcome, "linked", None)
        if linked is not None and linked.id not in self.referrals:
            self.referrals.append(linked.id)
        return outcome

    async def fingerprint(self) -> tuple[str, ...]:
        """Every row of the loop's tables."""
        found = []
        async with self.world.owner.transaction(Context()) as session:
            for table in TABLES:
                row = await session.execute(
                    text(f"select md5(string_agg(t::text, ';' order by t::text)) from {table} t")  # noqa: S608
                )
                found.append(str(row.scalar_one()))
        return tuple(found)

    def agency(self, which: int, act: Callable[..., Awaitable[Any]], *args: Any) -> Any:  # noqa: ANN401
        referral_id = self.one(which)

        async def run() -> Any:  # noqa: ANN401
            async with self.town.as_agency(referral_id) as session:
                return await act(session, referral_id, *args)

        return self.take(run)

    def clinic(self, which: int, act: Callable[..., Awaitable[Any]], *args: Any, **kw: Any) -> Any:  # noqa: ANN401
        referral_id = self.one(which)

        async def run() -> Any:  # noqa: ANN401
            async with self.town.as_clinic() as session:
                return await act(session, referral_id, *args, **kw)

        return self.take(run)

    # --- the sender

    @precondition(lambda self: len(self.referrals) < 4)
    @rule(
        urgency=st.sampled_from(Urgency),
        how=st.sampled_from(
            ["agency_calls_patient", "patient_calls", "walk_in", "through_hotline"]
        ),
        asks=st.booleans(),
    )
    def send(self, urgency: Urgency, how: str, *, asks: bool) -> None:
        draft = self.take(lambda: self.town.draft(urgency=urgency, how_to_start=how, now=self.now))
        self.referrals.append(draft.id)
        self.last = None
        if asks:
            self.clinic(-1, ask_for_consent, word=self.town.sender(self.now))
            return
        self.clinic(-1, send_referral, word=self.town.sender(self.now))

    @rule(which=WHICH)
    def sends_the_draft(self, which: int) -> None:
        self.clinic(which, send_referral, word=self.town.sender(self.now))

    @precondition(lambda self: len(self.referrals) < 4)
    @rule(says=SAYS, reason=REASONS)
    def hands_over(self, says: AgencySays, reason: Reason | None) -> None:
        draft = self.take(lambda: self.town.draft(now=self.now))
        self.referrals.append(draft.id)
        self.last = None
        facts = HandOver(HeardWord("Denise"), AgencyWord(says, reason=reason))
        self.clinic(-1, hand_over_now, word=self.town.sender(self.now), hand_over=facts)

    @rule(
        which=WHICH,
        reason=st.sampled_from([Reason.NEED_CHANGED, Reason.CONSENT_WITHDRAWN, Reason.NO_CAPACITY]),
    )
    def stops(self, which: int, reason: Reason) -> None:
        self.clinic(which, withdraw, word=self.town.sender(self.now), reason=reason)

    @rule(which=WHICH)
    def calls_it_an_error(self, which: int) -> None:
        self.clinic(which, entered_in_error, word=self.town.sender(self.now))

    @rule(which=WHICH)
    def asks_another_place(self, which: int) -> None:
        listing = replace(
            self.town.listing, directory_organization_id=new_id(), organization="St Mary's Table"
        )
        self.clinic(which, reroute, word=self.town.sender(self.now), to=Reroute(listing))

    @rule(which=WHICH, step=st.sampled_from(NextStep))
    def says_what_comes_next(self, which: int, step: NextStep) -> None:
        self.clinic(which, acknowledge_ending, word=self.town.sender(self.now), step=step)

    @rule(which=WHICH, to=st.sampled_from(BusinessStatus), reason=REASONS)
    def decides(self, which: int, to: BusinessStatus, reason: Reason | None) -> None:
        word = self.town.sender(self.now)
        self.clinic(which, decide_difference, word=word, to=to, reason=reason)

    @rule(which=WHICH)
    def answers_a_question(self, which: int) -> None:
        self.clinic(which, answer_question, word=self.town.sender(self.now), answer="Two.")

    @rule(which=WHICH)
    def takes_a_late_yes(self, which: int) -> None:
        self.clinic(which, take_late_yes, word=self.town.sender(self.now))

    @rule(which=WHICH)
    def tells_the_name_by_phone(self, which: int) -> None:
        self.clinic(which, tell_identity, self.town.sender(self.now))

    @rule(which=WHICH)
    def takes_down_that_consent_is_withdrawn(self, which: int) -> None:
        self.clinic(which, revoke_consent, word=self.town.sender(self.now))

    @rule(may_text=st.booleans())
    def notes_a_new_number(self, may_text: bool) -> None:  # noqa: FBT001
        async def run() -> None:
            async with self.town.as_clinic() as session:
                new = replace(ANA, may_text=may_text)
                await change_contact(
                    session, self.town.patient_id, new, word=self.town.sender(self.now)
                )

        self.take(run)
        self.last = None  # sealed anew each time, so the rows differ

    @rule(which=WHICH, says=SAYS, reason=REASONS)
    def writes_down_the_agencys_word(
        self, which: int, says: AgencySays, reason: Reason | None
    ) -> None:
        said = AgencyWord(says, reason=reason, visit_at=self.now + timedelta(days=3))
        self.clinic(
            which,
            record_answer,
            word=self.town.sender(self.now),
            facts=HeardWord("Denise"),
            said=said,
        )

    @rule(
        which=WHICH,
        verb=st.sampled_from(sorted(VERBS)),
        party=st.sampled_from([None, *Party]),
        reason=REASONS,
        side=st.booleans(),
        stale=st.booleans(),
    )
    def a_program_moves_it(  # noqa: PLR0913 -- one call of the API
        self,
        which: int,
        verb: str,
        party: Party | None,
        reason: Reason | None,
        *,
        side: bool,
        stale: bool,
    ) -> None:
        request = MoveRequest(verb, acting=party, reason=reason, note="Note")
        version = 1 if stale else None
        if side:
            word = replace(self.town.page(self.now), way=Way.API)
            self.agency(
                which,
                lambda session, referral_id: make_move(
                    session, referral_id, word=word, request=request, expected_version=version
                ),
            )
        else:
            word = replace(self.town.sender(self.now), way=Way.API)
            self.clinic(which, make_move, word=word, request=request, expected_version=version)

    # --- the agency

    @rule(which=WHICH, says=SAYS, way=WAYS, reason=REASONS)
    def agency_says(self, which: int, says: AgencySays, way: Way, reason: Reason | None) -> None:
        word = (
            self.town.text(self.now)
            if way is Way.TEXT
            else replace(self.town.page(self.now), way=way)
        )
        said = AgencyWord(says, reason=reason, visit_at=self.now + timedelta(days=2))
        self.agency(which, answer_as_agency, word, said)

    @rule(which=WHICH)
    def agency_undoes(self, which: int) -> None:
        self.agency(which, undo_answer, self.town.text(self.now))

    @rule(which=WHICH, digit=st.integers(1, 6))
    def agency_says_why(self, which: int, digit: int) -> None:
        self.agency(which, give_reason, self.town.text(self.now), BY_DIGIT[digit])

    @rule(which=WHICH, hides=st.booleans())
    def agency_looks_who_it_is(self, which: int, *, hides: bool) -> None:
        act = hide_identity if hides else show_identity
        self.agency(which, act, self.town.page(self.now))

    # --- the patient

    @rule(
        which=WHICH,
        question=st.sampled_from(Question),
        digit=st.integers(1, 7),
        way=st.sampled_from([Way.TEXT, Way.LINK, Way.PHONE]),
    )
    def patient_says(self, which: int, question: Question, digit: int, way: Way) -> None:
        said = PatientWord(digit, question)
        if way is Way.PHONE:
            facts = HeardWord("Ana Flores", Way.PHONE)
            word = self.town.sender(self.now)
            self.clinic(which, record_answer, word=word, facts=facts, said=said)
            return
        self.clinic(which, patient_answer, replace(self.town.patient(self.now), way=way), said)

    @rule(which=WHICH, danger=st.booleans())
    def patient_writes(self, which: int, *, danger: bool) -> None:
        self.clinic(which, patient_wrote, self.town.patient(self.now), "hm", danger=danger)

    @rule(which=WHICH)
    def patient_wants_no_more(self, which: int) -> None:
        self.clinic(which, patient_stops, self.town.patient(self.now))

    @rule(which=WHICH, digit=st.integers(1, 4), then=st.sampled_from([None, 1, 2, 5]))
    def they_say_done_and_the_patient_says(self, which: int, digit: int, then: int | None) -> None:
        """A way to the rarer statuses that chance seldom finds."""
        said = AgencyWord(AgencySays.HELPED)
        self.agency(which, answer_as_agency, self.town.page(self.now), said)
        self.clinic(which, patient_answer, self.town.patient(self.now), PatientWord(digit))
        if then is not None:
            word, why = self.town.patient(self.now), PatientWord(then, Question.AFTER_NO)
            self.clinic(which, patient_answer, word, why)

    # --- the clock

    @rule(hours=st.sampled_from([0.2, 0.6, 3, 14, 24, 60, 24 * 8, 24 * 40]))
    def time_passes(self, hours: float) -> None:
        self.now += timedelta(hours=hours)
        self.world.run(run_due(self.world.worker, self.now))
        before = self.world.run(self.fingerprint())
        assert self.world.run(run_due(self.world.worker, self.now)) == 0
        assert self.world.run(self.fingerprint()) == before
        self.last = None

    # --- again

    @precondition(lambda self: self.last is not None)
    @rule()
    def the_same_thing_comes_twice(self) -> None:
        assert self.last is not None
        before = self.world.run(self.fingerprint())
        with suppress(HandbackError):
            self.world.run(self.last())
        assert self.world.run(self.fingerprint()) == before

    @invariant()
    def every_law_holds(self) -> None:
        if hasattr(self, "town"):
            broken = self.world.run(
                broken_laws(self.world.owner, self.world.worker, self.now, self.town.clinic)
            )
            assert broken == []


def test_whatever_four_parties_do_the_laws_hold(database_urls: dict[str, str]) -> None:
    world = World(database_urls["admin"])
    Loop.world = world
    try:
        run_state_machine_as_test(
            Loop,
            settings=settings(
                max_examples=RUNS,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
                print_blob=True,
            ),
        )
    finally:
        world.close()
