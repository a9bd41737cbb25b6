"""The address that answers and bounces of one mail come to: ours alone can be made, or read.

Pure but for the keys. `bounce+<token>@domain`: the message's id and 80 bits that only we can make,
in letters and digits that survive servers which change upper and lower case.
"""

from __future__ import annotations

import base64
import hmac
import re
from uuid import UUID

from shared.crypto import routing_hash

PROOF_BYTES = 10
ID_BYTES = 16
_TOKEN = re.compile(r"\+([a-z2-7]{42})@", re.IGNORECASE)
# Our Message-ID: the message's id, before our domain.
_MESSAGE_ID = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@", re.IGNORECASE)


def return_address(base: str, message_id: UUID) -> str:
    """Such as bounce+…@handback.example, for the base bounce@handback.example."""
    local, _, domain = base.rpartition("@")
    token = base64.b32encode(message_id.bytes + _proof(message_id)).decode()
    return f"{local}+{token.rstrip('=').lower()}@{domain}"


def message_of_address(text: str) -> UUID | None:
    """The message whose return address stands in this text; None when we did not make it."""
    for found in _TOKEN.finditer(text):
        raw = base64.b32decode(found.group(1).upper() + "=" * 6)
        message_id = UUID(bytes=raw[:ID_BYTES])
        if hmac.compare_digest(raw[ID_BYTES:], _proof(message_id)):
            return message_id
    return None


def message_of_id(text: str) -> UUID | None:
    """The message whose Message-ID stands in this text; its random bits are the proof."""
    found = _MESSAGE_ID.search(text)
    return UUID(found.group(1)) if found else None


def _proof(message_id: UUID) -> bytes:
    return routing_hash("mail_return", str(message_id))[:PROOF_BYTES]
