"""Which model ids go to the official API, and what they mean there."""

from __future__ import annotations

import pytest

from hydrophone.errors import NotConfigured
from hydrophone.upstream.target import SONAR_PRESETS, read_targets


def names(*entries: str) -> dict[str, str]:
    return {model: target.name for model, target in read_targets(entries).items()}


def test_a_star_is_all_of_sonar() -> None:
    assert names("*") == dict(SONAR_PRESETS)


def test_an_id_alone_is_its_usual_preset() -> None:
    assert names("sonar-pro") == {"sonar-pro": "low"}


def test_an_entry_says_another_preset_or_a_model() -> None:
    entries = ("*", "sonar=perplexity/sonar", "default=fast@2026-09-01.0")
    found = read_targets(entries)
    assert found["sonar"].fields == {"model": "perplexity/sonar"}
    assert found["default"].fields == {"preset": "fast@2026-09-01.0"}
    assert found["sonar-pro"].fields == {"preset": "low"}
    assert read_targets(entries[::-1]) == found


@pytest.mark.parametrize("entry", ["default", "sonar=", "sonar=huge", "=low", "sonar=/x", "**"])
def test_anything_else_is_told(entry: str) -> None:
    with pytest.raises(NotConfigured, match="HYDROPHONE_UPSTREAM_MODELS"):
        read_targets((entry,))
