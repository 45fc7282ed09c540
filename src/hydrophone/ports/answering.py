"""Who answers a question, and the models that can be asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from hydrophone.types import ContextSize, Effort, Event, Price, Question, RequestContext


class Answerer(Protocol):
    """Answers a question with a stream of events."""

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Enter to start the work and get its events; leave to stop it.

        Never raises for what goes wrong with the question: the last event says it.
        """


@runtime_checkable
class Resumable(Answerer, Protocol):
    """An answerer that can go on with some of its answers when they were broken off."""

    def resumes(self, question: Question) -> bool:
        """Whether this question's answer can be gone on with; `resume` is for these alone."""

    def resume(
        self, question: Question, context: RequestContext, so_far: Sequence[Event]
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Enter to go on behind `so_far`, events of the same question that have no last one yet.

        What comes are the events behind them, under the rules of one stream: sources keep their
        numbers, spans count from the beginning of the whole text, and nothing that was said is said
        again. `so_far` should end where a section does: at the `StepResult` of a `Step` of kind
        "write". Text behind the last such place is kept, and its section not gone on with. Its last
        event may be a `Step` without its result: that step is done again, and not told again.
        `context.meter` has counted what was spent before.
        """


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model id that can be asked; `created` is seconds since 1970.

    `thinks_aloud`: its thoughts belong into the text, between `<think>` and `</think>`. `quotes`:
    it cannot answer without a search, as it quotes what is found. `converses`: it keeps its
    conversations, which a question goes on with by their ids.
    """

    id: str
    created: int
    owned_by: str
    context_tokens: int | None = None
    max_output_tokens: int | None = None
    price: Price = field(default_factory=Price)
    thinks_aloud: bool = False
    quotes: bool = False
    converses: bool = False


@dataclass(frozen=True, slots=True)
class Preset:
    """A way to answer under one name: a model, how it searches, and how hard it works."""

    name: str
    model: str
    context_size: ContextSize = "low"
    depth: Literal["fast", "pro"] = "fast"
    effort: Effort | None = None


class Models(Protocol):
    """The models that can be asked. `session`: the caller brings a session of Perplexity, which
    may have more of them."""

    def cards(self, *, session: bool = False) -> Sequence[ModelCard]:
        """All of them, in the order in which they are shown."""

    def card(self, model: str, *, session: bool = False) -> ModelCard:
        """The one with this id. Raises InvalidModel."""

    def preset(self, name: str) -> Preset:
        """The one with this name, also by an older or a pinned one (`fast@2026-09-01.0`).

        Raises InvalidRequest.
        """
