"""Mail that comes back, posted by the operator's mail server or provider as it arrived (RFC 822).

Signed with HANDBACK_MAIL_SECRET over the time, the envelope's recipient and the whole body, so that
it can be neither made nor changed nor brought again later.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from litestar import MediaType, Request, Response, Router, post

from accounts.api import requires_signature
from notify.mail_reports.intake import Taken, take_mail
from shared import clock
from shared.errors import NotAllowed
from shared.settings import Settings

SIGNATURE, TIME, RECIPIENT = "x-handback-signature", "x-handback-time", "x-handback-recipient"
GOOD_FOR = timedelta(minutes=5)
STATUS_OF = {Taken.NOT_OURS: HTTPStatus.NOT_FOUND}


def signature(secret: str, time: str, recipient: str, raw: bytes) -> str:
    """What the sender of a mail puts into its header."""
    signed = f"{time}\n{recipient}\n".encode() + raw
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


@post("/mail", guards=[requires_signature], status_code=HTTPStatus.OK, media_type=MediaType.TEXT)
async def mail_arrived(request: Request[Any, Any, Any]) -> Response[str]:
    """One mail that came back to us."""
    settings: Settings = request.app.state.settings
    time, recipient = request.headers.get(TIME, ""), request.headers.get(RECIPIENT, "")
    raw = await request.body()
    expected = signature(settings.mail_secret or "", time, recipient, raw)
    given = request.headers.get(SIGNATURE, "")
    signed = hmac.compare_digest(given.encode(), expected.encode()) and settings.mail_secret
    if not signed or not _is_fresh(time):
        raise NotAllowed(
            "The signature does not belong to this request.",
            code="bad_signature",
            remedy="Check HANDBACK_MAIL_SECRET.",
        )
    database = request.app.state.database
    taken = await take_mail(database, raw, recipient=recipient, now=clock.now())
    return Response(str(taken), status_code=STATUS_OF.get(taken, HTTPStatus.OK))


def _is_fresh(time: str) -> bool:
    """By the machine's own clock: the demo's can be turned."""
    try:
        at = datetime.fromisoformat(time)
    except ValueError:
        return False
    return at.tzinfo is not None and abs(clock.now() - clock.offset() - at) <= GOOD_FOR


webhook_routers = [Router("/webhooks", route_handlers=[mail_arrived])]
