"""Short questions to the language model beside the answer."""

from __future__ import annotations

import pytest

from hydrophone.engine.extras.aside import MAX_TOKENS, Aside
from hydrophone.engine.prompt import instructions
from hydrophone.errors import Cancelled, UpstreamError
from hydrophone.llm.base import ModelDelta, ModelUsage
from hydrophone.llm.scripted import ScriptedChatModel, ScriptItem, saying
from hydrophone.llm.tokens import WordCounter
from hydrophone.types import RequestContext


def aside(model: ScriptedChatModel) -> Aside:
    return Aside(model, "tiny", WordCounter(), deadline_s=0.02)


@pytest.mark.parametrize(
    ("reply", "lines"),
    [
        ("whale song\nblue whales", ["whale song", "blue whales"]),
        (
            '1. "whale song"\n2) blue whales\n- krill\n• sea',
            ["whale song", "blue whales", "krill", "sea"],
        ),
        ("<think>Hm.\nwell</think>\nwhale song", ["whale song"]),
        ("<think>Hm, for ever", []),
        ("twice\ntwice", ["twice"]),
        ("x" * 1000, []),
        ("", []),
    ],
)
async def test_the_lines_of_the_reply_come_without_marks(reply: str, lines: list[str]) -> None:
    assert list(await aside(saying(reply)).lines("queries", "?", RequestContext())) == lines


async def test_the_prompt_and_little_room_are_sent() -> None:
    model = saying("ok")
    await aside(model).lines("queries", "Question: why?", RequestContext())
    [request] = model.requests
    assert [turn.text for turn in request.messages] == [instructions("queries"), "Question: why?"]
    assert (request.model, request.max_tokens) == ("tiny", MAX_TOKENS)


@pytest.mark.parametrize("item", [UpstreamError("gone"), 3600.0])
async def test_a_failure_gives_no_lines_and_is_nobodys_business(item: ScriptItem) -> None:
    context = RequestContext()
    assert await aside(ScriptedChatModel([item])).lines("queries", "?", context) == ()
    assert context.meter.usage.model_calls == 1
    assert context.meter.usage.total_tokens == 0


async def test_a_cancelled_request_is_not_taken_for_a_failure() -> None:
    with pytest.raises(Cancelled):
        await aside(ScriptedChatModel([Cancelled("gone")])).lines("queries", "?", RequestContext())


async def test_the_endpoints_own_counts_are_taken() -> None:
    usage = ModelUsage(prompt_tokens=11, completion_tokens=7, reasoning_tokens=3)
    script = [ModelDelta(text="ok", finish_reason="stop", usage=usage)]
    context = RequestContext()
    await aside(ScriptedChatModel(script)).lines("queries", "?", context)
    counted = context.meter.usage
    assert (counted.prompt_tokens, counted.completion_tokens) == (11, 7)
    assert counted.reasoning_tokens == 3
