from __future__ import annotations

import pytest

from notify.opt_out import OptOut, opt_out_in


@pytest.mark.parametrize(
    ("body", "carrier", "expected"),
    [
        ("STOP", None, OptOut.CARRIER_STOP),
        (" stop ", None, OptOut.CARRIER_STOP),
        ("anything", "STOP", OptOut.CARRIER_STOP),
        ("ALTO", None, OptOut.OWN_WORDS),
        ("please stop texting me", None, OptOut.OWN_WORDS),
        ("no me escriba más", None, OptOut.OWN_WORDS),
        ("START", None, OptOut.START),
        ("yes", None, OptOut.START),
        ("x", "START", OptOut.START),
        ("HELP", "HELP", OptOut.NOTHING),
        ("1", None, OptOut.NOTHING),
        ("27 1", None, OptOut.NOTHING),
        ("no puedo parar hoy", None, OptOut.NOTHING),
    ],
)
def test_what_a_text_says_about_texting(body: str, carrier: str | None, expected: OptOut) -> None:
    assert opt_out_in(body, carrier) is expected
