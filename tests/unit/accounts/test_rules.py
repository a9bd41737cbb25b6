"""Who may act and for how long: the pure rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules import (
    Actor,
    ActorKind,
    MemberKind,
    Role,
    Scope,
    check_label,
    fits_texts,
    home_of,
    normal_email,
    password_is_long_enough,
    roles_in,
    scopes_in,
    session_is_live,
)
from shared.errors import InvalidInput

START = datetime(2023, 5, 10, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("started", "seen", "now", "lives"),
    [
        (0, 0, 0, True),
        (0, 0, 30, True),
        (0, 0, 31, False),
        (0, 700, 719, True),
        (0, 710, 720, False),
    ],
)
def test_a_session_lives_30_idle_minutes_and_12_hours_in_all(
    started: int,
    seen: int,
    now: int,
    lives: bool,  # noqa: FBT001
) -> None:
    times = [START + timedelta(minutes=minutes) for minutes in (started, seen, now)]

    assert session_is_live(times[0], times[1], times[2]) is lives


def test_a_person_with_several_roles_lands_on_the_first_that_has_a_page() -> None:
    assert home_of(frozenset({Role.STEWARD, Role.COORDINATOR})) == "/today"
    assert home_of(frozenset({Role.AGENCY_WORKER})) == "/desk"
    assert home_of(frozenset()) == "/find"


def test_words_that_are_no_role_give_no_right() -> None:
    assert roles_in(["navigator", "king", "", None]) == {Role.NAVIGATOR}
    assert scopes_in("referrals:read") == frozenset()
    assert scopes_in(["referrals:read", "*"]) == {Scope.REFERRALS_READ}


def test_somebody_who_is_only_a_network_administrator_works_in_no_tenant() -> None:
    organization = uuid4()

    def context(*roles: Role) -> object:
        actor = Actor(ActorKind.PERSON, organization, roles=frozenset(roles))
        return actor.context_organization_id

    assert context(Role.NETWORK_ADMINISTRATOR) is None
    assert context(Role.NETWORK_ADMINISTRATOR, Role.STEWARD) == organization
    assert context(Role.NAVIGATOR) == organization


def test_the_audits_word_for_a_caller_is_a_kind_and_an_id() -> None:
    person = uuid4()

    assert Actor(ActorKind.CLOCK, None).word == "clock"
    assert Actor(ActorKind.PERSON, uuid4(), person, label="Rosa").word == f"person:{person}"


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        (" Rosa@Lincoln.Example ", "rosa@lincoln.example"),
        ("rosa", None),
        ("rosa@", None),
        ("a@b@c", None),
        ("rosa medina@lincoln.example", None),
        ("", None),
    ],
)
def test_an_address_is_looked_up_in_one_form(written: str, normal: str | None) -> None:
    assert normal_email(written) == normal


@given(st.text())
def test_any_words_can_be_asked_whether_they_are_an_address(words: str) -> None:
    normal = normal_email(words)

    assert normal is None or normal_email(normal) == normal


def test_only_length_makes_a_password() -> None:
    assert not password_is_long_enough("Sh0rt!pass")
    assert password_is_long_enough("four plain words here")
    assert not password_is_long_enough("x" * 300)


def test_name_and_label_leave_room_in_a_text() -> None:
    assert fits_texts("Rosa", "Lincoln Clinic")
    assert not fits_texts("Alexandra", "Lincoln Clinic")


@pytest.mark.parametrize("kind", [MemberKind.CLINIC, MemberKind.FRONT_DOOR])
def test_a_senders_label_must_leave_room_for_a_short_first_name(kind: MemberKind) -> None:
    check_label(kind, "Lincoln Clinic")
    with pytest.raises(InvalidInput) as refused:
        check_label(kind, "Lincoln Clinics")
    assert refused.value.field == "sender_label"


def test_whoever_texts_no_patient_may_have_a_longer_label() -> None:
    check_label(MemberKind.AGENCY, "St Mary's Kitchen and Pantry")
