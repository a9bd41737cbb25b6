"""compose.yaml passes every setting on: one that is missing there can't be set by its .env."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shared.settings import Settings

COMPOSE = (Path(__file__).parents[3] / "compose.yaml").read_text(encoding="utf-8")
# The container's own: its mode is production, its port and host stand in the Dockerfile, it has no
# private cluster, and only demo and test have another telephone company.
NOT_PASSED_ON = frozenset({"mode", "port", "host", "cluster_directory", "twilio_api_url"})
PASSED_ON = sorted(set(Settings.model_fields) - NOT_PASSED_ON)


@pytest.mark.parametrize("name", PASSED_ON)
def test_compose_passes_the_setting_on(name: str) -> None:
    assert f" HANDBACK_{name.upper()}: " in COMPOSE


def test_compose_names_no_setting_that_is_none() -> None:
    named = set(re.findall(r" HANDBACK_([A-Z_]+): ", COMPOSE))
    # Read by `handback provision` alone.
    of_provision = {"ADMIN_URL", "ROLE_PASSWORDS"}
    assert named - of_provision <= {name.upper() for name in Settings.model_fields}


def test_an_empty_variable_leaves_the_setting_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PASSED_ON:
        monkeypatch.setenv(f"HANDBACK_{name.upper()}", "")
    empty = Settings()
    assert empty.mail_return is None
    assert empty.network_name == "Handback"
    assert "{lat}" in empty.directions_url
