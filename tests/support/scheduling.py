"""Which tests stay together on one worker process, and that the longest groups start first.

pytest-xdist's own `xdist_group` marks have no effect with pytest 9.2, which makes a test's id anew
each time it is asked for; so what belongs together is named here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    import pytest
    from xdist.remote import Producer

# A walk over all routes, a browser, a real feed: made once for all tests of the group. The longest
# come first, so that no worker waits for them at the end.
LONG = {
    "tests/browser/": "browser",
    "tests/web/test_tenant_matrix.py": "tenant matrix",
    "tests/integration/referrals/test_state_machine.py": "state machine",
    "tests/end_to_end/test_loop_on_real_data.py": "real data",
    "tests/end_to_end/test_eight_answers_race.py": "race",
    "tests/web/test_patient_data_stays_in.py": "patient data",
    "tests/stories/": "stories",
    "tests/integration/test_migrations.py": "migrations",
}


def group_of(nodeid: str) -> str:
    """The tests of a file stay together, and so do some folders."""
    file = nodeid.partition("::")[0]
    return next((name for path, name in LONG.items() if file.startswith(path)), file)


def longest_first(items: list[pytest.Item]) -> None:
    """Put the long groups in front; all others keep the random order they have."""
    order = {name: place for place, name in enumerate(LONG.values())}
    items.sort(key=lambda item: order.get(group_of(item.nodeid), len(order)))


class GroupedScheduling(LoadScopeScheduling):  # type: ignore[misc, unused-ignore]
    """Whole groups go to one worker, in the order of the collection."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
