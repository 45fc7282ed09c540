"""Numbers as texts write them: 1,500,000; 1.5 million; fifty-five percent; the 14th century."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from hydrophone.engine.checking.spelled import spelled

NumberKind = Literal["plain", "percent", "ordinal", "decade", "century"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a text at its code points. `unit` is that of a small table, or a currency's
    sign; may be empty. `rough`: rounded, by its scale word or by an "about" in front of it."""

    amount: float
    kind: NumberKind
    unit: str
    rough: bool
    start: int
    end: int
    text: str


_SCALES = {
    "hundred": 1e2,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
    "mn": 1e6,
    "bn": 1e9,
    "dozen": 12.0,
}
_UNITS = {
    form: unit
    for unit, forms in {
        "mm": "mm millimetre millimeter millimetres millimeters",
        "cm": "cm centimetre centimeter centimetres centimeters",
        "km": "km kilometre kilometer kilometres kilometers",
        "metre": "metre meter metres meters",
        "mile": "mi mile miles",
        "foot": "ft foot feet",
        "inch": "inch inches",
        "kg": "kg kilogram kilograms kilogramme kilogrammes",
        "pound": "lb lbs pounds",
        "tonne": "tonne tonnes ton tons",
        "second": "seconds",
        "minute": "minute minutes min mins",
        "hour": "hour hours hr hrs",
        "day": "day days",
        "week": "week weeks",
        "month": "month months",
        "year": "year years yr yrs",
        "hectare": "ha hectare hectares",
        "acre": "acre acres",
        "litre": "litre liter litres liters",
        "mb": "mb megabytes megabyte",
        "gb": "gb gigabytes gigabyte",
        "tb": "tb terabytes terabyte",
        "$": "dollar dollars usd",
        "€": "euro euros eur",
    }.items()
    for form in forms.split()
}
_ROUGH = re.compile(
    r"(?:about|around|approximately|roughly|nearly|almost|some|over|more than|at least|up to|less"
    r" than|fewer than|under|close to|circa|c\.|ca\.|~|≈|an estimated)\s*(?:[$€£¥₪]|US\$)?\s*$",
    re.IGNORECASE,
)
_DIGITS = re.compile(
    r"""(?<![\w.])(?P<currency>(?:US|A|C|NZ|HK)?\$|[€£¥₪])?[ ]?
        (?P<sign>(?<![\w)])[-−](?=\d))?
        (?P<digits>\d{1,3}(?:[,\u00a0\u202f]\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?)
        (?P<suffix>st\b|nd\b|rd\b|th\b|['’]?s\b)?
        (?:(?P<percent>\s?%|[ -]per[ ]?cent(?:age)?\b)
         |[ -]?(?P<scale>hundred|thousand|million|billion|trillion|mn|bn|dozen)\b)?
        (?![\d])""",
    re.VERBOSE | re.IGNORECASE,
)
_LEFT_OF_RANGE = re.compile(r"(?<=\d)[-–—/](?=\d)")
_NEXT = re.compile(r"[\s-]{0,2}([A-Za-z]+|[%€])")
_ROMAN = re.compile(r"\b[A-Z][\w'’-]*[a-z] (X{0,2}(?:IX|IV|VI{0,3}|I{1,3})|X{1,3})\b(?!['’])")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10}
_FIRST_YEAR, _LAST_YEAR = 1000, 2200
ROUNDED = 0.03
# The second of two is no two; but the 50th Super Bowl is Super Bowl 50.
MOST_COUNTED = 20


@lru_cache(maxsize=4_096)
def numbers(text: str) -> tuple[Number, ...]:
    """The numbers of the text in their order. A lone "one" is none, nor is what stands inside a
    name (B-52, I-76, COVID-19)."""
    found = [*_in_digits(text), *_in_words(text)]
    return tuple(sorted(found, key=lambda one: one.start))


@lru_cache(maxsize=1_024)
def roman_numbers(text: str) -> tuple[Number, ...]:
    """Those that follow a name, as in World War II and Henry VIII."""
    return tuple(
        Number(_roman(match[1]), "plain", "", False, match.start(1), match.end(1), match[1])
        for match in _ROMAN.finditer(text)
    )


def _roman(figures: str) -> float:
    values = [_ROMAN_VALUES[figure] for figure in figures]
    return float(sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True)))


def stands_in(claimed: Number, others: Sequence[Number]) -> bool:
    """Whether one of the others says the same, or the same more exactly."""
    return any(_same(claimed, other) for other in others)


def _same(claimed: Number, other: Number) -> bool:
    if claimed.kind == "decade" or other.kind == "decade":
        return _within(claimed, other, 10.0)
    if claimed.kind == "century":
        return _in_century(claimed.amount, other)
    if other.kind == "century":
        return claimed.kind == "ordinal" and claimed.amount == other.amount
    if claimed.unit and other.unit and claimed.unit != other.unit:
        return False
    if claimed.kind == "percent" and other.kind == "ordinal":
        return False
    if claimed.kind == "percent" and other.kind == "plain" and 0 < other.amount < 1:
        return abs(claimed.amount - 100 * other.amount) < 1  # a fraction in words
    if "ordinal" in (claimed.kind, other.kind) and claimed.kind != other.kind:
        return claimed.amount == other.amount > MOST_COUNTED
    if claimed.amount == other.amount:
        return True
    return claimed.rough and _is_rounded(claimed.amount, other.amount)


def _within(claimed: Number, other: Number, years: float) -> bool:
    """The 1990s hold 1994; 1994 is more than "the 1990s" say."""
    if claimed.kind != "decade":
        return False
    return claimed.amount == other.amount - other.amount % years


def _in_century(century: float, other: Number) -> bool:
    if other.kind in ("century", "ordinal"):
        return century == other.amount
    return 100 * (century - 1) <= other.amount <= 100 * century


def _is_rounded(claimed: float, exact: float) -> bool:
    """Whether the claim has the number with fewer figures, and not far from it."""
    if abs(claimed - exact) > ROUNDED * abs(exact):
        return False
    return any(float(f"{exact:.{figures}g}") == claimed for figures in (1, 2, 3))


def _in_digits(text: str) -> Iterator[Number]:
    spaced = _LEFT_OF_RANGE.sub(" ", text)
    previous: Number | None = None
    for match in _DIGITS.finditer(spaced):
        if _in_name(spaced, match.start("digits")):
            continue
        number = _read(text, spaced, match)
        joined = text[match.start("digits") - 1 : match.start("digits")] in "-–—/"
        if previous is not None and joined and match.start("digits") - previous.end <= 1:
            number = _end_of_range(previous, number)
        yield number
        previous = number


def _in_name(text: str, start: int) -> bool:
    """COVID-19, B-52, I-76, GLONASS-K1: a word with a capital is joined to it."""
    before = re.search(r"[A-Za-z]*[A-Z][A-Za-z]*-$", text[max(0, start - 20) : start])
    if before is None:
        return False
    return before[0].rstrip("-").casefold() not in ("mid", "pre", "post", "early", "late")


def _read(text: str, spaced: str, match: re.Match[str]) -> Number:
    digits = match["digits"]
    amount = _amount(digits) * _SCALES.get((match["scale"] or "").lower(), 1.0)
    suffix = (match["suffix"] or "").lower()
    kind: NumberKind = "percent" if match["percent"] else "plain"
    following = _NEXT.match(spaced, match.end())
    word = following[1].lower() if following else ""
    if suffix in ("st", "nd", "rd", "th"):
        kind = "century" if word in ("century", "centuries", "c") else "ordinal"
    elif suffix.endswith("s") and amount >= _FIRST_YEAR and amount % 10 == 0:
        kind = "decade"
    unit = match["currency"][-1] if match["currency"] else _UNITS.get(word, "")
    rough = bool(match["scale"]) or _ROUGH.search(text[max(0, match.start() - 24) : match.start()])
    amount = -amount if match["sign"] else amount
    start, end = match.start("digits"), match.end()
    return Number(amount, kind, unit, bool(rough), start, end, text[start:end].strip())


def _amount(digits: str) -> float:
    plain = digits.replace("\u00a0", "").replace("\u202f", "")
    head, comma, tail = plain.partition(",")
    if comma and "," not in tail and len(tail.partition(".")[0]) != 3:
        return float(f"{head}.{tail}")  # 1,5: a decimal comma
    return float(plain.replace(",", ""))


def _end_of_range(left: Number, right: Number) -> Number:
    """1756-63 ends in 1763."""
    if not (_FIRST_YEAR <= left.amount <= _LAST_YEAR and right.amount < 100):
        return right
    amount = left.amount - left.amount % 100 + right.amount
    return Number(amount, right.kind, right.unit, right.rough, right.start, right.end, right.text)


def _in_words(text: str) -> Iterator[Number]:
    for start, end, amount, is_ordinal in spelled(text):
        following = _NEXT.match(text, end)
        word = following[1].lower() if following else ""
        if amount == 1 and not is_ordinal and word not in _UNITS:
            continue  # "one of them", "no one"
        kind: NumberKind = "ordinal" if is_ordinal else "plain"
        if word in ("percent", "per", "percentage"):
            kind = "percent"
        elif is_ordinal and word in ("century", "centuries"):
            kind = "century"
        rough = amount % 1 != 0 or _ROUGH.search(text[max(0, start - 24) : start]) is not None
        yield Number(amount, kind, _UNITS.get(word, ""), rough, start, end, text[start:end])
