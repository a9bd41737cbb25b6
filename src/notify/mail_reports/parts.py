"""A raw mail as headers and texts, whatever is wrong with it.

Pure. Broken headers, unknown character sets and endless nesting give less to read, never a fault.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import Message

# Enough for every report with our letter quoted in it; the rest of a huge mail is not looked at.
READ_AT_MOST = 256 * 1024
PARTS_AT_MOST = 60
# The letter that a report is about, whole or its headers alone.
RETURNED = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers")
# Past this a mail is nested to break its reader.
BOUNDARIES_AT_MOST = 40
_BOUNDARY = re.compile(rb"boundary\s*=", re.IGNORECASE)
_BREAKS = re.compile(r"<(?:br|/p|/div|/tr|/li)[^<>]{0,200}>", re.IGNORECASE)
_TAGS = re.compile(r"<[^<>]{0,2000}>")
_UNSEEN = ("head", "style", "script")


@dataclass(frozen=True, slots=True)
class Parts:
    """What is read of a mail."""

    headers: dict[str, str] = field(default_factory=dict)
    report_type: str = ""
    # Plain text, or the words of the HTML when there is none.
    text: str = ""
    # Blocks of fields of a delivery status, of a complaint, and the returned letter's headers.
    delivery: tuple[dict[str, str], ...] = ()
    complaint: dict[str, str] | None = None
    disposition: bool = False
    returned: str = ""

    def header(self, name: str) -> str:
        """A header's words; empty when it is not there."""
        return self.headers.get(name, "")


def parts_of(raw: bytes) -> Parts:
    """Read a mail as far as it can be read."""
    head = raw[:READ_AT_MOST]
    if len(_BOUNDARY.findall(head)) > BOUNDARIES_AT_MOST:
        head = head.partition(b"\n\n")[0].partition(b"\r\n\r\n")[0]
    try:
        return _read(message_from_bytes(head, policy=policy.compat32))
    except Exception:  # noqa: BLE001 -- whatever a hostile mail breaks in the parser
        return Parts(text=head.decode("latin-1"))


def decoded(value: object) -> str:
    """A header's words, RFC 2047 undone, on one line."""
    text = str(value)
    try:
        pieces = [
            piece if isinstance(piece, str) else _text(piece, charset)
            for piece, charset in decode_header(text)
        ]
    except (HeaderParseError, ValueError, LookupError):
        pieces = [text]
    return " ".join("".join(pieces).split())


def _read(mail: Message) -> Parts:
    found: dict[str, list[Message]] = {}
    for part in _walk(mail):
        found.setdefault(part.get_content_type(), []).append(part)
    plain = "\n".join(_content(part) for part in found.get("text/plain", ()))
    hyper = "\n".join(_content(part) for part in found.get("text/html", ()))
    delivery = found.get("message/delivery-status")
    complaint = found.get("message/feedback-report")
    letters = [part for kind in RETURNED for part in found.get(kind, ())]
    return Parts(
        headers={name.lower(): decoded(value) for name, value in reversed(mail.items())},
        report_type=decoded(mail.get_param("report-type", "")).lower(),
        text=plain or _without_tags(hyper),
        delivery=_blocks(delivery[0]) if delivery else (),
        complaint=_fields(_raw_text(complaint[0])) if complaint else None,
        disposition="message/disposition-notification" in found,
        returned="\n".join(map(_raw_text, letters)),
    )


def _walk(mail: Message) -> list[Message]:
    """Every part, the returned letter's own parts left out."""
    found: list[Message] = []
    waiting = [mail]
    while waiting and len(found) < PARTS_AT_MOST:
        part = waiting.pop(0)
        found.append(part)
        inside = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inside, list):
            waiting = [each for each in inside if not isinstance(each, str)] + waiting
    return found


def _blocks(part: Message) -> tuple[dict[str, str], ...]:
    inside = part.get_payload()
    if isinstance(inside, list):
        return tuple(
            {name.lower(): decoded(value) for name, value in block.items()}
            for block in inside[:PARTS_AT_MOST]
            if not isinstance(block, str)
        )
    return tuple(_fields(block) for block in re.split(r"\r?\n\r?\n", str(inside))[:PARTS_AT_MOST])


def _fields(text: str) -> dict[str, str]:
    """The lines "Name: value" of a report."""
    pairs = (line.partition(":") for line in re.sub(r"\r?\n[ \t]+", " ", text).splitlines())
    return {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}


def _raw_text(part: Message) -> str:
    inside = part.get_payload()
    if isinstance(inside, list):
        return "\n".join(each if isinstance(each, str) else each.as_string() for each in inside[:1])
    return _content(part) or str(inside)


def _content(part: Message) -> str:
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    charset = part.get_content_charset() or "utf-8"
    return _text(raw, charset).replace("\r\n", "\n")


def _text(raw: bytes, charset: str | None) -> str:
    try:
        return raw.decode(charset or "latin-1")
    except (LookupError, ValueError):
        return raw.decode("latin-1")


def _without_tags(source: str) -> str:
    for name in _UNSEEN:
        before, opened, rest = source.partition(f"<{name}")
        if opened:
            source = before + rest.partition(f"</{name}>")[2]
    return html.unescape(_TAGS.sub("", _BREAKS.sub("\n", source))).strip()
