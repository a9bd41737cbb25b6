"""Texts through Twilio's own SDK; every fault of the outside becomes a SendResult.

Twilio has no idempotency key: what may have been accepted is `unclear` and never repeated here.
"""

from __future__ import annotations

import math
import time
from contextvars import ContextVar
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from twilio.base.exceptions import (
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from notify.channels import CannotAsk, Received
from notify.codes import RETRIED, CodeClass, class_of_code
from notify.delivery import REQUEST_TIMEOUT, KnownText, Outcome, SendResult

if TYPE_CHECKING:
    from datetime import datetime

    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.connector import Connection

    from notify.channels import Text
    from shared.settings import Settings

CONNECT_TIMEOUT_S = 5.0
# Shorter than any proxy's: a kept connection that the other side has just closed makes a doubt.
KEEP_ALIVE_S = 4.0
STATUS_PATH = "/webhooks/twilio/status"
PAGE_SIZE = 200
# Of one phone in a few hours: a list longer than this is not one of ours.
LONGEST_LIST = 2000
# Of one of our numbers: five pages, then the next question.
RECEIVED_AT_ONCE = 1000
INBOUND = frozenset({"received", "receiving"})
# The claim's time: looked at after everything else, right before the request.
_start_by: ContextVar[float] = ContextVar("start_by", default=math.inf)


class TooLate(Exception):  # noqa: N818 -- what happened
    """The claim is too old to start a request under it."""


class FencedRequest(aiohttp.ClientRequest):
    """Looks at the claim's time once more, between the open connection and the first byte.

    A worker may have been stopped while it connected; the body leaves together with the headers.
    """

    async def write_bytes(
        self,
        writer: AbstractStreamWriter,
        conn: Connection,
        content_length: int | None = None,
    ) -> None:
        """Nothing, when it is too late: whoever waits for the answer hears it."""
        if time.monotonic() > _start_by.get() and conn.protocol is not None:
            conn.protocol.set_exception(TooLate())
            return
        await super().write_bytes(writer, conn, content_length)


class TimedSession:
    """A session whose time-out every request gets.

    The SDK ignores its own constructor's and hands `None` on, which would mean to wait for ever. A
    limit for connecting alone tells "nothing left" from "nobody knows".
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout = aiohttp.ClientTimeout(
            total=timeout_s, sock_connect=min(CONNECT_TIMEOUT_S, timeout_s)
        )
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(keepalive_timeout=KEEP_ALIVE_S),
            request_class=FencedRequest,
        )

    async def request(self, **values: Any) -> aiohttp.ClientResponse:  # noqa: ANN401
        """One request."""
        if time.monotonic() > _start_by.get():
            raise TooLate
        return await self._session.request(**{**values, "timeout": self._timeout})

    async def close(self) -> None:
        """Let connections go."""
        await self._session.close()


class DirectedClient(AsyncTwilioHttpClient):  # type: ignore[misc]
    """Twilio's client with a time-out that counts, and another scheme and host when told so.

    Edge and region can't name a local server; this override can. The SDK's own log is left out:
    it holds addresses and headers.
    """

    def __init__(self, api_url: str | None, timeout_s: float) -> None:
        super().__init__(pool_connections=False)
        self._target = urlsplit(api_url) if api_url else None
        self.session = TimedSession(timeout_s)

    async def request(self, method: str, url: str, *args: Any, **values: Any) -> Any:  # noqa: ANN401
        """As the SDK's, to the host that was set."""
        if self._target is not None:
            parts = urlsplit(url)
            url = urlunsplit(parts._replace(scheme=self._target.scheme, netloc=self._target.netloc))
        return await super().request(method, url, *args, **values)

    def log_request(self, kwargs: dict[str, Any]) -> None:
        """Nothing."""

    def log_response(self, status_code: int, response: object) -> None:
        """Nothing."""


class TwilioChannel:
    """One HTTP client a worker, made inside its running loop."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        *,
        callback_address: str,
        api_url: str | None = None,
        timeout_s: float = REQUEST_TIMEOUT.total_seconds(),
    ) -> None:
        self._http = DirectedClient(api_url, timeout_s)
        self._client = Client(account_sid, auth_token, http_client=self._http)
        self._callback = f"{callback_address}{STATUS_PATH}"

    @classmethod
    def from_settings(cls, settings: Settings) -> Self | None:
        """None when no account is set; a simulated process never reaches the real provider."""
        if not (settings.twilio_account_sid and settings.twilio_auth_token):
            return None
        if settings.simulated and not settings.twilio_api_url:
            return None
        return cls(
            settings.twilio_account_sid,
            settings.twilio_auth_token,
            callback_address=settings.address,
            api_url=settings.twilio_api_url,
        )

    async def texts_received(
        self, number: str, since: datetime, before: datetime | None = None
    ) -> Received:
        """The newest of the texts to a number of ours in that time."""
        _start_by.set(math.inf)
        until = {"date_sent_before": before} if before is not None else {}
        try:
            found = await self._client.messages.list_async(
                to=number,
                date_sent_after=since,
                limit=RECEIVED_AT_ONCE,
                page_size=PAGE_SIZE,
                **until,
            )
        except (aiohttp.ClientError, OSError, TwilioException, ValueError):
            raise CannotAsk from None
        known = [_known(each) for each in found]
        return Received(
            tuple(each for each in known if each.status in INBOUND),
            whole=len(known) < RECEIVED_AT_ONCE,
            oldest=min((each.created_at for each in known if each.created_at), default=None),
        )

    async def send(self, text: Text) -> SendResult:
        """Hand one text to Twilio. Our message id travels in the callback's address."""
        _start_by.set(text.start_by)
        try:
            created = await self._client.messages.create_async(
                to=text.recipient,
                from_=text.sender,
                body=text.body,
                status_callback=f"{self._callback}/{text.message_id}",
                validity_period=int(text.validity.total_seconds()),
            )
        except TooLate:
            return SendResult(Outcome.NOT_SENT, error_code="stalled")
        except (TwilioServiceException, TwilioRestException) as refused:
            return _refusal(refused.status, str(refused.code))
        except (aiohttp.ClientError, OSError, TwilioException, ValueError) as fault:
            return _fault(fault)
        if not created.sid:
            return SendResult(Outcome.UNCLEAR, error_code="no_sid")
        return SendResult(Outcome.ACCEPTED, provider_sid=str(created.sid))

    async def text_by_id(self, sid: str) -> KnownText | None:
        """One text as Twilio holds it."""
        _start_by.set(math.inf)
        try:
            return _known(await self._client.messages(sid).fetch_async())
        except (TwilioServiceException, TwilioRestException) as refused:
            if refused.status == HTTPStatus.NOT_FOUND:
                return None
            raise CannotAsk from None
        except (aiohttp.ClientError, OSError, TwilioException, ValueError):
            raise CannotAsk from None

    async def texts_to(self, recipient: str, since: datetime) -> list[KnownText]:
        """Every text to a phone since then; the SDK follows the pages."""
        _start_by.set(math.inf)
        try:
            found = await self._client.messages.list_async(
                to=recipient, date_sent_after=since, limit=LONGEST_LIST, page_size=PAGE_SIZE
            )
        except (aiohttp.ClientError, OSError, TwilioException, ValueError):
            raise CannotAsk from None
        return [_known(each) for each in found]

    async def close(self) -> None:
        """Close the HTTP session."""
        await self._http.close()


def _known(message: Any) -> KnownText:  # noqa: ANN401 -- the SDK's MessageInstance
    code = message.error_code
    return KnownText(
        sid=str(message.sid),
        status=str(getattr(message.status, "value", message.status) or ""),
        error_code=str(code) if code else None,
        sender=message.from_ or "",
        recipient=message.to or "",
        body=message.body or "",
        created_at=message.date_created,
    )


def _fault(fault: Exception) -> SendResult:
    """Without a connection nothing left; after one, nobody knows."""
    if isinstance(fault, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return SendResult(Outcome.NOT_SENT, error_code="not_connected")
    silent = isinstance(fault, TimeoutError)
    return SendResult(Outcome.UNCLEAR, error_code="timeout" if silent else "connection_lost")


def _refusal(status: int, code: str) -> SendResult:
    """What an answer other than 2xx means. A 5xx (or a 408) may come after the text was taken."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return SendResult(Outcome.NOT_SENT, error_code="429")
    if not HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return SendResult(Outcome.UNCLEAR, error_code=f"http_{status}")
    if status == HTTPStatus.REQUEST_TIMEOUT:
        return SendResult(Outcome.UNCLEAR, error_code=f"http_{int(status)}")
    found = class_of_code(code)
    if found is CodeClass.OPT_OUT:
        return SendResult(Outcome.OPTED_OUT, error_code=code)
    outcome = Outcome.NOT_SENT if found in RETRIED else Outcome.REFUSED
    return SendResult(outcome, error_code=code)
