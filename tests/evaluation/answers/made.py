"""Questions, replies and a judge that are made up."""

from __future__ import annotations

from collections.abc import Sequence

from hydrophone.engine.candidates import Sentence
from hydrophone.engine.checking.base import Claim, Judgement, Support
from hydrophone.evaluation.answers.folding import passage_of
from hydrophone.evaluation.answers.questions import Asked, turn
from hydrophone.evaluation.answers.replies import Reply, Times
from hydrophone.types import SearchResult, Source, Verdict

TIMES = Times(0.01, 0.05, 0.1)


def asked(text: str = "How much?", **more: object) -> Asked:
    """A question of one turn."""
    return Asked(**{"id": text, "turns": (turn("user", text),), **more})  # type: ignore[arg-type]


def source(n: int, text: str, url: str = "") -> Source:
    """A source of one passage; without text it has none."""
    passages = (passage_of(text),) if text else ()
    return Source(n, SearchResult(url or f"eval://x/{n}", f"Page {n}", text, passages=passages))


def reply(text: str, *sources: Source, **more: object) -> Reply:
    """A reply with plausible times."""
    fields = {"citations": (), "abstained": False, "times": TIMES, **more}
    return Reply(text=text, sources=sources, **fields)  # type: ignore[arg-type]


class Verbatim:
    """A Checker to whom only what stands word for word in a source is supported."""

    async def check(self, claim: Claim, sources: Sequence[Source]) -> Judgement:
        by_number = {one.n: one for one in sources}
        cited = [by_number[n] for n in claim.cited if n in by_number]
        found = tuple(_support(claim.text, one) for one in cited if one.result.passages)
        return Judgement(found, is_claim=not claim.text.endswith("?"))


def _support(text: str, one: Source) -> Support:
    passage = one.result.passages[0]
    verdict: Verdict = "supported" if text in passage.text else "unsupported"
    quote = Sentence(one.n, one.result.title, passage, 0, passage.end, passage.text, rank=0)
    return Support(quote, verdict, float(verdict == "supported"))
