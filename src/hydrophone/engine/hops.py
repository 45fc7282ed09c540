"""The second step of a quoted answer: what the best sentence leads to.

The sentence that fits a question best often answers only its first half, and names what the second
half is about. So the sentences are chosen once more, for the question together with that sentence.
`benchmarks/queries.py` has the figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hydrophone.engine.candidates import Sentence
from hydrophone.engine.choose import Choice, Thresholds, choose
from hydrophone.engine.profile import Profile
from hydrophone.llm.base import Reranker
from hydrophone.types import Source

MOST = 2
# As many as may be quoted already, and the two that are new.
_LOOKED_AT = 4


async def with_second_step(
    question: str,
    choice: Choice,
    sources: Sequence[Source],
    profile: Profile,
    reranker: Reranker,
    thresholds: Thresholds,
) -> Choice:
    """The choice with up to two more sentences behind its own; as it is when it does not answer."""
    if not choice.confident or not choice.ranked:
        return choice
    further = await choose(
        f"{question} {choice.ranked[0].text}",
        sources,
        replace(profile, sentences=_LOOKED_AT),
        reranker,
        replace(thresholds, answer=float("-inf"), margin=float("inf")),
    )
    said = {_words(sentence) for sentence in choice.sentences}
    fresh = [one for one in further.ranked if _words(one) not in said][:MOST]
    return replace(choice, sentences=(*choice.sentences, *fresh), ranked=(*choice.ranked, *fresh))


def _words(sentence: Sentence) -> str:
    return " ".join(sentence.text.split()).casefold()
