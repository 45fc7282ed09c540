"""A stream of the loop, read by a thread that waits."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator

import pytest

from hydrophone.perplexity.client.background import Background
from hydrophone.perplexity.client.reading import Reading


async def nothing() -> None:
    """What is done at the end of this loop."""


@pytest.fixture
def background() -> Iterator[Background]:
    one = Background(nothing)
    yield one
    one.close()


def test_nothing_is_read_ahead_of_the_reader(background: Background) -> None:
    made: list[int] = []

    async def steps() -> AsyncGenerator[int, None]:
        for number in range(1, 4):
            made.append(number)
            yield number

    reading = Reading(background, steps())
    assert made == []
    for number in range(1, 4):
        assert reading.next() == number
        background.run(nothing())
        assert len(made) == number
        assert reading.is_held
    assert reading.next() is None
    assert not reading.is_held


def test_whoever_leaves_waits_until_all_is_in_order(background: Background) -> None:
    told: list[str] = []

    async def steps() -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            await nothing()
            told.append("left")

    reading = Reading(background, steps())
    assert reading.next() == 1
    reading.leave()
    reading.leave()
    assert told == ["left"]


def test_what_the_stream_raises_reaches_the_reader(background: Background) -> None:
    async def steps() -> AsyncGenerator[int, None]:
        yield 1
        raise ValueError("broken")

    reading = Reading(background, steps())
    assert reading.next() == 1
    with pytest.raises(ValueError, match="broken"):
        reading.next()
    reading.leave()


def test_work_that_ends_by_itself_is_not_kept(background: Background) -> None:
    background.run(nothing())
    background.run(nothing())
    assert not background._jobs


def test_a_closed_background_takes_nothing_on(background: Background) -> None:
    background.close()
    background.close()
    with pytest.raises(RuntimeError, match="closed"):
        background.run(nothing())
