"""The one-tap answers to "Something wrong?", and what a steward may say to them."""

from __future__ import annotations

from directory.models.public_pages import ReportOutcome, WhatIsWrong
from shared.i18n import gettext as _
from shared.i18n import gettext_noop

WHAT_WORDS = {
    WhatIsWrong.WRONG_NUMBER: gettext_noop("The phone number is wrong"),
    WhatIsWrong.CLOSED: gettext_noop("It is closed"),
    WhatIsWrong.MOVED: gettext_noop("It has moved"),
    WhatIsWrong.NOT_OFFERED: gettext_noop("They do not offer this"),
    WhatIsWrong.HOURS_WRONG: gettext_noop("The hours are wrong"),
    WhatIsWrong.OTHER: gettext_noop("Something else"),
}
# What would help most: a steward can take it over in one tap.
ASKED = {
    WhatIsWrong.WRONG_NUMBER: gettext_noop("The right number, if you know it"),
    WhatIsWrong.MOVED: gettext_noop(
        "The new address, if you know it. Like: 9 Oak Street, Salisbury, MD 21801"
    ),
    WhatIsWrong.HOURS_WRONG: gettext_noop(
        "The right hours, if you know them. Like: Mon-Fri 9am-5pm"
    ),
}
OUTCOME_WORDS = {
    ReportOutcome.MENDED: gettext_noop("It was wrong, I mended it"),
    ReportOutcome.WAS_RIGHT: gettext_noop("Our page was right"),
    ReportOutcome.CANNOT_TELL: gettext_noop("I could not find out"),
}


def choices() -> list[tuple[str, str]]:
    """(value, words) of the public's buttons, in their order."""
    return [(what.value, _(words)) for what, words in WHAT_WORDS.items()]


def outcomes() -> list[tuple[str, str]]:
    """(value, words) of the steward's buttons."""
    return [(outcome.value, _(words)) for outcome, words in OUTCOME_WORDS.items()]
