"""The reranker for want of a better one: how much of the query's weight a text's words cover.

A word's weight is its inverse document frequency over the texts at hand, as in BM25; words are
compared by a light English stem. Needs no files and some microseconds a text.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from hydrophone.llm.base import RerankerKind

# Over the twelve best sentences of eight SQuAD passages, nine of ten questions with an answer there
# reach this, and a third of those without.
ANSWER_THRESHOLD = 0.3

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
# Chinese, Japanese and Korean put no spaces between words: there each character is one.
_WORD = re.compile(rf"[{CJK}]|[^\W_{CJK}]+")
_STOP_WORDS = frozenset(
    """a about after all also am an and any are as at be been before being between both but by can
    could did do does doing during each for from further had has have having he her here hers him
    his how i if in into is it its itself just me more most my no nor not of off on once only or
    other our out over own same she should so some such than that the their them then there these
    they this those through to too under until up very was we were what when where which while who
    whom whose why will with would you your s t""".split()  # noqa: SIM905 - a hundred quoted words are no easier to read
)


class WordOverlap:
    """A Reranker without a model; scores are from 0 (no word in common) to 1 (all of them)."""

    model = "word-overlap"
    kind: RerankerKind = "overlap"

    async def score(self, query: str, texts: Sequence[str]) -> list[float]:
        """The share of the query's weight that each text covers; 0 for a query without words."""
        return coverage(query, texts)


def coverage(query: str, texts: Sequence[str]) -> list[float]:
    """The share (0 to 1) of the query's weight that each text's words cover."""
    wanted = set(stems(query))
    covered = [wanted.intersection(stems(text)) for text in texts]
    frequency = Counter(word for words in covered for word in words)
    # Summed in one order: sets have none, and sums of floats depend on theirs.
    weight = {w: math.log(1 + len(texts) / (frequency[w] + 0.5)) for w in sorted(wanted)}
    whole = sum(weight.values())
    if not whole:
        return [0.0] * len(texts)
    return [sum(weight[word] for word in sorted(words)) / whole for words in covered]


def stems(text: str) -> list[str]:
    """The stems of the text's words in their order, without English stop words."""
    if not text.isascii():
        text = _without_accents(text)
    words = _WORD.findall(text.lower())
    return [_stem(word) for word in words if word not in _STOP_WORDS]


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    kept = "".join(char for char in decomposed if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", kept)


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    """Without the endings of plurals, past and continuous forms, adverbs, and without a last e."""
    word = _without_plural(word)
    for ending in ("ing", "ed", "ly"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= 3 and re.search("[aeiouy]", stem):
            word = _without_double(stem)
            break
    return word.removesuffix("e") if len(word) > 3 else word


def _without_plural(word: str) -> str:
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y" if len(word) > 4 else word[:-1]
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    return word[:-1]


def _without_double(stem: str) -> str:
    return stem[:-1] if stem[-1] == stem[-2] and stem[-1] not in "lsz" else stem
