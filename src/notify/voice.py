"""Twilio's voice contract as we use it: a call that comes in, keys pressed, what is said back.

Who is told what is the business of the slice above. A response may hold a name: it is never
stored on the way, and its address names nothing but the number of the turn.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from litestar import Response
from twilio.twiml.voice_response import Gather, VoiceResponse

from shared.phone_numbers import to_e164

if TYPE_CHECKING:
    from collections.abc import Mapping

SPOKEN = {"en": "en-US", "es": "es-MX"}
KEY_WAIT_SECONDS = 10
PAUSE = ""


@dataclass(frozen=True, slots=True)
class ArrivedCall:
    """A request of a call. `from_number` is None when the caller's number is withheld."""

    call_sid: str
    from_number: str | None = field(repr=False)
    to_number: str
    digits: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence in one language; an empty one is a pause of a second."""

    words: str = field(repr=False)
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said, how many keys are waited for (None: hang up), and where they go."""

    says: tuple[Spoken, ...]
    keys: int | None = None
    keys_to: str = ""
    # Said when nobody presses anything.
    silence: tuple[Spoken, ...] = ()


def read_call(form: Mapping[str, str]) -> ArrivedCall | None:
    """The call of a signed form; None when it has no id or no number of ours."""
    sid, to_number = form.get("CallSid") or "", to_e164(form.get("To") or "")
    if not sid or to_number is None:
        return None
    # A withheld number comes as a word, as nothing, or as one of the carriers' stand-ins.
    return ArrivedCall(
        sid, to_e164(form.get("From") or ""), to_number, (form.get("Digits") or "").strip()
    )


def speak(answer: Answer) -> Response[str]:
    """The answer as TwiML."""
    response = VoiceResponse()
    if answer.keys is None:
        _say(response, answer.says)
    else:
        gather = Gather(
            input="dtmf",
            num_digits=answer.keys,
            timeout=KEY_WAIT_SECONDS,
            finish_on_key="#",
            action=answer.keys_to,
            method="POST",
        )
        _say(gather, answer.says)
        response.append(gather)
        _say(response, answer.silence)
    response.hangup()
    return Response(
        str(response),
        media_type="text/xml",
        status_code=HTTPStatus.OK,
        headers={"Cache-Control": "no-store"},
    )


def _say(verb: VoiceResponse | Gather, says: tuple[Spoken, ...]) -> None:
    for each in says:
        if each.words == PAUSE:
            verb.pause(length=1)
        else:
            verb.say(each.words, language=SPOKEN[each.language])
