"""The engine as an answerer: its events in order, its refusals, its limits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from hydrophone.engine.engine import Engine
from hydrophone.engine.profile import Profile
from hydrophone.engine.quote import QuoteWriter
from hydrophone.engine.write import ModelWriter
from hydrophone.errors import StorageError
from hydrophone.llm.base import ModelDelta
from hydrophone.llm.overlap import WordOverlap
from hydrophone.llm.scripted import ScriptedChatModel, saying
from hydrophone.llm.tokens import WordCounter
from hydrophone.ports import SearchOutcome
from hydrophone.types import (
    Budgets,
    Citation,
    Event,
    Failed,
    Finished,
    FunctionTool,
    JsonFormat,
    Notice,
    OutputOptions,
    Question,
    RequestContext,
    SearchOptions,
    Sources,
    Step,
    StepResult,
    Text,
    Tools,
    ask,
)
from tests.engine.material import source

QUESTION = ask("Do blue whales sing below forty hertz?")
FOUND = [source(n, f"Blue whales sing below forty hertz in ocean {n}.") for n in range(1, 31)]
FOREVER = 3600.0


@dataclass
class Finds:
    """A searcher that finds this, after a while or not at all."""

    count: int = 3
    notices: tuple[Notice, ...] = ()
    error: Exception | None = None
    delay_s: float = 0.0
    asked: list[tuple[Sequence[str], SearchOptions]] = field(default_factory=list)

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        self.asked.append((queries, options))
        await asyncio.sleep(self.delay_s)
        if self.error is not None:
            raise self.error
        most = options.max_results or 10
        results = tuple(one.result for one in FOUND[: self.count])
        return SearchOutcome(results[:most], self.notices)


def quoting(searcher: Finds, profile: Profile | None = None, **more: float) -> Engine:
    writer = QuoteWriter(WordOverlap(), WordCounter())
    return Engine(searcher, writer, profile or Profile(), deadline_s=more.get("deadline_s", 30))


def writing(searcher: Finds, model: ScriptedChatModel) -> Engine:
    writer = ModelWriter(model, WordCounter(), deadline_s=30)
    return Engine(searcher, writer, Profile(chat_model="tiny"), deadline_s=30)


async def events_of(
    engine: Engine, question: Question = QUESTION, context: RequestContext | None = None
) -> list[Event]:
    async with engine.answer(question, context or RequestContext()) as events:
        return [event async for event in events]


async def failure_of(engine: Engine, question: Question = QUESTION) -> Failed:
    last = (await events_of(engine, question))[-1]
    assert isinstance(last, Failed)
    return last


async def test_the_stages_come_one_after_another() -> None:
    events = await events_of(quoting(Finds(1)))
    assert [type(event) for event in events] == [
        Step,
        StepResult,
        Sources,
        Text,
        Citation,
        Finished,
    ]


async def test_sources_are_numbered_from_one_and_complete() -> None:
    events = await events_of(quoting(Finds(3)))
    [sources] = [event for event in events if isinstance(event, Sources)]
    assert sources.complete
    assert [(one.n, one.result.url) for one in sources.items] == [
        (n, f"https://a.example/{n}") for n in (1, 2, 3)
    ]
    [result] = [event for event in events if isinstance(event, StepResult)]
    assert result.hits == tuple(one.result for one in sources.items)


@pytest.mark.parametrize(("wanted", "expected"), [(None, 16), (3, 3), (20, 20)])
async def test_as_many_results_are_searched_for_as_caller_or_profile_want(
    wanted: int | None, expected: int
) -> None:
    searcher = Finds(30)
    question = replace(QUESTION, search=SearchOptions(max_results=wanted))
    events = await events_of(quoting(searcher, Profile(results=16)), question)
    [sources] = [event for event in events if isinstance(event, Sources)]
    assert len(sources.items) == expected
    assert searcher.asked[0][1].max_results == expected


async def test_the_callers_filters_reach_the_searcher() -> None:
    searcher = Finds()
    options = SearchOptions(country="DE", max_results=5)
    await events_of(quoting(searcher), replace(QUESTION, search=options))
    assert searcher.asked == [((QUESTION.last_user_text,), replace(options, passages=3))]


async def test_what_could_not_be_done_is_told_before_the_text() -> None:
    notice = Notice("no_embedder", "By words alone.")
    own = Notice("no_reranker", "By words.")
    engine = Engine(
        Finds(notices=(notice,)),
        QuoteWriter(WordOverlap(), WordCounter()),
        Profile(),
        deadline_s=30,
        notices=[own],
    )
    events = await events_of(engine)
    assert events[0] == own
    assert events.index(notice) < next(i for i, e in enumerate(events) if isinstance(e, Text))


async def test_the_end_tells_what_was_used() -> None:
    context = RequestContext()
    last = (await events_of(quoting(Finds()), context=context))[-1]
    assert isinstance(last, Finished)
    assert last.usage == context.meter.usage
    assert last.usage.search_queries == 1
    assert last.usage.completion_tokens > 0


async def test_when_nothing_is_found_the_answer_says_so() -> None:
    events = await events_of(quoting(Finds(0)))
    assert Sources((), complete=True) in events
    assert [event.kind for event in events if isinstance(event, Notice)] == ["not_in_sources"]
    assert isinstance(events[-1], Finished)


async def test_when_nothing_is_found_a_models_own_words_are_told_as_such() -> None:
    events = await events_of(writing(Finds(0), saying("Whales sing.")))
    notices = [event for event in events if isinstance(event, Notice)]
    assert [notice.kind for notice in notices] == ["not_in_sources"]
    assert "without sources" in notices[0].message


async def test_without_a_search_nothing_is_searched_and_no_notice_given() -> None:
    searcher = Finds()
    question = replace(QUESTION, search=SearchOptions(enabled=False))
    events = await events_of(writing(searcher, saying("Whales sing.")), question)
    assert searcher.asked == []
    assert [type(event) for event in events] == [Sources, Text, Text, Finished]
    assert events[-1].usage.search_queries == 0  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("question", "param"),
    [
        (replace(QUESTION, output=OutputOptions(format=JsonFormat())), "response_format"),
        (replace(QUESTION, tools=Tools((FunctionTool("f"),), choice="required")), "tool_choice"),
        (replace(QUESTION, tools=Tools((FunctionTool("f"),), choice="f")), "tool_choice"),
        (replace(QUESTION, search=SearchOptions(enabled=False)), "disable_search"),
        (ask(" "), "messages"),
    ],
)
async def test_what_only_a_language_model_can_do_is_refused_without_one(
    question: Question, param: str
) -> None:
    searcher = Finds()
    failed = await failure_of(quoting(searcher), question)
    assert (failed.status, failed.param) == (400, param)
    assert searcher.asked == []


async def test_a_refusal_is_the_first_event_so_that_it_decides_the_status() -> None:
    own = Notice("no_reranker", "By words.")
    engine = Engine(
        Finds(),
        QuoteWriter(WordOverlap(), WordCounter()),
        Profile(),
        deadline_s=30,
        notices=[own],
    )
    assert [type(event) for event in await events_of(engine, ask(""))] == [Failed]


async def test_tools_that_need_not_be_called_are_no_reason_to_refuse() -> None:
    question = replace(QUESTION, tools=Tools((FunctionTool("f"),)))
    assert isinstance((await events_of(quoting(Finds()), question))[-1], Finished)


async def test_a_searcher_that_fails_ends_the_answer_with_its_error() -> None:
    failed = await failure_of(quoting(Finds(error=StorageError("the index is torn"))))
    assert (failed.status, failed.message, failed.retryable) == (500, "the index is torn", True)


async def test_the_deadline_ends_the_work() -> None:
    failed = await failure_of(quoting(Finds(delay_s=FOREVER), deadline_s=0.02))
    assert (failed.code, failed.status) == ("gateway_timeout", 504)
    assert failed.usage.search_queries == 1


async def test_the_callers_deadline_can_only_be_shorter() -> None:
    searcher = Finds(delay_s=FOREVER)
    hurried = replace(QUESTION, budgets=Budgets(deadline_s=0.02))
    assert (await failure_of(quoting(searcher), hurried)).status == 504
    patient = replace(QUESTION, budgets=Budgets(deadline_s=FOREVER))
    assert (await failure_of(quoting(searcher, deadline_s=0.02), patient)).status == 504


async def test_a_cancelled_request_ends_as_such_and_stops_the_model() -> None:
    # A sentence goes out when the next one begins.
    model = ScriptedChatModel([ModelDelta(text="Whales sing. They"), FOREVER])
    context = RequestContext()
    seen: list[Event] = []
    async with writing(Finds(), model).answer(QUESTION, context) as events:
        async for event in events:
            seen.append(event)
            if isinstance(event, Text):
                context.cancel.cancel()
    assert isinstance(seen[-1], Failed)
    assert seen[-1].code == "cancelled"
    assert seen[-1].usage.completion_tokens == 4
    assert model.stopped == 1


async def test_leaving_stops_the_model() -> None:
    # A sentence goes out when the next one begins.
    model = ScriptedChatModel([ModelDelta(text="Whales sing. They"), FOREVER])
    context = RequestContext()
    async with writing(Finds(), model).answer(QUESTION, context) as events:
        async for event in events:
            if isinstance(event, Text):
                break
    assert model.stopped == 1
    assert context.meter.usage.completion_tokens == 4
