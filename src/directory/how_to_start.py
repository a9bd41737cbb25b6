"""Reads from HSDS application_process how help is reached, where it says so plainly. Pure.

Anything unclear is not guessed: patient_calls, marked as unknown, and a steward is asked
(design: practice 1).
"""

from __future__ import annotations

import re

from directory.codes import HowToStart

# In this order: the first that matches counts. A door that is open to all comes before a phone,
# and a rule that others must send people comes before both.
SIGNS: tuple[tuple[HowToStart, re.Pattern[str]], ...] = (
    (
        HowToStart.THROUGH_HOTLINE,
        re.compile(
            r"coordinated (?:entry|intake|assessment)|centrali[sz]ed intake|shelter hotline"
            r"|(?:call|dial|through|llame al) (?:the )?(?:2-?1-?1|988)\b"
            r"|(?:only|intake|placement)\b[^.]{0,40}\bhotline|entrada coordinada",
            re.IGNORECASE,
        ),
    ),
    (
        HowToStart.AGENCY_CALLS_PATIENT,
        re.compile(
            r"\bwe (?:will )?call you|nosotros le llamamos"
            r"|\breferral(?: form)? (?:is )?(?:required|needed|necessary)|by referral(?: only)?\b"
            r"|\bmust be referred|\breferrals? only|requires? (?:a |an )?[^.]{0,30}referral",
            re.IGNORECASE,
        ),
    ),
    (
        HowToStart.WALK_IN,
        re.compile(
            r"\bwalk[- ]?ins?\b(?! (?:are |is )?not)|\bdrop[- ]?in\b|\bjust (?:come|show up)"
            r"|no appointment (?:is )?(?:needed|necessary|required)|\bno cita\b"
            r"|(?:no hace falta|sin) cita|venga cuando",
            re.IGNORECASE,
        ),
    ),
    (
        HowToStart.APPLY,
        re.compile(
            r"\bapply (?:online|on ?line|in person|at|through|on|by)|\b(?:on ?line )?application"
            r"|\bfill (?:out|in)|\bcomplete (?:the|an?) [^.]{0,30}form|\bregister online"
            r"|\bsolicitud",
            re.IGNORECASE,
        ),
    ),
    (
        HowToStart.PATIENT_CALLS,
        re.compile(r"\b(?:call|phone|telephone|contact|e-?mail)\b|\bll[aá]me", re.IGNORECASE),
    ),
)
NO_WALK_INS = re.compile(
    r"\b(?:no|not accept(?:ing)?|(?:do(?:es)? ?n[o'’]t) (?:accept|take)) walk[- ]?ins?",
    re.IGNORECASE,
)


def read_how_to_start(application_process: str | None) -> tuple[HowToStart, bool]:
    """How help is reached, and whether the text said so."""
    words = NO_WALK_INS.sub(" ", application_process or "")
    for how, sign in SIGNS:
        if sign.search(words):
            return how, True
    return HowToStart.PATIENT_CALLS, False
