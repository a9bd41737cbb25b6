"""The whole loop by hand, in Chromium: find, send, answer by text and by link, outcome, patient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.running import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.browsing import Visitor
    from support.running import RunningSystem

pytestmark = pytest.mark.browser

PASSWORD = "handback-demo"
NEAR = "21801"
PANTRY_PHONE = "+12025550144"
KITCHEN_MAIL = "kitchen@stmarys.example"
# A patient of their own for each run, so that no phone carries two conversations.
PEOPLE = {
    ("en", 360): ("Jean Porter", "+12025550181"),
    ("en", 1280): ("Dana Wells", "+12025550182"),
    ("es", 360): ("Luz Prado", "+12025550183"),
    ("es", 1280): ("Mario Rey", "+12025550184"),
}


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_patient_gets_help_and_both_say_so(
    visitor: Callable[..., Visitor], running_system: RunningSystem, language: str, width: int
) -> None:
    running_system.turn_clock_to_tuesday()
    name, phone = PEOPLE[language, width]
    rosa = visitor(language, width)
    rosa.reads_numbers = True
    pantry, kitchen = _places(running_system)

    _find_in_public(rosa, pantry)
    _sign_in(rosa, "rosa@lincoln.example")
    rosa.page.wait_for_url("**/today")
    rosa.look("today-before")
    before = len(running_system.texts(PANTRY_PHONE))
    referral = _send_by_form(rosa, pantry, name, phone)
    code = _code_of(rosa, before)
    _see_take_away(rosa, referral)
    _answer_on_the_flip_phone(rosa, code, before)
    _see_the_yes(rosa, referral)

    second = _send_again(rosa, kitchen, name)
    _answer_by_link(visitor(language, width), name)
    _see_the_yes(rosa, second)
    _work_at_the_desk(visitor(language, width), code)

    _turn_on_the_page(rosa, "+1 day", 3)
    running_system.text_with(PANTRY_PHONE, "how did it go?", after=before)
    told = len(running_system.texts(PANTRY_PHONE))
    _reply_on_the_page(rosa, PANTRY_PHONE, f"{code} 1")
    # The half hour begins when the word is taken: a clock turned before that would not end it.
    running_system.text_with(PANTRY_PHONE, "noted", after=told)
    _turn_on_the_page(rosa, "+30 minutes", 1)
    _say_one_until_it_ends(rosa, phone, referral)
    _see_the_end(rosa, referral)


# --- what people do


def _places(system: RunningSystem) -> tuple[dict[str, Any], dict[str, Any]]:
    """Food boxes at Harbor Pantry, which call back; groceries at St Mary's, asked by mail."""
    asked = {"need": "food", "near": NEAR, "radius_m": 40_000, "limit": 100}
    found = system.client.get(f"{system.address}/api/search", params=asked).json()["results"]

    def one(organization: str) -> dict[str, Any]:
        return next(
            place
            for place in found
            if place["organization"].replace("’", "'") == organization
            and place["how_to_start"] == "agency_calls_patient"
        )

    return one("Harbor Pantry"), one("St Mary's Kitchen")


def _find_in_public(rosa: Visitor, pantry: dict[str, Any]) -> None:
    rosa.go("/")
    rosa.look("search-home")
    rosa.fill("q", "comida" if rosa.language == "es" else "food")
    rosa.fill("near", NEAR)
    rosa.press("Search")
    rosa.look("search")
    nearer = rosa.page.locator(".leaflet-control-zoom-in")
    assert nearer.get_attribute("title") == rosa.words("Nearer")
    rosa.page.locator(f'a[href^="/services/{pantry["id"]}"]').first.click()
    rosa.page.wait_for_url("**/services/**")
    rosa.look("service")


def _sign_in(who: Visitor, email: str) -> None:
    who.go("/sign-in")
    who.fill("email", email)
    who.fill("password", "not the password")
    who.press("Sign in")
    if not who.seen or "sign-in-refused" not in who.seen:
        who.look("sign-in-refused")
    who.fill("email", email)
    who.fill("password", PASSWORD)
    who.press("Sign in")


def _send_by_form(rosa: Visitor, pantry: dict[str, Any], name: str, phone: str) -> str:
    rosa.go(f"/find?need=food&near={NEAR}")
    rosa.look("find")
    rosa.go(f"/send?place={pantry['id']}")
    rosa.look("send")
    rosa.page.locator('button[name="do"][value="send"]').click()
    rosa.page.locator(".err").first.wait_for()
    rosa.look("send-error")
    _fill_request(rosa)
    rosa.fill("name", name)
    rosa.page.locator('select[name="language"]').select_option(rosa.language)
    rosa.fill("zip", NEAR)
    rosa.fill("birth_date", "1987-04-02")
    rosa.fill("household_size", "4")
    rosa.tick("way", "own_phone")
    rosa.fill("phone", phone)
    rosa.tick("naming_level", "need")
    # What both get stands beside the form, and follows what is ticked.
    previews = rosa.page.locator("#previews section")
    previews.nth(0).locator(".text").first.wait_for()
    previews.nth(1).get_by_text("can you help with FOOD this week").wait_for()
    rosa.look("send-filled")
    rosa.page.locator('button[name="do"][value="send"]').click()
    rosa.page.wait_for_url("**/referrals/**")
    rosa.look("referral-sent")
    return rosa.page.url.partition("?")[0]


def _fill_request(rosa: Visitor) -> None:
    rosa.tick("need", "food")
    rosa.tick("urgency", "this_week")
    for consent in ("share", "hear_back", "text", "next_places"):
        rosa.tick(f"consent_{consent}")
    rosa.fill("heard_by", "Rosa Medina")


def _code_of(rosa: Visitor, before: int) -> int:
    """The two digits that the pantry's phone was sent."""
    asked = rosa.system.text_with(PANTRY_PHONE, "can you help with FOOD", after=before)
    return int(asked["body"].partition(":")[0].split()[-1])


def _see_take_away(rosa: Visitor, referral: str) -> None:
    rosa.go(f"{referral}/takeaway")
    rosa.look("take-away")


def _answer_on_the_flip_phone(rosa: Visitor, code: int, before: int) -> None:
    """With the twelve keys, as its owner does: # turns to numbers, * is the space."""
    rosa.go(f"/simulator?phone={PANTRY_PHONE.replace('+', '%2B')}")
    rosa.look("flip-phone")
    if rosa.page.locator("#mode").is_hidden():
        rosa.page.locator('button[data-key="#"]').click()
    for key in f"{code}*1":
        rosa.page.locator(f'button[data-key="{key}"]').click()
    rosa.press("Send")
    rosa.system.text_with(PANTRY_PHONE, f"{code}: thank you", after=before)
    rosa.page.get_by_text(f"{code}: thank you").first.wait_for()
    assert rosa.page.locator("#choose-phone").input_value() == PANTRY_PHONE
    rosa.look("flip-phone-answered")


def _see_the_yes(rosa: Visitor, referral: str) -> None:
    rosa.go(referral)
    rosa.reads("They said yes")
    rosa.look("referral-yes")


def _send_again(rosa: Visitor, kitchen: dict[str, Any], name: str) -> str:
    """A second request for the same person, who wants the page by e-mail too."""
    rosa.go("/today")
    rosa.fill("q", name)
    rosa.press("Find")
    rosa.look("patients-found")
    rosa.go(f"/send?place={kitchen['id']}")
    rosa.fill("patient_words", name)
    rosa.page.locator('button[name="do"][value="find"]').click()
    rosa.press("Choose %(name)s", name=name)
    _fill_request(rosa)
    rosa.tick("mail_take_away")
    rosa.fill("email", _mailbox(name))
    rosa.page.locator('button[name="do"][value="send"]').click()
    rosa.page.wait_for_url("**/referrals/**")
    return rosa.page.url.partition("?")[0]


def _mailbox(name: str) -> str:
    return f"{name.split(maxsplit=1)[0].lower()}@mail.example"


def _answer_by_link(maria: Visitor, name: str) -> None:
    """Two people of the kitchen open the mail; one is faster. Then they see who it is."""
    maria.reads_numbers = True
    maria.go(f"/simulator?mailbox={KITCHEN_MAIL}&lang={maria.language}")
    link = _link_in_mail(maria.system, KITCHEN_MAIL)
    maria.look("mailbox")
    maria.go(link)
    maria.look("agency-link")
    late = maria.context.new_page()
    late.goto(link)
    maria.press("Yes, we can help")
    maria.reads("You said yes. Thank you")
    maria.look("agency-link-yes")
    late.get_by_role("button", name=maria.words("Put them on our wait list")).click()
    late.locator("#errors").wait_for()
    first, maria.page = maria.page, late
    maria.look("agency-link-race")
    maria.page = first
    late.close()
    maria.press("Show who this is")
    maria.page.get_by_text(name).first.wait_for()
    maria.look("agency-link-who")
    maria.go(_link_in_mail(maria.system, _mailbox(name)))
    maria.look("patient-link")
    maria.go("/r/" + "x" * 43)
    maria.look("link-unknown")


def _link_in_mail(system: RunningSystem, mailbox: str) -> str:
    def newest() -> str | None:
        for mail in reversed(system.mails(mailbox)):
            for link in mail["links"]:
                if "/r/" in link["href"]:
                    return str(link["href"])
        return None

    return str(wait_for(newest))


def _work_at_the_desk(denise: Visitor, code: int) -> None:
    denise.reads_numbers = True
    _sign_in(denise, "denise@harborpantry.example")
    denise.page.wait_for_url("**/desk")
    denise.look("desk")
    denise.go("/desk/print")
    denise.look("desk-print")
    denise.go("/desk")
    denise.page.locator(
        "a[href^='/desk/']:not([href='/desk/print']):not([href$='.csv'])"
    ).first.click()
    denise.page.wait_for_url("**/desk/*-*")
    denise.look("desk-request")


def _turn_on_the_page(rosa: Visitor, button: str, times: int) -> None:
    rosa.go("/simulator")
    rosa.look("simulator")
    for _ in range(times):
        before = rosa.system.now()
        rosa.press(button)
        wait_for(lambda earlier=before: (rosa.system.now() - earlier).total_seconds() > 60)


def _reply_on_the_page(rosa: Visitor, phone: str, body: str) -> None:
    """Answer on the smartphone's page."""
    rosa.go(f"/simulator?phone={phone.replace('+', '%2B')}&look=smart")
    rosa.fill("body", body)
    rosa.page.locator("#reply button[type=submit]").first.click()
    wait_for(lambda: any(
        text["body"] == body for text in rosa.system.texts(phone)[-3:]
    ))  # fmt: skip
    rosa.look(f"smartphone-{phone[-2:]}")


def _say_one_until_it_ends(rosa: Visitor, phone: str, referral: str) -> None:
    """The patient takes the first answer of whatever their phone asked last.

    Two places were asked for this person, and which of them a phone asks about first is the
    clock's affair: one question stands open, the other waits for its answer.
    """

    def asked_or_ended() -> bool:
        last = rosa.system.texts(phone)[-1]
        if last["direction"].startswith("out") and " 1 " in last["body"]:
            _reply_on_the_page(rosa, phone, "1")
        return _has_ended(rosa, referral)

    wait_for(asked_or_ended)


def _has_ended(rosa: Visitor, referral: str) -> bool:
    rosa.go(referral)
    return rosa.page.get_by_text(rosa.words("Got help (both say)")).count() > 0


def _see_the_end(rosa: Visitor, referral: str) -> None:
    assert _has_ended(rosa, referral)
    rosa.look("referral-both-say")
    rosa.go("/today")
    rosa.look("today-after")
