"""The words of a text as the check compares them: stems, with irregular verbs led back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from hydrophone.llm.overlap import CJK, stems

MIN_PLAIN_WORDS = 6
MIN_AKIN = 4
MIN_STOP_SHARE = 0.18
_SAMPLE_CHARS = 1_500
_WORD = re.compile(rf"[{CJK}]|[^\W_{CJK}]+(?:['’.&][^\W_{CJK}]+)*(?:(?<=\b[A-Z]\.[A-Z])\.)?")
_POSSESSIVE = re.compile(r"['’]s?$")
_IRREGULAR = {
    past: base
    for base, pasts in {
        "become": "became", "begin": "began begun", "break": "broke broken", "bring": "brought",
        "build": "built", "buy": "bought", "catch": "caught", "choose": "chose chosen",
        "come": "came", "do": "did done", "draw": "drew drawn", "drive": "drove driven",
        "fall": "fell fallen", "fight": "fought", "find": "found", "fly": "flew flown",
        "forbid": "forbade forbidden", "get": "got gotten", "give": "gave given",
        "go": "went gone", "grow": "grew grown", "hear": "heard", "hide": "hid hidden",
        "hold": "held", "keep": "kept", "know": "knew known", "lead": "led", "leave": "left",
        "lose": "lost", "make": "made", "mean": "meant", "meet": "met", "pay": "paid",
        "ride": "rode ridden", "rise": "rose risen", "run": "ran", "say": "said", "see": "saw seen",
        "seek": "sought", "sell": "sold", "send": "sent", "shoot": "shot", "show": "shown",
        "speak": "spoke spoken", "spend": "spent", "stand": "stood", "steal": "stole stolen",
        "strike": "struck", "swim": "swam swum", "take": "took taken", "teach": "taught",
        "tell": "told", "think": "thought", "throw": "threw thrown", "understand": "understood",
        "wear": "wore worn", "win": "won", "write": "wrote written", "bear": "born bore borne",
        "die": "death dead", "child": "children", "man": "men", "woman": "women",
        "person": "people", "foot": "feet",
    }.items()
    for past in pasts.split()
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """A word at its code points. `stem` is empty for a stop word."""

    text: str
    stem: str
    start: int
    end: int

    @property
    def is_capital(self) -> bool:
        """Whether it is written with a capital, as names are."""
        return self.text[0].isupper()


@lru_cache(maxsize=4_096)
def words(text: str) -> tuple[Word, ...]:
    """The words of the text in their order."""
    return tuple(
        Word(match[0], stem(match[0]), match.start(), match.end()) for match in _WORD.finditer(text)
    )


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """What a word is compared by; empty for a stop word. U.S. and US are the same."""
    plain = _POSSESSIVE.sub("", word)
    if "." in plain:
        plain = plain.replace(".", "")
    if len(plain) > 1 and plain.isupper():
        return _plain(plain)  # WHO and IT are no stop words
    lowered = _IRREGULAR.get(plain.casefold(), plain)
    found = stems(lowered.replace("'", "").replace("’", "").replace("&", ""))
    return "".join(found)


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def beginning(stem: str) -> str:
    """What two stems share at least to be akin."""
    return stem[:MIN_AKIN]


def akin(one: str, other: str) -> bool:
    """Whether two stems are likely forms of one word: located and location, invade and invasion."""
    short = min(len(one), len(other))
    if short < MIN_AKIN or one[:MIN_AKIN] != other[:MIN_AKIN]:
        return False
    shared = MIN_AKIN
    while shared < short and one[shared] == other[shared]:
        shared += 1
    return shared >= 5 and 3 * shared >= 2 * max(len(one), len(other))


def is_english(text: str) -> bool | None:
    """By the share of English stop words; None for a text too short, or too full of names, to
    tell."""
    every = words(text[:_SAMPLE_CHARS])
    if sum(_is_plain(word) for word in every) < MIN_PLAIN_WORDS:
        return None
    return _stop_share(every) >= MIN_STOP_SHARE


def _is_plain(word: Word) -> bool:
    return not word.is_capital and word.text[0].isalpha()


def _stop_share(every: Sequence[Word]) -> float:
    return sum(not word.stem for word in every) / len(every)
