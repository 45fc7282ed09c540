"""How an answer's text compares with the right ones. Pure functions.

Texts are compared as SQuAD's evaluation script does (Rajpurkar et al. 2016): lower case, without
punctuation, without the articles a, an and the, white space as one space.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence

# An answer of more words stands in no other text word for word; it is compared by its words alone.
MOST_WORDS_TO_FIND = 12

# Scripts that set no space between words: Chinese, Japanese, Thai, Lao, Khmer, Burmese.
_RUNS_ON = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = frozenset(string.punctuation) | frozenset("’‘“”–—…「」。，、！？：；（）")


def normalised(text: str) -> str:
    """The text in the form that is compared."""
    folded = unicodedata.normalize("NFKC", text).lower()
    kept = "".join(character for character in folded if character not in _PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", kept).split())


def findable(answers: Sequence[str]) -> list[str]:
    """Those of the answers that are short enough to be looked for in a text."""
    return [one for one in answers if 0 < len(normalised(one).split()) <= MOST_WORDS_TO_FIND]


def contains(text: str, answers: Sequence[str]) -> bool:
    """Whether any of the answers stands in the text, as whole words where words are set apart."""
    whole = f" {normalised(text)} "
    wanted = [form for one in answers if (form := normalised(one))]
    return any((one if _RUNS_ON.search(one) else f" {one} ") in whole for one in wanted)


def token_f1(text: str, answers: Sequence[str]) -> float:
    """The best harmonic mean of precision and recall in words, over the answers; 0 without any."""
    words = normalised(text).split()
    return max((_f1(words, normalised(one).split()) for one in answers), default=0.0)


def _f1(words: Sequence[str], wanted: Sequence[str]) -> float:
    if not words or not wanted:
        return float(words == wanted)
    shared = sum((Counter(words) & Counter(wanted)).values())
    return 2 * shared / (len(words) + len(wanted))
