"""Whose turn it is and by when, from a request's status, clocks and tasks. Reads no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from referrals.lifecycle import ENDED, NOT_SENT, ON_HOLD, WAITING, BusinessStatus
from referrals.tasks import MESSAGE, TaskKind, facts_of
from referrals.words import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from referrals.models import Referral, StaffTask

S = BusinessStatus


@dataclass(frozen=True, slots=True)
class Turn:
    """`whose`: ours, theirs (agency), patient, visit or nobody. `what`, `why` are message ids."""

    whose: str
    by: datetime | None
    who: str = ""
    what: str = ""
    why: str = ""
    rank: int = 100
    task: StaffTask | None = None


def live_tasks(referral: Referral, tasks: Iterable[StaffTask]) -> list[StaffTask]:
    """The tasks that still make sense, the most pressing first; one of a kind.

    Beside it, one of its kind that asks to look at a message.
    """
    found = [
        task
        for task in tasks
        if task.done_at is None
        and (task.while_status is None or referral.status.value in task.while_status)
        and not _is_settled(referral, task)
    ]
    ordered = sorted(found, key=lambda task: (_rank(task), task.due_at, task.id))
    kinds = {(task.kind, MESSAGE in task.facts): task for task in reversed(ordered)}
    return list(kinds.values())[::-1]


def _rank(task: StaffTask) -> int:
    return facts_of(task.kind, task.facts).rank


def _is_settled(referral: Referral, task: StaffTask) -> bool:
    """An acknowledged ending asks nothing more, nor does a name that has been shown."""
    if task.kind is TaskKind.GIVE_NAME:
        return referral.identity_shown_at is not None
    about_ending = task.kind in {TaskKind.BAD_ENDING, TaskKind.TEAM_LEAD}
    return about_ending and referral.acknowledged_at is not None


def whose_turn(referral: Referral, tasks: list[StaffTask]) -> Turn:
    """Ours when there is a task; else whoever the status waits for."""
    if tasks:
        task = tasks[0]
        facts = facts_of(task.kind, task.facts)
        return Turn("ours", task.due_at, what=facts.what, why=facts.why, rank=facts.rank, task=task)
    return _by_status(referral)


def _by_status(referral: Referral) -> Turn:
    status = referral.status
    if status in ENDED:
        return Turn("nobody", None)
    if status in NOT_SENT:
        return Turn("ours", referral.clock(Rule.DRAFT))
    if status is S.SCHEDULED and referral.visit_at is not None:
        return Turn("visit", referral.visit_at)
    if status is S.SERVICE_REPORTED:
        return Turn("patient", referral.clock(Rule.WINDOW_ENDS))
    if status is S.ACCEPTED and referral.how_to_start == "walk_in":
        return Turn("patient", referral.clock(Rule.ASK_PATIENT))
    return Turn("theirs", _agency_due(referral), referral.performer_name)


def _agency_due(referral: Referral) -> datetime | None:
    """By when the agency's word is awaited."""
    if referral.status in WAITING:
        return referral.answer_due_at
    if referral.status in ON_HOLD:
        return referral.clock(Rule.LIST_ASKED)
    if referral.status is S.ACCOUNTS_DIFFER:
        return referral.clock(Rule.DECIDE)
    return referral.contact_due_at or referral.next_action_at
