"""Asking an answerer in this process, and listening to its events."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeAlias

from hydrophone.evaluation.answers.questions import Asked
from hydrophone.evaluation.answers.replies import Reply, Times
from hydrophone.ports import Answerer
from hydrophone.types import (
    Citation,
    Event,
    Failed,
    Finished,
    Meter,
    Notice,
    Question,
    RequestContext,
    Revision,
    Source,
    Sources,
    Text,
    ToolCallDelta,
    Usage,
)

CostOf: TypeAlias = Callable[[Meter], float]


class EngineAsker:
    """Asks one model id of an answerer; `cost_of` says what a request has cost, in US dollars."""

    def __init__(self, answerer: Answerer, model: str, cost_of: CostOf | None = None) -> None:
        self._answerer = answerer
        self._model = model
        self._cost_of = cost_of

    async def ask(self, asked: Asked) -> Reply:
        """See Asker."""
        context = RequestContext(door="cli")
        listening = _Listening()
        question = Question(turns=asked.turns, model=self._model)
        async with self._answerer.answer(question, context) as events:
            async for event in events:
                listening.hear(event)
        cost = None if self._cost_of is None else self._cost_of(context.meter)
        return listening.reply(context.meter.confidence, cost)


class _Listening:
    """Events on their way to a reply."""

    def __init__(self) -> None:
        self._began_s = time.perf_counter()
        self._first_source_s: float | None = None
        self._first_text_s: float | None = None
        self._text = ""
        self._sources: dict[int, Source] = {}
        self._citations: list[Citation] = []
        self._abstained = False
        self._usage = Usage()
        self._calls: dict[int, str] = {}
        self._error: str | None = None

    def hear(self, event: Event) -> None:
        """Take one event in."""
        if isinstance(event, Text):
            self._text += event.delta
            self._first_text_s = self._first_text_s or self._passed_s()
        elif isinstance(event, Sources):
            self._sources.update((source.n, source) for source in event.items)
            if self._sources:
                self._first_source_s = self._first_source_s or self._passed_s()
        elif isinstance(event, Citation):
            self._citations.append(event)
        elif isinstance(event, Revision):
            self._text, self._citations = event.text, list(event.citations)
        elif isinstance(event, Notice):
            self._abstained = self._abstained or event.kind == "not_in_sources"
        elif isinstance(event, ToolCallDelta):
            self._calls.setdefault(event.index, event.name or "")
        elif isinstance(event, Finished):
            self._usage = event.usage
        elif isinstance(event, Failed):
            self._usage, self._error = event.usage, event.message

    def reply(self, confidence: float | None, cost_usd: float | None) -> Reply:
        """What was heard."""
        return Reply(
            text=self._text,
            sources=tuple(self._sources.values()),
            citations=tuple(self._citations),
            abstained=self._abstained,
            times=Times(self._first_source_s, self._first_text_s, self._passed_s()),
            confidence=confidence,
            spent=_spent(self._usage, cost_usd),
            tool_calls=tuple(self._calls.values()),
            error=self._error,
        )

    def _passed_s(self) -> float:
        return time.perf_counter() - self._began_s


def _spent(usage: Usage, cost_usd: float | None) -> dict[str, float]:
    spent: dict[str, float] = {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "model_calls": usage.model_calls,
        "search_queries": usage.search_queries,
    }
    return spent if cost_usd is None else {**spent, "cost_usd": cost_usd}
