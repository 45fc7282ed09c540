"""What the models behind the ids do: searches, rounds, thoughts, reports, and what they ignore."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from hydrophone.catalog import ENGINE_MODELS
from hydrophone.engine.engine import Engine
from hydrophone.engine.extras.aside import Aside
from hydrophone.engine.profile import Profile
from hydrophone.engine.quote import QuoteWriter
from hydrophone.engine.research.quoted import QuotedReport
from hydrophone.engine.research.written import ModelReport
from hydrophone.engine.write import ModelWriter
from hydrophone.errors import StorageError, UpstreamError
from hydrophone.llm.base import ModelDelta
from hydrophone.llm.overlap import WordOverlap
from hydrophone.llm.scripted import ScriptedChatModel
from hydrophone.llm.tokens import WordCounter
from hydrophone.ports import SearchOutcome
from hydrophone.types import (
    Budgets,
    Effort,
    Event,
    Extras,
    Failed,
    Filter,
    Finished,
    Image,
    ImageFilter,
    Media,
    Notice,
    OutputOptions,
    Question,
    Related,
    RequestContext,
    SearchOptions,
    Sources,
    Step,
    Text,
    TextPart,
    Thinking,
    Turn,
    ask,
)
from tests.engine.material import source

QUESTION = ask("How do blue whales sing below forty hertz?")
PAGES = [
    source(
        n,
        f"Blue whales sing below forty hertz in ocean number {n}.",
        f"The whales of ocean {n} eat krill all day.",
        title=f"Whales of ocean {n}",
    ).result
    for n in range(1, 120)
]
IMAGE = Image("https://img.example/1.png", "https://a.example/1")


def profile_of(model: str, chat_model: str | None = None) -> Profile:
    return replace(ENGINE_MODELS[model].profile, chat_model=chat_model)


@dataclass
class Ocean:
    """A searcher that finds other pages for every query, and counts."""

    images: tuple[Image, ...] = ()
    delay_s: float = 0.0
    error: Exception | None = None
    asked: list[tuple[str, SearchOptions]] = field(default_factory=list)

    @property
    def queries(self) -> list[str]:
        return [query for query, _ in self.asked]

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        [query] = queries
        first = 20 * len(self.asked) % 100
        self.asked.append((query, options))
        await asyncio.sleep(self.delay_s)
        if self.error is not None:
            raise self.error
        most = options.max_results or 10
        return SearchOutcome(tuple(PAGES[first : first + most]), images=self.images)


def quoting(ocean: Ocean, profile: Profile, *, deadline_s: float = 30) -> Engine:
    reranker, tokens = WordOverlap(), WordCounter()
    is_report = profile.kind == "report"
    writer = QuotedReport(reranker, tokens) if is_report else QuoteWriter(reranker, tokens)
    return Engine(ocean, writer, profile, deadline_s=deadline_s)


def writing(ocean: Ocean, model: ScriptedChatModel, profile: Profile) -> Engine:
    writer = ModelWriter(model, WordCounter(), deadline_s=30)
    aside = Aside(model, "tiny", WordCounter())
    return Engine(ocean, writer, profile, deadline_s=30, aside=aside)


def replying(*texts: str) -> ScriptedChatModel:
    """A model whose replies are these, one after the other."""
    end = ModelDelta(finish_reason="stop")
    return ScriptedChatModel(*([ModelDelta(text=text), end] for text in texts))


async def events_of(
    engine: Engine, question: Question = QUESTION, context: RequestContext | None = None
) -> list[Event]:
    async with engine.answer(question, context or RequestContext()) as events:
        seen = [event async for event in events]
    assert isinstance(seen[-1], Finished), seen[-1]
    return seen


def sources_in(events: Sequence[Event]) -> list[str]:
    return [one.result.url for e in events if isinstance(e, Sources) for one in e.items]


def text_in(events: Sequence[Event]) -> str:
    return "".join(event.delta for event in events if isinstance(event, Text))


def thoughts_in(events: Sequence[Event]) -> str:
    return "".join(event.delta for event in events if isinstance(event, Thinking))


def notices_in(events: Sequence[Event]) -> list[str]:
    return [event.kind for event in events if isinstance(event, Notice)]


async def test_sonar_searches_once_for_the_question_as_it_is() -> None:
    ocean = Ocean()
    events = await events_of(quoting(ocean, profile_of("sonar")))
    assert ocean.queries == [QUESTION.last_user_text]
    assert len(sources_in(events)) == 8


async def test_sonar_pro_searches_for_the_parts_and_for_what_they_lead_to() -> None:
    ocean = Ocean()
    question = ask("How do blue whales sing and why do elephants hum?", model="sonar-pro")
    events = await events_of(quoting(ocean, profile_of("sonar-pro")), question)
    assert ocean.queries[:3] == [
        "How do blue whales sing and why do elephants hum?",
        "How do blue whales sing",
        "why do elephants hum?",
    ]
    assert len(ocean.queries) == 6
    assert all("Blue whales sing below forty hertz in ocean" in one for one in ocean.queries[3:])
    assert len(sources_in(events)) == 16
    assert len(set(sources_in(events))) == 16
    steps = [event for event in events if isinstance(event, Step)]
    assert [len(step.queries) for step in steps] == [3, 3]


async def test_several_searches_find_more_than_one() -> None:
    once, pro = Ocean(), Ocean()
    alone = replace(profile_of("sonar-pro"), queries=1, leads=0)
    by_one = sources_in(await events_of(quoting(once, alone)))
    by_several = sources_in(await events_of(quoting(pro, profile_of("sonar-pro"))))
    assert by_several[:12] == by_one[:12]
    assert not set(by_several[12:]) & set(by_one[:12])
    assert by_several != by_one


async def test_a_search_that_fails_among_several_ends_the_answer_with_its_error() -> None:
    engine = quoting(Ocean(error=StorageError("the index is torn")), profile_of("sonar-pro"))
    question = ask("How do blue whales sing and why do elephants hum?")
    async with engine.answer(question, RequestContext()) as events:
        last = [event async for event in events][-1]
    assert isinstance(last, Failed)
    assert last.message == "the index is torn"


async def test_a_language_model_proposes_the_queries() -> None:
    ocean = Ocean()
    model = replying("whale song frequency\nwhale hearing", "Low [1].")
    events = await events_of(writing(ocean, model, profile_of("sonar-pro", "tiny")))
    assert ocean.queries[:3] == [
        QUESTION.last_user_text,
        "whale song frequency",
        "whale hearing",
    ]
    assert text_in(events) == "Low [1]."


async def test_when_it_fails_at_that_the_rule_proposes_them() -> None:
    ocean = Ocean()
    end = ModelDelta(finish_reason="stop")
    model = ScriptedChatModel([UpstreamError("gone")], [ModelDelta(text="Low [1]."), end])
    events = await events_of(writing(ocean, model, profile_of("sonar-pro", "tiny")))
    assert ocean.queries[0] == QUESTION.last_user_text
    assert text_in(events) == "Low [1]."


async def test_a_follow_up_is_searched_with_its_context() -> None:
    said = [
        ("user", "How warm is the sea in summer?"),
        ("assistant", "18."),
        ("user", "And in winter?"),
    ]
    turns = tuple(Turn(role, (TextPart(text),)) for role, text in said)  # type: ignore[arg-type]
    ocean = Ocean()
    await events_of(quoting(ocean, profile_of("sonar")), Question(turns, "sonar"))
    assert ocean.queries == ["How warm is the sea in winter?"]


@pytest.mark.parametrize("model", ["sonar-reasoning", "sonar-reasoning-pro"])
async def test_a_reasoning_model_tells_first_what_it_really_did(model: str) -> None:
    ocean, context = Ocean(), RequestContext()
    events = await events_of(quoting(ocean, profile_of(model)), context=context)
    thoughts = thoughts_in(events)
    for query in ocean.queries:
        assert query in thoughts
    count = len(sources_in(events))
    assert f"Found {count} pages: Whales of ocean 1" in thoughts
    assert "Sentences that answer stand in source" in thoughts
    kinds = [type(event) for event in events]
    assert max(i for i, kind in enumerate(kinds) if kind is Thinking) < kinds.index(Text)
    usage = context.meter.usage
    assert usage.reasoning_tokens > 0
    assert usage.completion_tokens == usage.reasoning_tokens + WordCounter().count(text_in(events))


async def test_behind_the_plan_come_the_language_models_own_thoughts() -> None:
    script = [ModelDelta(thinking="Hm."), ModelDelta(text="Low [1].", finish_reason="stop")]
    engine = writing(Ocean(), ScriptedChatModel(script), profile_of("sonar-reasoning", "tiny"))
    events = await events_of(engine)
    assert thoughts_in(events).startswith("Searching for:")
    assert thoughts_in(events).endswith("Hm.")
    assert text_in(events) == "Low [1]."


@pytest.mark.parametrize("model", ["sonar", "sonar-pro", "sonar-deep-research"])
async def test_the_other_models_show_no_thoughts(model: str) -> None:
    assert thoughts_in(await events_of(quoting(Ocean(), profile_of(model)))) == ""


async def test_deep_research_goes_round_after_round_as_the_effort_says() -> None:
    counts: list[int] = []
    efforts: tuple[Effort, ...] = ("minimal", "low", "medium", "high")
    for effort in efforts:
        ocean, context = Ocean(), RequestContext()
        question = replace(QUESTION, extras=Extras(reasoning_effort=effort))
        events = await events_of(
            quoting(ocean, profile_of("sonar-deep-research")), question, context
        )
        counts.append(len(ocean.queries))
        usage = context.meter.usage
        assert usage.search_queries == len(ocean.queries)
        assert usage.citation_tokens > 0
        assert "ignored_option" not in notices_in(events)
    assert counts == sorted(set(counts))


async def test_a_deeper_search_goes_two_rounds_on_any_model_and_tells_why() -> None:
    ocean, context = Ocean(), RequestContext()
    question = replace(ask("How do elephants hum?"), search=SearchOptions(depth="pro"))
    events = await events_of(quoting(ocean, profile_of("default")), question, context)
    steps = [event for event in events if isinstance(event, Step)]
    assert len(steps) >= 3
    assert all(step.thought for step in steps[1:])
    assert context.meter.pro_search
    assert len(ocean.queries) == len(set(ocean.queries))


@pytest.mark.parametrize(
    ("text", "deep"),
    [("How do whales sing?", False), ("How do whales sing and why do elephants hum?", True)],
)
async def test_auto_goes_deep_when_the_question_asks_several_things(text: str, deep: bool) -> None:
    ocean, context = Ocean(), RequestContext()
    question = replace(ask(text), search=SearchOptions(depth="auto"))
    await events_of(quoting(ocean, profile_of("sonar")), question, context)
    assert context.meter.pro_search is deep
    assert (len(ocean.queries) > 1) is deep


async def test_no_further_round_begins_when_half_the_time_has_gone() -> None:
    ocean = Ocean(delay_s=1.1)
    await events_of(quoting(ocean, Profile(rounds=4), deadline_s=2.1))
    assert len(ocean.queries) == 1


async def test_a_budget_of_searches_is_kept() -> None:
    for budget in (1, 2, 5):
        ocean = Ocean()
        question = replace(QUESTION, budgets=Budgets(searches=budget))
        await events_of(quoting(ocean, profile_of("sonar-deep-research")), question)
        assert len(ocean.queries) == budget


@pytest.mark.parametrize(("size", "results"), [("low", 8), ("medium", 12), ("high", 16)])
async def test_the_context_size_says_how_much_is_searched_for(size: str, results: int) -> None:
    ocean = Ocean()
    question = replace(QUESTION, search=SearchOptions(context_size=size))  # type: ignore[arg-type]
    events = await events_of(quoting(ocean, profile_of("sonar")), question)
    assert len(sources_in(events)) == results
    assert ocean.asked[0][1].max_results == results
    assert ocean.asked[0][1].passages == {"low": 3, "medium": 4, "high": 5}[size]


@pytest.mark.parametrize("depth", ["fast", "pro"])
async def test_no_more_results_come_than_the_caller_wants(depth: str) -> None:
    options = SearchOptions(max_results=5, depth=depth)  # type: ignore[arg-type]
    events = await events_of(
        quoting(Ocean(), profile_of("sonar-pro")), replace(QUESTION, search=options)
    )
    assert len(sources_in(events)) == 5


async def test_r1_never_searches_and_names_the_filters_that_it_ignores() -> None:
    ocean = Ocean()
    options = SearchOptions(enabled=True, filter=Filter(domains_allow=("a.example",)))
    engine = writing(ocean, replying("Low."), profile_of("r1-1776", "tiny"))
    events = await events_of(engine, replace(QUESTION, search=options))
    assert ocean.queries == []
    [notice] = [event for event in events if isinstance(event, Notice)]
    assert "search_domain_filter" in notice.message
    assert text_in(events) == "Low."


async def test_r1_without_a_language_model_is_refused() -> None:
    engine = quoting(Ocean(), profile_of("r1-1776"))
    async with engine.answer(QUESTION, RequestContext()) as events:
        [failed] = [event async for event in events]
    assert isinstance(failed, Failed)
    assert (failed.status, failed.param) == (400, "model")


async def test_the_classifier_leaves_out_a_search_that_is_not_needed() -> None:
    ocean = Ocean()
    question = replace(ask("Hello!"), search=SearchOptions(classify=True))
    events = await events_of(writing(ocean, replying("Hi."), Profile(chat_model="tiny")), question)
    assert ocean.queries == []
    assert text_in(events) == "Hi."
    searched = replace(QUESTION, search=SearchOptions(classify=True))
    await events_of(writing(ocean, replying("Low [1]."), Profile(chat_model="tiny")), searched)
    assert len(ocean.queries) == 1


async def test_without_a_language_model_the_classifier_is_told_to_be_ignored() -> None:
    ocean = Ocean()
    question = replace(ask("Hello!"), search=SearchOptions(classify=True))
    events = await events_of(quoting(ocean, Profile()), question)
    assert ocean.queries == ["Hello!"]
    assert "ignored_option" in notices_in(events)


async def test_related_questions_come_before_the_text_without_a_language_model() -> None:
    pages = [replace(PAGES[0], title="Why do whales sing?")]

    class One(Ocean):
        async def search(
            self, queries: Sequence[str], options: SearchOptions, context: RequestContext
        ) -> SearchOutcome:
            return SearchOutcome(tuple(pages))

    question = replace(QUESTION, extras=Extras(related=True))
    events = await events_of(quoting(One(), Profile()), question)
    kinds = [type(event) for event in events]
    assert kinds.index(Related) < kinds.index(Text)
    assert Related(("Why do whales sing?",)) in events
    assert Related not in [type(event) for event in await events_of(quoting(One(), Profile()))]


async def test_a_language_models_related_questions_come_behind_its_text() -> None:
    model = replying("Low [1].", "How do whales hear?")
    question = replace(QUESTION, extras=Extras(related=True))
    events = await events_of(writing(Ocean(), model, Profile(chat_model="tiny")), question)
    assert events[-2] == Related(("How do whales hear?",))


async def test_pictures_are_shown_once_and_as_the_caller_filters_them() -> None:
    ocean = Ocean(images=(IMAGE, replace(IMAGE, url="https://img.example/2.gif")))
    extras = Extras(images=True, image_filter=ImageFilter(formats=("png",)))
    question = replace(QUESTION, extras=extras)
    events = await events_of(quoting(ocean, profile_of("sonar-pro")), question)
    assert [event for event in events if isinstance(event, Media)] == [Media((IMAGE,))]


async def test_a_limit_above_the_models_own_is_brought_down_to_it() -> None:
    profile = replace(profile_of("sonar", "tiny"), max_output_tokens=7)
    for asked, sent in ((100, 7), (5, 5), (None, None)):
        model = replying("Low [1].")
        question = replace(QUESTION, output=OutputOptions(max_tokens=asked))
        await events_of(writing(Ocean(), model, profile), question)
        assert model.requests[0].max_tokens == sent


@pytest.mark.parametrize(
    ("stop", "shown"),
    [
        ((" [1]",), "Blue whales sing below forty hertz in ocean number 1."),
        (("forty", "below"), "Blue whales sing "),
        (("Blue",), ""),
    ],
)
async def test_a_stop_sequence_ends_the_quotes(stop: tuple[str, ...], shown: str) -> None:
    question = replace(QUESTION, output=OutputOptions(stop=stop))
    events = await events_of(quoting(Ocean(), Profile()), question)
    assert text_in(events) == shown
    last = events[-1]
    assert isinstance(last, Finished)
    assert last.reason == "stop"


@pytest.mark.parametrize(
    ("known", "wanted", "told"),
    [("de", "de", False), ("de-AT", "de", False), ("en", "de", True), (None, "de", True)],
)
async def test_a_wanted_language_that_the_quotes_are_not_in_is_told(
    known: str | None, wanted: str, told: bool
) -> None:
    class Spoken(Ocean):
        async def search(
            self, queries: Sequence[str], options: SearchOptions, context: RequestContext
        ) -> SearchOutcome:
            return SearchOutcome((replace(PAGES[0], language=known),))

    question = replace(QUESTION, output=OutputOptions(language=wanted))
    events = await events_of(quoting(Spoken(), Profile()), question)
    assert ("ignored_option" in notices_in(events)) is told


async def test_a_deeper_search_that_is_not_made_is_not_charged() -> None:
    context = RequestContext()
    question = replace(QUESTION, search=SearchOptions(depth="pro"))
    engine = writing(Ocean(), replying("Low."), profile_of("r1-1776", "tiny"))
    await events_of(engine, question, context)
    assert not context.meter.pro_search


async def test_a_language_model_outlines_the_report_searches_for_it_and_writes_it() -> None:
    ocean = Ocean()
    outline = "The song | blue whale song\n2. **The food** | blue whale krill\nno section"
    notes = "They sing low [1].", "They eat krill [2].\n? blue whale krill"
    replies = "blue whale song\nblue whale food", *notes, "They eat krill [2].", outline
    model = replying(*replies, "They sing [1].", "They eat [2]. [99]")
    profile = profile_of("sonar-deep-research", "tiny")
    writer = ModelReport(model, WordCounter(), deadline_s=30)
    aside = Aside(model, "tiny", WordCounter())
    engine = Engine(ocean, writer, profile, deadline_s=30, aside=aside)
    events = await events_of(engine)
    assert {"blue whale song", "blue whale food", "blue whale krill"} <= set(ocean.queries)
    assert text_in(events) == "## The song\n\nThey sing [1].\n\n## The food\n\nThey eat [2]."
    assert thoughts_in(events) == ""
