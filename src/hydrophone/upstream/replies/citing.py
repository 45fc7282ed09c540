"""Citations of a text that is whole: where they stand, and the words of the source nearest to it.

The official API tells no quotes, and nobody has compared the text with its sources: the verdict is
`exists`, unless the other side is a server that checks and tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import get_args

from hydrophone.index.sentences import sentence_at, split_sentences
from hydrophone.llm.markers import unmarked
from hydrophone.llm.overlap import coverage
from hydrophone.types import Citation, Passage, Source, SourceSpan, Span, Verdict

_VERDICTS: Mapping[str, Verdict] = {verdict: verdict for verdict in get_args(Verdict)}


@dataclass(frozen=True, slots=True)
class Cited:
    """Source `n` is cited at `span`: of the words that rest on it, or `is_mark`, of its mark.

    `quote` and `verdict` are what the other side tells of it; mostly nothing.
    """

    n: int
    span: Span
    is_mark: bool = False
    quote: str = ""
    verdict: str = ""


def citations_of(
    text: str, cited: Sequence[Cited], sources: Mapping[int, Source]
) -> Iterator[Citation]:
    """One citation for each that is cited and has a text, in their order, each once.

    CPU work: a report with a hundred marks takes some 10 ms.
    """
    spans = split_sentences(text)
    told: set[tuple[int, Span]] = set()
    for one in cited:
        source = sources.get(one.n)
        if source is None or not source.result.passages:
            continue
        span = one.span
        if one.is_mark or not unmarked(text[span.start : span.end]).strip():
            span = sentence_at(spans, span.start) or span
        if (one.n, span) not in told:
            told.add((one.n, span))
            yield _citation(one, span, text, source.result.passages[0])


def _citation(one: Cited, span: Span, text: str, passage: Passage) -> Citation:
    known = passage.text.find(one.quote) if one.quote else -1
    if known >= 0:
        quoted, verdict = Span(known, known + len(one.quote)), _VERDICTS.get(one.verdict, "exists")
    else:
        quoted, verdict = _nearest(unmarked(text[span.start : span.end]), passage.text), "exists"
    return Citation(
        n=one.n,
        passage=passage.id,
        answer_span=span,
        source_span=SourceSpan(
            passage.version, passage.start + quoted.start, passage.start + quoted.end
        ),
        quote=passage.text[quoted.start : quoted.end],
        verdict=verdict,
    )


def _nearest(statement: str, text: str) -> Span:
    """The sentence of the text that has most of the statement's words."""
    spans = _sentences(text)
    if not spans:
        return Span(0, len(text))
    shares = coverage(statement, [text[span.start : span.end] for span in spans])
    return spans[max(range(len(spans)), key=shares.__getitem__)]


@lru_cache(maxsize=64)
def _sentences(text: str) -> Sequence[Span]:
    return split_sentences(text)
