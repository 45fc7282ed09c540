"""What is the same on every body of one chat answer, and what the caller wanted on it."""

from __future__ import annotations

from dataclasses import dataclass

from hydrophone.ports import ModelCard
from hydrophone.types import ContextSize, Extras, Meter, Price, Question, RequestContext


@dataclass(frozen=True, slots=True)
class ChatHead:
    """What is the same on every body of one answer. `created` is seconds since 1970.

    `repeats_results`: search results stand on all chunks of a `full` stream.
    """

    id: str
    created: int
    question: Question
    card: ModelCard
    repeats_results: bool = False

    @property
    def model(self) -> str:
        """The model id as it was sent."""
        return self.question.model

    @property
    def price(self) -> Price:
        """What the answer is charged by."""
        return self.card.price

    @property
    def context_size(self) -> ContextSize:
        """How much was to be searched, which has its price."""
        return self.question.search.context_size

    @property
    def wanted(self) -> Extras:
        """What was asked for beside the text."""
        return self.question.extras

    @property
    def thinks_aloud(self) -> bool:
        """Whether the model's thoughts belong into the text."""
        return self.card.thinks_aloud

    def shows_steps(self, meter: Meter) -> bool:
        """Whether callers see the steps: officially with pro search and reasoning models only."""
        depth = self.question.search.depth
        return self.card.thinks_aloud or depth == "pro" or meter.pro_search


def head_of(
    question: Question, context: RequestContext, card: ModelCard, *, repeats_results: bool = False
) -> ChatHead:
    """The head of an answer to the question."""
    created = int(context.clock())
    return ChatHead(context.request_id, created, question, card, repeats_results)
