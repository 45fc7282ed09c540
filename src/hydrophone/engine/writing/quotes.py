"""Quotes found by words alone: for citations that were not checked, or not in time.

Such a citation is shown to exist, not to support its sentence: the verdict is `exists`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hydrophone.engine.candidates import Sentence, most_promising, sentences_of
from hydrophone.index.sentences import sentence_at, split_sentences
from hydrophone.llm.markers import cited, unmarked
from hydrophone.types import Citation, Source, SourceSpan, Span


class Quotes:
    """What can be quoted of the sources, read once each."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = {source.n: source for source in sources}
        self._quotable: dict[int, Sequence[Sentence]] = {}
        self._best: dict[tuple[str, int], Sentence | None] = {}

    def best(self, statement: str, n: int) -> Sentence | None:
        """The sentence of source `n` that has most of the statement's words; None when it has no
        text."""
        key = (statement, n)
        if key not in self._best:
            best = most_promising(statement, self._of(n), 1)
            self._best[key] = best[0] if best else None
        return self._best[key]

    def _of(self, n: int) -> Sequence[Sentence]:
        if n not in self._quotable:
            source = self._sources.get(n)
            self._quotable[n] = [] if source is None else _quotable(source)
        return self._quotable[n]


def citations_of(text: str, sources: Sequence[Source]) -> Iterator[Citation]:
    """One citation for each marker of `text`, in order, with the sentence it stands in or after."""
    quotes = Quotes(sources)
    spans = split_sentences(text)
    for offset, n in cited(text):
        span = sentence_at(spans, offset)
        quote = quotes.best(unmarked(text[span.start : span.end] if span else text), n)
        if quote is not None:
            yield unchecked(quote, span)


def unchecked(quote: Sentence, answer_span: Span | None) -> Citation:
    """The citation of a quote that nobody has compared with what it is cited for."""
    return Citation(
        n=quote.n,
        passage=quote.passage.id,
        answer_span=answer_span,
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
