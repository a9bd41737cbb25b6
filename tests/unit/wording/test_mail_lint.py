"""The linter of mails: ours pass, and each rule catches what it is there for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from referrals.wording import Party
from referrals.wording.mail_lint import MAIL_RULES, MailForm, mail_forms


def form_of(name: str) -> MailForm:
    return next(form for form in mail_forms() if str(form) == name)


def found(rule: str, form: MailForm, **changes: object) -> list[str]:
    changed = replace(form, wording={**form.wording, **changes})
    return list(MAIL_RULES[rule](changed))


REQUEST = form_of("agency_request en any")
NEUTRAL = form_of("patient_takeaway en neutral")


@pytest.mark.parametrize("form", mail_forms(), ids=str)
@pytest.mark.parametrize("rule", MAIL_RULES)
def test_our_mails_are_as_they_must_be(form: MailForm, rule: str) -> None:
    assert list(MAIL_RULES[rule](form)) == []


def test_all_of_them_are_looked_at() -> None:
    assert len(mail_forms()) == 18
    assert {form.party for form in mail_forms()} == set(Party)


@pytest.mark.parametrize("value", ["need_label", "name", "place", "zip", "people"])
def test_a_subject_that_says_what_or_who_is_found(value: str) -> None:
    said = found("subject", REQUEST, subject=["{label} asks", f"{{label}}: {{{value}}}"])
    assert said == [f"names {{{value}}} in its subject"]


def test_a_name_to_an_agency_and_a_need_at_neutral_are_found() -> None:
    assert found("named", REQUEST, hello="About {name}")
    assert found("named", NEUTRAL, lines=["About {need_label} at {place}"])
    assert found("named", form_of("patient_takeaway en need"), lines=["Go to {place}"])


def test_forbidden_words_are_found_in_every_part() -> None:
    assert found("words", REQUEST, small="About their HIV test.") == ["holds “hiv” (diagnosis)"]
    assert found("words", REQUEST, facts=[["Born", "{label}"]]) == ["holds “born” (identity)"]
    assert found("words", NEUTRAL, after=["The food pantry waits."])
    spanish = form_of("patient_takeaway es neutral")
    assert found("words", spanish, action="Ver la comida") == ["holds “comida” (need)"]


@pytest.mark.parametrize("words", ["See https://a.example", "www.a.example", "{link}", "<b>now"])
def test_an_address_or_tag_in_the_words_is_found(words: str) -> None:
    assert found("links", REQUEST, lines=[words])


def test_a_button_that_does_not_say_that_opening_is_harmless_is_found() -> None:
    assert found("links", REQUEST, after=["Thank you."]) == [
        "has a button, but does not say that opening the link answers nothing"
    ]


def test_languages_that_say_different_things_are_found() -> None:
    spanish = form_of("agency_request es any")
    assert any("{zip}" in said for said in found("same values", spanish, facts=[]))
    assert found("same values", spanish, small="{date}")
    without = replace(spanish, wording={k: v for k, v in spanish.wording.items() if k != "action"})
    assert any("action" in said for said in MAIL_RULES["same values"](without))


def test_hard_words_and_long_sentences_are_found() -> None:
    hard = ["Organizational eligibility documentation necessitates administrative verification"] * 9
    assert any("grade" in said for said in found("grade", REQUEST, lines=hard))
    long = "we will go and see if they can help you and then we will come back to you soon and talk"
    assert any("sentence" in said for said in found("grade", REQUEST, lines=[long]))
