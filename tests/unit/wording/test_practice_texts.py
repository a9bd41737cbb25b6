"""The texts as the people who do this work wrote them (design: practice 4), word for word."""

import pytest

from referrals.wording import render

COMMON = {
    "label": "Lincoln Clinic",
    "worker": "Rosa",
    "name": "Ana",
    "code": "27",
    "people": "4",
    "zip": "20010",
    "phone": "202-555-0100",
    "place": "St Mary's Kitchen",
    "address": "12 Elm St",
}
ENGLISH = {
    **COMMON,
    "need": "FOOD",
    "soon": "this week",
    "speaks": "Spanish",
    "by": "Thu",
    "date": "May 3",
    "when": "Thu 10-12",
    "papers": "Bring proof of address. No ID needed.",
}
SPANISH = {
    **COMMON,
    "need": "COMIDA",
    "soon": "esta semana",
    "speaks": "español",
    "by": "jueves",
    "date": "3 de mayo",
    "when": "jueves 10-12",
    "papers": "Lleve prueba de domicilio. No piden ID.",
}
AGENCY_PHONE = {"phone": "202-555-0144"}

PRACTICE = [
    ("P0", "need", "en", {},
     "Rosa at Lincoln Clinic here. We text from this number about the help you asked for. Save it. "
     "Reply 1 if this is Ana, 7 if not. STOP to end. Rates may apply."),
    ("P0", "need", "es", {},
     "Soy Rosa, de Lincoln Clinic. Le vamos a escribir por la ayuda que quiere. ¿Es usted Ana? "
     "1 Soy yo 7 No soy. ALTO para no recibir textos. Puede tener costo."),
    ("P0b", "need", "en", {"by": "Fri"},
     "Rosa at Lincoln Clinic: we asked a place for FOOD. We will text you when they answer, by Fri. "
     "Need to tell us something? Reply 5 Call me. STOP to end texts."),
    ("P0b", "need", "es", {"by": "viernes"},
     "Rosa de Lincoln Clinic: ya preguntamos en un lugar de COMIDA. Le escribimos cuando contesten, "
     "antes del viernes. Responda 5 para que le llamen. ALTO = fin."),
    ("P1", "plain", "en", {},
     "Rosa at Lincoln Clinic: for FOOD go to St Mary's Kitchen, 12 Elm St, Thu 10-12. Bring proof of "
     "address. No ID needed. Questions: 202-555-0100"),
    ("P1", "plain", "es", {},
     "Rosa de Lincoln Clinic: para COMIDA vaya a St Mary's Kitchen, 12 Elm St, jueves 10-12. Lleve "
     "prueba de domicilio. No piden ID. Dudas: 202-555-0100"),
    ("P1", "need", "en", {},
     "Rosa at Lincoln Clinic: our paper says where to go for FOOD, when, and what to bring. Lost it? "
     "Reply 5 Call me. STOP to end texts."),
    ("P1", "need", "es", {},
     "Rosa de Lincoln Clinic: el papel que le dimos tiene el lugar de COMIDA, la hora y lo que hay que "
     "llevar. ¿No lo tiene? Responda 5 y le llamamos. ALTO = fin."),
    ("P2", "need", "en", AGENCY_PHONE,
     "Rosa at Lincoln Clinic: the place we asked said yes. They will call you by Thu from 202-555-0144. "
     "Please pick up. No call? Reply 5."),
    ("P2", "need", "es", AGENCY_PHONE,
     "Rosa de Lincoln Clinic: el lugar acepta ayudarle. Le llaman antes del jueves desde el "
     "202-555-0144. Por favor conteste. ¿No llaman? Responda 5."),
    ("P2b", "need", "en", AGENCY_PHONE,
     "Rosa at Lincoln Clinic: the place we asked said yes. Please call them by Thu: 202-555-0144. Say "
     "code 27. No answer there? Reply 5 and we call you."),
    ("P2b", "need", "es", AGENCY_PHONE,
     "Rosa de Lincoln Clinic: el lugar acepta ayudarle. Por favor llame antes del jueves al "
     "202-555-0144 y diga la clave 27. ¿No contestan? Responda 5."),
    ("P2", "neutral", "en", {},
     "Lincoln Clinic: there is news about our talk on May 3. Reply 5 and we call you. STOP to end texts."),
    ("P2b", "neutral", "es", {},
     "Lincoln Clinic: hay noticias de lo que hablamos el 3 de mayo. Responda 5 y le llamamos. ALTO = no "
     "recibir textos."),
    ("P3", "need", "en", {"by": "Wed"},
     "Rosa at Lincoln Clinic: that place can't help this time. We are looking for another one and will "
     "text you by Wed. Reply 4 if you don't need it now, 5 Call me."),
    ("P5", "need", "en", {},
     "Rosa at Lincoln Clinic: did you get the FOOD help? 1 Got it 2 Still waiting 3 Did not get it "
     "4 Don't need it now 5 Call me. STOP to end texts."),
    ("P5", "need", "es", {},
     "Rosa de Lincoln Clinic: ¿le dieron COMIDA? 1 Me ayudaron 2 Sigo esperando 3 No me ayudaron 4 Ya "
     "no hace falta 5 Quiero que me llamen. ALTO = no recibir textos"),
    ("P5", "plain", "en", {"place": "Harbor Pantry"},
     "Rosa at Lincoln Clinic: did Harbor Pantry help with FOOD? 1 Got it 2 Still waiting 3 Did not get "
     "it 4 Don't need it now 5 Call me. STOP to end texts."),
    ("P5", "neutral", "en", {},
     "Lincoln Clinic: about our talk on May 3. 1 Got help 2 Still waiting 3 Did not get help 4 Don't "
     "need it now 5 Call me. STOP to end texts."),
    ("P6", "need", "en", {},
     "Good to hear. Is it enough for now? 1 Yes, enough 2 I need more 5 Call me. Rosa, Lincoln Clinic"),
    ("P6", "need", "es", {},
     "Gracias. ¿Le alcanza por ahora? 1 Me alcanza 2 Me falta 5 Quiero que me llamen."),
    ("P7", "need", "en", {},
     "Sorry it did not work out. May we tell them and ask why? 1 Yes, ask them 2 No, find me another "
     "place 5 Call me first"),
    ("P7", "need", "es", {},
     "Lamentamos que no le ayudaran. 1 Pueden preguntarles la causa 2 No les digan nada, quiero otro "
     "lugar 5 Quiero que me llamen antes"),
    ("P8", "need", "en", {"by": "Tue 5 pm"},
     "OK. Rosa or a teammate calls you by Tue 5 pm from 202-555-0100. In danger? Call 911. To talk now, "
     "call or text 988."),
    ("P9", "need", "en", {},
     "Lincoln Clinic: no more texts. Your request for help goes on. We will call if needed. Questions: "
     "202-555-0100. To get texts again, send START."),
    ("P10", "need", "en", {},
     "This is the text line of Lincoln Clinic. Looking for A. Reply 1 if that is you. Reply 7 if not and "
     "we will not text again. Questions: 202-555-0100"),
    ("P12", "need", "en", {},
     "Thanks. A person reads this Mon-Fri 9-5 and will answer. In danger? Call 911. To talk now, call or "
     "text 988."),
    ("A0", "need", "en", {"place": "Harbor Pantry"},
     "Lincoln Clinic asks: may we text requests for Harbor Pantry to this phone? 1 yes 3 no. At most 1 "
     "text a day unless urgent. STOP to end. Rates may apply."),
    ("A1", "need", "en", {},
     "Lincoln Clinic 27: can you help with FOOD this week? 4 people, speak Spanish, ZIP 20010. Reply 27 1 "
     "yes, 27 2 wait list, 27 3 no, 27 5 call me."),
    ("A1b", "need", "en", {},
     "Lincoln Clinic 27: may they call you about FOOD this week? 4 people, speak Spanish, ZIP 20010. "
     "Reply 27 1 yes, 27 2 wait list, 27 3 no, 27 5 call me."),
    ("A2", "need", "en", {},
     "Lincoln Clinic 27: FYI 4 people, Spanish, will COME for FOOD Thu 10-12 with code 27. No need to "
     "answer. If you cannot: reply 27 3."),
    ("A3", "need", "en", {},
     "27: why not? 1 full 2 not eligible 3 outside our area 4 we don't offer it 5 papers or info missing "
     "6 other, call us. 0 undo"),
    ("A4i", "need", "en", {},
     "27: thank you. We call this phone with the name and number, today or on your next answering day. "
     "Please reach them by Thu. 0 undo"),
    ("A5", "need", "en", {},
     "27 (FOOD, 4 people, from May 3): how did it go? 27 1 helped, 27 2 did not come, 27 3 could not "
     "reach, 27 4 not eligible, 27 5 still working, 27 6 call us"),
    ("A7", "need", "en", {"codes": "27, 31", "until": "Mon May 8, 9 am"},
     "OK, FOOD marked FULL until Mon May 8, 9 am. Open ones 27, 31 stay with you. Reply OPEN to start "
     "sooner, or FULL 14 for 14 days."),
    ("A8", "need", "en", {},
     "Lincoln Clinic 27: no longer needed, please stop here. Thank you. If you already helped them, "
     "reply 27 1."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("template", "level", "language", "values", "words"),
    PRACTICE,
    ids=[f"{template}-{level}-{language}" for template, level, language, _, _ in PRACTICE],
)
def test_the_text_is_the_one_that_was_agreed(
    template: str, level: str, language: str, values: dict[str, str], words: str
) -> None:
    given = {**(SPANISH if language == "es" else ENGLISH), **values}
    assert render(template, language, level, given) == words
