"""Check: each marker of a finished answer gets the quote of its source that fits it best.

Here a citation is shown to exist, not to support its sentence: the verdict is `exists`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache

from hydrophone.engine.candidates import Sentence, most_promising, sentences_of
from hydrophone.engine.markers import cited, unmarked
from hydrophone.index.sentences import split_sentences
from hydrophone.types import Citation, Source, SourceSpan, Span


def citations_of(text: str, sources: Sequence[Source]) -> Iterator[Citation]:
    """One citation for each marker of `text`, in order, with the sentence it stands in or after."""
    quotable = {source.n: _quotable(source) for source in sources}

    @cache
    def best_quote(sentence: str, n: int) -> Sentence | None:
        best = most_promising(unmarked(sentence), quotable.get(n, ()), 1)
        return best[0] if best else None

    spans = split_sentences(text)
    starts = [span.start for span in spans]
    for offset, n in cited(text):
        span = _sentence_at(spans, starts, offset)
        quote = best_quote(text[span.start : span.end] if span else text, n)
        if quote is not None:
            yield Citation(
                n=n,
                passage=quote.passage.id,
                answer_span=span,
                source_span=SourceSpan(quote.passage.version, quote.start, quote.end),
                quote=quote.text,
                verdict="exists",
            )


def _quotable(source: Source) -> Sequence[Sentence]:
    """The sentences of a source; where it has none, as a table or a program, whole passages."""
    result = source.result
    return list(sentences_of([source])) or [
        Sentence(source.n, result.title, passage, passage.start, passage.end, passage.text, rank=0)
        for passage in result.passages
    ]


def _sentence_at(spans: Sequence[Span], starts: Sequence[int], offset: int) -> Span | None:
    """The sentence that holds the marker, or the one before when the marker starts its own."""
    holding = bisect_right(starts, offset) - 1
    if holding < 0:
        return None
    if holding > 0 and starts[holding] == offset:
        holding -= 1
    return spans[holding]
