"""Whether times tell two groups apart: the rank-sum test of Mann and Whitney."""

from __future__ import annotations

import math
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def rank_test(ones: Sequence[float], others: Sequence[float]) -> float:
    """How likely so unequal ranks are if both are alike (two-sided, with ties, large samples)."""
    tagged = sorted([(value, True) for value in ones] + [(value, False) for value in others])
    total, rank, sum_of_ones, ties = len(tagged), 0, 0.0, 0.0
    for _value, group in groupby(tagged, key=lambda pair: pair[0]):
        same = [is_one for _same, is_one in group]
        middle = rank + (len(same) + 1) / 2
        sum_of_ones += middle * sum(same)
        ties += len(same) ** 3 - len(same)
        rank += len(same)
    sizes = len(ones) * len(others)
    above = sum_of_ones - len(ones) * (len(ones) + 1) / 2
    spread = sizes / 12 * (total + 1 - ties / (total * (total - 1)))
    if spread <= 0:
        return 1.0
    return math.erfc(abs(above - sizes / 2) / math.sqrt(2 * spread))
