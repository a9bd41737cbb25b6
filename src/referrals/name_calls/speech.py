"""What is said in a call, in English and Spanish: slow digits, spelled names, short sentences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from notify.voice import PAUSE, Spoken
from shared.i18n import gettext as _
from shared.i18n import using_language
from shared.languages import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LANGUAGES = ("en", "es")
AMERICAN = 12


@dataclass(frozen=True, slots=True)
class House:
    """Whose line it is, and the ordinary number at which a person answers."""

    name: str
    voice_phone: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """What a call discloses of one request."""

    code: int | None
    identity: dict[str, Any] = field(repr=False)
    notes: tuple[str, ...] = field(repr=False)


def slowly(number: str) -> list[str]:
    """A phone number in groups that a hand can follow: ['2, 0, 2.', '5, 5, 5.', '0, 1, 4, 4.']."""
    digits = [each for each in number if each.isdigit()]
    if number.startswith("+1") and len(number) == AMERICAN:
        digits = digits[1:]
    groups = [digits[:3], digits[3:6], digits[6:]]
    return [", ".join(group) + "." for group in groups if group]


def spelled(name: str) -> str:
    """Letter by letter: 'A, N, A. R, U, I, Z.'."""
    words = ["".join(each for each in word if each.isalnum()) for word in name.upper().split()]
    return " ".join(", ".join(word) + "." for word in words if word)


def greeting(house: House) -> tuple[Spoken, ...]:
    """The same for everybody who calls: whoever is known is not to be learned from it."""
    return _in_both(lambda: [_welcome(house), *_other(house)])


def _welcome(house: House) -> str:
    return _(
        "This is the phone line of %(name)s. Do you answer our requests for help?"
        " Then press the four digits of your PIN.",
        name=house.name,
    )


def _other(house: House) -> list[str]:
    if house.voice_phone is None:
        return []
    return [_("For everything else please call:"), *slowly(house.voice_phone)]


def texts_only(house: House | None) -> tuple[Spoken, ...]:
    """This number takes no calls."""
    if house is None:
        return _in_both(lambda: [_("Nobody answers on this number. Goodbye.")])
    return _in_both(
        lambda: [
            _("This number of %(name)s is for texts. Nobody answers here.", name=house.name),
            *_other(house),
        ]
    )


def wrong_pin(house: House) -> tuple[Spoken, ...]:
    """Said to whoever may be calling."""
    return _in_both(
        lambda: [_("This was not right. Please press the four digits again."), *_other(house)]
    )


def locked(house: House) -> tuple[Spoken, ...]:
    """Three wrong ones in an hour."""
    return _in_both(
        lambda: [
            _("That was not right, three times. This line is closed for your phone for one hour."),
            *_other(house),
        ]
    )


def silence() -> tuple[Spoken, ...]:
    """Nobody pressed anything."""
    return _in_both(lambda: [_("We heard no key. Please call again. Goodbye.")])


def call_again() -> tuple[Spoken, ...]:
    """A turn that was taken already, or a call long over."""
    return _in_both(lambda: [_("Something went wrong. Please call again.")])


def which_code(language: str, codes: Sequence[int], *, wrong: bool) -> tuple[Spoken, ...]:
    """Several said yes to."""
    with using_language(language):
        said = [_("There is no such request.")] if wrong else []
        open_ones = ", ".join(str(code) for code in codes)
        said += [
            _("Which request? Press its two digits."),
            _("You have: %(codes)s.", codes=open_ones),
        ]
    return _spoken(said, language)


def nobody_waits(language: str, house: House) -> tuple[Spoken, ...]:
    """Nothing that may be told: no yes of theirs, consent taken back, or all of it over."""
    with using_language(language):
        said = [_("There is no name to tell you now."), _("Questions? Please call:")]
        if house.voice_phone is None:
            said = said[:1]
        else:
            said += slowly(house.voice_phone)
    return _spoken(said, language)


def told(language: str, what: Told, *, others: bool) -> tuple[Spoken, ...]:
    """Name, spelled once more, and the number digit by digit."""
    identity = what.identity
    with using_language(language):
        name = str(identity.get("name") or "")
        said = [
            _("Request %(code)s.", code=what.code or ""),
            _("The name is: %(name)s.", name=name),
            _("Spelled:"),
            spelled(name),
            PAUSE,
            *_how_to_reach(identity),
            PAUSE,
            _("To hear this again, press 1. For the best time and notes, press 2."),
        ]
        if others:
            said.append(_("For another request, press 3."))
    return _spoken(said, language)


def _how_to_reach(identity: dict[str, Any]) -> list[str]:
    phone = identity.get("phone")
    if not phone:
        through = identity.get("through")
        if through:
            return [_("They have no phone of their own. Ask through: %(who)s.", who=through)]
        return [_("They gave no phone number. They will come or call.")]
    said = [_("The number is:")]
    for group in slowly(str(phone)):
        said += [group, PAUSE]
    if not identity.get("may_voicemail"):
        said.append(_("Please leave no voice message."))
    elif not identity.get("voicemail_says_clinic"):
        said.append(_("In a voice message, do not say what it is about."))
    return said


def more(language: str, what: Told, *, others: bool) -> tuple[Spoken, ...]:
    """Best time, language, what both sides wrote."""
    identity = what.identity
    with using_language(language):
        said = []
        if identity.get("name_to_use"):
            said.append(_("Please call them %(name)s.", name=identity["name_to_use"]))
        if identity.get("best_times"):
            said.append(_("Best time: %(when)s.", when=identity["best_times"]))
        if identity.get("language"):
            said.append(
                _("They speak: %(language)s.", language=name_of(identity["language"], language))
            )
        if identity.get("interpreter"):
            said.append(_("They need an interpreter."))
        if identity.get("access"):
            said.append(_("They need: %(what)s.", what=identity["access"]))
        said += [_("A note says: %(note)s", note=note) for note in what.notes]
        said = said or [_("There is nothing more.")]
        said += [PAUSE, _("To hear name and number again, press 1.")]
        if others:
            said.append(_("For another request, press 3."))
    return _spoken(said, language)


def goodbye(language: str) -> tuple[Spoken, ...]:
    """The end they asked for."""
    with using_language(language):
        return _spoken([_("Thank you. Goodbye.")], language)


def _in_both(words: Callable[[], list[str]]) -> tuple[Spoken, ...]:
    said: tuple[Spoken, ...] = ()
    for language in LANGUAGES:
        with using_language(language):
            said += _spoken(words(), language)
    return said


def _spoken(said: Sequence[str], language: str) -> tuple[Spoken, ...]:
    return tuple(Spoken(words, language) for words in said)
