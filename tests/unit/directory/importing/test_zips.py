"""States of ZIPs."""

from __future__ import annotations

import pytest

from directory.zips import state_of


@pytest.mark.parametrize(
    ("zip_code", "state"),
    [
        ("21801", "MD"),
        ("20010", "DC"),
        ("20101", "VA"),
        ("22201", "VA"),
        ("19713", "DE"),
        ("10001", "NY"),
        ("06390", "NY"),
        ("06511", "CT"),
        ("94103", "CA"),
        ("99501", "AK"),
        ("96813", "HI"),
        ("00601", "PR"),
        ("73301", "TX"),
        ("83101", "WY"),
        ("88901", "NV"),
        ("33101", "FL"),
        ("60601-1234", "IL"),
        ("09012", None),
        ("1234", None),
        ("abcde", None),
    ],
)
def test_the_first_digits_tell_the_state(zip_code: str, state: str | None) -> None:
    assert state_of(zip_code) == state
