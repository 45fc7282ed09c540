"""Another try: how often, after which pauses, and when there is none."""

from __future__ import annotations

import asyncio

import pytest

from hydrophone.errors import UpstreamError
from hydrophone.llm.openai.retries import Retries, Retry, tried

BROKEN = UpstreamError("broken")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that are taken, which take no time."""
    taken: list[float] = []
    sleep = asyncio.sleep

    async def note(delay_s: float) -> None:
        taken.append(delay_s)
        await sleep(0)

    monkeypatch.setattr("hydrophone.llm.openai.retries.asyncio.sleep", note)
    return taken


class Attempts:
    """Fails so many times, asking for this pause, and then succeeds."""

    def __init__(self, failures: int, pause_s: float | None = None) -> None:
        self.made = 0
        self._failures = failures
        self._pause_s = pause_s

    async def __call__(self) -> str:
        self.made += 1
        if self.made <= self._failures:
            raise Retry(BROKEN, self._pause_s)
        return "done"


async def given(attempts: Attempts, retries: Retries, *, left_s: float = 60.0) -> str:
    deadline = asyncio.get_running_loop().time() + left_s
    return await tried(attempts, retries, deadline=deadline, where="there")


async def test_pauses_double_with_jitter_and_are_cut_at_the_longest(pauses: list[float]) -> None:
    attempts = Attempts(4)
    assert await given(attempts, Retries(retries=4, backoff_s=4.0, longest_pause_s=10.0)) == "done"
    assert attempts.made == 5
    first, second, *others = pauses
    assert 2.0 <= first <= 4.0
    assert 4.0 <= second <= 8.0
    assert others[0] <= 10.0
    assert others[1] == 10.0


@pytest.mark.parametrize(("pause_s", "left_s"), [(21.0, 60.0), (5.0, 4.0)])
async def test_no_other_try_after_too_long_a_pause_or_behind_the_deadline(
    pause_s: float, left_s: float, pauses: list[float]
) -> None:
    attempts = Attempts(1, pause_s)
    with pytest.raises(UpstreamError, match="broken"):
        await given(attempts, Retries(), left_s=left_s)
    assert (attempts.made, pauses) == (1, [])


async def test_the_last_failure_is_raised(pauses: list[float]) -> None:
    attempts = Attempts(9, 0.0)
    with pytest.raises(UpstreamError, match="broken"):
        await given(attempts, Retries(retries=2))
    assert attempts.made == 3
    assert pauses == [0.0, 0.0]
