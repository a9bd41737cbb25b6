"""What Twilio tells us: texts that came in, and what became of those that went out.

Signed over the configured public address, never over Host or X-Forwarded-*. Each fact is stored
once, with its job, in one transaction; a replay finds its row there and does nothing.
"""

import asyncio
from http import HTTPStatus
from typing import Any
from uuid import UUID

from litestar import MediaType, Request, Response, Router, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromPath
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from twilio.request_validator import RequestValidator

from accounts.api import requires_signature
from notify.inbound import ArrivedText, store_inbound
from notify.models import StatusCallback
from notify.opt_out import OptOut, opt_out_in
from notify.progress import StatusWord, home_of_message, record_status
from notify.sender_numbers import organization_of_number
from notify.suppression import SuppressionReason, phone_hash, suppress, unsuppress
from shared import clock
from shared.database import Context, Database, set_context
from shared.errors import InvalidInput, NotAllowed
from shared.identifiers import new_id
from shared.phone_numbers import to_e164
from shared.settings import Settings

TWILIO = Context(actor="twilio")
# Twilio gives up after 15 s and retries after a 503: better to say so early than to hang.
ANSWER_WITHIN_S = 1.8
NO_REPLY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
SIGNATURE = "x-twilio-signature"


@post("/messages", guards=[requires_signature], status_code=HTTPStatus.OK)
async def text_arrived(request: Request[Any, Any, Any]) -> Response[str]:
    """A text that somebody sent us. Our reply, if any, is a message of its own."""
    form = await _signed_form(request)
    arrived = ArrivedText(
        message_sid=_required(form, "MessageSid"),
        from_number=_phone(_required(form, "From")),
        to_number=_phone(_required(form, "To")),
        body=form.get("Body") or "",
        opt_out_type=form.get("OptOutType") or None,
    )
    if not await _in_time(_take_in(_database(request), arrived)):
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
    form = await _signed_form(request)
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


async def _take_in(database: Database, arrived: ArrivedText) -> None:
    now = clock.now()
    async with database.transaction(TWILIO) as session:
        organization_id = await organization_of_number(session, arrived.to_number)
        await set_context(session, Context(organization_id=organization_id, actor="twilio"))
        stored = await store_inbound(session, arrived, organization_id, now)
        if stored is not None and organization_id is not None:
            await _heed_opt_out(session, organization_id, arrived)


async def _heed_opt_out(session: AsyncSession, organization_id: UUID, arrived: ArrivedText) -> None:
    """In the storing transaction: no text leaves after it, however late the reading runs."""
    number = phone_hash(arrived.from_number)
    match opt_out_in(arrived.body, arrived.opt_out_type):
        case OptOut.CARRIER_STOP:
            reason = SuppressionReason.CARRIER_STOP
            await suppress(session, organization_id, number, reason, clock.now())
        case OptOut.OWN_WORDS:
            reason = SuppressionReason.OWN_WORDS
            await suppress(session, organization_id, number, reason, clock.now())
        case OptOut.START:
            await unsuppress(session, organization_id, number)
        case OptOut.NOTHING:
            pass


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


async def _signed_form(request: Request[Any, Any, Any]) -> FormMultiDict:
    """The parameters, once the signature over address and all of them is right."""
    settings: Settings = request.app.state.settings
    query = request.scope["query_string"].decode("latin-1")
    address = settings.address + request.scope["path"] + (f"?{query}" if query else "")
    form = await request.form()
    validator = RequestValidator(settings.twilio_auth_token or "")
    signature = request.headers.get(SIGNATURE, "")
    if not settings.twilio_auth_token or not validator.validate(address, form, signature):
        raise NotAllowed(
            "The signature does not belong to this request.",
            code="bad_signature",
            remedy="Check HANDBACK_PUBLIC_URL and HANDBACK_TWILIO_AUTH_TOKEN.",
        )
    return form


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


async def _in_time(work: Any) -> bool:  # noqa: ANN401 -- a coroutine of nothing
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            await work
    except TimeoutError:
        return False
    return True


def _later() -> Response[str]:
    return Response("", status_code=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "5"})


webhook_routers = [
    Router("/webhooks/twilio", route_handlers=[text_arrived, status_of_ours, status_by_sid])
]
