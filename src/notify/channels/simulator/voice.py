"""Twilio's voice contract as the simulator plays it: the webhook's form, and TwiML followed.

Standard: the TwiML verbs Say, Pause, Gather, Redirect, Hangup and Reject as Twilio documents them.
Speech, recordings, conferences and anything else end the call with a word about it.
"""

from __future__ import annotations

# The program's own answers, over loopback; entities in them would be its own fault.
import xml.etree.ElementTree as ET  # noqa: S405
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from notify.channels.simulator.twilio_contract import API_VERSION

if TYPE_CHECKING:
    from datetime import datetime

DEFAULT_GATHER_SECONDS = 5
WITHHELD = "+266696687"  # "ANONYMOUS" on a keypad: how Twilio says that there is no number
LONGEST_DIGITS = 32


class CallStatus(StrEnum):
    """Twilio's words for a call, as far as one is played here."""

    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    FAILED = "failed"
    REJECTED = "busy"


@dataclass(frozen=True, slots=True)
class Heard:
    """Words in one language, as they are said, or a pause (no words)."""

    words: str
    language: str
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A Gather: how many keys, which key ends it, where they go."""

    url: str
    method: str
    digits: int | None
    finish_on: str
    seconds: int
    # What follows in the same document when nobody presses a key.
    otherwise: tuple[ET.Element, ...] = field(repr=False, default=())


@dataclass(kw_only=True)
class Call:
    """One call from a phone to a number of the program's."""

    sid: str
    from_number: str | None
    to_number: str
    at: datetime
    status: CallStatus = CallStatus.RINGING
    heard: list[Heard] = field(default_factory=list)
    waiting: Waiting | None = None
    problem: str | None = None

    @property
    def is_on(self) -> bool:
        """Whether somebody is still on the line."""
        return self.status in {CallStatus.RINGING, CallStatus.IN_PROGRESS}

    def end(self, status: CallStatus, problem: str | None = None) -> None:
        """Nobody is."""
        self.status, self.problem, self.waiting = status, problem, None


@dataclass(frozen=True, slots=True)
class GoTo:
    """The document sends the call to another address."""

    url: str


def call_parameters(call: Call, account_sid: str, digits: str | None = None) -> dict[str, str]:
    """The form of a voice webhook."""
    parameters = {
        "AccountSid": account_sid,
        "ApiVersion": API_VERSION,
        "CallSid": call.sid,
        "CallStatus": call.status.value,
        "Called": call.to_number,
        "Caller": call.from_number or WITHHELD,
        "Direction": "inbound",
        "From": call.from_number or WITHHELD,
        "To": call.to_number,
    }
    return parameters if digits is None else {**parameters, "Digits": digits, "msg": "Gather End"}


def follow(call: Call, document: str, base: str) -> GoTo | None:
    """Play a TwiML document into the call, up to where it waits, ends, or goes elsewhere."""
    try:
        root = ET.fromstring(document)  # noqa: S314 -- see the import
    except ET.ParseError:
        call.end(CallStatus.FAILED, "12100: the answer is not TwiML")
        return None
    if root.tag != "Response":
        call.end(CallStatus.FAILED, "12101: the answer has no Response element")
        return None
    return play(call, tuple(root), base)


def play(call: Call, verbs: tuple[ET.Element, ...], base: str) -> GoTo | None:
    """Verb by verb. At the end of the document the call is over."""
    call.waiting = None
    for number, verb in enumerate(verbs):
        match verb.tag:
            case "Say" | "Pause":
                call.heard.append(_heard(verb))
            case "Gather":
                call.heard += [_heard(inner) for inner in verb]
                call.waiting = _waiting(verb, base, verbs[number + 1 :])
                return None
            case "Redirect":
                return GoTo(urljoin(base, (verb.text or "").strip()))
            case "Hangup":
                break
            case "Reject":
                call.end(CallStatus.REJECTED)
                return None
            case _:
                call.end(CallStatus.FAILED, f"The simulator does not play {verb.tag}")
                return None
    call.end(CallStatus.COMPLETED)
    return None


def pressed(waiting: Waiting, keys: str) -> str:
    """The digits that a Gather takes of what was pressed."""
    taken = ""
    for key in keys:
        if key == waiting.finish_on:
            break
        taken += key
        if waiting.digits is not None and len(taken) == waiting.digits:
            break
    return taken


def _heard(verb: ET.Element) -> Heard:
    if verb.tag == "Pause":
        return Heard("", "", int(verb.get("length", "1")))
    return Heard(" ".join("".join(verb.itertext()).split()), verb.get("language", "en-US"))


def _waiting(verb: ET.Element, base: str, otherwise: tuple[ET.Element, ...]) -> Waiting:
    digits = verb.get("numDigits")
    return Waiting(
        url=urljoin(base, verb.get("action", base)),
        method=verb.get("method", "POST"),
        digits=int(digits) if digits else None,
        finish_on=verb.get("finishOnKey", "#"),
        seconds=int(verb.get("timeout", DEFAULT_GATHER_SECONDS)),
        otherwise=otherwise,
    )
