"""What counts as a word, shared by the implementations of the index."""

from __future__ import annotations

import re
import unicodedata

# Scripts that are written without spaces are indexed by pairs of neighbouring characters.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0e7f]+")
_WORD = re.compile(r"[^\W_]+")
MOST_QUERY_TERMS = 48
LONGEST_WORD_CHARS = 60

_STOP_WORDS = """
    a about an and any are as at be been but by can could did do does for from had has have how i
    if in into is it its me my no not of on or our she he should so such tell than that the their
    them then there these they this to us was we were what when where which who whom whose why
    will with would you your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())


def spread_unspaced(text: str) -> str:
    """The text with runs of unspaced scripts turned into pairs of characters between spaces."""
    if text.isascii():
        return text
    return _UNSPACED.sub(lambda run: f" {_pairs(run.group())} ", text)


def split_words(text: str) -> list[str]:
    """Words in lower case without accents and with plural endings cut; no stop words removed."""
    folded = unicodedata.normalize("NFKD", spread_unspaced(text)).lower()
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    return [_singular(w) for w in _WORD.findall(plain) if len(w) <= LONGEST_WORD_CHARS]


def query_terms(words: list[str]) -> list[str]:
    """Each word once, in order, without stop words unless there is nothing else."""
    unique = list(dict.fromkeys(words))
    return [word for word in unique if word not in STOP_WORDS] or unique


def _pairs(run: str) -> str:
    if len(run) == 1:
        return run
    return " ".join(run[i : i + 2] for i in range(len(run) - 1))


def _singular(word: str) -> str:
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
