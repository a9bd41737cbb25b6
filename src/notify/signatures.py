"""Whether a webhook is the provider's: its signature over our public address and everything sent.

Both of the provider's schemes: HMAC-SHA1 with the account's token, and HMAC-SHA256 with a webhook
key that the request names. Never over Host or X-Forwarded-*, which anybody can write.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from litestar.datastructures import FormMultiDict
from twilio.request_validator import (
    HMAC_SHA1,
    HMAC_SHA256,
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
)

from shared.errors import NotAllowed

if TYPE_CHECKING:
    from litestar import Request

    from shared.settings import Settings

BODY_HASH = "bodySHA256"
JSON = "application/json"
# A text is a few kilobytes; whatever is longer is not the provider's.
LONGEST_BODY = 256_000


async def signed_form(request: Request[Any, Any, Any]) -> FormMultiDict:
    """The parameters, once the signature over address and all of them is right."""
    settings: Settings = request.app.state.settings
    query = request.scope["query_string"].decode("latin-1")
    address = settings.address + request.scope["path"] + (f"?{query}" if query else "")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == JSON:
        return await _signed_json(request, settings, address, query)
    form = await request.form()
    if not _is_signed(request, settings, address, form):
        raise _refusal()
    return form


async def _signed_json(
    request: Request[Any, Any, Any], settings: Settings, address: str, query: str
) -> FormMultiDict:
    """A body of JSON is signed by its hash, which stands in the signed address."""
    try:
        body = (await request.body()).decode()
    except UnicodeDecodeError:
        raise _refusal() from None
    hashes = [value for name, value in parse_qsl(query) if name == BODY_HASH]
    if len(hashes) != 1 or len(body) > LONGEST_BODY:
        raise _refusal()
    if not _is_signed(request, settings, address, body):
        raise _refusal()
    try:
        read = json.loads(body)
    except ValueError:
        raise _refusal() from None
    if not isinstance(read, dict):
        raise _refusal()
    return FormMultiDict({name: str(value) for name, value in read.items() if value is not None})


def _is_signed(
    request: Request[Any, Any, Any], settings: Settings, address: str, sent: FormMultiDict | str
) -> bool:
    """One signature, and the scheme it says it is of."""
    signatures = request.headers.getall(SIGNATURE_HEADER, [])
    if len(signatures) != 1 or not signatures[0].isascii():
        return False
    named = request.headers.getall(SIGNATURE_SETTINGS_HEADER, [])
    found = _secret(settings, named)
    if found is None:
        return False
    secret, algorithm = found
    return bool(RequestValidator(secret).validate(address, sent, signatures[0], algorithm))


def _secret(settings: Settings, named: list[str]) -> tuple[str, str] | None:
    """The secret and scheme; None when there is none, or the request names another key."""
    if not named:
        token = settings.twilio_auth_token
        return (token, HMAC_SHA1) if token else None
    parts = {
        name.strip(): value.strip()
        for name, _sign, value in (part.partition("=") for part in named[0].split(","))
    }
    if len(named) > 1 or parts.get("algorithm", "").upper() != HMAC_SHA256:
        return None
    key, secret = settings.twilio_webhook_key_id, settings.twilio_webhook_secret
    return (secret, HMAC_SHA256) if secret and key and parts.get("key") == key else None


def _refusal() -> NotAllowed:
    return NotAllowed(
        "The signature does not belong to this request.",
        code="bad_signature",
        remedy="Check HANDBACK_PUBLIC_URL and HANDBACK_TWILIO_AUTH_TOKEN.",
    )
