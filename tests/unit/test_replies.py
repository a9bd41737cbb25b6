"""What a reply means: 0 missed revocations, 0 false stops, digits however they are typed."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from notify.replies import (
    AgencyReply,
    AgencyReplyKind,
    CodeAnswer,
    Crisis,
    Digit,
    Help,
    OptIn,
    Option,
    OptOut,
    WhoIsThis,
    Words,
    WrongNumber,
    classify,
    is_carrier_stop,
    normal_form,
    parse_agency_reply,
)

CORPORA = Path(__file__).with_name("replies_corpora")


def corpus(name: str) -> list[str]:
    lines = (CORPORA / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("# ")]


STOPS, ORDINARY, DANGER = corpus("stops"), corpus("ordinary"), corpus("danger")
CHECK = (
    Option(1, frozenset({"yes", "si", "got it", "me ayudaron", "ya me ayudaron"})),
    Option(2, frozenset({"still waiting", "sigo esperando"})),
    Option(3, frozenset({"did not get it", "no me ayudaron"})),
    Option(4, frozenset({"dont need it", "ya no hace falta"})),
    Option(5, frozenset({"call me", "quiero que me llamen"})),
)
CAN_YOU = (
    Option(1, frozenset({"yes", "si", "we can"})),
    Option(2, frozenset({"wait list", "lista de espera"})),
    Option(3, frozenset({"no", "cannot"})),
    Option(5, frozenset({"call me"})),
)


def test_the_corpora_are_as_large_as_the_bar_asks() -> None:
    assert len(STOPS) >= 60
    assert len(set(ORDINARY)) >= 200


@pytest.mark.parametrize("body", STOPS)
def test_a_revocation_in_any_words_is_one(body: str) -> None:
    for written in (
        body,
        body.upper(),
        body.lower(),
        f" {body} ",
        f"{body}!!",
        without_accents(body),
    ):
        assert isinstance(classify(written, CHECK), OptOut), written


@pytest.mark.parametrize("body", ORDINARY)
def test_an_ordinary_reply_is_no_revocation(body: str) -> None:
    for written in (body, body.upper(), without_accents(body)):
        assert not isinstance(classify(written, CHECK), OptOut), written


@pytest.mark.parametrize("body", ORDINARY)
def test_an_ordinary_reply_is_no_danger(body: str) -> None:
    assert not isinstance(classify(body, CHECK), Crisis)


@pytest.mark.parametrize("body", DANGER)
def test_words_of_danger_are_heard(body: str) -> None:
    for written in (body, body.upper(), without_accents(body), f"1 {body}"):
        assert classify(written, CHECK) == Crisis(), written


@pytest.mark.parametrize(
    "word", ["STOP", "stop", " Stop ", "STOPALL", "Unsubscribe", "END", "quit"]
)
def test_what_the_carrier_answers_itself_is_marked(word: str) -> None:
    assert classify(word) == OptOut(by_carrier=True)


@pytest.mark.parametrize("word", ["ALTO", "stop.", "stop please", "opt out", "no me escriban"])
def test_what_the_carrier_does_not_know_is_ours_to_confirm(word: str) -> None:
    assert not is_carrier_stop(word)
    assert classify(word) == OptOut(by_carrier=False)


def test_a_revocation_keeps_what_else_it_says() -> None:
    assert classify("wrong number, stop texting me") == OptOut(wrong_number=True)
    assert classify("Stop texting me, he hits me when he sees it") == OptOut(crisis=True)
    assert classify("número equivocado, no me escriban") == OptOut(wrong_number=True)


@pytest.mark.parametrize(
    "body",
    [
        "1",
        " 1 ",
        "1.",
        "(1)",
        "#1",
        "1️⃣",
        "①",
        "１",
        "١",
        "१",
        "uno",
        "UNO",
        "one",
        "One.",
        "option 1",
        "opción 1",
        "el 1",
        "1 please",
        "1 gracias",
        "1, thank you so much!",
        "got it",
        "Got it!!",
        "¡Ya me ayudaron!",
        "me ayudaron, gracias",
        "👍",
        "👍🏽",
        "1 got it",
        "got it 1",
        "yes",
        "Sí",
        "YES",
    ],
)
def test_one_however_it_is_typed(body: str) -> None:
    assert classify(body, CHECK) == Digit(1)


@pytest.mark.parametrize(
    ("body", "digit"),
    [
        ("2", 2),
        ("still waiting :(", 2),
        ("tres", 3),
        ("4 ya no hace falta", 4),
        ("Don't need it", 4),
        ("5 call me", 5),
        ("call me please", 5),
        ("Quiero que me llamen", 5),
        ("5️⃣", 5),
    ],
)
def test_the_other_digits(body: str, digit: int) -> None:
    assert classify(body, CHECK) == Digit(digit)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "   ",
        "8",
        "12",
        "1 2",
        "1 or 2",
        "1 but I still need a ride",
        "1 pero no me dieron nada",
        "2 kids",
        "no",
        "👎",
        "call me at 3",
        "🙏",
        "maybe",
        "1234",
        "10:30",
        "I got 1 box",
    ],
)
def test_what_is_not_plainly_an_answer_is_for_a_person(body: str) -> None:
    assert classify(body, CHECK) == Words()


def test_a_digit_counts_only_where_it_is_asked_for() -> None:
    assert classify("7", CHECK) == Words()
    assert classify("1") == Words()
    assert classify("5", (Option(5),)) == Digit(5)


@pytest.mark.parametrize("body", ["help", "HELP", "Ayuda", "¡AYUDA!", "info", "help please"])
def test_the_help_word_alone_is_both_keyword_and_cry(body: str) -> None:
    assert classify(body, CHECK) == Help()


@pytest.mark.parametrize("body", ["START", "start", "UNSTOP", "start texts", "empezar"])
def test_start_opens_texts_again(body: str) -> None:
    assert classify(body, CHECK) == OptIn()


def test_yes_is_the_carriers_start_only_where_no_question_is_open() -> None:
    assert classify("YES") == OptIn()
    assert classify("YES", CHECK) == Digit(1)


@pytest.mark.parametrize(
    "body",
    [
        "wrong number",
        "Sorry, wrong number",
        "you have the wrong number",
        "wrong person",
        "this isn't Ana's phone",
        "I don't know any Ana",
        "I just got this number",
        "número equivocado",
        "se equivocó de número",
        "no conozco a nadie con ese nombre",
        "this is her phone? wrong number",
    ],
)
def test_a_wrong_number_is_heard(body: str) -> None:
    if body.startswith("this is her"):
        assert classify(body, CHECK) in (WrongNumber(), Words())
        return
    assert classify(body, CHECK) == WrongNumber()


@pytest.mark.parametrize(
    "body",
    [
        "you gave me the wrong number for the pantry",
        "I called the wrong number",
        "sorry, wrong button",
        "they keep texting the wrong person",
    ],
)
def test_somebody_elses_wrong_number_is_not_ours(body: str) -> None:
    assert classify(body, CHECK) == Words()


@pytest.mark.parametrize(
    "body",
    [
        "who is this",
        "Who's this?",
        "who are you",
        "who dis",
        "new phone who dis",
        "¿Quién es?",
        "quien habla",
        "¿de parte de quién?",
        "what is this",
        "how did you get my number",
    ],
)
def test_who_is_this_is_heard(body: str) -> None:
    assert classify(body, CHECK) == WhoIsThis()


def test_the_normal_form() -> None:
    assert normal_form("¡Ya me AYUDARON!  ") == "ya me ayudaron"
    assert normal_form("don’t") == "dont"
    assert normal_form("27-1") == normal_form("27.1") == "27 1"
    assert normal_form("niño mañana") == "nino manana"


# --- agencies


def answers(*pairs: tuple[int | None, int], words: str = "") -> AgencyReply:
    given = tuple(CodeAnswer(code, answer) for code, answer in pairs)
    return AgencyReply(AgencyReplyKind.ANSWERS, given, words=words)


@pytest.mark.parametrize(
    "body",
    [
        "27 1",
        "27-1",
        "27.1",
        "27:1",
        "27=1",
        "271",
        "27  1 ",
        "27,1.",
        "27 / 1",
        "*27 1*",
        "#27 1",
        "1 27",
        "27 uno",
        "27 one",
        "27 yes",
        "27 Sí",
        "yes 27",
        "27 1 yes",
        "27 1 thanks",
        "code 27 1",
        "27 👍",
        "2️⃣7️⃣ 1️⃣",
        "２７ １",
        "٢٧ ١",
    ],
)
def test_a_code_and_an_answer_however_they_are_typed(body: str) -> None:
    assert parse_agency_reply(body, CAN_YOU) == answers((27, 1))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("1", answers((None, 1))),
        ("yes", answers((None, 1))),
        ("no", answers((None, 3))),
        ("wait list", answers((None, 2))),
        ("0", answers((None, 0))),
        ("27 0", answers((27, 0))),
        ("undo", answers((None, 0))),
        ("27 3", answers((27, 3))),
        ("27 call me", answers((27, 5))),
        ("27 31 1", answers((27, 1), (31, 1))),
        ("27 1 31 3", answers((27, 1), (31, 3))),
        ("27 1, 31 2", answers((27, 1), (31, 2))),
        ("27 1 call after 3", answers((27, 1), words="call after 3")),
        ("27", AgencyReply(AgencyReplyKind.CODES, codes=(27,))),
        ("27 31", AgencyReply(AgencyReplyKind.CODES, codes=(27, 31))),
        ("FULL", AgencyReply(AgencyReplyKind.FULL)),
        ("FULL 14", AgencyReply(AgencyReplyKind.FULL, days=14)),
        ("full for 14 days", AgencyReply(AgencyReplyKind.FULL, days=14)),
        ("lleno 7", AgencyReply(AgencyReplyKind.FULL, days=7)),
        ("OPEN", AgencyReply(AgencyReplyKind.OPEN)),
        ("abierto", AgencyReply(AgencyReplyKind.OPEN)),
    ],
)
def test_what_an_agency_may_write(body: str, expected: AgencyReply) -> None:
    assert parse_agency_reply(body, CAN_YOU) == expected


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        "ok",
        "27 3 people came",
        "27 1 no",
        "27 1 27 3",
        "2 7 1",
        "05 1",
        "202-555-0144",
        "veintisiete",
        "27 1 we can't",
        "1 2",
        "who is this",
        "2719",
    ],
)
def test_what_could_mean_two_things_is_unclear(body: str) -> None:
    assert parse_agency_reply(body, CAN_YOU).kind is AgencyReplyKind.UNCLEAR


def test_undo_is_told_apart() -> None:
    assert parse_agency_reply("0").is_undo
    assert parse_agency_reply("27 0").is_undo
    assert not parse_agency_reply("27 1").is_undo
    assert not parse_agency_reply("hello").is_undo


def without_accents(body: str) -> str:
    apart = unicodedata.normalize("NFD", body)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
