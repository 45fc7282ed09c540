"""Equal calls at the same time."""

from __future__ import annotations

import asyncio

import pytest

from hydrophone.search.watch.flights import Flights


class Call:
    """A call that ends when it is told to."""

    def __init__(self) -> None:
        self.begun = self.cancelled = 0
        self.gate = asyncio.Event()

    async def __call__(self) -> str:
        self.begun += 1
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return "done"


async def waiting(flights: Flights[str, str], call: Call, number: int) -> list[asyncio.Task[str]]:
    tasks = [asyncio.create_task(flights.join("key", call)) for _ in range(number)]
    await asyncio.sleep(0.01)
    return tasks


async def test_who_asks_the_same_waits_for_the_one_call() -> None:
    flights, call = Flights[str, str](), Call()
    tasks = await waiting(flights, call, 5)
    call.gate.set()
    assert await asyncio.gather(*tasks) == ["done"] * 5
    assert call.begun == 1


async def test_the_next_call_is_made_anew() -> None:
    flights, call = Flights[str, str](), Call()
    call.gate.set()
    await flights.join("key", call)
    await flights.join("key", call)
    assert call.begun == 2


async def test_who_leaves_does_not_take_the_others_along() -> None:
    flights, call = Flights[str, str](), Call()
    first, second = await waiting(flights, call, 2)
    first.cancel()
    await asyncio.wait({first})
    call.gate.set()
    assert await second == "done"
    assert call.cancelled == 0


async def test_when_all_have_left_the_call_is_cancelled() -> None:
    flights, call = Flights[str, str](), Call()
    tasks = await waiting(flights, call, 3)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert call.cancelled == 1
    call.gate.set()
    assert await flights.join("key", call) == "done"
    assert call.begun == 2


async def test_all_who_wait_get_the_failure() -> None:
    async def fail() -> str:
        await asyncio.sleep(0.01)
        raise ValueError("no")

    flights = Flights[str, str]()
    results = await asyncio.gather(
        *(flights.join("key", fail) for _ in range(3)), return_exceptions=True
    )
    assert [type(result) for result in results] == [ValueError] * 3


async def test_different_keys_are_different_calls() -> None:
    flights, call = Flights[str, str](), Call()
    call.gate.set()
    await asyncio.gather(flights.join("a", call), flights.join("b", call))
    assert call.begun == 2


async def test_a_deadline_of_one_who_waits_is_its_own() -> None:
    flights, call = Flights[str, str](), Call()
    (patient,) = await waiting(flights, call, 1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await flights.join("key", call)
    call.gate.set()
    assert await patient == "done"
