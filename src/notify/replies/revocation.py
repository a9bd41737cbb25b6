"""Whether somebody asks for no more texts, in any reasonable words (47 CFR 64.1200(a)(10)).

Pure. Missing one breaks the law and trust; a false one silences a patient, so words such as "stop",
"parar" and "end" count only alone or with texts as their object ("no puedo parar hoy" does not).
"""

from __future__ import annotations

import re

from notify.replies.lexicon import pattern, patterns, word_set
from notify.replies.normal import clauses, normal_form, without_politeness

# Handled by the carrier before us when the message is nothing but the word.
CARRIER_STOP = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
)
_FILLERS = re.compile(
    r"\b(?:ya|now|ok|okay|asap|immediately|inmediatamente|ahora|mismo|right|but|pero|so|and|y)\b"
)
STOP_SIGN = "🛑"
_AROUND = frozenset(" \n\r\t!.\ufe0f✋🙏")
_NEGATIONS = ("dont", "do not", "never", "no ", "not ")
_WISH = re.compile(r"want|wanna|wish|agree|consent|authori|like|interested|permission")


def is_carrier_stop(body: str) -> bool:
    """Whether the message is nothing but a word that the carrier answers itself."""
    return body.strip().upper() in CARRIER_STOP


def is_revocation(body: str) -> bool:
    """Whether these words ask for no more texts."""
    normal = normal_form(body)
    parts = clauses(body)
    return (
        _is_the_sign_alone(body)
        or _is_the_whole_message(normal)
        or any(map(_is_a_clause, parts))
        or any(map(_asks_for_no_more, (normal, *parts)))
    )


def _is_the_sign_alone(body: str) -> bool:
    """Nothing but stop signs."""
    return set(body) - _AROUND == {STOP_SIGN}


def _is_the_whole_message(normal: str) -> bool:
    alone = word_set("revocation", "alone")
    bare = " ".join(_FILLERS.sub(" ", without_politeness(normal)).split())
    if len(set(bare.split())) == 1:  # "stop stop stop"
        bare = bare.split()[0]
    mistyped = pattern("revocation", "mistyped").fullmatch(bare)
    return normal in alone or bare in alone or mistyped is not None


def _is_a_clause(part: str) -> bool:
    enough = word_set("revocation", "clause")
    return part in enough or without_politeness(part) in enough


def _asks_for_no_more(normal: str) -> bool:
    return any(
        not _turned_around(normal[: match.start()].strip(), match.group())
        and not _is_about_a_list(normal, match.group())
        for expression in patterns("revocation", "english", "spanish")
        for match in expression.finditer(normal)
    )


def _is_about_a_list(normal: str, matched: str) -> bool:
    removal = pattern("revocation", "removal").match(matched)
    return removal is not None and pattern("revocation", "wait_list").search(normal) is not None


def _turned_around(before: str, matched: str) -> bool:
    """Don't stop texting me; why did you stop texting; they never text me back."""
    if matched.startswith(_NEGATIONS):
        # "I don't want texts" is theirs; "they don't text me" is not.
        theirs = pattern("revocation", "of_them").search(before) is not None
        return theirs and not _WISH.search(matched)
    if pattern("revocation", "negated").search(before):
        return True
    told = pattern("revocation", "told_verbs").match(matched) is not None
    return told and pattern("revocation", "told_of").search(before) is not None
