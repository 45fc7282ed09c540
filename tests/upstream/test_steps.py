"""Steps of a run whose searches are under way at once."""

from __future__ import annotations

from hydrophone.fetch.json_api import Fields
from hydrophone.types import SearchResult, Step, StepResult
from hydrophone.upstream.replies.steps import Steps

PAGE = SearchResult("https://a.example/", "A", "")


def begun(steps: Steps, query: str, **more: str) -> str:
    return steps.begin("web_search", Fields({"queries": [query], **more})).id


def ended(steps: Steps, *pages: SearchResult, **more: str) -> list[object]:
    return list(steps.end("web_search", Fields(more), pages))


def test_results_belong_to_the_step_of_their_call() -> None:
    steps = Steps()
    first, second = begun(steps, "a", call_id="x"), begun(steps, "b", call_id="y")
    assert ended(steps, PAGE, call_id="y") == [StepResult(second, hits=(PAGE,))]
    assert ended(steps, PAGE, call_id="x") == [StepResult(first, hits=(PAGE,))]


def test_without_a_call_the_step_that_waits_longest_has_them() -> None:
    steps = Steps()
    first, second = begun(steps, "a"), begun(steps, "b")
    assert ended(steps, PAGE) == [StepResult(first, hits=(PAGE,))]
    assert ended(steps) == [StepResult(second)]


def test_results_without_a_step_make_one_and_nothing_makes_none() -> None:
    steps = Steps()
    assert ended(steps) == []
    [step, result] = ended(steps, PAGE)
    assert isinstance(step, Step)
    assert result == StepResult(step.id, hits=(PAGE,))
    assert ended(steps) == []
