"""Ages out of the words about who a service is for: "60 and older", "ages 5-17". Pure.

Only when one group of people is named and nothing makes an exception: a wrong bound would hide
help from those it is for. Numbers without a word for age (grades, incomes, months) say nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

LONGEST = 600  # letters; longer texts hold conditions that this can't weigh
OLDEST, OLDEST_CHILD = 120, 13
N = r"(\d{1,3})"
YEARS = r"(?: ?(?:years?|yrs?|anos?)\b(?:[ -](?:old|of age|de edad)\b)?| ?y/?o\b)"
OLD = r" ?(?:years?|yrs?)[ -](?:old|of age)\b"
OR_MORE = (
    r"(?:(?:and|or|y|o) (?:older|over|above|up|more|mayores|mas)\b|\+|& (?:older|over|up|above)\b)"
)
OR_LESS = r"(?:(?:and|or|y|o) (?:younger|under|below|menores|menos)\b|& (?:younger|under)\b)"
TO = r" ?(?:-|to|through|thru|a|hasta|and|y) ?"
AGES = r"(?:\bages?d?\b|\bedad(?:es)?\b|\bde edad\b)"
WHO = (
    r"\b(?:child(?:ren)?|kids?|youths?|teens?|teenagers?|adolescents?|students?|girls?|boys?"
    r"|adults?|seniors?|elders?|elderly|men|women|people|persons?|individuals?|anyone|residents?"
    r"|ninos?|ninas?|jovenes|adolescentes|estudiantes|adultos?|mayores|personas?|hombres|mujeres)\b"
)
# Said about others than who is helped, or only for some of them.
DOUBT = re.compile(
    r"\b(?:grades?|months?|weeks?|mos|wks|semanas?|meses|grados?|volunteers?|voluntarios?|unless"
    r"|except|excepto|accompanied|guardian|discount|may be|case by case|regardless|all ages"
    r"|any age|no age|todas las edades|cualquier edad|without|within|at least \d+ years? (?:of|as)"
    r"|experience|residen(?:ce|cy) (?:for|of)|sober|parents? of|padres de|families with"
    r"|familias con|with (?:a )?(?:child|children)|con (?:hijos|ninos)|miles|half|1/2)\b|%|\$"
    r"|\d-year|\bpriority\b|\bprioridad\b"
)
# "Screenings: … Education: …": bounds of one part only; ", seniors 60": of one of those listed
LABEL = re.compile(
    r"^[^:\n\d]{3,60}:\s*$|\bopen to (?:the public|all|any|every)|\babiert[oa] a tod",
    re.IGNORECASE | re.MULTILINE,
)
LISTED = re.compile(r"[,;](?! *$)")
PREGNANT = re.compile(r"\bpregnan|\bembaraz|\bnewborn|\binfants?\b|\bbirth\b|\bnacid")


@dataclass(frozen=True, slots=True)
class Ages:
    """Years; None is no bound."""

    minimum: Decimal | None = None
    maximum: Decimal | None = None


def _pattern(written: str) -> re.Pattern[str]:
    return re.compile(written)


RANGES = (
    _pattern(rf"{AGES}(?: of)?:? {N}{YEARS}?{TO}{N}\b"),
    _pattern(rf"\b{N}{YEARS}?{TO}{N}{YEARS}"),
    _pattern(rf"\bentre (?:los )?{N} y (?:los )?{N} anos"),
    _pattern(rf"\bbetween (?:the ages of )?{N} and {N}{YEARS}"),
    _pattern(rf"\bbetween the ages of {N} and {N}\b"),
)
LOWEST = (
    _pattern(rf"\b{N}{YEARS},? {OR_MORE}"),
    _pattern(rf"(?:{AGES}|{WHO}(?: age[ds]?)?),? {N} ?{OR_MORE}"),
    _pattern(rf"^(?:must be )?{N} ?{OR_MORE}"),
    _pattern(rf"\b(?:over|at least|above) {N}{OLD}"),
    _pattern(rf"\b(?:over|above|at least) (?:the )?age (?:of )?{N}\b"),
    _pattern(rf"\bolder than {N}\b"),
    _pattern(rf"\b(?:mayor(?:es)? de|mas de|desde los|a partir de(?: los)?) {N}(?: anos)?\b"),
    _pattern(rf"\b{N} anos en adelante"),
)
HIGHEST = (
    _pattern(rf"\b{N}{YEARS},? {OR_LESS}"),
    _pattern(rf"(?:{AGES}|{WHO}(?: age[ds]?)?),? {N} {OR_LESS}"),
    _pattern(rf"^(?:must be )?{N} {OR_LESS}"),
    _pattern(rf"\bup to {N}{OLD}"),
    _pattern(rf"\b(?:hasta los) {N} anos"),
)
# "under 18" is 17 at most
BELOW = (
    _pattern(rf"\b(?:under|below) {N}{OLD}"),
    _pattern(rf"\b(?:under|below) (?:the )?age (?:of )?{N}\b"),
    _pattern(rf"\byounger than {N}\b"),
    _pattern(rf"\b(?:menor(?:es)? de) {N}(?: anos)?\b"),
)
NUMBER = re.compile(r"\d+")


def read_ages(written: str | None) -> Ages | None:
    """The bounds that the words give without doubt, else None."""
    text = _folded(written or "")
    if not text or len(text) > LONGEST or DOUBT.search(text) or PREGNANT.search(text):
        return None
    found = _first(text)
    if found is None or LABEL.search((written or "").replace("\\n", "\n")):
        return None
    ages, used, at = found
    # Any other number may be a second group's age: which one counts is not ours to say.
    alone = len(NUMBER.findall(text)) == used and not LISTED.search(text[:at].rpartition(".")[2])
    return ages if alone and _makes_sense(ages, text) else None


def _makes_sense(ages: Ages, text: str) -> bool:
    low, high = ages.minimum, ages.maximum
    if _names_many(text) or max(low or 0, high or 0) > OLDEST:
        return False
    if low is not None and high is not None:
        return low < high
    return not ((low or 0) >= OLDEST_CHILD and GROUPS[CHILDREN].search(text))


def _folded(written: str) -> str:
    plain = unicodedata.normalize("NFKD", written.replace("\\n", "\n").casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"\s+", " ", re.sub("[\u2010-\u2015]", "-", plain)).strip(" .*")


def _first(text: str) -> tuple[Ages, int, int] | None:
    """The bounds, how many numbers they took, and where they stand."""
    for patterns, bounds in KINDS:
        for pattern in patterns:
            if found := pattern.search(text):
                numbers = [Decimal(number) for number in found.groups()]
                return bounds(numbers), len(numbers), found.start(1)
    return None


KINDS: tuple[tuple[tuple[re.Pattern[str], ...], Callable[[list[Decimal]], Ages]], ...] = (
    (RANGES, lambda numbers: Ages(numbers[0], numbers[1])),
    (LOWEST, lambda numbers: Ages(minimum=numbers[0])),
    (HIGHEST, lambda numbers: Ages(maximum=numbers[0])),
    (BELOW, lambda numbers: Ages(maximum=numbers[0] - 1)),
)
GROUPS = (
    re.compile(r"\b(?:child|kids?\b|nin[oa]s?\b|boys?\b|girls?\b)"),
    re.compile(r"\b(?:teen|youth|adolescen|jovenes)"),
    re.compile(r"\b(?:adults?\b|adultos?\b(?! mayores)|men\b|women\b|hombres\b|mujeres\b)"),
    re.compile(r"\b(?:seniors?\b|elder|older adults?\b|adultos? mayores)"),
    re.compile(r"\b(?:famil(?:y|ies|ias?)\b|disab|discapaci|veteran)"),
)
OR_ELSE = re.compile(r"\b(?:or|and|also|y|o|tambien)\b|[,;*\n&]")
CHILDREN, YOUTHS, FAMILIES = 0, 1, 4


def _names_many(text: str) -> bool:
    """Several kinds of people joined by 'and', 'or': the bound may be one kind's only."""
    named = [number for number, group in enumerate(GROUPS) if group.search(text)]
    if named in ([CHILDREN, YOUTHS], [YOUTHS], [CHILDREN], []):
        return False
    older_adults = re.search(r"\b(?:older|elder(?:ly)?) adults?\b|adultos? mayores", text)
    if older_adults and set(named) <= {2, 3}:
        return False
    return len(named) > 1 and bool(OR_ELSE.search(text))
