"""Notes: what the sources say about a part of a question, and whether that is enough.

A language model writes them, each with the numbers of its sources, and says what is missing. By
rule they are the sentences that answer best, and the part is open while none answers for sure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from hydrophone.engine.candidates import Sentence
from hydrophone.engine.choose import THRESHOLDS, Choice, Thresholds, choose
from hydrophone.engine.counting import count_tokens
from hydrophone.engine.extras.aside import Aside
from hydrophone.engine.limits.bounds import Bounds
from hydrophone.engine.profile import Profile
from hydrophone.engine.prompt import instructions, packed
from hydrophone.engine.queries.rounds import Standing
from hydrophone.engine.queries.split import parts
from hydrophone.engine.research.sections import Topic, fitting
from hydrophone.llm.base import Reranker, TokenCounter
from hydrophone.llm.markers import MarkerFilter, cited, set_apart
from hydrophone.types import RequestContext, SearchResult, Source

NOTE_TOKENS = 400
# What a note's prompt may hold of sources.
_SOURCE_TOKENS = 2_500
_DEADLINE_S = 60.0
_MOST_NOTES = 8
_OPEN = "?"
# Of a question, and of a sentence, that make a query together.
_MOST_WORDS = 40


@dataclass(frozen=True, slots=True)
class Notes:
    """What was found about a topic: lines that end in `[n]`. `missing` are queries for what was
    not; `enough` says that no further search is needed."""

    topic: Topic
    lines: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    enough: bool = False


class RuleNotes:
    """Takes notes by rule: the sentences that answer, as the quote writer would choose them."""

    def __init__(self, reranker: Reranker, thresholds: Thresholds | None = None) -> None:
        self._reranker = reranker
        self._thresholds = thresholds or THRESHOLDS[reranker.kind]

    async def choice(
        self, asked: str, sources: Sequence[Source], profile: Profile, *, loose: bool = False
    ) -> Choice:
        """The sentences that answer, and whether they do for sure. `loose` as for `choose`."""
        return await choose(asked, sources, profile, self._reranker, self._thresholds, loose=loose)

    async def standing(
        self, question: str, results: Sequence[SearchResult], profile: Profile
    ) -> Standing:
        """How far the results answer the question."""
        sources = [Source(n, result) for n, result in enumerate(results, start=1)]
        asked = parts(question)
        chosen = self._of_part if len(asked) > 1 else self.choice
        choices = [(part, await chosen(part, sources, profile)) for part in asked]
        return Standing(
            tuple(part for part, choice in choices if not choice.confident),
            tuple(_led_to(part, choice.ranked[0]) for part, choice in choices if choice.ranked),
        )

    async def _of_part(self, part: str, sources: Sequence[Source], profile: Profile) -> Choice:
        """The sources were found for other parts as well: those that fit this one come first."""
        best_first = await asyncio.to_thread(fitting, part, sources)
        return await self.choice(part, best_first, profile)

    async def take(self, topic: Topic, sources: Sequence[Source], profile: Profile) -> Notes:
        """The notes of one topic."""
        choice = await self._of_part(topic.query, sources, profile)
        lines = tuple(map(_line, choice.sentences)) if choice.confident else ()
        return Notes(topic, lines, enough=choice.confident)


class ModelNotes:
    """Takes notes with a language model; when it fails or the bounds forbid it, by rule."""

    def __init__(
        self,
        aside: Aside,
        tokens: TokenCounter,
        by_rule: RuleNotes,
        bounds: Bounds,
        context: RequestContext,
        share: float,
    ) -> None:
        self._aside = aside
        self._tokens = tokens
        self._by_rule = by_rule
        self._bounds = bounds
        self._context = context
        self._share = share
        self._promised = 0

    async def take(self, topic: Topic, sources: Sequence[Source], profile: Profile) -> Notes:
        """The notes of one topic."""
        if sources:
            text = await asyncio.to_thread(self._prompt, topic, sources)
            lines = await self._asked(text)
            notes = _read(topic, lines, [source.n for source in sources])
            if notes is not None:
                return notes
        return await self._by_rule.take(topic, sources, profile)

    def _prompt(self, topic: Topic, sources: Sequence[Source]) -> str:
        blocks = packed(fitting(topic.query, sources), self._tokens, _SOURCE_TOKENS)
        return "\n\n".join([f"Question: {topic.query}", *blocks])

    async def _asked(self, text: str) -> Sequence[str]:
        """What the model says; nothing when its call would pass the bounds of the research."""
        prompt = await count_tokens(self._tokens, instructions("note") + text)
        left_s = self._bounds.time_left_s(self._share)
        if left_s is not None and left_s <= 0:
            return ()
        left = self._bounds.output_left(prompt + self._promised, self._share)
        if left is not None and left < NOTE_TOKENS:
            self._bounds.meet(self._bounds.output_bound(prompt), "notes by the language model")
            return ()
        deadline_s = _DEADLINE_S if left_s is None else min(_DEADLINE_S, left_s)
        self._promised += prompt + NOTE_TOKENS
        try:
            return await self._aside.lines(
                "note", text, self._context, deadline_s=deadline_s, max_tokens=NOTE_TOKENS
            )
        finally:
            self._promised -= prompt + NOTE_TOKENS


def _read(topic: Topic, lines: Sequence[str], numbers: Sequence[int]) -> Notes | None:
    """The model's lines: those with a source that exists, and behind a question mark what it
    misses; None when there is neither."""
    missing = [line.lstrip("? ") for line in lines if line.startswith(_OPEN)]
    plain = [MarkerFilter(numbers).feed(line + "\n") for line in lines if line[:1] != _OPEN]
    kept = [line.strip() for line in plain if cited(line)][:_MOST_NOTES]
    missing = [query for query in missing if query]
    if not kept and not missing:
        return None
    return Notes(topic, tuple(kept), tuple(missing), enough=bool(kept) and not missing)


def _led_to(part: str, sentence: Sentence) -> str:
    """The query for what the sentence leads to."""
    return " ".join([*part.split()[:_MOST_WORDS], *sentence.text.split()[:_MOST_WORDS]])


def _line(sentence: Sentence) -> str:
    return f"{set_apart(' '.join(sentence.text.split()))} [{sentence.n}]"
