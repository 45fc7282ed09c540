"""The scripted answerer."""

from __future__ import annotations

import asyncio

import pytest

from hydrophone.errors import NotFound
from hydrophone.ports import Answerer
from hydrophone.scripted import ScriptedAnswerer, instant
from hydrophone.types import (
    Event,
    Failed,
    Finished,
    RequestContext,
    Sources,
    Text,
    Thinking,
    Usage,
    ask,
)

READY = Sources(complete=True)
END = Finished("stop", Usage())


async def play(answerer: Answerer, context: RequestContext | None = None) -> list[Event]:
    async with answerer.answer(ask("?"), context or RequestContext()) as events:
        return [event async for event in events]


async def test_it_plays_its_script_to_everyone_and_remembers_what_was_asked() -> None:
    answerer = ScriptedAnswerer([READY, Text("a"), END])
    for _ in range(2):
        assert await play(answerer) == [READY, Text("a"), END]
    assert answerer.questions == [ask("?"), ask("?")]
    assert answerer.stopped == 0


async def test_an_end_without_usage_tells_what_the_meter_has_counted() -> None:
    context = RequestContext()
    context.meter.add(prompt_tokens=3)
    assert (await play(instant("a"), context))[-1] == Finished("stop", Usage(prompt_tokens=3))
    told = Finished("length", Usage(prompt_tokens=9))
    assert (await play(ScriptedAnswerer([READY, told]), context))[-1] == told


async def test_a_pause_lets_others_go_first() -> None:
    order: list[str] = []

    async def note(name: str, answerer: Answerer) -> None:
        await play(answerer)
        order.append(name)

    slow, quick = ScriptedAnswerer([0.05, READY, END]), ScriptedAnswerer([READY, END])
    await asyncio.gather(note("slow", slow), note("quick", quick))
    assert order == ["quick", "slow"]


async def test_an_exception_in_the_script_is_a_failure() -> None:
    first, last = await play(ScriptedAnswerer([READY, NotFound("gone"), Text("never")]))
    assert first == READY
    assert isinstance(last, Failed)
    assert (last.code, last.message) == ("not_found", "gone")


async def test_its_deadline_is_kept() -> None:
    answerer = ScriptedAnswerer([READY, 3600], deadline_s=0.01)
    last = (await play(answerer))[-1]
    assert isinstance(last, Failed)
    assert last.code == "gateway_timeout"


async def test_it_counts_how_often_it_was_stopped() -> None:
    answerer = ScriptedAnswerer([Thinking("hm"), 3600, READY, END])
    for count in (1, 2, 3):
        async with answerer.answer(ask("?"), RequestContext()) as events:
            await anext(events)
        assert answerer.stopped == count


@pytest.mark.parametrize("text", ["", "one", "ä\n" * 1000])
async def test_instant_answers_with_its_text(text: str) -> None:
    assert await play(instant(text)) == [READY, Text(text), END]
