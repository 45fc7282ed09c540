"""The table of docs/search.md says what the adapters are."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydrophone.settings import Settings
from tests.search.providers.opening import NAMES, make

PAGE = Path(__file__).resolve().parents[3] / "docs" / "search.md"


def row(name: str) -> list[str]:
    """The cells of a provider's row."""
    lines = PAGE.read_text("utf-8").splitlines()
    line = next(line for line in lines if line.startswith(f"| {name} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.parametrize("name", NAMES)
def test_the_table_says_what_an_adapter_finds_and_applies(name: str) -> None:
    provider = make(name, "http://127.0.0.1:9/")
    _, finds, _, applies = row(name)

    assert set(finds.split(", ")) - {"images", "videos"} == provider.kinds
    assert applies.split(", ") == sorted(provider.pushes)


@pytest.mark.parametrize("name", NAMES)
def test_the_table_names_settings_that_there_are(name: str) -> None:
    known = {f"HYDROPHONE_{field.upper()}" for field in Settings.model_fields}
    named = {word.strip("`,;") for word in row(name)[2].split() if "HYDROPHONE_" in word}

    assert named <= known
    assert named or name == "arxiv"
