"""Usage and the meter."""

from __future__ import annotations

from dataclasses import fields

import pytest

from hydrophone.types import Meter, Usage


def test_a_new_meter_has_counted_nothing() -> None:
    assert Meter().usage == Usage(0, 0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize("name", [field.name for field in fields(Usage)])
def test_each_count_adds_up_under_its_own_name(name: str) -> None:
    meter = Meter()
    meter.add(**{name: 2})
    meter.add(**{name: 3})
    assert meter.usage == Usage(**{name: 5})


def test_a_total_is_prompt_and_completion_only() -> None:
    usage = Usage(prompt_tokens=1, completion_tokens=2, reasoning_tokens=4, citation_tokens=8)
    assert usage.total_tokens == 3


def test_what_was_read_before_does_not_change() -> None:
    meter = Meter()
    before = meter.usage
    meter.add(model_calls=1)
    assert before == Usage()


@pytest.mark.parametrize("counts", [{"pages_read": -1}, {"pages_read": 5, "model_calls": -1}])
def test_nothing_goes_down(counts: dict[str, int]) -> None:
    meter = Meter()
    with pytest.raises(ValueError, match="cannot go down"):
        meter.add(**counts)
    assert meter.usage == Usage(), "a refused call must change nothing"


@pytest.mark.parametrize("name", ["tokens", "total_tokens", "usage"])
def test_a_name_that_is_no_count_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match=name):
        Meter().add(**{name: 1})
