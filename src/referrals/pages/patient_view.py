"""The patient's page in plain words, at the level of naming that the patient chose.

Reads no database. Neutral says neither need nor place; the place's name is told by `reveal_view`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from referrals import overdue
from referrals.closure import Check, Question
from referrals.consent import NamingLevel
from referrals.lifecycle import AFTER_YES, ENDED, WAITING, BusinessStatus
from referrals.need_words import need_label
from referrals.overdue import AnsweringHours
from referrals.pages.agency_view import in_sentence
from referrals.pages.moments import hour_words, moment_words
from referrals.wording import date_words
from shared.i18n import gettext as _
from shared.i18n import language

if TYPE_CHECKING:
    from referrals.queries import PatientLinkPage
    from referrals.queries.link_facts import PatientAnswered, PatientFacts, PatientReveal

S = BusinessStatus
NOT_THIS_TIME = frozenset({S.DECLINED, S.UNABLE, S.EXPIRED, S.RUN_OUT, S.REROUTED})
GOT_HELP = frozenset({S.CLOSED_CONFIRMED, S.CLOSED_PATIENT_ONLY, S.SERVED_WITHOUT_ANSWER})


@dataclass(frozen=True, slots=True)
class News:
    """How it stands: a heading, sentences, and the colour of the note."""

    title: str
    words: tuple[str, ...] = ()
    tone: str = ""
    # A number stands alone, so that it can be dialled: "They call from 202-555-0144".
    phone: str | None = None
    phone_words: str = ""
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PatientView:
    """Everything the page says before the birth year."""

    title: str
    hello: str
    asked: str
    news: News
    thanks: News | None
    question: str
    question_words: str
    choices: tuple[tuple[int, str], ...]
    owner: str
    label: str
    phone: str | None
    hours: str
    can_prove: bool
    is_open: bool
    neutral: bool
    asked_for: frozenset[str]


@dataclass(frozen=True, slots=True)
class RevealView:
    """What is told after the birth year."""

    place: str
    service: str
    address: str
    phone: str | None
    when: str
    papers: str
    seen_by: tuple[tuple[str, str, str], ...]
    notes: tuple[tuple[str, str, str], ...] = field(repr=False)


def patient_view(page: PatientLinkPage, facts: PatientFacts, now: datetime) -> PatientView:
    """The page as it stands."""
    neutral = facts.level is NamingLevel.NEUTRAL
    question = _question(page, facts, now)
    return PatientView(
        title=_("News for you") if neutral else _("Your request for help"),
        hello=_("Hello %(initial)s.", initial=page.initial) if page.initial else _("Hello."),
        asked=_asked(page, facts, neutral=neutral),
        news=_news(page, facts, now, neutral=neutral),
        thanks=_thanks(page, facts),
        question=question.value,
        question_words=_question_words(question, page, neutral=neutral),
        choices=_choices(question, page.status),
        owner=page.owner_name,
        label=page.requester_label,
        phone=page.requester_phone,
        hours=_hours(facts),
        can_prove=facts.can_prove,
        is_open=page.is_open,
        neutral=neutral,
        asked_for=facts.asked_for,
    )


def reveal_view(reveal: PatientReveal, facts: PatientFacts, now: datetime) -> RevealView:
    """The place and who has read the request."""
    spoken = language()
    what = {
        "all": _("all of it"),
        "facts": _("what you need, without your name"),
        "identity": _("your name and phone"),
    }
    return RevealView(
        place=reveal.place,
        service=reveal.service,
        address=reveal.address,
        phone=reveal.phone,
        when=reveal.when.get(spoken, ""),
        papers=reveal.papers.get(spoken, ""),
        seen_by=tuple(
            (each.who, what[each.what], moment_words(each.at, now, facts.zone))
            for each in reveal.seen_by
        ),
        notes=tuple(
            (note.author, note.body, moment_words(note.written_at, now, facts.zone))
            for note in reveal.notes
        ),
    )


def _asked(page: PatientLinkPage, facts: PatientFacts, *, neutral: bool) -> str:
    day = date_words(page.asked_at.astimezone(facts.zone).date(), language())
    if neutral:
        return _("This is about our talk on %(day)s.", day=day)
    need = in_sentence(need_label(page.need, language()))
    return _(
        "On %(day)s you asked %(sender)s for %(need)s.",
        sender=facts.requester_name,
        need=need,
        day=day,
    )


def _news(page: PatientLinkPage, facts: PatientFacts, now: datetime, *, neutral: bool) -> News:
    if "stop" in facts.asked_for:
        return News(_("We have stopped this"), (_("Nobody else sees it. We send no more texts."),))
    if neutral:
        return _neutral_news(page)
    if page.status in WAITING:
        return _waiting(page, facts, now)
    if page.status in AFTER_YES:
        return _after_yes(page, facts, now)
    return _ended(page)


def _ended(page: PatientLinkPage) -> News:
    if page.status in NOT_THIS_TIME:
        return News(
            _("That place can’t help this time"),
            (_("%(name)s looks for another one and tells you.", name=page.owner_name),),
            "wait",
        )
    if page.status in GOT_HELP:
        return News(_("You got help"), (_("Good to hear."),), "ok")
    if page.status is S.CLOSED_AGENCY_ONLY:
        return News(_("They say that you got help"), (_("Is that so? Please tell us."),))
    return News(_("This request has ended"), (_("You can ask again at any time."),))


def _neutral_news(page: PatientLinkPage) -> News:
    if page.status in WAITING:
        return News(_("We are working on it"), (_("We tell you when there is news."),))
    if page.status in ENDED:
        return News(_("There is news about our talk"), (_("Press 5 and we call you."),))
    return News(_("There is news about our talk"), (_("Press 5 and we call you."),), "ok")


def _waiting(page: PatientLinkPage, facts: PatientFacts, now: datetime) -> News:
    if page.by is None or page.by <= now:
        return News(_("We asked a place for you"), (_("We tell you when they answer."),))
    when = moment_words(page.by, now, facts.zone)
    return News(
        _("We asked a place for you"),
        (_("They should answer by %(when)s. We tell you.", when=when),),
    )


def _after_yes(page: PatientLinkPage, facts: PatientFacts, now: datetime) -> News:
    if page.status is S.SCHEDULED and facts.visit_at is not None:
        when = moment_words(facts.visit_at, now, facts.zone)
        return News(_("Your visit: %(when)s", when=when), (_("Can’t go? Press 5."),), "ok")
    if page.status in {S.WAITLISTED, S.PAUSED}:
        return News(
            _("You are on their wait list"),
            (_("We ask them again from time to time, and tell you."),),
            "wait",
        )
    if page.status in {S.SERVING, S.ENROLLED}:
        return News(_("They are helping you"), (), "ok")
    if page.status is S.SERVICE_REPORTED:
        return News(_("They say that you got help"), (_("Is that so? Please tell us."),), "ok")
    if page.status is S.ACCOUNTS_DIFFER:
        return News(
            _("We asked them what happened"),
            (_("%(name)s tells you what they say.", name=page.owner_name),),
            "wait",
        )
    return _yes(page, facts, now)


def _yes(page: PatientLinkPage, facts: PatientFacts, now: datetime) -> News:
    if facts.is_walk_in:
        words = [_("Our paper says where to go, when, and what to bring.")]
        if page.code:
            words.append(_("Say code %(code)s there.", code=page.code))
        return News(_("You can go there"), tuple(words), "ok")
    by = ""
    if page.by is not None and page.by > now:
        by = moment_words(page.by, now, facts.zone)
    return _who_calls(page, by)


def _who_calls(page: PatientLinkPage, by: str) -> News:
    title = _("The place said yes")
    if page.they_call:
        words = _("They will call you by %(when)s.", when=by) if by else _("They will call you.")
        return News(
            title,
            (words,),
            "ok",
            phone=page.phone,
            phone_words=_("They call from"),
            after=(_("Please pick up. No call? Press 5."),),
        )
    words = _("Please call them by %(when)s.", when=by) if by else _("Please call them.")
    code = (_("Say code %(code)s.", code=page.code),) if page.code else ()
    return News(
        title,
        (words,),
        "ok",
        phone=page.phone,
        phone_words=_("Their number is"),
        after=(*code, _("No answer there? Press 5.")),
    )


def _question(page: PatientLinkPage, facts: PatientFacts, now: datetime) -> Question:
    """The visit that is to come, the follow-up of the last answer, else the check."""
    last, visit = facts.last, facts.visit_at
    if page.status is S.SCHEDULED and visit is not None and visit > now:
        return Question.VISIT
    if last is None or last.is_old or last.question != Question.CHECK:
        return Question.CHECK
    if last.digit == Check.GOT_IT:
        return Question.ENOUGH
    if last.digit == Check.DID_NOT_GET_IT and page.status in AFTER_YES:
        return Question.AFTER_NO
    return Question.CHECK


def _question_words(question: Question, page: PatientLinkPage, *, neutral: bool) -> str:
    if question is Question.ENOUGH:
        return _("Is it enough for now?")
    if question is Question.VISIT:
        return _("Can you go?")
    if question is Question.AFTER_NO:
        return _("May we tell them and ask why?")
    if neutral:
        return _("Did you get help?")
    need = in_sentence(need_label(page.need, language()))
    return _("Did you get the help with %(need)s?", need=need)


def _choices(question: Question, status: BusinessStatus) -> tuple[tuple[int, str], ...]:
    if question is Question.VISIT:
        return (
            (1, _("I will go")),
            (2, _("I need another time")),
            (4, _("I don’t need it now")),
            (5, _("Please call me")),
        )
    if question is Question.ENOUGH:
        return ((1, _("Yes, enough")), (2, _("I need more")), (5, _("Please call me")))
    if question is Question.AFTER_NO:
        return (
            (1, _("Yes, ask them")),
            (2, _("No, find me another place")),
            (5, _("Please call me first")),
        )
    every = (
        (1, _("I got it")),
        (2, _("I am still waiting")),
        (3, _("I did not get it")),
        (4, _("I don’t need it now")),
        (5, _("Please call me")),
    )
    ended = status in ENDED and status is not S.CLOSED_AGENCY_ONLY
    return every[-1:] if ended else every


def _thanks(page: PatientLinkPage, facts: PatientFacts) -> News | None:
    last = facts.last
    if last is None or last.is_old:
        return None
    if last.digit == Check.CALL_ME:
        return _call_promised(page, facts, last)
    said = {
        (Question.CHECK, 1): News(_("Good to hear"), (), "ok"),
        (Question.CHECK, 2): News(_("Thank you. We look after it"), (), "ok"),
        (Question.CHECK, 3): News(_("Sorry it did not work out"), _sorry(page)),
        (Question.CHECK, 4): News(_("OK. We stop this request"), (), "ok"),
        (Question.VISIT, 1): News(_("Good. We wrote down that you will go"), (), "ok"),
        (Question.VISIT, 2): News(
            _("Thank you for telling us"),
            (_("%(name)s looks for another time.", name=page.owner_name),),
            "ok",
        ),
        (Question.VISIT, 4): News(_("OK. We stop this request"), (), "ok"),
        (Question.ENOUGH, 1): News(_("Thank you for telling us"), (), "ok"),
        (Question.ENOUGH, 2): News(
            _("Thank you for telling us"),
            (_("%(name)s plans the next step with you.", name=page.owner_name),),
            "ok",
        ),
        (Question.AFTER_NO, 1): News(_("Thank you. We ask them and tell you"), (), "ok"),
        (Question.AFTER_NO, 2): News(
            _("OK. We tell them nothing"), (_("We look for another place."),), "ok"
        ),
    }
    return (
        said.get((Question(last.question), last.digit))
        if last.question in set(Question)
        else (None)
    )


def _sorry(page: PatientLinkPage) -> tuple[str, ...]:
    if page.status in AFTER_YES:
        return ()
    return (_("%(name)s looks for the next place.", name=page.owner_name),)


def _call_promised(page: PatientLinkPage, facts: PatientFacts, last: PatientAnswered) -> News:
    until = facts.sender.answers_until if facts.sender else time(17)
    hours = AnsweringHours(facts.requester_zone.key, until)
    by = overdue.call_promised_by(last.at, hours)
    when = moment_words(by, last.at, facts.zone)
    words = _("%(name)s or a teammate calls you by %(when)s.", name=page.owner_name, when=when)
    return News(
        _("OK. We call you"),
        (words,),
        "ok",
        phone=page.requester_phone,
        phone_words=_("We call from"),
    )


def _hours(facts: PatientFacts) -> str:
    if facts.sender is None:
        return ""
    opens, closes = (
        datetime.combine(date(2000, 1, 3), at, facts.requester_zone)
        for at in (facts.sender.answers_from, facts.sender.answers_until)
    )
    return _(
        "Monday to Friday, %(opens)s to %(closes)s",
        opens=hour_words(opens),
        closes=hour_words(closes),
    )
