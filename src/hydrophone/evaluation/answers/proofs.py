"""How well an answer is proven: its sentences, what each cites, and whether that supports it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from hydrophone.engine.checking.base import Checker, Claim
from hydrophone.evaluation.answers.replies import Reply
from hydrophone.index.sentences import split_sentences
from hydrophone.llm.markers import cited, unmarked
from hydrophone.types import Span

SUPPORTING = ("supported", "exact")
_BEFORE_CHARS = 400
TextOf: TypeAlias = Callable[[str], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Proof:
    """Counts of one answer.

    Of `citations` (a sentence and a source that it cites) `right` support their sentence;
    `unjudged` are of sources without text. Of `claims`, sentences that state something, `proven`
    have a citation that supports them. Of `quotes` so many are `exact`: the stored version of the
    page has them word for word at their offsets. `wrong` names the sentences that nothing supports.
    """

    citations: int = 0
    right: int = 0
    unjudged: int = 0
    claims: int = 0
    proven: int = 0
    quotes: int = 0
    exact: int = 0
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cited:
    """A sentence of an answer, without its markers, and the numbers that it cites."""

    text: str
    before: str
    numbers: tuple[int, ...]


async def prove(reply: Reply, checker: Checker | None, text_of: TextOf | None) -> Proof:
    """Judge every sentence by the checker, and compare every quote with the page it is from.

    Without a checker only quotes are compared; without `text_of` none is.
    """
    quotes, exact = await _exact(reply, text_of) if text_of else (0, 0)
    if checker is None:
        return Proof(quotes=quotes, exact=exact)
    known = {source.n for source in reply.sources}
    citations = right = unjudged = claims = proven = 0
    wrong: list[str] = []
    for sentence in sentences_of(reply):
        claim = Claim(sentence.text, sentence.numbers, sentence.before)
        judgement = await checker.check(claim, reply.sources)
        if not judgement.is_claim:
            continue
        verdicts = {one.n: one.verdict in SUPPORTING for one in judgement.cited}
        without_text = [n for n in sentence.numbers if n in known and n not in verdicts]
        unjudged += len(without_text)
        citations += len(sentence.numbers) - len(without_text)
        right += sum(verdicts.values())
        if len(without_text) == len(sentence.numbers) > 0:
            continue
        claims += 1
        proven += any(verdicts.values())
        if not any(verdicts.values()):
            wrong.append(sentence.text)
    return Proof(citations, right, unjudged, claims, proven, quotes, exact, tuple(wrong))


def sentences_of(reply: Reply) -> list[Cited]:
    """The sentences of an answer that say something, with the numbers of their markers, and of the
    citations whose spans lie in them. A marker before a sentence belongs to the one in front."""
    text = reply.text
    spans = split_sentences(text)
    numbers: list[dict[int, None]] = [{} for _ in spans]
    starts = [span.start for span in spans]
    for offset, n in cited(text):
        holding = bisect_right(starts, offset) - 1
        while holding > 0 and not unmarked(text[starts[holding] : offset]).strip():
            holding -= 1
        if holding >= 0:
            numbers[holding][n] = None
    for citation in reply.citations:
        for position, span in enumerate(spans):
            if citation.answer_span is not None and _overlap(span, citation.answer_span):
                numbers[position][citation.n] = None
    found = []
    for span, cites in zip(spans, numbers, strict=True):
        sentence = unmarked(text[span.start : span.end]).strip()
        before = unmarked(text[max(0, span.start - _BEFORE_CHARS) : span.start])
        if any(character.isalnum() for character in sentence):
            found.append(Cited(sentence, before, tuple(cites)))
    return found


async def _exact(reply: Reply, text_of: TextOf) -> tuple[int, int]:
    """How many citations have a quote, and how many of these stand where they say. What comes from
    the web counts only where its page was kept."""
    own = {source.n for source in reply.sources if source.result.kind == "own"}
    versions = dict.fromkeys(one.source_span.version for one in reply.citations)
    texts = {version: await text_of(version) for version in versions if version}
    quotes = exact = 0
    for one in reply.citations:
        text, span = texts.get(one.source_span.version), one.source_span
        if one.quote and (text is not None or one.n in own):
            quotes += 1
            exact += text is not None and text[span.start : span.end] == one.quote
    return quotes, exact


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
