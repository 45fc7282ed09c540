"""The writer that needs no language model: whole sentences of the sources, each with its `[n]`.

When no sentence answers, the text says so first, and then shows what came nearest.
"""

from __future__ import annotations

from collections.abc import Sequence

from hydrophone.engine.candidates import Sentence
from hydrophone.engine.choose import THRESHOLDS, Thresholds, choose
from hydrophone.engine.counting import count_tokens
from hydrophone.engine.markers import set_apart
from hydrophone.engine.profile import Profile
from hydrophone.llm.base import Reranker, TokenCounter
from hydrophone.stream import Emit
from hydrophone.types import (
    Citation,
    FinishReason,
    Notice,
    Question,
    RequestContext,
    Source,
    SourceSpan,
    Span,
    Text,
)

NOT_IN_SOURCES = "The answer is not in the sources that were found."
NEAREST_FOLLOWS = " The nearest that they come:"
NOTHING_FOUND = "The answer is not in the sources: nothing was found for this question."


class QuoteWriter:
    """Writes answers of quoted sentences."""

    def __init__(
        self, reranker: Reranker, tokens: TokenCounter, thresholds: Thresholds | None = None
    ) -> None:
        self._reranker = reranker
        self._tokens = tokens
        self._thresholds = thresholds or THRESHOLDS[reranker.kind]

    async def write(
        self,
        question: Question,
        query: str,
        sources: Sequence[Source],
        profile: Profile,
        context: RequestContext,
        emit: Emit,
    ) -> FinishReason:
        """Emit text and citations; say why the answer ended."""
        prompt = await count_tokens(self._tokens, "\n".join(turn.text for turn in question.turns))
        context.meter.add(prompt_tokens=prompt)
        choice = await choose(query, sources, profile, self._reranker, self._thresholds)
        page = _Page(self._tokens, question.output.max_tokens, context, emit)
        if not choice.confident:
            said = NOT_IN_SOURCES if sources else NOTHING_FOUND
            await emit(Notice("not_in_sources", said))
            await page.say(said + NEAREST_FOLLOWS if choice.sentences else said)
        for sentence in choice.sentences:
            if page.full:
                break
            await page.quote(sentence)
        return "length" if page.full else "stop"


class _Page:
    """The answer's text while it grows, within the limit of tokens."""

    def __init__(
        self, tokens: TokenCounter, max_tokens: int | None, context: RequestContext, emit: Emit
    ) -> None:
        self._tokens = tokens
        self._max_tokens = max_tokens
        self._context = context
        self._emit = emit
        self._written_chars = 0
        self._written_tokens = 0
        self.full = False

    async def say(self, text: str) -> None:
        """Words of our own."""
        await self._write(text, self._tokens.count(text))

    async def quote(self, sentence: Sentence) -> None:
        """The sentence with its number, or as much of its beginning as the limit allows; nothing
        when other sentences stand already and it does not fit whole."""
        space = " " if self._written_chars else ""
        end = sentence.end
        delta, tokens = self._quoted(sentence, end, space)
        while self._max_tokens is not None and self._written_tokens + tokens > self._max_tokens:
            self.full = True
            words = sentence.text[: end - sentence.start].rsplit(None, 1)
            if self._written_chars or len(words) < 2:
                return
            end = sentence.start + len(words[0])
            delta, tokens = self._quoted(sentence, end, space)
        start = self._written_chars + len(space)
        await self._write(delta, tokens)
        await self._emit(_citation(sentence, end, Span(start, start + len(_shown(sentence, end)))))

    def _quoted(self, sentence: Sentence, end: int, space: str) -> tuple[str, int]:
        more = "" if end == sentence.end else " …"
        delta = f"{space}{_shown(sentence, end)}{more} [{sentence.n}]"
        return delta, self._tokens.count(delta)

    async def _write(self, delta: str, tokens: int) -> None:
        self._context.meter.add(completion_tokens=tokens)
        self._written_tokens += tokens
        self._written_chars += len(delta)
        await self._emit(Text(delta))


def _shown(sentence: Sentence, end: int) -> str:
    """The sentence up to `end` on one line."""
    return set_apart(" ".join(sentence.text[: end - sentence.start].split()))


def _citation(sentence: Sentence, end: int, answer_span: Span) -> Citation:
    return Citation(
        n=sentence.n,
        passage=sentence.passage.id,
        answer_span=answer_span,
        source_span=SourceSpan(sentence.passage.version, sentence.start, end),
        quote=sentence.text[: end - sentence.start],
        verdict="exact",
    )
