"""Which state a US ZIP lies in, by its first three digits (USPS publication L002). Pure."""

from __future__ import annotations

from bisect import bisect_right

# First prefix of each run of prefixes; a run ends where the next begins. "" is no state.
RUNS = (
    (0, ""),
    (5, "NY"),
    (6, "PR"),
    (8, "VI"),
    (9, "PR"),
    (10, "MA"),
    (28, "RI"),
    (30, "NH"),
    (39, "ME"),
    (50, "VT"),
    (55, "MA"),
    (56, "VT"),
    (60, "CT"),
    (70, "NJ"),
    (90, ""),
    (100, "NY"),
    (150, "PA"),
    (197, "DE"),
    (200, "DC"),
    (201, "VA"),
    (202, "DC"),
    (206, "MD"),
    (220, "VA"),
    (247, "WV"),
    (270, "NC"),
    (290, "SC"),
    (300, "GA"),
    (320, "FL"),
    (340, ""),
    (341, "FL"),
    (343, ""),
    (344, "FL"),
    (345, ""),
    (346, "FL"),
    (348, ""),
    (349, "FL"),
    (350, "AL"),
    (370, "TN"),
    (386, "MS"),
    (398, "GA"),
    (400, "KY"),
    (430, "OH"),
    (460, "IN"),
    (480, "MI"),
    (500, "IA"),
    (529, ""),
    (530, "WI"),
    (550, "MN"),
    (569, "DC"),
    (570, "SD"),
    (580, "ND"),
    (590, "MT"),
    (600, "IL"),
    (630, "MO"),
    (660, "KS"),
    (680, "NE"),
    (700, "LA"),
    (716, "AR"),
    (730, "OK"),
    (733, "TX"),
    (734, "OK"),
    (750, "TX"),
    (800, "CO"),
    (820, "WY"),
    (832, "ID"),
    (834, "ID"),
    (840, "UT"),
    (850, "AZ"),
    (866, ""),
    (870, "NM"),
    (885, "TX"),
    (886, ""),
    (889, "NV"),
    (899, ""),
    (900, "CA"),
    (962, ""),
    (967, "HI"),
    (969, "GU"),
    (970, "OR"),
    (980, "WA"),
    (995, "AK"),
)
FIRSTS = tuple(first for first, _state in RUNS)
# An island of New York whose mail comes through Connecticut.
EXCEPTIONS = {"06390": "NY"}
ZIP_LENGTH = 5


def state_of(zip_code: str) -> str | None:
    """'21801' → 'MD'; None for military and unused prefixes and for what is no ZIP."""
    code = zip_code.strip()[:ZIP_LENGTH]
    if len(code) != ZIP_LENGTH or not (code.isascii() and code.isdigit()):
        return None
    if code in EXCEPTIONS:
        return EXCEPTIONS[code]
    found = RUNS[bisect_right(FIRSTS, int(code[:3])) - 1][1]
    return found or None
