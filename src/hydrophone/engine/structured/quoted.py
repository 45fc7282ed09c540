"""Answers by a pattern without a language model: what a source says, word for word.

Only the sentences that answer the question, as the quoting writer would choose them, are looked
through. What the pattern matches there is the whole answer. It begins and ends with whole words,
says more than the question does, and is not only a word such as "no" that would be taken for an
answer of its own. When there is none, the request fails: a text that says so would break the
pattern.
"""

from __future__ import annotations

from collections.abc import Sequence

from hydrophone.engine.candidates import Sentence
from hydrophone.engine.choose import THRESHOLDS, Thresholds, choose
from hydrophone.engine.counting import count_tokens
from hydrophone.engine.extras.thoughts import Thoughts
from hydrophone.engine.profile import Profile
from hydrophone.engine.queries.plan import Plan
from hydrophone.errors import InternalError, RequestError
from hydrophone.index.terms import STOP_WORDS, split_words
from hydrophone.llm.base import Reranker, TokenCounter
from hydrophone.llm.structured.matching import Matcher, matcher
from hydrophone.stream import Emit
from hydrophone.types import (
    Citation,
    FinishReason,
    Question,
    RegexFormat,
    RequestContext,
    Source,
    SourceSpan,
    Span,
    Text,
)

_NOT_FOUND = (
    "the sources do not answer this with a text that the regex matches; a language model, set by "
    "HYDROPHONE_MODEL_URL and HYDROPHONE_MODEL, could put it into that form"
)
# Words that answer a question by themselves, and stand in a sentence for something else.
_OWN_ANSWERS = frozenset({"yes", "no", "true", "false", "none", "unknown"})


class NotInSources(RequestError):
    """No source says what was asked in a form that the pattern matches."""

    code = "not_in_sources"


class PatternQuoter:
    """Writes what a pattern matches in the sentences that answer."""

    def __init__(
        self, reranker: Reranker, tokens: TokenCounter, thresholds: Thresholds | None = None
    ) -> None:
        self._reranker = reranker
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
        """Emit the text and its citation. Raises NotInSources."""
        wanted = question.output.format
        if not isinstance(wanted, RegexFormat):
            raise InternalError("only a pattern can be answered by quoting")
        prompt = await count_tokens(self._tokens, "\n".join(turn.text for turn in question.turns))
        context.meter.add(prompt_tokens=prompt)
        choice = await choose(
            plan.question, sources, profile, self._reranker, self._thresholds, loose=plan.loose
        )
        thoughts = Thoughts(self._tokens, context, emit, aloud=profile.thinks)
        numbers = [sentence.n for sentence in choice.sentences]
        await thoughts.quoting(numbers, confident=choice.confident)
        if choice.confident:
            fits = matcher(wanted.pattern)
            for sentence in choice.ranked:
                span = await self._answer_in(sentence, fits, question, plan)
                if span is not None:
                    await self._emit(sentence, span, context, emit)
                    return "stop"
        raise NotInSources(_NOT_FOUND, param="response_format")

    async def _answer_in(
        self, sentence: Sentence, fits: Matcher, question: Question, plan: Plan
    ) -> Span | None:
        """Where the sentence holds the answer."""
        asked = set(split_words(plan.question)) | STOP_WORDS | _OWN_ANSWERS
        most = question.output.max_tokens
        for span in await fits.found_in(sentence.text):
            text = sentence.text[span.start : span.end]
            says_more = not asked.issuperset(split_words(text))
            if says_more and (most is None or self._tokens.count(text) <= most):
                return span
        return None

    async def _emit(
        self, sentence: Sentence, span: Span, context: RequestContext, emit: Emit
    ) -> None:
        text = sentence.text[span.start : span.end]
        context.meter.add(completion_tokens=self._tokens.count(text))
        await emit(Text(text))
        await emit(
            Citation(
                n=sentence.n,
                passage=sentence.passage.id,
                answer_span=Span(0, len(text)),
                source_span=SourceSpan(
                    sentence.passage.version,
                    sentence.start + span.start,
                    sentence.start + span.end,
                ),
                quote=text,
                verdict="exact",
            )
        )
