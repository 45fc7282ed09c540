"""A sea of pages to search, and a model server that plans, notes, outlines and writes by script."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from hydrophone.engine.engine import Engine
from hydrophone.engine.extras.aside import Aside
from hydrophone.engine.profile import Profile
from hydrophone.engine.prompt import instructions
from hydrophone.engine.research.quoted import QuotedReport
from hydrophone.engine.research.written import ModelReport
from hydrophone.llm.openai.client import OpenAIModel
from hydrophone.llm.overlap import WordOverlap
from hydrophone.llm.tokens import WordCounter
from hydrophone.ports import SearchOutcome
from hydrophone.types import (
    Budgets,
    Citation,
    Event,
    Notice,
    Question,
    RequestContext,
    SearchOptions,
    SearchResult,
    Source,
    Sources,
    Step,
    StepResult,
    Text,
    ask,
)
from tests.emulators.openai_model import ModelServer, Reply
from tests.engine.material import source

ASKED = "How do whales sing, and what do whales eat?"
QUESTION = ask(ASKED, model="sonar-deep-research")
REPORT = Profile(results=6, queries=3, rounds=2, sentences=2, kind="report", sections=4)
WRITTEN = replace(REPORT, chat_model="tiny")
KINDS = ("plan", "note", "outline", "section")


def headed(n: int, heading: str, *texts: str) -> SearchResult:
    page = source(n, *texts, title=f"Page {n}").result
    under = tuple(replace(passage, headings=(heading,)) for passage in page.passages)
    return replace(page, passages=under)


SONG = headed(1, "Song", "Blue whales sing below forty hertz.", "Whales sing with their throats.")
FOOD = headed(2, "Food", "Whales eat krill all day in the cold sea.")
BALEEN = headed(3, "Baleen", "Baleen holds the krill back that whales eat.")
SEA = {"sing": SONG, "song": SONG, "eat": FOOD, "food": FOOD, "baleen": BALEEN}


@dataclass
class Sea:
    """A searcher that finds the pages whose words a query holds; counts, may be slow or fail."""

    pages: Mapping[str, SearchResult] = field(default_factory=lambda: SEA)
    slow: Mapping[str, float] = field(default_factory=dict)
    failing: Mapping[str, Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    stopped: int = 0

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        [query] = queries
        self.asked.append(query)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(next((s for word, s in self.slow.items() if word in query), 0))
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        finally:
            self.at_once -= 1
        for word, error in self.failing.items():
            if word in query:
                raise error
        words = re.findall(r"\w+", query.lower())
        found = {page.url: page for word, page in self.pages.items() if word in words}
        return SearchOutcome(tuple(found.values()))


Said = str | Reply | Callable[[str], str | Reply]


@dataclass
class Desk:
    """What the model says to each kind of request; callables are given the last message."""

    plan: Said = "How do whales sing?\nWhat do whales eat?"
    note: Said = "Whales do that [1]."
    outline: Said = "The song | how whales sing\nThe food | what whales eat"
    section: Said = "Whales sing low [1]."
    asked: list[str] = field(default_factory=list)
    bodies: list[Mapping[str, Any]] = field(default_factory=list)

    def __call__(self, body: Mapping[str, Any]) -> Reply:
        system = body["messages"][0]["content"]
        [kind] = [one for one in KINDS if system.startswith(instructions(one).split("\n")[0])]
        self.asked.append(kind)
        self.bodies.append(body)
        said: Said = getattr(self, kind)
        if callable(said):
            said = said(body["messages"][-1]["content"])
        return said if isinstance(said, Reply) else _limited(said, body.get("max_tokens"))

    def of(self, kind: str) -> list[Mapping[str, Any]]:
        return [body for one, body in zip(self.asked, self.bodies, strict=True) if one == kind]


def _limited(text: str, most: int | None) -> Reply:
    """The reply of a model that keeps to a limit of tokens."""
    count, kept = WordCounter().count, ""
    for word in re.findall(r"\S+\s*", text):
        if most is not None and count(kept + word) > most:
            return Reply(kept, finish_reason="length", usage_place="nowhere")
        kept += word
    return Reply(text, usage_place="nowhere")


@dataclass
class Told:
    """The events of one report."""

    events: Sequence[Event]
    context: RequestContext

    @property
    def text(self) -> str:
        return "".join(event.delta for event in self.events if isinstance(event, Text))

    @property
    def sources(self) -> list[Source]:
        return [one for event in self.events if isinstance(event, Sources) for one in event.items]

    @property
    def citations(self) -> list[Citation]:
        return [event for event in self.events if isinstance(event, Citation)]

    @property
    def notices(self) -> list[Notice]:
        return [event for event in self.events if isinstance(event, Notice)]

    @property
    def steps(self) -> list[Step]:
        return [event for event in self.events if isinstance(event, Step)]

    @property
    def results(self) -> list[StepResult]:
        return [event for event in self.events if isinstance(event, StepResult)]


@asynccontextmanager
async def writing(
    desk: Desk, sea: Sea, profile: Profile = WRITTEN, *, deadline_s: float = 30
) -> AsyncIterator[tuple[Engine, ModelServer]]:
    """An engine whose reports the model server writes."""
    tokens, reranker = WordCounter(), WordOverlap()
    async with ModelServer(choose=desk) as server:
        model = OpenAIModel(server.url)
        writer = ModelReport(model, tokens, deadline_s=20, quoted=QuotedReport(reranker, tokens))
        aside = Aside(model, "tiny", tokens)
        try:
            yield Engine(sea, writer, profile, deadline_s=deadline_s, aside=aside), server
        finally:
            await model.close()


def quoting(sea: Sea, profile: Profile = REPORT, *, deadline_s: float = 30) -> Engine:
    writer = QuotedReport(WordOverlap(), WordCounter())
    return Engine(sea, writer, profile, deadline_s=deadline_s)


async def told_by(
    engine: Engine,
    question: Question = QUESTION,
    so_far: Sequence[Event] | None = None,
    *,
    budgets: Budgets | None = None,
) -> Told:
    context = RequestContext()
    if budgets is not None:
        question = replace(question, budgets=budgets)
    if so_far is None:
        opened = engine.answer(question, context)
    else:
        opened = engine.resume(question, context, so_far)
    async with opened as events:
        return Told([event async for event in events], context)
