"""Background work stands back while somebody waits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from hydrophone.attention import AttendedAnswerer, AttendedSearcher, Attention
from hydrophone.ports import SearchOutcome
from hydrophone.scripted import ScriptedAnswerer, instant
from hydrophone.types import RequestContext, SearchOptions, ask

FOREVER = 3600.0


async def is_idle(attention: Attention) -> bool:
    try:
        async with asyncio.timeout(0.01):
            await attention.idle()
    except TimeoutError:
        return False
    return True


async def test_it_is_idle_while_nobody_waits() -> None:
    attention = Attention()
    assert await is_idle(attention)
    attention.begin()
    attention.begin()
    attention.end()
    assert not await is_idle(attention)
    attention.end()
    assert await is_idle(attention)


async def test_whoever_waits_for_idleness_goes_on_when_the_last_answer_ends() -> None:
    attention = Attention()
    attention.begin()
    waiting = asyncio.create_task(attention.idle())
    await asyncio.sleep(0)
    assert not waiting.done()
    attention.end()
    await waiting


async def test_an_answer_counts_until_it_is_left() -> None:
    attention = Attention()
    answerer = AttendedAnswerer(instant("hello"), attention)
    async with answerer.answer(ask("?"), RequestContext()) as events:
        assert not await is_idle(attention)
        assert len([event async for event in events]) == 3
        assert not await is_idle(attention)
    assert await is_idle(attention)


async def test_an_answer_that_is_broken_off_counts_no_more() -> None:
    attention, scripted = Attention(), ScriptedAnswerer([FOREVER])
    answerer = AttendedAnswerer(scripted, attention)

    async def broken_off() -> None:
        async with answerer.answer(ask("?"), RequestContext()):
            await asyncio.sleep(0)
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await broken_off()
    assert await is_idle(attention)
    assert scripted.stopped == 1


async def test_an_answerer_that_cannot_even_begin_counts_no_more() -> None:
    class Broken:
        def answer(self, question: object, context: object) -> object:
            raise RuntimeError

    attention = Attention()
    answerer = AttendedAnswerer(Broken(), attention)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError):
        await answerer.answer(ask("?"), RequestContext()).__aenter__()
    assert await is_idle(attention)


@pytest.mark.parametrize("error", [None, ZeroDivisionError()])
async def test_a_search_counts_until_its_end(error: Exception | None) -> None:
    attention = Attention()
    seen: list[bool] = []

    class Index:
        async def search(
            self, queries: Sequence[str], options: SearchOptions, context: RequestContext
        ) -> SearchOutcome:
            seen.append(await is_idle(attention))
            if error is not None:
                raise error
            return SearchOutcome(())

    searching = AttendedSearcher(Index(), attention).search(
        ["a"], SearchOptions(), RequestContext()
    )
    await asyncio.gather(searching, return_exceptions=True)
    assert seen == [False]
    assert await is_idle(attention)
