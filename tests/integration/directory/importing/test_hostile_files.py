"""Broken feeds by the hundred: each is refused in a sentence with a way on; nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from builders.hostile import everything
from shared.errors import InvalidInput

if TYPE_CHECKING:
    from integration.directory.importing.conftest import Bring, Count

HOSTILE = everything()


def test_there_are_enough_of_them() -> None:
    assert len(HOSTILE) >= 150


@pytest.mark.parametrize("kind", HOSTILE)
async def test_a_hostile_file_is_refused_and_writes_nothing(
    bring: Bring, counted: Count, tmp_path: Path, kind: str
) -> None:
    path = HOSTILE[kind](tmp_path)
    before = await counted()
    with pytest.raises(InvalidInput) as refused:
        await bring(path)
    sentence = refused.value.message % refused.value.values
    names = {path.name, *(each.name for each in path.glob("*"))} if path.is_dir() else {path.name}
    names |= {"organizations.csv", "services.csv"} if path.suffix == ".zip" else set()
    assert sentence.endswith(".")
    assert any(name in sentence for name in names), sentence
    assert "Traceback" not in sentence
    assert refused.value.remedy
    assert len(sentence) < 600
    assert await counted() == before
