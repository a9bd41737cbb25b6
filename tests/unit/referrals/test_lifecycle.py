"""The status machine against the standard's diagram, restated here by hand."""

from __future__ import annotations

from itertools import product

import pytest

from referrals.lifecycle import (
    ENDED,
    LABELS,
    MOVES,
    OPEN,
    BusinessStatus,
    Party,
    ReferralMoveError,
    TaskStatus,
    allowed_moves,
    check_move,
    is_allowed,
    path_to,
    people_see,
    task_status_of,
)

S, T = BusinessStatus, TaskStatus

# HL7 SDOH Clinical Care 3.0.0, Task.status, written down by hand from the guide's diagram.
DIAGRAM: dict[str, set[str]] = {
    "draft": {"requested"},
    "requested": {"accepted", "rejected", "cancelled"},
    "accepted": {"in-progress", "on-hold", "completed", "failed", "cancelled"},
    "in-progress": {"on-hold", "completed", "failed", "cancelled"},
    "on-hold": {"in-progress", "completed", "failed", "cancelled"},
    "completed": set(),
    "rejected": set(),
    "failed": set(),
    "cancelled": set(),
    "entered-in-error": set(),
}
# Which Task status surrounds which of ours, by hand from the design's table.
INSIDE = {
    "draft": "draft awaiting_consent",
    "requested": "sent info_needed",
    "accepted": "accepted",
    "on-hold": "waitlisted paused",
    "in-progress": "contacting scheduled serving enrolled service_reported accounts_differ",
    "completed": "closed_confirmed closed_agency_only closed_patient_only",
    "rejected": "declined",
    "failed": "unable",
    "cancelled": ("patient_declined withdrawn expired run_out rerouted served_without_answer"),
    "entered-in-error": "entered_in_error",
}
# Who may set a Task status (guide's wording for servers); refined by our table.
BY_TARGET = {"accepted", "rejected", "in-progress", "on-hold", "failed", "completed"}


def may_follow(origin: str, to: str) -> bool:
    return to == origin or to in DIAGRAM[origin] or to == "entered-in-error"


def test_there_are_25_statuses_and_138_moves() -> None:
    assert len(BusinessStatus) == 25
    assert len(MOVES) == 138
    assert len({(move.origin, move.to) for move in MOVES}) == 138


def test_each_status_lies_in_the_task_status_of_the_designs_table() -> None:
    by_hand = {S(name): T(task) for task, names in INSIDE.items() for name in names.split()}
    assert {status: task_status_of(status) for status in S} == by_hand


def test_every_move_follows_the_standards_diagram() -> None:
    for move in MOVES:
        assert may_follow(task_status_of(move.origin), task_status_of(move.to)), move


@pytest.mark.parametrize(("origin", "to", "party"), list(product(S, S, Party)))
def test_check_move_agrees_with_the_table_for_every_combination(
    origin: BusinessStatus, to: BusinessStatus, party: Party
) -> None:
    listed = any(m.origin is origin and m.to is to and party in m.by for m in MOVES)
    assert is_allowed(origin, to, party) is listed
    assert (to in allowed_moves(origin, party)) is listed
    if listed:
        check_move(origin, to, party)
        assert may_follow(task_status_of(origin), task_status_of(to))
    else:
        with pytest.raises(ReferralMoveError) as refused:
            check_move(origin, to, party)
        assert refused.value.allowed == tuple(s.value for s in allowed_moves(origin, party))


def test_nothing_leaves_an_ending_but_to_entered_in_error_or_a_better_closing() -> None:
    for move in MOVES:
        if move.origin in ENDED and move.to is not S.ENTERED_IN_ERROR:
            assert task_status_of(move.origin) is T.COMPLETED
            assert move.to is S.CLOSED_CONFIRMED


def test_there_is_no_way_from_requested_to_on_hold_or_failed() -> None:
    for move in MOVES:
        if task_status_of(move.origin) is T.REQUESTED:
            assert task_status_of(move.to) not in {T.ON_HOLD, T.FAILED}


def test_every_status_is_reached_from_draft_and_every_open_one_can_end() -> None:
    reached, edge = {S.DRAFT}, [S.DRAFT]
    while edge:
        here = edge.pop()
        for move in MOVES:
            if move.origin is here and move.to not in reached:
                reached.add(move.to)
                edge.append(move.to)
    assert reached == set(S)
    assert all(any(m.origin is status for m in MOVES) for status in OPEN)


def test_yes_and_no_are_the_agencys_own() -> None:
    for move in MOVES:
        if move.to is S.DECLINED:
            assert move.by == {Party.AGENCY}
        if move.to is S.ACCEPTED:
            assert move.by <= {Party.AGENCY, Party.STANDING_YES}


def test_a_wait_list_or_a_visit_as_first_answer_passes_through_a_yes() -> None:
    assert path_to(S.SENT, S.WAITLISTED, Party.AGENCY) == (S.ACCEPTED, S.WAITLISTED)
    assert path_to(S.SENT, S.SCHEDULED, Party.AGENCY) == (S.ACCEPTED, S.SCHEDULED)
    assert path_to(S.SENT, S.ACCEPTED, Party.AGENCY) == (S.ACCEPTED,)
    assert path_to(S.ACCEPTED, S.WAITLISTED, Party.AGENCY) == (S.WAITLISTED,)
    with pytest.raises(ReferralMoveError):
        path_to(S.SENT, S.WAITLISTED, Party.PATIENT)


def test_people_read_plain_words_and_never_a_status() -> None:
    assert people_see(S.ACCOUNTS_DIFFER) == "Accounts differ"
    assert people_see(S.WITHDRAWN) == "Stopped by us"
    assert people_see(S.WITHDRAWN, "did_not_get_help") == "Did not get help"
    assert {people_see(status) for status in S} == LABELS
    assert not {label for label in LABELS if "_" in label or label.islower()}
