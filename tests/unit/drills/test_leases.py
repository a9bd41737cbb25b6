"""M3 fails when a stopped worker sends what another sent, or a second text is not recorded."""

from __future__ import annotations

import pytest
from drills.leases import Part, judged

HELD = Part(stops=100, texts=500, again=400)
RANDOM = Part(stops=100, texts=2500, again=300)
FORCED = Part(stops=8, texts=8, again=8, second=8, recorded=8)


def test_a_fence_that_holds_is_seen_to_hold() -> None:
    assert judged([HELD], RANDOM, FORCED).holds


@pytest.mark.parametrize(
    ("before", "anywhere", "after"),
    [
        (Part(stops=100, texts=500, again=400, second=1, recorded=1), RANDOM, FORCED),
        (Part(stops=100, texts=500, again=400, lost=1), RANDOM, FORCED),
        (HELD, Part(stops=9, texts=2500, again=300, second=3, recorded=3), FORCED),
        (HELD, Part(stops=9, texts=2500, again=300, second=1, recorded=0), FORCED),
        (HELD, Part(stops=9, texts=999, again=300, second=1, recorded=1), FORCED),
        (HELD, RANDOM, Part(stops=8, texts=8, second=8, recorded=7)),
        (HELD, RANDOM, Part(stops=8, texts=8)),  # nothing was forced: nothing is shown
        (Part(stops=9, texts=45), Part(stops=9, texts=2500), FORCED),  # nobody sent anything again
    ],
)
def test_whatever_breaks_the_rule_fails_the_row(before: Part, anywhere: Part, after: Part) -> None:
    assert not judged([before], anywhere, after).holds
