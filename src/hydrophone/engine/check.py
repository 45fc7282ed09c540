"""Check: each marker of a finished answer gets the quote of its source that fits it best.

Here a citation is shown to exist, not to support its sentence: the verdict is `exists`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hydrophone.engine.candidates import Sentence, most_promising, sentences_of
from hydrophone.engine.markers import cited
from hydrophone.index.sentences import split_sentences
from hydrophone.types import Citation, Source, SourceSpan, Span


def citations_of(text: str, sources: Sequence[Source]) -> Iterator[Citation]:
    """One citation for each marker of `text`, in order, with the sentence it stands in or after."""
    quotable = {source.n: list(sentences_of([source])) for source in sources}
    spans = split_sentences(text)
    for offset, n in cited(text):
        span = _sentence_at(spans, offset)
        quote = _best_quote(text[span.start : span.end] if span else text, n, quotable)
        if quote is not None:
            yield Citation(
                n=n,
                passage=quote.passage.id,
                answer_span=span,
                source_span=SourceSpan(quote.passage.version, quote.start, quote.end),
                quote=quote.text,
                verdict="exists",
            )


def _sentence_at(spans: Sequence[Span], offset: int) -> Span | None:
    """The sentence that holds the marker, or the one before when the marker starts its own."""
    holding = [span for span in spans if span.start <= offset]
    if not holding:
        return None
    if holding[-1].start == offset and len(holding) > 1:
        return holding[-2]
    return holding[-1]


def _best_quote(
    sentence: str, n: int, quotable: Mapping[int, Sequence[Sentence]]
) -> Sentence | None:
    best = most_promising(sentence, quotable.get(n, ()), 1)
    return best[0] if best else None
