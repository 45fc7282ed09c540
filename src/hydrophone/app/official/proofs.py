"""Citations of an answer that was not written here, compared with the excerpts that they cite."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from hydrophone.engine.checking.base import Checker, Claim, Judgement
from hydrophone.engine.writing.mending import citation_of
from hydrophone.engine.writing.rulings import BEFORE_CHARS
from hydrophone.errors import Cancelled, HydrophoneError
from hydrophone.llm.markers import unmarked
from hydrophone.types import Citation, Source, Span

AT_ONCE = 4
DEADLINE_S = 5.0
_PROVEN = ("supported", "exact")


async def proven(
    text: str,
    citations: Sequence[Citation],
    sources: Sequence[Source],
    checker: Checker,
    *,
    deadline_s: float = DEADLINE_S,
) -> list[Citation]:
    """The citations; of those that nobody has compared yet, with the quote and the verdict of the
    check where it finds support.

    Where it finds none the verdict stays `exists`: there is only an excerpt here, and the page may
    say more. So it does with what is not compared within `deadline_s`, which is for all of them.
    """
    open_ones = [one for one in citations if one.verdict == "exists" and one.answer_span]
    spans = dict.fromkeys(one.answer_span for one in open_ones if one.answer_span)
    free = asyncio.Semaphore(AT_ONCE)
    found: dict[tuple[Span, int], Citation] = {}

    async def check(span: Span) -> None:
        numbers = tuple(one.n for one in open_ones if one.answer_span == span)
        before = unmarked(text[: span.start])[-BEFORE_CHARS:]
        claim = Claim(unmarked(text[span.start : span.end]).strip(), numbers, before)
        async with free:
            judgement = await _judged(checker, claim, sources)
        for support in judgement.cited:
            if support.verdict in _PROVEN:
                found[span, support.n] = citation_of(support, "writer", span)

    try:
        async with asyncio.timeout(deadline_s), asyncio.TaskGroup() as group:
            for span in spans:
                group.create_task(check(span))
    except TimeoutError:
        pass
    except ExceptionGroup as several:
        raise several.exceptions[0] from several
    return [
        found.get((one.answer_span, one.n), one) if one.answer_span and one in open_ones else one
        for one in citations
    ]


async def _judged(checker: Checker, claim: Claim, sources: Sequence[Source]) -> Judgement:
    try:
        return await checker.check(claim, sources)
    except Cancelled:
        raise
    except HydrophoneError:
        return Judgement(())  # the answer stands without its check
