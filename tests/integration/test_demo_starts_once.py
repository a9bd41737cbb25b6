"""Two demos of one folder would stop each other's database."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from typing import TYPE_CHECKING

from shared.settings import child_environment

if TYPE_CHECKING:
    from pathlib import Path


def test_a_second_demo_of_the_same_folder_says_so_and_touches_nothing(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    home.mkdir()
    with (home / "demo-lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        second = subprocess.run(
            [sys.executable, "-m", "web.cli", "demo"],
            env=child_environment(HANDBACK_CLUSTER_DIRECTORY=str(tmp_path)),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert second.returncode == 1, second.stderr
    assert "runs already" in second.stdout
    assert not (home / "data").exists()
