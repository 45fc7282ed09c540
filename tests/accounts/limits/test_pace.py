"""How often a caller may ask."""

from __future__ import annotations

import pytest

from hydrophone.accounts.limits.pace import Pace, PacedAnswerer, TooManyQuestions
from hydrophone.scripted import ScriptedAnswerer
from hydrophone.types import Failed, Finished, RequestContext, Sources, Usage, ask


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_each_caller_has_a_minutes_worth_and_gets_more_with_time() -> None:
    clock = Clock()
    pace = Pace(2, clock=clock)
    pace.take("a")
    pace.take("a")
    with pytest.raises(TooManyQuestions) as refused:
        pace.take("a")
    assert refused.value.retry_after_s == pytest.approx(30)
    pace.take("b")
    clock.now = 30
    pace.take("a")
    with pytest.raises(TooManyQuestions):
        pace.take("a")


async def test_only_what_counts_is_counted() -> None:
    script = (Sources(complete=True), Finished("stop", Usage()))
    paced = PacedAnswerer(
        ScriptedAnswerer(script), Pace(1), lambda question, _: question.model == "best"
    )

    async def last(model: str) -> object:
        async with paced.answer(ask("?", model=model), RequestContext()) as events:
            return [event async for event in events][-1]

    assert isinstance(await last("sonar"), Finished)
    assert isinstance(await last("best"), Finished)
    assert isinstance(await last("sonar"), Finished)
    refused = await last("best")
    assert isinstance(refused, Failed)
    assert refused.status == 429
    assert refused.retry_after_s
