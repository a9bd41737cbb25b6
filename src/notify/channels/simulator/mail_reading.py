"""A raw mail becomes text, links and harmless HTML.

Of the HTML only an allowed list of tags survives, without attributes but a link's address, so that
the page can show it among its own words without script, style or picture from the mail.
"""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from html import escape
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from notify.channels.simulator.state import Link, Mail

if TYPE_CHECKING:
    from datetime import datetime
    from email.message import EmailMessage

_KEPT = frozenset(
    {
        "p",
        "strong",
        "em",
        "b",
        "i",
        "small",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "blockquote",
        "br",
        "hr",
    }
)
_AS_BLOCK = frozenset(
    {"div", "tr", "section", "article", "header", "footer", "main", "center", "table"}
)
_AS_TITLE = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_DROPPED = frozenset(
    {
        "head",
        "style",
        "script",
        "title",
        "template",
        "svg",
        "iframe",
        "object",
        "form",
        "select",
        "textarea",
        "noscript",
    }
)
_VOID = frozenset(
    {
        "br",
        "hr",
        "img",
        "input",
        "meta",
        "link",
        "area",
        "base",
        "col",
        "embed",
        "source",
        "track",
        "wbr",
    }
)
_SAFE_ADDRESS = re.compile(r"(https?://|mailto:|tel:)", re.IGNORECASE)
_URL_IN_TEXT = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]]")
_NEW_TAB = ' target="_blank" rel="noopener noreferrer"'


class _Reader(HTMLParser):
    """Builds the allowed HTML and collects the links; unclosed tags are closed in the end."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.links: list[Link] = []
        self._open: list[tuple[str, str]] = []  # source tag, what closes it here
        self._dropping: list[str] = []
        self._link: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "body":
            self._dropping.clear()  # HTML lets </head> be left out
        if self._dropping or tag in _DROPPED or _is_hidden(values):
            if tag not in _VOID:
                self._dropping.append(tag)
        elif tag in _VOID:
            self._void(tag, values)
        else:
            opening, closing = self._translated(tag, values)
            self.out.append(opening)
            self._open.append((tag, closing))

    def handle_endtag(self, tag: str) -> None:
        if self._dropping:
            if tag in self._dropping:
                while self._dropping.pop() != tag:
                    pass
            return
        if tag in (source for source, _ in self._open):
            while self._close_last() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._dropping:
            return
        self.out.append(escape(data))
        if self._link:
            self._link[1].append(data)

    def close(self) -> None:
        super().close()
        while self._open:
            self._close_last()

    def _void(self, tag: str, values: dict[str, str]) -> None:
        if tag in _KEPT:
            self.out.append(f"<{tag}>")
        elif tag == "img":
            self.handle_data(values.get("alt", ""))

    def _translated(self, tag: str, values: dict[str, str]) -> tuple[str, str]:
        if tag == "a":
            return self._link_tags(values)
        if tag in _KEPT:
            return f"<{tag}>", f"</{tag}>"
        if tag in _AS_TITLE:
            return '<div class="mail-title">', "</div>"
        if tag in _AS_BLOCK:
            return "<div>", "</div>"
        return ("", " ") if tag in {"td", "th"} else ("", "")

    def _link_tags(self, values: dict[str, str]) -> tuple[str, str]:
        href = values.get("href", "").strip()
        if not _SAFE_ADDRESS.match(href):
            return "", ""
        self._link = (href, [])
        looks_like_button = "background" in values.get("style", "") or bool(
            {"btn", "button"} & set(values.get("class", "").split())
        )
        style = ' class="btn quiet"' if looks_like_button else ""
        return f'<a href="{escape(href)}"{style}{_NEW_TAB}>', "</a>"

    def _close_last(self) -> str:
        tag, closing = self._open.pop()
        self.out.append(closing)
        if tag == "a" and self._link:
            href, words = self._link
            self.links.append(Link(href=href, text=" ".join("".join(words).split()) or href))
            self._link = None
        return tag


def _is_hidden(values: dict[str, str]) -> bool:
    return "hidden" in values or "display:none" in values.get("style", "").replace(" ", "")


def allowed_html(source: str) -> tuple[str, list[Link]]:
    """The mail's HTML without anything that could act or load, and its links in order."""
    reader = _Reader()
    reader.feed(source)
    reader.close()
    return "".join(reader.out), reader.links


def text_with_links(text: str) -> str:
    """Plain text as HTML whose addresses can be followed."""
    pieces: list[str] = []
    end = 0
    for found in _URL_IN_TEXT.finditer(text):
        address = escape(found.group())
        pieces += [
            escape(text[end : found.start()]),
            f'<a href="{address}"{_NEW_TAB}>{address}</a>',
        ]
        end = found.end()
    return "".join([*pieces, escape(text[end:])])


def read_mail(raw: bytes, *, mail_id: str, to: str, at: datetime) -> Mail:
    """One recipient's copy of a raw mail; parts that are missing are empty."""
    message: EmailMessage = message_from_bytes(raw, policy=policy.default)
    text, html = _part(message, "plain"), _part(message, "html")
    links = allowed_html(html)[1]
    in_text = [Link(href=address, text=address) for address in _URL_IN_TEXT.findall(text)]
    known = {link.href for link in links}
    return Mail(
        id=mail_id,
        from_header=str(message["From"] or ""),
        to=to,
        subject=str(message["Subject"] or ""),
        at=at,
        text=text,
        html=html,
        links=(*links, *(link for link in in_text if link.href not in known)),
        headers={name: str(value) for name, value in message.items()},
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    content = part.get_content()
    return content.replace("\r\n", "\n") if isinstance(content, str) else ""
