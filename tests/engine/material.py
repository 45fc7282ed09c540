"""Sources made of texts, and a reader of what a writer emits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hydrophone.engine.engine import Writer
from hydrophone.engine.profile import Profile
from hydrophone.engine.queries.plan import Plan
from hydrophone.llm.base import RerankerKind
from hydrophone.types import (
    Citation,
    Event,
    FinishReason,
    Notice,
    OutputOptions,
    Passage,
    Question,
    RequestContext,
    SearchResult,
    Source,
    Text,
    TextPart,
    Turn,
)

PREFIX = "Some text before the passage. "


def source(n: int, *texts: str, title: str = "") -> Source:
    """A source whose passages have these texts, one behind the other in one version."""
    passages, start = [], len(PREFIX)
    for position, text in enumerate(texts):
        passages.append(Passage(f"{n}.{position}", text, f"v{n}", start, start + len(text)))
        start += len(text) + 1
    result = SearchResult(
        f"https://a.example/{n}", title or f"Page {n}", texts[0][:50], passages=tuple(passages)
    )
    return Source(n, result)


def version_text(source: Source) -> str:
    """The text of the version that the source's spans point into."""
    return PREFIX + " ".join(passage.text for passage in source.result.passages)


def asked(text: str, *, max_tokens: int | None = None) -> Question:
    return Question(
        turns=(Turn("user", (TextPart(text),)),),
        model="default",
        output=OutputOptions(max_tokens=max_tokens),
    )


@dataclass
class Written:
    """What a writer emitted; usage is in the context's meter."""

    events: list[Event] = field(default_factory=list)
    reason: FinishReason | None = None
    context: RequestContext = field(default_factory=RequestContext)

    @property
    def text(self) -> str:
        return "".join(event.delta for event in self.events if isinstance(event, Text))

    @property
    def citations(self) -> list[Citation]:
        return [event for event in self.events if isinstance(event, Citation)]

    @property
    def notices(self) -> list[str]:
        return [event.kind for event in self.events if isinstance(event, Notice)]

    async def emit(self, event: Event) -> None:
        self.events.append(event)


async def write(
    writer: Writer,
    question: Question,
    sources: Sequence[Source],
    profile: Profile | None = None,
    *,
    whole: bool = False,
) -> Written:
    """Let the writer write; the query is the question's text."""
    written = Written(context=RequestContext(whole=whole))
    written.reason = await writer.write(
        question,
        Plan(question.last_user_text, question.last_user_text, ()),
        sources,
        profile or Profile(),
        written.context,
        written.emit,
    )
    return written


class Scores:
    """A reranker that knows its scores: of the first known phrase that a text holds, else 0."""

    model = "scores"

    def __init__(self, scores: dict[str, float], kind: RerankerKind = "overlap") -> None:
        self.kind: RerankerKind = kind
        self._scores = scores
        self.asked: list[list[str]] = []

    async def score(self, query: str, texts: Sequence[str]) -> list[float]:
        self.asked.append(list(texts))
        return [
            next((score for phrase, score in self._scores.items() if phrase in text), 0.0)
            for text in texts
        ]
