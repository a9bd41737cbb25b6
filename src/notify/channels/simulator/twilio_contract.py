"""Twilio's Messages contract, as pure functions: shapes, errors, list pages, signatures.

Standard: the OpenAPI document api_v2010 (tests hold every answer against it). Only what the
product uses is here; parameters it doesn't know are ignored, as Twilio ignores them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from notify.channels.simulator.state import TextStatus
from notify.segments import count_segments

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from notify.channels.simulator.carrier import Keyword
    from notify.channels.simulator.state import Text

API_VERSION = "2010-04-01"
LONGEST_BODY = 1600
LONGEST_VALIDITY_SECONDS = 36_000
DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE = 50, 1000
_E164 = re.compile(r"\+[1-9]\d{6,14}")
# Twilio's own test number that is never valid.
_NEVER_VALID = "+15005550001"
_PAGE_TOKEN_PREFIX = "PA"  # noqa: S105 -- a prefix, no secret


@dataclass(frozen=True)
class TwilioError:
    """A refusal in Twilio's shape."""

    status: int
    code: int
    message: str

    def body(self) -> dict[str, object]:
        """The JSON that goes with it."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


WRONG_CREDENTIALS = TwilioError(401, 20003, "Authenticate")
RATE_LIMITED = TwilioError(429, 20429, "Too Many Requests")
SERVER_ERROR = TwilioError(500, 20500, "An internal server error has occurred")


@dataclass(frozen=True, kw_only=True)
class NewText:
    """What a valid POST asks for."""

    from_number: str
    to_number: str
    body: str
    status_callback: str | None
    validity_seconds: int | None


def not_found(path: str) -> TwilioError:
    """The answer for a resource that is not there."""
    return TwilioError(404, 20404, f"The requested resource {path} was not found")


def stopped(to_number: str) -> TwilioError:
    """The answer when this phone has sent STOP to this sender."""
    return TwilioError(400, 21610, f"The recipient {to_number} has unsubscribed from this sender")


def read_new_text(form: Mapping[str, str]) -> NewText | TwilioError:
    """The request of a POST, or the refusal that Twilio would answer."""
    to_number, from_number, body = (form.get(key, "") for key in ("To", "From", "Body"))
    refusal = _refused_to(to_number) or _refused_from(from_number) or _refused_body(body)
    if refusal:
        return refusal
    return NewText(
        from_number=from_number,
        to_number=to_number,
        body=body,
        status_callback=form.get("StatusCallback") or None,
        validity_seconds=_validity(form.get("ValidityPeriod", "")),
    )


def _refused_to(number: str) -> TwilioError | None:
    if not number:
        return TwilioError(400, 21604, "A 'To' phone number is required.")
    if not _E164.fullmatch(number) or number == _NEVER_VALID:
        return TwilioError(400, 21211, f"Invalid 'To' Phone Number: {number}")
    return None


def _refused_from(number: str) -> TwilioError | None:
    if not number:
        return TwilioError(400, 21603, "A 'From' phone number is required.")
    if not _E164.fullmatch(number):
        return TwilioError(400, 21212, f"Invalid From Number: {number}")
    return None


def _refused_body(body: str) -> TwilioError | None:
    if not body.strip():
        return TwilioError(400, 21602, "Message body is required.")
    if len(body) > LONGEST_BODY:
        return TwilioError(400, 21617, "The message body exceeds the 1600 character limit")
    return None


def _validity(value: str) -> int | None:
    if not value.isascii() or not value.isdigit():
        return None
    seconds = int(value)
    return seconds if 1 <= seconds <= LONGEST_VALIDITY_SECONDS else None


def message_resource(text: Text, account_sid: str) -> dict[str, object]:
    """A text as the Message resource."""
    path = f"/{API_VERSION}/Accounts/{account_sid}/Messages/{text.sid}"
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": text.body,
        "date_created": _rfc2822(text.created_at),
        "date_sent": _rfc2822(text.sent_at),
        "date_updated": _rfc2822(text.updated_at),
        "direction": text.direction.value,
        "error_code": text.error_code,
        "error_message": None,
        "from": text.from_number,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": str(count_segments(text.body).segments),
        "price": None,
        "price_unit": None,
        "sid": text.sid,
        "status": text.status.value,
        "subresource_uris": {"media": f"{path}/Media.json"},
        "to": text.to_number,
        "uri": f"{path}.json",
    }


def _rfc2822(instant: datetime | None) -> str | None:
    return format_datetime(instant.astimezone(UTC)) if instant else None


# ---- list ----


@dataclass(frozen=True, kw_only=True)
class ListQuery:
    """The parameters of a GET on the list, read."""

    to_number: str | None
    from_number: str | None
    sent_on: datetime | None
    sent_before: datetime | None
    sent_after: datetime | None
    page: int
    page_size: int
    after_sid: str | None

    def matches(self, text: Text) -> bool:
        """Whether a text belongs into the list."""
        at = (text.sent_at or text.created_at).replace(microsecond=0)
        return (
            self.to_number in {None, text.to_number}
            and self.from_number in {None, text.from_number}
            and (self.sent_on is None or at.date() == self.sent_on.date())
            and (self.sent_before is None or at <= self.sent_before)
            and (self.sent_after is None or at >= self.sent_after)
        )


def read_list_query(query: Mapping[str, str]) -> ListQuery | TwilioError:
    """The parameters of the list; dates are days or instants in UTC, both ends included."""
    try:
        return ListQuery(
            to_number=query.get("To") or None,
            from_number=query.get("From") or None,
            sent_on=_instant(query.get("DateSent")),
            sent_before=_instant(query.get("DateSent<")),
            sent_after=_instant(query.get("DateSent>")),
            page=max(0, int(query.get("Page") or 0)),
            page_size=_page_size(query.get("PageSize")),
            after_sid=(query.get("PageToken") or "").removeprefix(_PAGE_TOKEN_PREFIX) or None,
        )
    except ValueError:
        return TwilioError(400, 20001, "A parameter of the list is invalid")


def _instant(value: str | None) -> datetime | None:
    if not value:
        return None
    instant = datetime.fromisoformat(value)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _page_size(value: str | None) -> int:
    return min(max(1, int(value or DEFAULT_PAGE_SIZE)), LARGEST_PAGE_SIZE)


def list_page(
    newest_first: Iterable[Text], query: ListQuery, filters: Mapping[str, str], account_sid: str
) -> dict[str, object]:
    """One page of the list. The token names the last text seen, so new texts shift nothing."""
    texts = _after((text for text in newest_first if query.matches(text)), query.after_sid)
    found = list(islice(texts, query.page_size + 1))
    shown, more = found[: query.page_size], len(found) > query.page_size
    base = f"/{API_VERSION}/Accounts/{account_sid}/Messages.json"
    kept = {name: filters[name] for name in filters if not name.startswith("Page")}
    kept["PageSize"] = str(query.page_size)

    def uri(page: int, after_sid: str | None) -> str:
        token = {"PageToken": _PAGE_TOKEN_PREFIX + after_sid} if after_sid else {}
        return f"{base}?{urlencode({**kept, 'Page': page, **token})}"

    start = query.page * query.page_size
    return {
        "messages": [message_resource(text, account_sid) for text in shown],
        "page": query.page,
        "page_size": query.page_size,
        "start": start,
        "end": start + max(0, len(shown) - 1),
        "uri": uri(query.page, query.after_sid),
        "first_page_uri": uri(0, None),
        "next_page_uri": uri(query.page + 1, shown[-1].sid) if more else None,
        "previous_page_uri": uri(0, None) if query.page else None,
    }


def _after(texts: Iterable[Text], sid: str | None) -> Iterable[Text]:
    if sid is None:
        yield from texts
        return
    seen = False
    for text in texts:
        if seen:
            yield text
        seen = seen or text.sid == sid


# ---- what Twilio sends to us ----


def signature(url: str, parameters: Mapping[str, str], auth_token: str) -> str:
    """X-Twilio-Signature: HMAC-SHA1 over the URL and the parameters, sorted by name."""
    signed = url + "".join(name + parameters[name] for name in sorted(parameters))
    digest = hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def status_parameters(text: Text, status: TextStatus, account_sid: str) -> dict[str, str]:
    """The form of a status callback."""
    parameters = {
        "AccountSid": account_sid,
        "ApiVersion": API_VERSION,
        "From": text.from_number,
        "To": text.to_number,
        "MessageSid": text.sid,
        "SmsSid": text.sid,
        "MessageStatus": status.value,
        "SmsStatus": status.value,
    }
    if status is TextStatus.UNDELIVERED and text.error_code:
        parameters["ErrorCode"] = str(text.error_code)
    if status is TextStatus.DELIVERED:
        parameters["RawDlrDoneDate"] = text.updated_at.strftime("%y%m%d%H%M")
    return parameters


def inbound_parameters(text: Text, keyword: Keyword | None, account_sid: str) -> dict[str, str]:
    """The form of the webhook that hands over a reply."""
    parameters = {
        "AccountSid": account_sid,
        "ApiVersion": API_VERSION,
        "Body": text.body,
        "From": text.from_number,
        "FromCountry": "US",
        "MessageSid": text.sid,
        "NumMedia": "0",
        "NumSegments": str(count_segments(text.body).segments),
        "SmsMessageSid": text.sid,
        "SmsSid": text.sid,
        "SmsStatus": TextStatus.RECEIVED.value,
        "To": text.to_number,
        "ToCountry": "US",
    }
    if keyword:
        parameters["OptOutType"] = keyword.value
    return parameters
