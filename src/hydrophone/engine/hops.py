"""The second step of a quoted answer: what the best sentence leads to.

The sentence that fits a question best often answers only its first half, and names what the second
half is about. So the sentences are chosen once more, for the question together with that sentence.
`benchmarks/queries.py` has the figures.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from hydrophone.engine.candidates import Sentence
from hydrophone.engine.choose import Choice, Thresholds, choose
from hydrophone.engine.profile import Profile
from hydrophone.llm.base import Reranker
from hydrophone.llm.overlap import stems
from hydrophone.types import Source

MOST = 2
_WORD = re.compile(r"[^\W_]+")
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
    """The choice with up to two more sentences behind its own, each about something that the best
    one names and the question does not; as it is when it names nothing, or does not answer."""
    named = _named(choice.ranked[0].text) - _words_of(question) if choice.ranked else frozenset()
    if not choice.confident or not named:
        return choice
    further = await choose(
        f"{question} {choice.ranked[0].text}",
        sources,
        replace(profile, sentences=_LOOKED_AT),
        reranker,
        replace(thresholds, answer=float("-inf"), margin=float("inf")),
    )
    said = {_words(sentence) for sentence in choice.sentences}
    led_to = [one for one in further.ranked if not named.isdisjoint(_words_of(one.text))]
    fresh = [one for one in led_to if _words(one) not in said][:MOST]
    return replace(choice, sentences=(*choice.sentences, *fresh), ranked=(*choice.ranked, *fresh))


def _named(text: str) -> frozenset[str]:
    """The names and numbers in a sentence: what is not set in small letters, but for words that
    stand everywhere."""
    words = (word for word in _WORD.findall(text) if len(word) > 1 and not word.islower())
    return frozenset(word.casefold() for word in words if stems(word))


def _words_of(text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _WORD.findall(text))


def _words(sentence: Sentence) -> str:
    return " ".join(sentence.text.split()).casefold()
