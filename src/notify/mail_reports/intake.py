"""Taking in a mail that came back: stored once with its job, or turned away.

Mail without an id of ours is not kept: nobody would read it, and nothing may act on it.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy.dialects.postgresql import insert

from notify.mail_reports.kinds import REPORTS, MailKind
from notify.mail_reports.models import MailReport
from notify.mail_reports.reading import read_mail
from notify.progress import home_of_message
from shared.crypto import routing_hash
from shared.database import Context, set_context
from shared.jobs import Job, defer

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import CursorResult

    from notify.mail_reports.kinds import ReadMail
    from shared.database import Database

MAIL = Context(actor="mail")
# For the fingerprint of a mail without a Message-ID of its own.
_HASHED = 64 * 1024


class Taken(StrEnum):
    """What became of a mail at the door."""

    STORED = "stored"
    KNOWN = "known"  # it came before
    NOT_OURS = "not_ours"  # no id of ours in it, and a person wrote it: tell them
    DROPPED = "dropped"  # no id of ours in it, and a machine wrote it: telling it helps nobody


async def take_mail(database: Database, raw: bytes, *, recipient: str, now: datetime) -> Taken:
    """Store what this mail says about one of ours, and queue its reading."""
    mail = read_mail(raw, recipient=recipient, today=now.date())
    if mail.message_id is None:
        return _not_ours(mail)
    async with database.transaction(MAIL) as session:
        home = await home_of_message(session, mail.message_id, "")
        if home is None:
            return _not_ours(mail)
        message_id, organization_id = home
        await set_context(session, Context(organization_id=organization_id, actor="mail"))
        row = MailReport(
            organization_id=organization_id,
            message_id=message_id,
            fingerprint=_fingerprint(mail, raw),
            kind=mail.kind,
            status=mail.status,
            away_until=mail.away_until,
            words=mail.words or None,
            received_at=now,
            handle_attempts=0,
        )
        values = {column.key: getattr(row, column.key) for column in MailReport.__table__.columns}
        result: CursorResult[tuple[()]] = await session.execute(  # type: ignore[assignment]
            insert(MailReport).values(values).on_conflict_do_nothing()
        )
        if result.rowcount == 0:
            return Taken.KNOWN
        await defer(session, Job.MAIL_CAME_BACK, organization_id, row.id)
    return Taken.STORED


def _not_ours(mail: ReadMail) -> Taken:
    by_machine = mail.kind in REPORTS | {MailKind.AWAY, MailKind.UNKNOWN}
    return Taken.DROPPED if by_machine else Taken.NOT_OURS


def _fingerprint(mail: ReadMail, raw: bytes) -> bytes:
    """The mail's own Message-ID; without one its body, whose headers servers add to."""
    said = mail.own_id
    if not said:
        body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2]
        said = hashlib.sha256(body[:_HASHED]).hexdigest()
    return routing_hash("mail_report", f"{mail.message_id}:{said}")
