"""Whether a report says that the mailbox does not work, or only that this letter did not arrive.

Pure. RFC 3464 where a server keeps to it; else the codes and words that common servers use.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from notify.mail_reports.kinds import MailKind
from notify.mail_reports.lexicon import says
from notify.replies.normal import normal_form

if TYPE_CHECKING:
    from notify.mail_reports.parts import Parts

_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_PLAIN = re.compile(r"(?<![\d.])([45]\d\d)(?=[ -])")
_READ_WORDS = 6_000
# Of class 5, what speaks of the mailbox or its domain (RFC 3463 and what servers make of it).
_MAILBOX_GONE = re.compile(r"5\.1\.\d+|5\.2\.1|5\.4\.1|5\.4\.4|5\.4\.310")
_SAYS_NOTHING = re.compile(r"5\.0\.0|5\.[345]\.0|5\d\d")
_DONE = frozenset({"delivered", "relayed", "expanded"})
NOT_SPAM = "not-spam"
OPT_OUT = "opt-out"
COMPLAINTS = frozenset({"abuse", "fraud", "virus", "other", "miscategorized", OPT_OUT, ""})


def reported(parts: Parts) -> tuple[MailKind, str | None] | None:
    """What a machine-written report says; None when it is none."""
    if parts.complaint is not None:
        return _complaint(parts.complaint), None
    if parts.delivery:
        return _of_delivery(parts)
    if parts.disposition or parts.report_type == "disposition-notification":
        return MailKind.ARRIVED, None
    return _in_words(parts) if _looks_like_bounce(parts) else None


def kind_of(status: str | None, words: str) -> MailKind:
    """Hard or soft; where the number says little, the words decide. In doubt: soft."""
    normal = normal_form(words[:_READ_WORDS])
    if status is not None and status.startswith("4"):
        return MailKind.SOFT
    if status == "5.2.2" or says("bounce", "full", normal):
        return MailKind.SOFT
    if status is not None and _MAILBOX_GONE.fullmatch(status):
        return MailKind.HARD
    if says("bounce", "gone", normal) and not _is_policy(status, normal):
        return MailKind.HARD
    return MailKind.SOFT


def refused_by_policy(status: str | None) -> bool:
    """Whether their server's rules refused the letter: the same one again is refused again."""
    return status is not None and status.startswith("5.7.")


def _is_policy(status: str | None, normal: str) -> bool:
    told = status is not None and not _SAYS_NOTHING.fullmatch(status) and status != "5.7.1"
    return says("bounce", "policy", normal) if not told else True


def _complaint(fields: dict[str, str]) -> MailKind:
    kind = fields.get("feedback-type", "").lower()
    if kind == NOT_SPAM:
        return MailKind.ARRIVED
    return MailKind.COMPLAINT if kind in COMPLAINTS else MailKind.UNKNOWN


def _of_delivery(parts: Parts) -> tuple[MailKind, str | None]:
    """A letter of ours has one recipient; of several blocks the worst counts."""
    found = [_of_recipient(block) for block in parts.delivery if "action" in block]
    if not found:
        return _in_words(parts)
    worst = (MailKind.HARD, MailKind.SOFT, MailKind.DELAYED, MailKind.ARRIVED)
    return min(found, key=lambda each: worst.index(each[0]))


def _of_recipient(block: dict[str, str]) -> tuple[MailKind, str | None]:
    action = block["action"].split(";")[0].split("(")[0].strip().lower()
    diagnostic = block.get("diagnostic-code", "")
    stated = _ENHANCED.search(block.get("status", ""))
    status = stated.group(1) if stated else None
    if status is None or _SAYS_NOTHING.fullmatch(status):
        status = _status_in(diagnostic) or status
    if action == "delayed":
        return MailKind.DELAYED, status
    if action in _DONE:
        return MailKind.ARRIVED, status
    return kind_of(status, diagnostic), status


def _looks_like_bounce(parts: Parts) -> bool:
    if parts.header("x-failed-recipients") or parts.report_type == "delivery-status":
        return True
    sender = normal_form(parts.header("from"))
    subject = normal_form(parts.header("subject"))
    by_server = says("bounce", "senders", sender) or parts.header("return-path") == "<>"
    return by_server and (says("bounce", "subjects", subject) or says("bounce", "delayed", subject))


def _in_words(parts: Parts) -> tuple[MailKind, str | None]:
    words = parts.text[:_READ_WORDS]
    about_us = words.partition("--- Below this line is a copy")[0]
    status = _status_in(about_us)
    normal = normal_form(f"{parts.header('subject')} {about_us}")
    final = status is not None and status.startswith("5")
    if says("bounce", "delayed", normal) and not final:
        return MailKind.DELAYED, status
    return kind_of(status, about_us), status


def _status_in(words: str) -> str | None:
    found = _ENHANCED.search(words) or _PLAIN.search(words)
    return found.group(1) if found else None
