"""Refuses an import that would take too much away: so looks a feed cut off half-way. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _

SHARE = 0.10
# What people look for: a tenth of one of these is too much even where all rows are many.
WEIGHTY = ("organization", "service", "location", "service_at_location")
# A table of which nothing is left was most likely not in the feed at all.
EMPTIED_FROM = 10


def refuse_vanishing(live: Mapping[str, int], gone: Mapping[str, int], source: str) -> None:
    """`live` rows there were before, by table; `gone` are those that the feed has no more."""
    worst = _worst(live, gone)
    if worst is None:
        return
    what, lost, before = worst
    raise InvalidInput(
        _(
            "%(lost)s of %(before)s rows (%(what)s) of “%(source)s” are not in this feed any more."
            " Is it whole? Nothing was written."
        ),
        values={"lost": str(lost), "before": str(before), "what": what, "source": source},
        remedy=_("If they are really gone, import again with --confirm-deletes."),
        field="confirm_deletes",
    )


def _worst(live: Mapping[str, int], gone: Mapping[str, int]) -> tuple[str, int, int] | None:
    counted = [(table, gone.get(table, 0), live.get(table, 0)) for table in WEIGHTY]
    counted.append(("all", sum(gone.values()), sum(live.values())))
    found = [each for each in counted if each[1] > SHARE * each[2]]
    found += [
        (table, lost, live[table])
        for table, lost in gone.items()
        if lost >= EMPTIED_FROM and lost == live.get(table)
    ]
    return found[0] if found else None
