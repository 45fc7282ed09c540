"""Names: which words of a claim are parts of names, and whether they stand in a source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from hydrophone.engine.checking.words import Word, words

# Words that are written large though they name nobody by themselves.
_TITLES = frozenset(
    """mr mr. mrs ms miss dr prof professor sir lord lady king queen prince princes princess emperor
    empress pope saint st president minister prime senator general captain colonel major chancellor
    governor mayor bishop archbishop cardinal duke earl count baron judge justice father mother
    mount river lake sea ocean city county state street road avenue university college school
    church company corporation inc ltd republic kingdom empire union party act war battle treaty
    island north south east west northern southern eastern western central early late old new""".split()  # noqa: SIM905, E501
)
# They begin sentences and are no names, though no list of stop words has them.
OPENERS = frozenset(
    """although though despite however since today later soon once according unlike like within
    without among many several some most both each every another other others such these those
    first second third finally recently currently originally eventually additionally furthermore
    moreover meanwhile nevertheless nonetheless therefore thus hence instead overall typically
    usually often sometimes generally initially ultimately similarly likewise conversely even still
    yet also apart along around across throughout upon given based following including nearly
    almost approximately roughly two three four five six seven eight nine ten people much perhaps
    indeed specifically""".split()  # noqa: SIM905
)
_CALENDAR = frozenset(
    """january february march april may june july august september october november december jan
    feb mar apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday
    sunday""".split()  # noqa: SIM905
)
_SMALL = frozenset(("of", "the", "and", "for", "in", "de", "la", "on", "to"))
_DEMONYM = re.compile(r"(?:ian|ean|an|ish|ese|ch|ic|er|ism|i|ss)s?$")
_KIN = {
    word: group
    for group, kin in enumerate(
        (
            "mars martian martians",
            "france french frenchman frenchmen",
            "netherlands dutch holland",
            "switzerland swiss",
            "denmark danish danes dane",
            "poland polish poles pole",
            "spain spanish spaniard spaniards",
            "turkey turkish turks turk",
            "greece greek greeks",
            "wales welsh",
            "ireland irish",
            "sweden swedish swedes swede",
            "finland finnish finns finn",
            "portugal portuguese",
            "britain british briton britons uk",
            "germany german germans",
            "norway norwegian norwegians",
            "america american americans usa us",
            "england english",
            "scotland scottish scots",
            "china chinese",
            "russia russian russians",
            "europe european europeans eu",
            "christ christian christians christianity",
            "islam islamic muslim muslims",
            "jew jews jewish judaism",
        )
    )
    for word in kin.split()
}
_LONG_FORMS = {"us": "united states", "usa": "united states", "uk": "united kingdom"}
_ENDS = (".", "!", "?", ":", ";", "…")
MIN_MISSPELT = 6
MIN_TRUNK = 4
MOST_INITIALS = 8


@dataclass(frozen=True, slots=True)
class Name:
    """Words of a name that follow each other. `opens`: it is the first word of its sentence, and
    nothing else says that it is a name."""

    words: tuple[Word, ...]
    opens: bool = False

    @property
    def text(self) -> str:
        """The name as it is written."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What a source has for names to be found in: its words, small and large, the initials of what
    it writes large, and the words before each word that it writes large."""

    words: frozenset[str]
    initials: frozenset[str]
    before: frozenset[tuple[str, str]]


def names(text: str) -> list[Name]:
    """The names in a text, in their order."""
    every = words(text)
    if _is_titled(every):
        return []
    found: list[Name] = []
    run: list[Word] = []
    for word in every:
        if run and not (_is_name_word(word) and text[run[-1].end : word.start] in (" ", "-", "")):
            found.append(_name(run, text))
            run = []
        if _is_name_word(word):
            run.append(word)
    if run:
        found.append(_name(run, text))
    return [name for name in found if name.words]


def _name(run: Sequence[Word], text: str) -> Name:
    first = run[0]
    before = text[: first.start].rstrip(" \"'“‘(")
    if before and not before.endswith(_ENDS):
        return Name(tuple(run))
    if not first.stem or first.text.casefold() in _TITLES | OPENERS:
        return Name(tuple(run[1:]))
    alone = len(run) == 1 and not (len(first.text) > 1 and first.text.isupper())
    return Name(tuple(run), opens=alone)


def _is_name_word(word: Word) -> bool:
    text = word.text
    if text.casefold() in _CALENDAR or text in ("I", "A"):
        return False
    return text[0].isupper() or (text[0].isalpha() and any(char.isupper() for char in text))


def _is_titled(every: Sequence[Word]) -> bool:
    """Whether Nearly Every Word Is Written Large, so that it tells nothing."""
    long = [word for word in every if len(word.text) > 3]
    return len(long) > 4 and 5 * sum(word.is_capital for word in long) >= 4 * len(long)


def lexicon(texts: Iterable[str]) -> Lexicon:
    """Of the texts of a source: passages, title, headings."""
    stems: set[str] = set()
    initials: set[str] = set()
    before: set[tuple[str, str]] = set()
    for text in texts:
        every = words(text)
        stems.update(word.stem for word in every)
        stems.update(word.text.casefold() for word in every)
        initials.update(_initials(every))
        before.update(
            (left.stem, right.stem)
            for left, right in pairwise(every)
            if left.is_capital and right.is_capital and left.stem and right.start == left.end + 1
        )
    return Lexicon(frozenset(stems - {""}), frozenset(initials), frozenset(before))


def united_lexicon(parts: Iterable[Lexicon]) -> Lexicon:
    """That of several sources."""
    every = tuple(parts)
    return Lexicon(
        frozenset[str]().union(*(one.words for one in every)),
        frozenset[str]().union(*(one.initials for one in every)),
        frozenset[tuple[str, str]]().union(*(one.before for one in every)),
    )


def _initials(every: Sequence[Word]) -> Iterable[str]:
    run: list[str] = []
    for word in every:
        if word.is_capital:
            run = [*run[1 - MOST_INITIALS :], word.text[0].casefold()]
            yield from ("".join(run[at:]) for at in range(len(run) - 1))
        elif word.text not in _SMALL:
            run = []


def missing(name: Name, source: Lexicon) -> list[Word]:
    """The words of a name that the source does not have in any form that is known here; none when
    it has the name's own initials. Titles and words like "River" may be missing."""
    lacking = [word for word in name.words if not _stands(word, source)]
    if not lacking:
        return []
    if len(name.words) > 2 and _letters(name) in source.words:
        return []
    telling = [word for word in lacking if word.text.casefold() not in _TITLES]
    if len(telling) < len(name.words) and _may_lack(telling, name, source):
        return []
    return telling


def _may_lack(lacking: Sequence[Word], name: Name, source: Lexicon) -> bool:
    """A first name that the source leaves out is no other name: the surname stands there, and no
    other first name before it."""
    last = name.words[-1]
    if last in lacking or last.text.casefold() in _TITLES:
        return False
    return not any(right == last.stem for _, right in source.before)


def _stands(word: Word, source: Lexicon) -> bool:
    text = word.text.casefold()
    if not word.stem or word.stem in source.words or text in source.words:
        return True
    if word.text.isupper() and 2 <= len(word.stem) <= 6 and word.stem in source.initials:
        return True
    if (long := _LONG_FORMS.get(word.stem)) and all(part in source.words for part in long.split()):
        return True
    if any(is_misspelt(text, other) for other in source.words):
        return True
    if "-" in text or "'" in text or "’" in text:
        parts = re.split(r"[-'’]", text)
        return all(part in source.words for part in parts if len(part) > 1)
    return _akin(text, source)


@lru_cache(maxsize=16_384)
def _trunk(text: str) -> str:
    trunk = _DEMONYM.sub("", text)
    return trunk if len(trunk) >= MIN_TRUNK else text


def _akin(text: str, source: Lexicon) -> bool:
    return any(is_akin(text, word) for word in source.words)


def is_akin(one: str, other: str) -> bool:
    """Whether two words name one people, land or faith: French and France, Brazil, Brazilian."""
    one, other = one.casefold(), other.casefold()
    if one in _KIN or other in _KIN:
        return _KIN.get(one, -1) == _KIN.get(other, -2)
    if one[:4] != other[:4]:
        return False
    short, long = sorted((_trunk(one), _trunk(other)), key=len)
    return len(short) >= MIN_TRUNK and long.startswith(short) and len(long) - len(short) <= 2


def is_misspelt(one: str, other: str) -> bool:
    """Whether two long words differ in one letter, or in two that changed places."""
    if min(len(one), len(other)) < MIN_MISSPELT or one[0] != other[0] or one[-1] != other[-1]:
        return False
    if len(one) == len(other):
        differing = [at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
        if len(differing) == 2:
            left, right = differing
            return right == left + 1 and one[left] == other[right] and one[right] == other[left]
        return len(differing) == 1
    short, long = sorted((one, other), key=len)
    if len(long) != len(short) + 1:
        return False
    return any(long[:at] + long[at + 1 :] == short for at in range(1, len(long)))


def is_short_for(short: Sequence[Word], long: Sequence[Word]) -> bool:
    """Whether the first is an acronym of the second: UN of United Nations."""
    letters = "".join(word.text[0].casefold() for word in long if word.text[0].isupper())
    return len(short) == 1 and len(letters) > 1 and short[0].stem == letters


def _letters(name: Name) -> str:
    return "".join(word.text[0].casefold() for word in name.words if word.text[0].isupper())
