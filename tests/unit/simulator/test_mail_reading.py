"""Raw mails become text, links and harmless HTML."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest

from notify.channels.simulator.mail_reading import allowed_html, read_mail, text_with_links
from notify.channels.simulator.state import Link, Mail

NOON = datetime(2026, 5, 4, 16, 0, tzinfo=UTC)


def read(message: EmailMessage) -> Mail:
    return read_mail(message.as_bytes(), mail_id="m1", to="denise@harbor.example", at=NOON)


def a_mail(text: str = "Hello", html: str | None = None) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Clínica Lincoln <ask@handback.example>"
    message["Subject"] = "¿Puede ayudar con comida?"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message


def test_both_parts_the_headers_and_the_links_are_read() -> None:
    link = "https://handback.example/r/abc"
    mail = read(a_mail(f"Abra {link}. Gracias", f'<p>Abra <a href="{link}"><b>la</b> hoja</a></p>'))
    assert mail.subject == "¿Puede ayudar con comida?"
    assert mail.from_header == "Clínica Lincoln <ask@handback.example>"
    assert mail.text == f"Abra {link}. Gracias\n"
    assert mail.links == (Link(href=link, text="la hoja"),)
    assert mail.headers["Subject"] == mail.subject


def test_links_of_a_mail_without_html_come_from_its_text() -> None:
    mail = read(a_mail("See https://handback.example/r/abc?x=1&y=2, please."))
    assert [link.href for link in mail.links] == ["https://handback.example/r/abc?x=1&y=2"]


def test_a_mail_of_nothing_but_html_has_no_text() -> None:
    message = EmailMessage()
    message["Subject"] = "News"
    message.set_content("<p>Only this</p>", subtype="html")
    mail = read(message)
    assert (mail.text, mail.html.strip()) == ("", "<p>Only this</p>")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<style>p { display: none }</style>",
        '<img src="x" onerror="alert(1)">',
        '<p onclick="alert(1)" style="color: red">text</p>',
        '<a href="javascript:alert(1)">press</a>',
        '<a href="  JaVaScRiPt:alert(1)">press</a>',
        '<a href="https://x.example/&quot; onclick=&quot;alert(1)">press</a>',
        '<iframe src="https://x.example"></iframe>',
        "<svg><script>alert(1)</script></svg>",
        '<form action="https://x.example"><input name="a"></form>',
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "<!--><script>alert(1)</script>-->",
    ],
)
def test_nothing_in_a_mail_can_act_or_load(hostile: str) -> None:
    html, _ = allowed_html(hostile)
    for tag, attributes in tags_of(html):
        assert tag in {"p", "a", "div"}
        assert attributes.keys() <= {"href", "target", "rel"}
        assert attributes.get("href", "https://").startswith("https://")


def tags_of(html: str) -> list[tuple[str, dict[str, str | None]]]:
    """What a browser would find in it."""
    found: list[tuple[str, dict[str, str | None]]] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, dict(attrs)))

    Tags().feed(html)
    return found


def test_unclosed_and_stray_tags_do_not_reach_the_page_around() -> None:
    html, links = allowed_html("</main><div><p>Open <a href='https://x.example'>here</div></body>")
    assert html == (
        '<div><p>Open <a href="https://x.example" target="_blank" rel="noopener noreferrer">'
        "here</a></p></div>"
    )
    assert links == [Link(href="https://x.example", text="here")]


def test_hidden_words_stay_hidden_and_tables_become_lines() -> None:
    html, _ = allowed_html(
        '<span style="display: none">preview</span>'
        "<table><tr><td>ZIP</td><td>21801</td></tr></table>"
    )
    assert "preview" not in html
    assert html == "<div><div>ZIP 21801 </div></div>"


def test_a_head_that_was_never_closed_does_not_swallow_the_mail() -> None:
    html, _ = allowed_html("<html><head><title>News</title><body><p>Hello</p></body></html>")
    assert html == "<p>Hello</p>"


def test_addresses_in_plain_text_can_be_followed_and_all_else_is_escaped() -> None:
    html = text_with_links('<b> see https://x.example/?a=1&b="2" & go')
    assert html.startswith('&lt;b&gt; see <a href="https://x.example/?a=1&amp;b=" target="_blank"')
    assert html.endswith("&quot;2&quot; &amp; go")
