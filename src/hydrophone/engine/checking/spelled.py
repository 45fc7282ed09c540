"""Numbers in English words: forty-two, two hundred and five, three million, twenty-first."""

from __future__ import annotations

import re
from collections.abc import Iterator

_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ORDINAL_UNITS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
)
_ORDINAL_TEENS = (
    *("tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth"),
    *("seventeenth", "eighteenth", "nineteenth"),
)
_ORDINAL_TENS = ("twentieth", "thirtieth", "fortieth", "fiftieth", "sixtieth", "seventieth")
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_FRACTIONS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}

_VALUE = {
    **{word: float(n) for n, word in enumerate((*_UNITS, *_TEENS), 1)},
    **{word: 10.0 * n for n, word in enumerate(_TENS, 2)},
    **{word: float(n) for n, word in enumerate((*_ORDINAL_UNITS, *_ORDINAL_TEENS), 1)},
    **{word: 10.0 * n for n, word in enumerate(_ORDINAL_TENS, 2)},
}


def _any(words: tuple[str, ...]) -> str:
    return "(?:" + "|".join(words) + ")"


_CARDINAL = rf"(?:{_any(_TENS)}(?:[ -]{_any(_UNITS)}\b)?|{_any((*_TEENS, *reversed(_UNITS)))})\b"
_HUNDREDS = rf"(?:(?:an?|{_CARDINAL})[ -]hundred\b(?:[ ](?:and[ ])?{_CARDINAL})?|{_CARDINAL})"
_SCALED = rf"(?:an?|{_HUNDREDS})[ -]{_any(tuple(_SCALES))}\b"
_FRACTION = (
    rf"(?:an?|{_any(_UNITS)})[ -](?:half|halves|(?:third|quarter|fifth|sixth|eighth|tenth)s?)\b"
)
_ORDINAL = _any((*_ORDINAL_TEENS, *_ORDINAL_UNITS, *_ORDINAL_TENS))
_SPELLED = re.compile(
    rf"""\b(?:(?P<fraction>{_FRACTION}|half\b(?!-))
      | (?P<ordinal>(?:{_any(_TENS)}[ -])?{_ORDINAL}\b)
      | (?P<dozen>an?[ ]dozen\b)
      | (?P<scaled>{_SCALED}(?:,?[ ](?:and[ ])?{_SCALED})*(?:,?[ ](?:and[ ])?{_HUNDREDS})?)
      | (?P<year>(?:eighteen|nineteen)[ -]{_CARDINAL})
      | (?P<plain>{_HUNDREDS}))""",
    re.VERBOSE | re.IGNORECASE,
)
_WORD = re.compile(r"[a-z]+")


def spelled(text: str) -> Iterator[tuple[int, int, float, bool]]:
    """Start, end, amount, and whether it is an ordinal, of each number in words, in order."""
    for match in _SPELLED.finditer(text):
        words = _WORD.findall(match[0].lower())
        yield match.start(), match.end(), _amount(match, words), match["ordinal"] is not None


def _amount(match: re.Match[str], words: list[str]) -> float:
    if match["fraction"]:
        parts = _FRACTIONS.get(words[-1].removesuffix("s"), 2)
        return _VALUE.get(words[0], 1.0) / parts
    if match["dozen"]:
        return 12.0
    if match["year"]:
        return 100 * _VALUE[words[0]] + sum(_VALUE[word] for word in words[1:])
    return _cardinal(words)


def _cardinal(words: list[str]) -> float:
    total, group = 0.0, 0.0
    for word in words:
        if word == "hundred":
            group = 100 * (group or 1)
        elif word in _SCALES:
            total, group = total + _SCALES[word] * (group or 1), 0.0
        else:
            group += _VALUE.get(word, 0.0)
    return total + group
