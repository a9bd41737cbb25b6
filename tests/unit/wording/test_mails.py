"""E-mails: no personal data in a subject, the level kept, nothing answered by opening a link."""

from __future__ import annotations

import html
import itertools
import re

import pytest

from referrals.wording import MissingParameterError, Party, render_mail
from referrals.wording.mails import mail_parameters, mail_templates

LEVELS = ("plain", "need", "neutral")
LINK = "https://handback.example/r/abcdefghijklmnop"
VALUES = {
    "label": "Lincoln Clinic",
    "worker": "Rosa",
    "agency": "Harbor Pantry",
    "name": "Philomena",
    "need_label": "Xneedx",
    "soon": "this week",
    "people": "4",
    "speaks": "Spanish",
    "zip": "20010",
    "good_to_know": "no car <b>",
    "by": "Fri May 5, 5 pm",
    "date": "May 3",
    "when": "Thu 10-12",
    "code": "27",
    "phone": "202-555-0100",
    "answer_phone": "202-555-0199",
    "place": "Zurbaran Pantry",
    "address": "77 Quimby St",
    "place_phone": "202-555-0144",
    "papers": "Proof of address",
    "next_step": "They call you by Thu.",
    "link": LINK,
}
CASES = list(itertools.product(mail_templates(), ("en", "es"), LEVELS))


@pytest.mark.parametrize(("template", "language", "level"), CASES)
def test_a_subject_tells_nothing_about_a_person(template: str, language: str, level: str) -> None:
    subject = render_mail(template, language, level, VALUES).subject
    for secret in ("Philomena", "Xneedx", "Zurbaran", "Quimby", "20010", "Spanish", "0144", "/r/"):
        assert secret not in subject
    assert "\n" not in subject
    assert len(subject) <= 90


@pytest.mark.parametrize(("template", "language", "level"), CASES)
def test_the_level_is_kept(template: str, language: str, level: str) -> None:
    mail = render_mail(template, language, level, VALUES)
    if mail_templates()[template] is Party.AGENCY:
        assert "Philomena" not in mail.text
        return
    for names, allowed in (
        (("Zurbaran", "Quimby", "0144"), {"plain"}),
        (("Xneedx", "Philomena", "Rosa"), {"plain", "need"}),
    ):
        if level not in allowed:
            assert not any(name in mail.text + mail.html for name in names)


@pytest.mark.parametrize(("template", "language", "level"), CASES)
def test_text_and_html_say_the_same(template: str, language: str, level: str) -> None:
    mail = render_mail(template, language, level, VALUES)
    body = mail.html.split("<main", 1)[1].split(">", 1)[1]
    shown = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())
    for line in mail.text.splitlines():
        if line and line != LINK:
            for part in line.rstrip(":").split(": ", 1):
                assert part in shown
    assert (LINK in mail.text) == (LINK in mail.html)


@pytest.mark.parametrize(("template", "language", "level"), CASES)
def test_the_html_is_plain_and_readable(template: str, language: str, level: str) -> None:
    page = render_mail(template, language, level, VALUES).html
    assert f'<html lang="{language}">' in page
    assert not re.search(r"<(?:img|script|style|link|form)\b", page)
    assert "<b>" not in page
    assert page.count("<th ") == page.count('scope="row"')


@pytest.mark.parametrize(
    ("template", "language"), list(itertools.product(mail_templates(), ("en", "es")))
)
def test_opening_the_link_is_said_to_answer_nothing(template: str, language: str) -> None:
    text = render_mail(template, language, "need", VALUES).text
    said = {
        "en": ("Opening the link answers nothing", "Opening the link changes nothing"),
        "es": ("Abrir el enlace no contesta nada", "Abrir el enlace no cambia nada"),
    }[language]
    assert any(words in text for words in said)


@pytest.mark.parametrize(("template", "language", "level"), CASES)
def test_unknown_values_leave_their_lines_out(template: str, language: str, level: str) -> None:
    known = {"label", "link", "phone", "agency", "by", "soon", "date"}
    values = {name: value if name in known else "" for name, value in VALUES.items()}
    mail = render_mail(template, language, level, values)
    assert mail.subject
    assert not re.search(r"[{}]|  |, ,|\(\)", mail.text)
    assert "None" not in mail.text


@pytest.mark.parametrize(("template", "level"), list(itertools.product(mail_templates(), LEVELS)))
def test_a_missing_value_is_refused(template: str, level: str) -> None:
    for name in mail_parameters(template, level):
        without = {key: value for key, value in VALUES.items() if key != name}
        with pytest.raises(MissingParameterError, match=name):
            for language in ("en", "es"):
                render_mail(template, language, level, without)


def test_a_header_cannot_be_smuggled_in_by_a_name() -> None:
    evil = {**VALUES, "label": "Clinic\r\nBcc: everybody@evil.example"}
    subject = render_mail("agency_request", "en", "need", evil).subject
    assert subject.startswith("Clinic Bcc: everybody@evil.example asks: can you help?")
    assert len(subject.splitlines()) == 1


@pytest.mark.parametrize(("template", "language", "level"), CASES)
def test_every_mail_has_one_heading_and_reads_in_the_dark(
    template: str, language: str, level: str
) -> None:
    page = render_mail(template, language, level, VALUES).html
    assert page.count("<h1") == 1
    assert '<meta name="color-scheme" content="light dark">' in page
    # A text colour of our own only where its background is ours too.
    styles = re.findall(r'style="([^"]*)"', page)
    assert all("background:" in style for style in styles if re.search(r"(?:^|;)color:", style))
