"""A checker by words alone, that can be slow, fail, and be asked what it was asked."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from hydrophone.engine.candidates import Sentence, sentences_of
from hydrophone.engine.checking.base import Claim, Judgement, Support
from hydrophone.llm.overlap import stems
from hydrophone.types import Source

_LIST_MARK = re.compile(r"^\s*\d+[.)]\s")


class ByWords:
    """A Checker: a sentence that has all words of the claim supports it."""

    def __init__(self, *, delay_s: float = 0.0, error: Exception | None = None) -> None:
        self.claims: list[Claim] = []
        self.running = 0
        self.most_running = 0
        self.left = 0
        self._delay_s = delay_s
        self._error = error

    async def check(self, claim: Claim, sources: Sequence[Source]) -> Judgement:
        self.claims.append(claim)
        self.running += 1
        self.most_running = max(self.running, self.most_running)
        try:
            await asyncio.sleep(self._delay_s)
        except asyncio.CancelledError:
            self.left += 1
            raise
        finally:
            self.running -= 1
        if self._error is not None:
            raise self._error
        return judged(claim, sources)


def judged(claim: Claim, sources: Sequence[Source]) -> Judgement:
    words = set(stems(_LIST_MARK.sub("", claim.text)))
    if not words or claim.text.endswith("?"):
        return Judgement((), is_claim=False)
    by_number = {source.n: source for source in sources}
    cited = tuple(
        supports(words, list(sentences_of([by_number[n]]))) for n in claim.cited if n in by_number
    )
    found = Judgement(cited)
    if found.supported:
        return found
    others = (
        supports(words, list(sentences_of([one]))) for one in sources if one.n not in claim.cited
    )
    return Judgement(cited, next((one for one in others if one.verdict == "supported"), None))


def supports(words: set[str], sentences: Sequence[Sentence]) -> Support:
    scored = [(len(words & set(stems(one.text))) / len(words), one) for one in sentences]
    score, quote = max(scored, key=lambda one: one[0])
    return Support(quote, "supported" if score == 1.0 else "unsupported", score)
