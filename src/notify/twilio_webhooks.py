"""What Twilio tells us: texts that came in, and what became of those that went out.

Signed over the configured public address, never over Host or X-Forwarded-*. Each fact is stored
once, with its job, in one transaction; a replay finds its row there and does nothing.
"""

import asyncio
from collections.abc import Coroutine
from http import HTTPStatus
from typing import Any
from uuid import UUID

import structlog
from litestar import MediaType, Request, Response, Router, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromPath
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from accounts.api import requires_signature
from notify.inbound import ArrivedText, take_in
from notify.models import StatusCallback
from notify.progress import StatusWord, home_of_message, record_status
from notify.signatures import signed_form
from notify.suppression import phone_hash
from shared import clock
from shared.database import Context, Database, set_context
from shared.errors import InvalidInput
from shared.identifiers import new_id
from shared.phone_numbers import to_e164

TWILIO = Context(actor="twilio")
# Twilio gives up after 15 s and retries after a 503: better to say so early than to hang.
ANSWER_WITHIN_S = 1.8
# The database does not answer, or not any more: the provider is to try again.
AWAY = (OSError, DBAPIError, PoolTimeout)
_unfinished: set[asyncio.Task[object]] = set()
log = structlog.get_logger()
NO_REPLY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


@post("/messages", guards=[requires_signature], status_code=HTTPStatus.OK)
async def text_arrived(request: Request[Any, Any, Any]) -> Response[str]:
    """A text that somebody sent us. Our reply, if any, is a message of its own."""
    form = await signed_form(request)
    arrived = ArrivedText(
        message_sid=_required(form, "MessageSid"),
        from_number=_phone(_required(form, "From")),
        to_number=_phone(_required(form, "To")),
        body=form.get("Body") or "",
        opt_out_type=form.get("OptOutType") or None,
    )
    if not await _in_time(take_in(_database(request), arrived, clock.now())):
        return _later()
    return Response(NO_REPLY, media_type=MediaType.XML, status_code=HTTPStatus.OK)


@post("/status/{message_id:uuid}", guards=[requires_signature], status_code=HTTPStatus.OK)
async def status_of_ours(
    request: Request[Any, Any, Any], message_id: FromPath[UUID]
) -> Response[str]:
    """What became of a text, at the address that carries our id: it proves an in-doubt send."""
    return await _status(request, message_id)


@post("/status", guards=[requires_signature], status_code=HTTPStatus.OK)
async def status_by_sid(request: Request[Any, Any, Any]) -> Response[str]:
    """The same, when the number's own setting sends it."""
    return await _status(request, None)


async def _status(request: Request[Any, Any, Any], message_id: UUID | None) -> Response[str]:
    form = await signed_form(request)
    recipient = form.get("To")
    word = StatusWord(
        sid=_required(form, "MessageSid"),
        status=_required(form, "MessageStatus").lower(),
        error_code=form.get("ErrorCode") or None,
        recipient_hash=phone_hash(_phone(recipient)) if recipient else None,
    )
    if not await _in_time(_take_status(_database(request), message_id, word)):
        return _later()
    return Response("", status_code=HTTPStatus.NO_CONTENT)


async def _take_status(database: Database, message_id: UUID | None, word: StatusWord) -> None:
    now = clock.now()
    async with database.transaction(TWILIO) as session:
        home = await home_of_message(session, message_id, word.sid)
        known_id, organization_id = home or (None, None)
        await set_context(session, Context(organization_id=organization_id, actor="twilio"))
        stored = await session.execute(
            insert(StatusCallback)
            .values(
                id=new_id(),
                message_sid=word.sid,
                message_status=word.status[:40],
                error_code=word.error_code,
                organization_id=organization_id,
                message_id=known_id,
                received_at=now,
            )
            .on_conflict_do_nothing()
        )
        if stored.rowcount and known_id is not None:  # type: ignore[attr-defined]
            await record_status(session, known_id, word, now)


def _required(form: FormMultiDict, name: str) -> str:
    value = form.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidInput("%(name)s is missing.", values={"name": name}, field=name)
    return value


def _phone(text: str) -> str:
    """E.164, or as it was written (a short code, a word): it only has to be the same each time."""
    return to_e164(text) or text.strip()


def _database(request: Request[Any, Any, Any]) -> Database:
    database: Database = request.app.state.database
    return database


async def _in_time(work: Coroutine[Any, Any, object]) -> bool:
    """Whether it was done in time; what hangs is told to stop, and not waited for.

    A database that went silent does not even answer a roll-back.
    """
    task = asyncio.create_task(work)
    _unfinished.add(task)
    task.add_done_callback(_forget)
    await asyncio.wait({task}, timeout=ANSWER_WITHIN_S)
    if not task.done():
        task.cancel()
        log.warning("webhook_too_slow")
        return False
    fault = task.exception()
    if fault is None:
        return True
    if isinstance(fault, AWAY):
        log.warning("webhook_without_database", fault=type(fault).__name__)
        return False
    raise fault


def _forget(task: asyncio.Task[object]) -> None:
    _unfinished.discard(task)
    if not task.cancelled():
        task.exception()


def _later() -> Response[str]:
    return Response("", status_code=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "5"})


webhook_routers = [
    Router("/webhooks/twilio", route_handlers=[text_arrived, status_of_ours, status_by_sid])
]
