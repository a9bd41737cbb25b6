"""Search at 20,000 and 200,000 services: the product beside the floor app, all asked in turn.

Goals (design: search) are ratios of one run. Repeat: `make bench`, or
`.venv/bin/python -m benchmarks.search [--sizes 20000,200000] [--requests 400]
[--parts need,words,facets,unusual,edits]`.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from contextlib import ExitStack
from itertools import chain
from typing import TYPE_CHECKING

from benchmarks import search_edits
from benchmarks.scratch import scratch_database
from benchmarks.search_load import UNUSUAL, Site, Times, measure, p50, p95, questions, served
from benchmarks.table import Goal, goals_as_text

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES, REQUESTS, QUICK_SIZES, QUICK_REQUESTS = (20_000, 200_000), 400, (2_000,), 150
WARM_UP_ROUNDS, EDITS = 60, 60
PARTS = {
    "need": ("floor", "need"),
    "words": ("need", "words"),
    "facets": ("need", "facets", "facets alone", "facets within 50 miles"),
    "unusual": ("words", *UNUSUAL),
    "edits": (),
}


def main(
    sizes: Sequence[int] = SIZES, requests: int = REQUESTS, parts: Sequence[str] = tuple(PARTS)
) -> bool:
    """Print a table; False when a goal is missed."""
    kinds = list(dict.fromkeys(chain.from_iterable(PARTS[part] for part in parts)))
    with ExitStack() as stack:
        sites = []
        for services in sizes:
            scratch = stack.enter_context(
                scratch_database(f"handback_bench_search_{services}", services, say)
            )
            sites.append(stack.enter_context(served(services, scratch)))
        asked = [questions(site, requests + WARM_UP_ROUNDS, kinds) for site in sites]
        rounds = [list(chain.from_iterable(each)) for each in zip(*asked, strict=True)]
        dice = random.Random(7)  # noqa: S311 -- repeatable, not secret
        for each in rounds:  # who is asked first about a place pays for reading it from disk
            dice.shuffle(each)
        times = measure(rounds) if kinds else {}
        goals = [goal for site in sites for goal in _goals(times, site.services)]
        goals += _growth(times, sites)
        if "edits" in parts:
            goals += [asyncio.run(search_edits.measure(site, EDITS)) for site in sites]
    _print_times(times, requests)
    say("\n" + goals_as_text(goals))
    say("Repeat: .venv/bin/python -m benchmarks.search")
    return all(goal.holds for goal in goals)


def say(words: str) -> None:
    """To standard output, at once."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def _goals(times: Times, services: int) -> list[Goal]:
    """Of one size. Each is a ratio of two kinds of question asked in the same rounds."""
    at = f", {services // 1000}k"
    wanted = [
        ("need + radius ÷ floor, p50", "need", "floor", p50, 1.6),
        ("need + radius ÷ floor, p95", "need", "floor", p95, 2.0),
        ("words + radius ÷ need, p50", "words", "need", p50, 5.0),
        ("facets + need ÷ need, p50", "facets", "need", p50, 4.0),
        ("facets alone ÷ need, p50", "facets alone", "need", p50, 4.0),
        *((f"{each} ÷ words, p95", each, "words", p95, 2.0) for each in UNUSUAL),
    ]
    return [
        Goal(what + at, share(times[kind, services]) / share(times[beside, services]), limit)
        for what, kind, beside, share, limit in wanted
        if (kind, services) in times and (beside, services) in times
    ]


def _growth(times: Times, sites: Sequence[Site]) -> list[Goal]:
    """The largest directory beside the smallest: the same question must not cost much more."""
    small, large = sites[0].services, sites[-1].services
    if small == large or ("need", small) not in times:
        return []
    ratio = p50(times["need", large]) / p50(times["need", small])
    return [Goal(f"need + radius, {large // 1000}k ÷ {small // 1000}k, p50", ratio, 1.3)]


def _print_times(times: Times, requests: int) -> None:
    if times:
        say(f"\nMilliseconds over HTTP, one client, {requests} of each{'':8}p50     p95")
    for (kind, services), spent in sorted(times.items(), key=lambda each: each[0][1]):
        say(f"{services:9,} services  {kind:34}{p50(spent):7.2f} {p95(spent):7.2f}")


def _from_words(words: Sequence[str]) -> bool:
    reader = argparse.ArgumentParser(prog="benchmarks.search")
    reader.add_argument("--sizes", default=",".join(map(str, SIZES)))
    reader.add_argument("--requests", type=int, default=REQUESTS)
    reader.add_argument("--parts", default=",".join(PARTS))
    given = reader.parse_args(words)
    return main(
        [int(each) for each in given.sizes.split(",")], given.requests, given.parts.split(",")
    )


if __name__ == "__main__":
    sys.exit(0 if _from_words(sys.argv[1:]) else 1)
