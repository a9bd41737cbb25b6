"""`handback import` of a broken feed: a sentence, a way on, exit code 1; never a traceback."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from builders.hostile import everything
from shared.settings import get_settings
from web.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from shared.database import Database

HOSTILE = everything()


@pytest.mark.parametrize(
    "kind",
    ["JSON cut off after 50 %", "hsds3: quotes left open for services", "archive: a bomb"],
)
def test_an_operator_is_told_what_to_do(  # noqa: PLR0913 -- fixtures
    committed: dict[str, Database],
    database_urls: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    *,
    kind: str,
) -> None:
    assert committed
    for name, role in (("", "app"), ("WORKER_", "worker"), ("OWNER_", "owner")):
        monkeypatch.setenv(f"HANDBACK_{name}DATABASE_URL", database_urls[role])
    get_settings.cache_clear()
    monkeypatch.setattr(sys, "argv", ["handback", "import", str(HOSTILE[kind](tmp_path))])
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
    told = capsys.readouterr().err
    assert ended.value.code == 1
    assert "error: " in told
    assert "Traceback" not in told
    assert len([line for line in told.splitlines() if line.strip()]) >= 2
