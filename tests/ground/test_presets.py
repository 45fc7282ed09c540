"""The presets of the catalog."""

from __future__ import annotations

import pytest

from hydrophone.catalog import ENGINE_MODELS, PRESETS, Catalog
from hydrophone.errors import InvalidRequest
from hydrophone.scripted import instant

CATALOG = Catalog(lambda profile: instant(""))


def test_every_preset_has_a_model_and_each_does_more_than_the_one_before() -> None:
    assert list(PRESETS) == ["fast", "low", "medium", "high", "xhigh"]
    assert {preset.model for preset in PRESETS.values()} <= ENGINE_MODELS.keys()
    assert len(set(PRESETS.values())) == len(PRESETS)


@pytest.mark.parametrize(
    ("name", "preset"),
    [
        ("fast", "fast"),
        ("fast-search", "fast"),
        ("pro-search", "low"),
        ("sonar-pro", "low"),
        ("advanced-deep-research", "xhigh"),
        ("medium@2026-09-01.0", "medium"),
        ("pro-search@3", "low"),
    ],
)
def test_older_and_pinned_names_are_known(name: str, preset: str) -> None:
    assert CATALOG.preset(name) == PRESETS[preset]


@pytest.mark.parametrize("name", ["", "slow", "fast@", "@1", "FAST", "fast@ 1", "a" * 1000])
def test_an_unknown_name_is_refused_with_those_that_there_are(name: str) -> None:
    with pytest.raises(InvalidRequest, match="fast, low, medium, high, xhigh") as caught:
        CATALOG.preset(name)
    assert len(caught.value.message) < 200


def test_a_model_that_can_only_quote_says_so() -> None:
    writing = Catalog(lambda profile: instant(""), chat_model="tiny")
    assert CATALOG.card("sonar").quotes
    assert not writing.card("sonar").quotes
