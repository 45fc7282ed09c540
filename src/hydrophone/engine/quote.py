"""The writer that needs no language model: whole sentences of the sources, each with its `[n]`.

When no sentence answers, the text says so first, and then shows what came nearest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from hydrophone.engine.attachments import opening
from hydrophone.engine.candidates import Sentence
from hydrophone.engine.choose import THRESHOLDS, Choice, Thresholds, choose
from hydrophone.engine.counting import count_tokens
from hydrophone.engine.extras.thoughts import Thoughts
from hydrophone.engine.honesty.disagreement import Statement, date_of, disagreement
from hydrophone.engine.hops import with_second_step
from hydrophone.engine.hostile.addresses import inert
from hydrophone.engine.limits.timely import RANK_DEADLINE_S, RANK_LATE
from hydrophone.engine.profile import Profile
from hydrophone.engine.queries.plan import Plan
from hydrophone.llm.base import Reranker, TokenCounter
from hydrophone.llm.markers import set_apart
from hydrophone.llm.overlap import WordOverlap
from hydrophone.stream import Emit
from hydrophone.types import (
    Citation,
    FinishReason,
    Notice,
    OutputOptions,
    Question,
    RequestContext,
    Source,
    SourceSpan,
    Span,
    Text,
)

NOT_IN_SOURCES = "The answer is not in the sources that were found."
NEAREST_FOLLOWS = " The nearest that they come:"
THEY_DISAGREE = "The sources do not agree."
QUOTED_AS_IS = (
    "Quoted sentences are in the language of their pages; only a language model can write in the "
    "one that is wanted"
)
NOTHING_FOUND = "The answer is not in the sources: nothing was found for this question."


class QuoteWriter:
    """Writes answers of quoted sentences."""

    def __init__(
        self,
        reranker: Reranker,
        tokens: TokenCounter,
        thresholds: Thresholds | None = None,
        *,
        rank_deadline_s: float = RANK_DEADLINE_S,
    ) -> None:
        self._reranker = reranker
        self._rank_deadline_s = rank_deadline_s
        self._tokens = tokens
        self._thresholds = thresholds or THRESHOLDS[reranker.kind]

    async def write(
        self,
        question: Question,
        plan: Plan,
        sources: Sequence[Source],
        profile: Profile,
        context: RequestContext,
        emit: Emit,
    ) -> FinishReason:
        """Emit text and citations; say why the answer ended."""
        by_pattern = question.output.format is not None
        if by_pattern:
            # One text of a source is wanted, also where the question is about whole files.
            plan = replace(plan, whole=False)
        prompt = await count_tokens(self._tokens, "\n".join(turn.text for turn in question.turns))
        context.meter.add(prompt_tokens=prompt)
        if plan.whole:
            choice = opening(sources, profile)
        else:
            choice = await self._best(plan, sources, profile, emit)
            context.meter.confidence = choice.confidence
        numbers = [sentence.n for sentence in choice.sentences]
        thoughts = Thoughts(self._tokens, context, emit, aloud=profile.thinks)
        await thoughts.quoting(numbers, confident=choice.confident)
        if by_pattern:
            from hydrophone.engine.structured.quoted import quote_by_pattern

            return await quote_by_pattern(choice, question, plan, self._tokens, context, emit)
        page = QuotedPage(self._tokens, question.output, context, emit)
        if question.output.language is not None:
            await tell_language(question.output.language, numbers, sources, emit)
        await quote_choice(choice, sources, page, emit, asked=plan.question)
        return page.reason

    async def _best(
        self, plan: Plan, sources: Sequence[Source], profile: Profile, emit: Emit
    ) -> Choice:
        """The sentences that answer best, and in a deeper search what they lead to; by their words
        when the reranker is late."""
        asked, loose = plan.question, plan.loose
        reranker, thresholds = self._reranker, self._thresholds
        try:
            async with asyncio.timeout(self._rank_deadline_s):
                choice = await choose(asked, sources, profile, reranker, thresholds, loose=loose)
                if profile.rounds > 1:
                    return await with_second_step(
                        asked, choice, sources, profile, reranker, thresholds
                    )
                return choice
        except TimeoutError:
            await emit(Notice("late_stage", RANK_LATE))
            by_words = THRESHOLDS["overlap"]
            return await choose(asked, sources, profile, WordOverlap(), by_words, loose=loose)


async def quote_choice(
    choice: Choice, sources: Sequence[Source], page: QuotedPage, emit: Emit, *, asked: str = ""
) -> None:
    """The chosen sentences, behind words that say so when none of them is sure to answer, and with
    their dates where they disagree about what is `asked`."""
    if not choice.confident:
        said = NOT_IN_SOURCES if sources else NOTHING_FOUND
        await emit(Notice("not_in_sources", said))
        await page.say(said + NEAREST_FOLLOWS if choice.sentences else said)
    dates = _dates_told(choice, sources, asked) if choice.confident else {}
    if dates:
        await page.say(THEY_DISAGREE)
    for sentence in choice.sentences:
        if page.full:
            break
        await page.quote(sentence, dates.get(sentence))


def _dates_told(choice: Choice, sources: Sequence[Source], asked: str) -> dict[Sentence, str]:
    """What goes before each of two sentences that disagree; nothing when none do."""
    by_statement = {Statement(one.n, one.text): one for one in choice.sentences}
    found = disagreement(asked, list(by_statement))
    if found is None:
        return {}
    dates = {source.n: date_of(source) for source in sources}
    return {
        by_statement[one]: f" {dates[one.n][0].upper()}{dates[one.n][1:]}: "
        for one in (found.one, found.other)
    }


async def tell_language(
    wanted: str, numbers: Sequence[int], sources: Sequence[Source], emit: Emit
) -> None:
    """A Notice, unless every quoted page is known to be in the language that is wanted."""
    known = {source.n: source.result.language for source in sources}
    if any(known[n] is None or not _same_language(known[n], wanted) for n in numbers):
        await emit(Notice("ignored_option", f"{QUOTED_AS_IS} ({wanted})."))


def _same_language(known: str | None, wanted: str) -> bool:
    return known is not None and known.split("-")[0].lower() == wanted.split("-")[0].lower()


class QuotedPage:
    """The answer's text while it grows, within the limit of tokens and up to a stop sequence."""

    def __init__(
        self, tokens: TokenCounter, output: OutputOptions, context: RequestContext, emit: Emit
    ) -> None:
        self._tokens = tokens
        self._max_tokens = output.max_tokens
        self._stop = output.stop
        self._context = context
        self._emit = emit
        self._written = ""
        self._written_tokens = 0
        self._stopped = False
        self._cut = False

    @property
    def full(self) -> bool:
        """Nothing more will be written."""
        return self._cut or self._stopped

    @property
    def reason(self) -> FinishReason:
        """Why the text ended."""
        return "length" if self._cut else "stop"

    async def say(self, text: str) -> None:
        """Words of our own."""
        await self._write(text, self._tokens.count(text))

    async def quote(self, sentence: Sentence, lead: str | None = None) -> None:
        """The sentence with its number, or as much of its beginning as the limit allows; nothing
        when other sentences stand already and it does not fit whole. `lead` is what it follows
        upon, a space by default."""
        before = lead if lead is not None else " " if self._written else ""
        end = sentence.end
        delta, tokens = self._quoted(sentence, end, before)
        while self._max_tokens is not None and self._written_tokens + tokens > self._max_tokens:
            self._cut = True
            words = sentence.text[: end - sentence.start].rsplit(None, 1)
            if self._written or len(words) < 2:
                return
            end = sentence.start + len(words[0])
            delta, tokens = self._quoted(sentence, end, before)
        start = len(self._written) + len(before)
        await self._write(delta, tokens)
        if not self._stopped:
            span = Span(start, start + len(_shown(sentence, end)))
            await self._emit(_citation(sentence, end, span))

    def _quoted(self, sentence: Sentence, end: int, before: str) -> tuple[str, int]:
        more = "" if end == sentence.end else " …"
        delta = f"{before}{_shown(sentence, end)}{more} [{sentence.n}]"
        return delta, self._tokens.count(delta)

    async def _write(self, delta: str, tokens: int) -> None:
        if self._stop:
            delta = self._up_to_stop(delta)
            tokens = self._tokens.count(delta)
        self._context.meter.add(completion_tokens=tokens)
        self._written_tokens += tokens
        self._written += delta
        if delta:
            await self._emit(Text(delta))

    def _up_to_stop(self, delta: str) -> str:
        """What of the delta stands before the first stop sequence, the text before it counted."""
        text = self._written + delta
        at = [place for one in self._stop if one and (place := text.find(one)) >= 0]
        if not at:
            return delta
        self._stopped = True
        return text[len(self._written) : max(min(at), len(self._written))]


def _shown(sentence: Sentence, end: int) -> str:
    """The sentence up to `end` on one line."""
    return set_apart(inert(" ".join(sentence.text[: end - sentence.start].split())))


def _citation(sentence: Sentence, end: int, answer_span: Span) -> Citation:
    return Citation(
        n=sentence.n,
        passage=sentence.passage.id,
        answer_span=answer_span,
        source_span=SourceSpan(sentence.passage.version, sentence.start, end),
        quote=sentence.text[: end - sentence.start],
        verdict="exact",
    )
