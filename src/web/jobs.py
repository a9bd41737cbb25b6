"""The only map from a job's name to what does it, and the sweeps that find work without a job.

A job says "look at K": whatever it does is safe to do again. Attempts are counted in the rows
themselves, committed before the work, because a job that kills its worker is run again uncounted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import text

import referrals.jobs as referral_jobs
from directory.search.counts import renew_counts_if_due
from directory.search.projection import project_dated, project_ended
from notify import inbound, outcomes
from notify.asking import ask_provider
from notify.mail_reports import acting as mails_back
from notify.polling import poll_inbound
from notify.worker import Sender
from referrals.digests import run_digests_due
from referrals.going_out import run_channels_due
from referrals.name_calls.forgetting import forget_calls
from referrals.yearly import run_checks_due
from shared.database import Context
from shared.due import set_due
from shared.jobs import Job
from web.search_server_jobs import queue_catching_up, tell_search_server

log = structlog.get_logger()
Work = Callable[[Sender, UUID, UUID], Awaitable[None]]
# A job that is only slow should do the work itself; the sweeps look after the lost ones.
JOB_IS_LOST_AFTER = timedelta(seconds=10)
SWEEP_AT_MOST = 100
# Monthly hours and exceptions are projected for the days ahead: each night, with room to miss some.
HOURS_RENEWED_EVERY = timedelta(days=1)
HOURS_KIND = "directory_hours"
NOBODY = UUID(int=0)
HOURS_DUE_AT = text(
    "select due_at from due where kind = :kind and subject_id = :subject for update"
)
THE_DIRECTORY = UUID(int=1)  # the one subject of that kind; it belongs to no organization


@dataclass(frozen=True, slots=True)
class JobKind:
    """What does a job, and how many of its kind run at once over all workers."""

    work: Work
    at_once: int


async def tell_outcome(sender: Sender, organization_id: UUID, subject_id: UUID) -> None:
    """Tell the slice above what became of a message."""
    context = Context(organization_id=organization_id, actor="worker")
    async with sender.database.transaction(context) as session:
        since = await outcomes.begin_telling(session, subject_id)
    if since is None:
        return
    await referral_jobs.message_outcome(
        sender.database, organization_id, subject_id, sender.clock()
    )
    async with sender.database.transaction(context) as session:
        await outcomes.end_telling(session, subject_id, since, sender.clock())


async def read_reply(sender: Sender, organization_id: UUID, subject_id: UUID) -> None:
    """Read one text that came in."""
    context = Context(organization_id=organization_id, actor="worker")
    async with sender.database.transaction(context) as session:
        if not await inbound.begin_reading(session, subject_id):
            return
    await referral_jobs.reply_received(sender.database, organization_id, subject_id, sender.clock())
    async with sender.database.transaction(context) as session:
        await inbound.end_reading(session, subject_id, sender.clock())


async def read_mail(sender: Sender, organization_id: UUID, subject_id: UUID) -> None:
    """Act on one mail that came back."""
    context = Context(organization_id=organization_id, actor="worker")
    async with sender.database.transaction(context) as session:
        if not await mails_back.begin_mail(session, subject_id):
            return
    async with sender.database.transaction(context) as session:
        if await mails_back.act_on_report(session, subject_id, sender.clock()):
            return
    await referral_jobs.mail_came_back(sender.database, organization_id, subject_id, sender.clock())
    async with sender.database.transaction(context) as session:
        await mails_back.end_mail(session, subject_id, sender.clock())


async def do_due(sender: Sender, organization_id: UUID, subject_id: UUID) -> None:
    """Do what time alone must do with one referral."""
    await referral_jobs.referral_due(sender.database, organization_id, subject_id, sender.clock())


JOBS: dict[Job, JobKind] = {
    Job.MESSAGE_OUTCOME: JobKind(tell_outcome, at_once=4),
    Job.REPLY_RECEIVED: JobKind(read_reply, at_once=8),
    Job.MAIL_CAME_BACK: JobKind(read_mail, at_once=4),
    Job.REFERRAL_DUE: JobKind(do_due, at_once=4),
    Job.SEARCH_SERVER: JobKind(tell_search_server, at_once=1),
}


async def tick(sender: Sender) -> None:
    """What time alone must do, and every kind of job's work without its job."""
    async with sender.database.transaction(Context(actor="worker")) as session:
        await session.connection()  # brings the newest turn of the demo's clock
    for step in (
        _run_due,
        _go_out,
        _send_lists,
        _forget_calls,
        _ask_again,
        ask_provider,
        poll_inbound,
        sweep_readings,
        sweep_mails,
        sweep_outcomes,
        renew_hours,
        _count_places,
        queue_catching_up,
    ):
        try:
            await step(sender)
        except Exception as fault:  # noqa: BLE001 -- one step's fault must not stop the others
            kind = type(fault).__name__
            log.error("tick_failed", step=step.__name__, fault=kind)  # noqa: TRY400 -- kind only


async def _run_due(sender: Sender) -> None:
    await referral_jobs.run_due(sender.database, sender.clock())


async def _go_out(sender: Sender) -> None:
    await run_channels_due(sender.database, sender.clock())


async def _send_lists(sender: Sender) -> None:
    await run_digests_due(sender.database, sender.clock())


async def _forget_calls(sender: Sender) -> None:
    await forget_calls(sender.database, sender.clock())


async def _ask_again(sender: Sender) -> None:
    await run_checks_due(sender.database, sender.clock())


async def renew_hours(sender: Sender) -> None:
    """Once a day, the searchable hours that hang on dates; at once, licences that have ended."""
    now = sender.clock()
    async with sender.database.transaction(Context(actor="worker")) as session:
        await project_ended(session, now)
        found = await session.execute(HOURS_DUE_AT, {"kind": HOURS_KIND, "subject": THE_DIRECTORY})
        due_at = found.scalar_one_or_none()
        if due_at is not None and due_at > now:
            return
        await set_due(session, NOBODY, HOURS_KIND, THE_DIRECTORY, now + HOURS_RENEWED_EVERY)
        await project_dated(session, now)


async def _count_places(sender: Sender) -> None:
    await renew_counts_if_due(sender.database, sender.clock())


async def sweep_readings(sender: Sender) -> None:
    """Texts whose reading got lost, one after the other."""
    before = sender.clock() - JOB_IS_LOST_AFTER
    async with sender.database.transaction(Context(actor="worker")) as session:
        waiting = await inbound.texts_to_read(session, before, SWEEP_AT_MOST)
    for organization_id, inbound_id in waiting:
        await _calmly(Job.REPLY_RECEIVED, sender, organization_id, inbound_id)


async def sweep_mails(sender: Sender) -> None:
    """Mails that came back whose reading got lost."""
    before = sender.clock() - JOB_IS_LOST_AFTER
    async with sender.database.transaction(Context(actor="worker")) as session:
        waiting = await mails_back.mails_to_read(session, before, SWEEP_AT_MOST)
    for organization_id, report_id in waiting:
        await _calmly(Job.MAIL_CAME_BACK, sender, organization_id, report_id)


async def sweep_outcomes(sender: Sender) -> None:
    """Outcomes whose telling got lost."""
    before = sender.clock() - JOB_IS_LOST_AFTER
    async with sender.database.transaction(Context(actor="worker")) as session:
        waiting = await outcomes.outcomes_to_tell(session, before, SWEEP_AT_MOST)
    for organization_id, message_id in waiting:
        await _calmly(Job.MESSAGE_OUTCOME, sender, organization_id, message_id)


async def _calmly(name: Job, sender: Sender, organization_id: UUID, subject_id: UUID) -> None:
    """One that fails does not keep the others waiting; its row counts the try."""
    try:
        await JOBS[name].work(sender, organization_id, subject_id)
    except Exception as fault:  # noqa: BLE001 -- logged by kind; its words may name a person
        kind = type(fault).__name__
        log.error("sweep_failed", job=str(name), id=str(subject_id), fault=kind)  # noqa: TRY400
