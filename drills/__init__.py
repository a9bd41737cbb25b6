"""`make drills`: rows M1 to M23 of the bar (messaging), each with the number that must hold.

The same means as the tests': tests/builders makes the people, tests/support the harnesses.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
