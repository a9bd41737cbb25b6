"""Texts that a person of ours writes by hand: signed like every other text. Pure."""

from __future__ import annotations

from notify.segments import Encoding, count_segments, to_gsm7
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _

# Its name as a template: it has no words of its own.
OWN_WORDS = "PR"
SENDER_MAX = 22
PARTS_AT_MOST = 3
# Ticked by whoever has seen how many texts it is.
PARTS_FIELD = "parts"


def signed_by(name: str, label: str) -> str:
    """Who writes: "Rosa at Lincoln Clinic" where that fits, else the clinic alone."""
    first = name.strip().partition(" ")[0]
    whole = f"{first} at {label}"
    return whole if first and len(whole) <= SENDER_MAX else label


def in_own_words(signed: str, words: str) -> str:
    """The text as it goes out."""
    return f"{signed}: {words}"


def check_parts(text: str, *, parts_seen: bool, field: str) -> None:
    """At most three texts; what accents make several of is shown before it goes out.

    One á, í, ó or ú makes every letter of a text cost double (UCS-2).
    """
    counted = count_segments(text)
    if counted.segments > PARTS_AT_MOST:
        raise InvalidInput(_("This is too long for a text. Say it shorter, or call."), field=field)
    plain = count_segments(to_gsm7(text)).segments
    if counted.encoding is Encoding.UCS2 and counted.segments > plain and not parts_seen:
        raise InvalidInput(
            _("Not sent yet: letters like á, í, ó, ú or “ make this %(count)s texts."),
            values={"count": str(counted.segments), "plain": str(plain)},
            remedy=_("With plain letters it is %(plain)s. Change it, or tick below and send."),
            field=PARTS_FIELD,
        )
