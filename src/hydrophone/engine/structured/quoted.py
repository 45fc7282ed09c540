"""Answers by a pattern without a language model: what a source says, word for word.

Only the sentences that answer the question, as the quoting writer has chosen them, are looked
through. What the pattern matches there is the whole answer. It begins and ends with whole words,
says more than the question does, and is not only a word such as "no" that would be taken for an
answer of its own. When there is none, the request fails: a text that says so would break the
pattern.
"""

from __future__ import annotations

from hydrophone.engine.candidates import Sentence
from hydrophone.engine.choose import Choice
from hydrophone.engine.queries.plan import Plan
from hydrophone.errors import InternalError, RequestError
from hydrophone.index.terms import STOP_WORDS, split_words
from hydrophone.llm.base import TokenCounter
from hydrophone.llm.structured.matching import Matcher, matcher
from hydrophone.stream import Emit
from hydrophone.types import (
    Citation,
    FinishReason,
    Question,
    RegexFormat,
    RequestContext,
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


async def quote_by_pattern(
    choice: Choice,
    question: Question,
    plan: Plan,
    tokens: TokenCounter,
    context: RequestContext,
    emit: Emit,
) -> FinishReason:
    """Emit what the pattern matches in the best of the chosen sentences that has it, and its
    citation. Raises NotInSources."""
    wanted = question.output.format
    if not isinstance(wanted, RegexFormat):
        raise InternalError("only a pattern can be answered by quoting")
    if choice.confident:
        fits = matcher(wanted.pattern)
        for sentence in choice.ranked:
            span = await _answer_in(sentence, fits, question, plan, tokens)
            if span is not None:
                text = sentence.text[span.start : span.end]
                context.meter.add(completion_tokens=tokens.count(text))
                await emit(Text(text))
                await emit(_citation(sentence, span))
                return "stop"
    raise NotInSources(_NOT_FOUND, param="response_format")


async def _answer_in(
    sentence: Sentence, fits: Matcher, question: Question, plan: Plan, tokens: TokenCounter
) -> Span | None:
    """Where the sentence holds the answer."""
    asked = set(split_words(plan.question)) | STOP_WORDS | _OWN_ANSWERS
    most = question.output.max_tokens
    for span in await fits.found_in(sentence.text):
        text = sentence.text[span.start : span.end]
        says_more = not asked.issuperset(split_words(text))
        if says_more and (most is None or tokens.count(text) <= most):
            return span
    return None


def _citation(sentence: Sentence, span: Span) -> Citation:
    """Of the whole answer, which is the span of the sentence."""
    return Citation(
        n=sentence.n,
        passage=sentence.passage.id,
        answer_span=Span(0, span.end - span.start),
        source_span=SourceSpan(
            sentence.passage.version, sentence.start + span.start, sentence.start + span.end
        ),
        quote=sentence.text[span.start : span.end],
        verdict="exact",
    )
