"""Slots at even distances, in the order of asking, held by nobody."""

from __future__ import annotations

import asyncio

from hydrophone.perplexity.session.limiter import RateLimiter


class Clock:
    """A clock that stands until it is moved."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_slots_are_given_at_even_distances() -> None:
    limiter = RateLimiter(0.5, clock=Clock())
    assert [limiter.reserve() for _ in range(4)] == [0, 2, 4, 6]


def test_slots_that_nobody_took_are_not_saved_up() -> None:
    clock = Clock()
    limiter = RateLimiter(0.5, clock=clock)
    limiter.reserve()
    clock.now_s += 60
    assert [limiter.reserve() for _ in range(2)] == [0, 2]


def test_without_a_limit_nobody_waits() -> None:
    limiter = RateLimiter(0, clock=Clock())
    assert [limiter.reserve() for _ in range(3)] == [0, 0, 0]


async def test_whoever_asked_first_goes_first() -> None:
    limiter, gone = RateLimiter(200), list[int]()

    async def go(number: int) -> None:
        await limiter.wait()
        gone.append(number)

    await asyncio.gather(*(go(number) for number in range(12)))
    assert gone == list(range(12))


async def test_whoever_gives_up_holds_nobody_up() -> None:
    clock = Clock()
    limiter = RateLimiter(0.001, clock=clock)
    limiter.reserve()
    waiting = asyncio.create_task(limiter.wait())
    await asyncio.sleep(0)
    waiting.cancel()
    clock.now_s += 2_000
    await asyncio.wait_for(limiter.wait(), 5)
