"""Calls to the model around one answer: how many, when, and that the same gives the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from hydrophone.engine.engine import Engine
from hydrophone.engine.extras.aside import Aside
from hydrophone.engine.profile import Profile
from hydrophone.engine.write import ModelWriter
from hydrophone.engine.writing.release import Checking
from hydrophone.engine.writing.window import Window
from hydrophone.errors import StorageError
from hydrophone.llm.openai import OpenAIModel
from hydrophone.llm.tokens import WordCounter
from hydrophone.ports import SearchOutcome
from hydrophone.types import (
    Budgets,
    Citation,
    Event,
    Failed,
    Finished,
    Notice,
    Question,
    RequestContext,
    SearchOptions,
    Sources,
    Step,
    Text,
    TextPart,
    Turn,
    ask,
)
from tests.emulators.openai_model import ModelServer, Reply
from tests.engine.material import source
from tests.engine.writing.judging import ByWords

QUESTION = ask("How do elephants hum on the land?")
FOUND = (
    source(1, "Whales live in every ocean. Blue whales sing below forty hertz."),
    source(2, "Elephants live on the land. Elephants hum below twenty hertz."),
)
WRITTEN = "Elephants hum below twenty hertz [1]. Blue whales sing below forty hertz [9]. They do."
FOREVER = 3600.0


@dataclass
class Finds:
    """A searcher that knows how often the model had been called when it was asked."""

    server: ModelServer
    delay_s: float = 0.0
    calls_before: list[int] = field(default_factory=list)
    left: int = 0

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        self.calls_before.append(len(self.server.requests))
        try:
            await asyncio.sleep(self.delay_s)
        except asyncio.CancelledError:
            self.left += 1
            raise
        return SearchOutcome(tuple(one.result for one in FOUND))


@asynccontextmanager
async def engine(
    server: ModelServer,
    *,
    checker: ByWords | None = None,
    deadline_s: float = 30,
    searcher: Finds | None = None,
) -> AsyncIterator[tuple[Engine, Finds]]:
    model = OpenAIModel(server.url)
    finds = searcher or Finds(server)
    checking = Checking(checker or ByWords())
    window = Window(WordCounter(), ask=model.context_tokens)
    writer = ModelWriter(model, WordCounter(), deadline_s=30, checking=checking, window=window)
    profile = Profile(chat_model="tiny")
    aside = Aside(model, "tiny", WordCounter())
    try:
        yield Engine(finds, writer, profile, deadline_s=deadline_s, aside=aside), finds
    finally:
        await model.close()


def said(text: str) -> Turn:
    return Turn("assistant", (TextPart(text),))


async def events_of(
    asked: Engine, question: Question = QUESTION, context: RequestContext | None = None
) -> list[Event]:
    async with asked.answer(question, context or RequestContext()) as events:
        return [event async for event in events]


def text_in(events: Sequence[Event]) -> str:
    return "".join(event.delta for event in events if isinstance(event, Text))


def notices_in(events: Sequence[Event]) -> list[str]:
    return [event.kind for event in events if isinstance(event, Notice)]


@pytest.mark.parametrize("whole", [False, True])
async def test_an_answer_costs_one_call_and_that_after_the_search(whole: bool) -> None:
    async with ModelServer(Reply(WRITTEN)) as server, engine(server) as (asked, finds):
        events = await events_of(asked, context=RequestContext(whole=whole))
        assert text_in(events) == (
            "Elephants hum below twenty hertz [2]. Blue whales sing below forty hertz. [1] They do."
        )
        assert isinstance(events[-1], Finished)
        assert events[-1].usage.model_calls == 1
        assert [request.method for request in server.requests] == ["POST"]
        assert finds.calls_before == [0]


async def test_a_follow_up_costs_a_second_call_and_its_words_are_searched_for_meanwhile() -> None:
    talk = (Turn("user", (TextPart("How do elephants hum?"),)), said("Below twenty hertz [1]."))
    question = replace(QUESTION, turns=(*talk, Turn("user", (TextPart("And where do they?"),))))
    replies = (Reply("Where do elephants hum?"), Reply(WRITTEN))
    async with ModelServer(*replies) as server, engine(server) as (asked, finds):
        events = await events_of(asked, question)
        assert isinstance(events[-1], Finished)
        assert events[-1].usage.model_calls == 2
        assert finds.calls_before[0] == 0
        assert [request.method for request in server.requests] == ["POST", "POST"]
        assert "Where do elephants hum?" not in str(server.requests[0].body)


async def test_the_same_request_twice_gives_the_same_events() -> None:
    async with ModelServer(Reply(WRITTEN, pieces=None)) as server, engine(server) as (asked, _):
        first, second = await events_of(asked), await events_of(asked)
        kept = (Sources, Citation, Text, Step, Notice)
        assert [one for one in first if isinstance(one, kept)] == [
            one for one in second if isinstance(one, kept)
        ]
        bodies = [request.body for request in server.requests]
        assert bodies[0] == bodies[1]


async def test_what_a_model_thinks_aloud_is_no_part_of_the_answer() -> None:
    reply = Reply(f"<think>Elephants [1]? Hm.</think>\n\n{WRITTEN}", pieces=None)
    async with ModelServer(reply) as server, engine(server) as (asked, _):
        assert text_in(await events_of(asked)).startswith("Elephants hum below twenty hertz [2].")


async def test_a_model_that_breaks_off_leaves_what_it_wrote_and_its_error() -> None:
    reply = Reply(WRITTEN, pieces=None, cut_after=60)
    async with ModelServer(reply) as server, engine(server) as (asked, _):
        events = await events_of(asked)
        assert text_in(events).startswith("Elephants hum below twenty hertz [2]. Blue whales")
        assert isinstance(events[-1], Failed)


async def test_a_model_that_is_late_leaves_what_it_wrote_and_a_notice() -> None:
    reply = Reply(WRITTEN, pieces=None, hang_after=60)
    async with ModelServer(reply) as server, engine(server, deadline_s=1.0) as (asked, _):
        events = await events_of(asked)
        assert text_in(events).startswith("Elephants hum below twenty hertz [2]. Blue whales")
        assert notices_in(events) == ["late_stage"]
        assert isinstance(events[-1], Finished)
        assert events[-1].reason == "length"
        await server.wait_for_disconnect()


async def test_a_model_that_writes_nothing_in_time_is_an_error() -> None:
    async with (
        ModelServer(Reply(hang_after=-1)) as server,
        engine(server, deadline_s=0.5) as (a, _),
    ):
        events = await events_of(a)
        assert isinstance(events[-1], Failed)
        assert events[-1].status == 504
        await server.wait_for_disconnect()


async def test_leaving_frees_the_model_and_the_check() -> None:
    checker = ByWords(delay_s=FOREVER)
    reply = Reply(WRITTEN * 20, pieces=None, delay_s=0.001)
    async with ModelServer(reply) as server, engine(server, checker=checker) as (asked, _):
        async with asked.answer(QUESTION, RequestContext()) as events:
            async for event in events:
                if isinstance(event, Sources):
                    break
            while not checker.running:  # noqa: ASYNC110 - an event of its own would be more code
                await asyncio.sleep(0.001)
        await server.wait_for_disconnect()
        assert checker.running == 0
        assert checker.left == len(checker.claims)


async def test_leaving_frees_the_search() -> None:
    async with ModelServer() as server:
        slow = Finds(server, delay_s=FOREVER)
        async with engine(server, searcher=slow) as (asked, _):
            async with asked.answer(QUESTION, RequestContext()) as events:
                async for event in events:
                    if isinstance(event, Step):
                        break
                while not slow.calls_before:  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.001)
            assert slow.left == 1
            assert server.requests == []


async def test_a_check_that_fails_is_told_and_costs_nothing_else() -> None:
    checker = ByWords(error=StorageError("gone"))
    async with ModelServer(Reply(WRITTEN)) as server, engine(server, checker=checker) as (asked, _):
        events = await events_of(asked)
        assert text_in(events).startswith("Elephants hum below twenty hertz [1].")
        assert notices_in(events) == ["late_stage"]


async def test_a_budget_of_tokens_limits_the_reply_and_is_named_when_it_ends_it() -> None:
    reply = Reply(WRITTEN, finish_reason="length")
    question = replace(QUESTION, budgets=Budgets(tokens=600))
    async with ModelServer(reply) as server, engine(server) as (asked, _):
        events = await events_of(asked, question)
        most = server.requests[0].body["max_tokens"]
        assert 0 < most < 600
        assert "budget" in notices_in(events)
        tight = await events_of(asked, replace(QUESTION, budgets=Budgets(tokens=50)))
        assert isinstance(tight[-1], Failed)
        assert tight[-1].code == "budget_exceeded"
        assert len(server.requests) == 1


async def test_stops_are_honoured_where_the_endpoint_does_not() -> None:
    stop = replace(QUESTION, output=replace(QUESTION.output, stop=("They do",)))
    async with ModelServer(Reply(WRITTEN, pieces=None)) as server, engine(server) as (asked, _):
        events = await events_of(asked, stop)
        assert text_in(events).strip().endswith("Blue whales sing below forty hertz. [1]")
        assert server.requests[0].body["stop"] == ["They do"]


async def test_the_window_that_the_endpoint_tells_is_kept_to() -> None:
    talk = [
        Turn(role, (TextPart("talk " * 300),)) for _ in range(20) for role in ("user", "assistant")
    ]
    question = replace(QUESTION, turns=(*talk, *QUESTION.turns))  # type: ignore[arg-type]
    card = {"max_model_len": 3_000}
    async with ModelServer(Reply(WRITTEN), card=card) as server, engine(server) as (asked, _):
        await events_of(asked, question)
        sent = server.requests[-1].body["messages"]
        assert WordCounter().count("\n".join(turn["content"] for turn in sent)) < 2_000
        assert len(sent) < 40
        assert "Elephants live on the land" in sent[0]["content"]
