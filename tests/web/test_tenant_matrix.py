"""Who sees what (practice.md 3), looked at from outside: every caller at every route.

Each request carries words that stand nowhere else; whoever may not read them must not find them in
any answer, nor be told that the request is there at all.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from builders.browsing import client_of
from builders.tenants import IDENTITY, some_tenants
from shared import provision
from shared.database import Database, async_url
from shared.settings import get_settings
from support.databases import copied_database
from support.tenant_ids import find_other_ids
from support.tenant_walk import (
    NOBODY,
    SAFE,
    Answer,
    Walk,
    callers_of,
    routes,
)
from web.app import create_app

if TYPE_CHECKING:
    from builders.tenants import Case, Tenants
    from shared.private_cluster import PrivateCluster

# One walk for the whole module, on one worker.

# A walk that got short tests nothing. It grows with the routes.
AT_LEAST = 4000
# What the holder of the patient's own link may read of the request.
PATIENTS_OWN = IDENTITY | {"shared_note", "patient_words"}
Everything = list[Answer]


@pytest.fixture(scope="module")
def walked(template: tuple[PrivateCluster, str]) -> Walk:
    with copied_database(*template, f"hb_walk_{os.getpid()}") as urls:
        return asyncio.run(_walk(urls["admin"]))


async def _walk(admin_url: str) -> Walk:
    engine = create_async_engine(async_url(admin_url), plugins=["geoalchemy2"], poolclass=NullPool)
    async with engine.connect() as connection:
        by_role = {role: Database(engine=connection, role=role) for role in provision.ROLES}
        database = by_role[provision.APP]
        app = create_app(get_settings(), database)
        async with client_of(app) as browser:
            async with connection.begin():
                world = await some_tenants(database, by_role[provision.OWNER])
                await find_other_ids(connection, world)
                callers = await callers_of(database, browser, world)
            walk = Walk(app, browser, connection, world, callers)
            await walk.run()
    await engine.dispose()
    return walk


@pytest.fixture(scope="module")
def answers(walked: Walk) -> Everything:
    return walked.answers


@pytest.fixture(scope="module")
def world(walked: Walk) -> Tenants:
    return walked.world


def test_the_walk_is_long_enough_to_mean_something(answers: Everything) -> None:
    assert len(answers) >= AT_LEAST


def test_every_route_was_walked(walked: Walk) -> None:
    missed = {
        f"{method} {path}"
        for path, methods in routes(walked.app)
        for method in methods
        if not path.startswith(("/simulator", "/static", "/api/openapi.json"))
    } - walked.seen_routes

    assert missed == set()


def test_nobody_finds_a_word_that_is_not_theirs_to_read(
    answers: Everything, world: Tenants
) -> None:
    leaks = [
        f"{answer}: {sorted(found)} of {case.name}"
        for answer in answers
        for case in world.cases.values()
        if (found := case.canaries.in_text(answer.told, answer.sent) - may_read(answer, case))
    ]

    assert leaks == []


def test_what_is_another_tenants_answers_like_what_is_not_there(answers: Everything) -> None:
    missing = {
        key_of(answer): answer.as_if_nobodys() for answer in answers if answer.target.name == NOBODY
    }
    told_apart = [
        f"{answer}, for nobody's {missing[key_of(answer)][0]}"
        for answer in answers
        if answer.target.case is not None
        and not answer.target.holder
        and not answer.caller.knows(answer.target.case, answer.route)
        and answer.as_if_nobodys() != missing[key_of(answer)]
    ]

    assert told_apart == []


def test_nobody_changes_what_is_another_tenants(answers: Everything, world: Tenants) -> None:
    changes = [
        f"{answer}: changed {name}"
        for answer in answers
        for name in answer.changed
        if not answer.target.holder and not answer.caller.knows(world.cases[name], answer.route)
    ]

    assert changes == []


def test_looking_changes_nothing(answers: Everything) -> None:
    """Mail scanners open every link; browsers load pages ahead."""
    changes = [
        f"{answer}: changed {sorted(answer.changed)}"
        for answer in answers
        if answer.method in SAFE and answer.changed
    ]

    assert changes == []


def test_a_link_changes_nothing_but_its_own_request(answers: Everything) -> None:
    changes = [
        f"{answer}: changed {sorted(answer.changed)}"
        for answer in answers
        if answer.target.holder and answer.changed - {answer.target.name}
    ]

    assert changes == []


def test_a_link_that_is_too_old_shows_no_word_of_the_request(
    answers: Everything, world: Tenants
) -> None:
    shown = [
        f"{answer}: {sorted(found)}"
        for answer in answers
        if answer.target.holder.endswith("too_old")
        and (found := world.cases[answer.target.name].canaries.in_text(answer.told, answer.sent))
    ]

    assert shown == []


def test_whoever_reads_a_word_leaves_a_trace(answers: Everything, world: Tenants) -> None:
    """The census of routes: what shows a word about a patient writes a row of the audit."""
    reads = [
        answer
        for answer in answers
        for case in world.cases.values()
        if case.canaries.in_text(answer.told, answer.sent)
    ]
    assert len(reads) > 100

    assert sorted({f"{a.method} {a.route} {a.variant}" for a in reads if not a.audited}) == []


def test_no_answer_is_a_fault_of_ours(answers: Everything) -> None:
    assert [str(answer) for answer in answers if answer.status >= 500] == []


@pytest.mark.parametrize("caller", ["lincoln_navigator", "lincoln_coordinator"])
def test_the_senders_staff_read_all_of_their_own(
    answers: Everything, world: Tenants, caller: str
) -> None:
    """The walk can find words at all: otherwise the tests above prove nothing."""
    for name, also in (
        ("before_yes", frozenset()),
        ("declined", {"decline_note"}),
        ("told", {"patient_words"}),
    ):
        assert {"name", "phone", "shared_note", "internal_note", "record_number", *also} <= read(
            answers, world.cases[name], caller
        ), name


def test_only_its_team_reads_what_is_kept_to_a_team(answers: Everything, world: Tenants) -> None:
    """That a colleague finds nothing of it is the business of the tests above."""
    kept = world.cases["kept"]

    assert {"name", "phone", "shared_note", "internal_note", "patient_words"} <= read(
        answers, kept, "lincoln_teammate"
    )
    assert read(answers, kept, "lincoln_coordinator") == frozenset()
    assert "shared_note" in read(answers, kept, "harbor_worker")
    assert "shared_note" in by_link(answers, kept, "agency")


def test_the_agency_reads_the_note_before_its_yes_and_who_it_is_once_shown(
    answers: Everything, world: Tenants
) -> None:
    assert read(answers, world.cases["before_yes"], "harbor_worker") == {"shared_note"}
    assert read(answers, world.cases["after_yes"], "harbor_worker") == {"shared_note"}
    assert {"shared_note", "name", "phone"} <= read(answers, world.cases["shown"], "harbor_worker")


def test_the_agencys_link_shows_the_same(answers: Everything, world: Tenants) -> None:
    assert by_link(answers, world.cases["before_yes"], "agency") == {"shared_note"}
    assert {"shared_note", "name", "phone"} <= by_link(answers, world.cases["shown"], "agency")


def test_the_patients_link_opens_without_a_name(answers: Everything) -> None:
    opened = [
        answer
        for answer in answers
        if answer.route == "/r/{token:str}"
        and answer.method == "GET"
        and answer.target.holder == "patient"
    ]

    assert opened
    assert [str(answer) for answer in opened if answer.status != 200] == []


def test_the_patients_link_shows_the_note_after_the_birth_year(
    answers: Everything, world: Tenants
) -> None:
    revealed = [
        answer
        for answer in answers
        if answer.target.holder == "patient" and "'reveal'" in answer.variant
    ]

    assert [str(answer) for answer in revealed if answer.status != 200] == []
    assert all(
        "shared_note" in answer.target.case.canaries.in_text(answer.told)
        for answer in revealed
        if answer.target.case is not None
    )


def test_programs_find_their_own_requests_in_the_list(answers: Everything, world: Tenants) -> None:
    def listed(caller: str) -> set[str]:
        told = " ".join(
            answer.body
            for answer in answers
            if answer.caller.name == caller
            and answer.route == "/api/referrals"
            and answer.status == 200
        )
        return {name for name, case in world.cases.items() if str(case.referral_id) in told}

    ours = {
        name for name, case in world.cases.items() if case.town.clinic == (world.members["lincoln"])
    }
    # A program is on no team.
    assert listed("lincoln_key") == ours - {"kept"} | {"asked_of_lincoln"}
    assert listed("harbor_key") == ours - {"draft"}
    assert listed("other_agency_key") == {"foreign"}


def may_read(answer: Answer, case: Case) -> frozenset[str]:
    """Of one case, in one answer."""
    holder = answer.target.holder
    if holder and answer.target.case is case:
        if holder == "agency":
            return case.may_read(case.town.agency) or frozenset()
        # What a patient's link shows is hers, whether before or after the birth year.
        return PATIENTS_OWN if holder == "patient" else frozenset()
    if holder or answer.route.startswith(("/r/", "/confirm")):
        return frozenset()
    return answer.caller.may_read(case) or frozenset()


def read(answers: Everything, case: Case, caller: str) -> frozenset[str]:
    """All that one caller found of a case, by looking and by searching for it."""
    return frozenset().union(
        *(
            case.canaries.in_text(answer.told, answer.sent)
            for answer in answers
            if answer.caller.name == caller and not answer.target.holder
        )
    )


def by_link(answers: Everything, case: Case, holder: str) -> frozenset[str]:
    """All that the holder of a link found by opening it."""
    return frozenset().union(
        *(
            case.canaries.in_text(answer.told, answer.sent)
            for answer in answers
            if answer.target.holder == holder
            and answer.target.case is case
            and answer.method in SAFE
        )
    )


def key_of(answer: Answer) -> tuple[str, str, str, str]:
    return answer.caller.name, answer.method, answer.route, answer.variant
