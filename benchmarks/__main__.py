"""`make bench`: recall, search, imports, moves, messages, starts, each beside its floor.

Exit code 1 if a goal is missed. `python -m benchmarks recall moves --quick`: some of them;
`--quick` takes a minute and shows the order of magnitude only; `imports --size 20000` is smaller.
"""

from __future__ import annotations

import sys

from benchmarks import imports, messages, moves, recall, search, search_server, starts
from benchmarks.stage import set_stage
from benchmarks.table import Line, as_text

KNOWN = ("recall", "search", "imports", "moves", "messages", "starts")


def main(words: list[str]) -> int:
    """Run what was named, or all."""
    quick = "--quick" in words
    words, size = _size(words, imports.QUICK if quick else imports.SIZE)
    chosen = [word for word in words if word != "--quick"] or list(KNOWN)
    if unknown := set(chosen) - set(KNOWN):
        search.say(f"There is no benchmark {', '.join(sorted(unknown))}. Known: {', '.join(KNOWN)}")
        return 2
    holds = True
    if "recall" in chosen:
        holds = recall.main(search.say)
    if "search" in chosen:
        holds &= search.main(search.QUICK_SIZES, search.QUICK_REQUESTS) if quick else search.main()
        search_server.main(2_000, 50) if quick else search_server.main()
    if "imports" in chosen:
        holds &= imports.main(search.say, size)
    lines = _loop(chosen, quick=quick)
    if "starts" in chosen:
        lines += starts.measure(search.say)
    if lines:
        search.say("\n" + as_text(lines))
    return 0 if holds and all(line.holds for line in lines) else 1


def _size(words: list[str], usual: int) -> tuple[list[str], int]:
    """`--size N` taken out of the words."""
    if "--size" not in words:
        return words, usual
    at = words.index("--size")
    return words[:at] + words[at + 2 :], int(words[at + 1])


def _loop(chosen: list[str], *, quick: bool) -> list[Line]:
    measures = {"moves": moves.measure, "messages": messages.measure}
    wanted = [name for name in measures if name in chosen]
    lines: list[Line] = []
    if wanted:
        with set_stage(search.say) as stage:
            for name in wanted:
                search.say(f"Measuring {name} …")
                lines += measures[name](stage, quick=quick)
    return lines


sys.exit(main(sys.argv[1:]))
