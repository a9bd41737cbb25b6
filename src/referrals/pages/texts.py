"""Every text that Handback sends, word for word, with invented values. No patient data."""

from __future__ import annotations

from typing import Any

from litestar import get
from litestar.response import Template

from accounts.api import Role, member_card, requires_role
from accounts.requests import AnyRequest, Caller, Session
from notify.segments import GSM7_SINGLE, count_segments
from referrals.own_words import OWN_WORDS, in_own_words, signed_by
from referrals.wording import Party
from referrals.wording.catalogues import OURS
from referrals.wording.preview import Said, Shown, previews
from referrals.wording.samples import SENDERS
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as noop
from shared.i18n import language, ngettext, using_language
from shared.languages import name_of

READERS = requires_role(Role.COORDINATOR, Role.NETWORK_ADMINISTRATOR)
LEVELS = {
    "plain": (noop("Plain"), noop("May name the place and the need.")),
    "need": (noop("Need word"), noop("May name the need in one word, never the place.")),
    "neutral": (noop("Neutral"), noop("Names the clinic’s label and the date we spoke only.")),
    "any": (
        noop("To agencies"),
        noop("Need, people, language, ZIP and code; never a name, birth date or phone."),
    ),
}
# Whose texts: an agency's have one level.
SHOWS = (
    ("", noop("All")),
    ("patient", noop("To patients")),
    ("agency", noop("To agencies")),
    ("question", noop("Questions")),
)


@get("/delivery/texts", guards=[READERS])
async def show_texts(request: AnyRequest, session: Session, actor: Caller) -> Template:
    """All of them, or those asked for; with usual values or the longest."""
    asked = request.query_params
    show, with_longest = asked.get("show", ""), asked.get("longest") == "1"
    level, words = asked.get("level", ""), " ".join(asked.get("words", "").split())[:60]
    shown = [
        _card(each)
        for each in previews(language(), with_longest=with_longest)
        if _wanted(each, show, level, words.lower())
    ]
    if _wanted(_own(with_longest=with_longest), show, level, words.lower()):
        shown.append(_own_card(_own(with_longest=with_longest)))
    card = (
        await member_card(session, actor.organization_id)
        if actor.organization_id is not None
        else None
    )
    context = {
        "member_name": card.name if card else "",
        "texts": shown,
        "count": ngettext("One text", "%(n)s texts", len(shown)),
        "longest": with_longest,
        "words": words,
        "shows": [(name, _(said), name == show) for name, said in SHOWS],
        "levels": [(name, _(said), name == level) for name, (said, _may) in LEVELS.items()],
    }
    return Template("texts.html", context=context)


staff_routers = [show_texts]


def _wanted(shown: Shown, show: str, level: str, words: str) -> bool:
    kinds = {"patient": shown.party is Party.PATIENT, "agency": shown.party is Party.AGENCY}
    kinds["question"] = shown.is_question
    said = " ".join([shown.template, *(each.text for each in shown.said)]).lower()
    return kinds.get(show, True) and level in {"", shown.level} and words in said


def _own(*, with_longest: bool) -> Shown:
    """What a colleague writes by hand: it has no words of its own but the signature."""
    label, worker = SENDERS[0]
    said = []
    for code in OURS:
        with using_language(code):
            words = _("We looked into it. Please call us when you can.")
        text = in_own_words(signed_by(worker if with_longest else "Rosa", label), words)
        counted = count_segments(text)
        said.append(Said(code, text, counted.segments, GSM7_SINGLE - counted.units))
    when = _("A colleague answers a text in their own words.")
    return Shown(OWN_WORDS, "", Party.PATIENT, is_question=False, when=when, said=tuple(said))


def _own_card(shown: Shown) -> dict[str, Any]:
    may = _("Signed like every text, at most 3 texts long; what accents make longer is said first.")
    return {
        "key": shown.template,
        "template": shown.template,
        "level": _("Own words"),
        "may": may,
        "when": shown.when,
        "is_question": shown.is_question,
        "said": [_side(each) for each in shown.said],
    }


def _card(shown: Shown) -> dict[str, Any]:
    name, may = LEVELS[shown.level]
    return {
        "key": f"{shown.template}-{shown.level}",
        "template": shown.template,
        "level": _(name),
        "may": _(may),
        "when": shown.when,
        "is_question": shown.is_question,
        "said": [_side(each) for each in shown.said],
    }


def _side(said: Said) -> dict[str, Any]:
    return {
        "code": said.language,
        "language": name_of(said.language, language()),
        "text": said.text,
        "parts": ngettext("1 part", "%(n)s parts", said.segments),
        "left": ngettext("1 letter left", "%(n)s letters left", said.left),
    }
