"""Negation: which words of a sentence are denied, and words that are each other's opposite."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from hydrophone.engine.checking.words import Word, stem, words

_NEGATORS = frozenset(
    """not no never none nobody nothing neither nor without cannot cant dont doesnt didnt isnt arent
    wasnt werent hasnt havent hadnt wont wouldnt couldnt shouldnt mustnt unable""".split()  # noqa: SIM905
)
# They deny too, but say more than "not"; a source that has one may well be put with a "not".
_DENYING = frozenset(
    """fail fails failed failing failure refuse refuses refused refusal deny denies denied denial
    lack lacks lacked lacking reject rejects rejected rejection prohibit prohibited prevent
    prevents prevented forbid forbidden ban banned banning exclude excluded excluding absence
    absent unlike instead rather only few little rare rarely seldom hardly scarcely barely stop
    stopped stops cease ceased avoid avoids avoided minus abandon abandoned cancel cancelled
    canceled lose lost loss except oppose opposed illegal impossible incapable insufficient
    false wrong opposite contrary decline declined ignore ignored neglect miss missing disagree
    disagreed dispute disputed neither unless""".split()  # noqa: SIM905
)
_IDIOM = re.compile(
    r"\bnot (?:only|just|merely|simply|necessarily|the only|until|till|to be confused|least)\b"
    r"|\bnot (?:\w+ ){1,7}until\b"
    r"|\bwhether or not\b|\bif not\b|\bno (?:later|less|more|fewer|doubt|matter|longer than)\b"
    r"|\b[Nn]o\.? ?\d|\bnothing (?:but|less|more)\b|\bnot (?:long|far|unlike)\b",
    re.IGNORECASE,
)
PREFIXES = ("un", "non", "in", "im", "il", "ir", "dis")
_CLAUSE = re.compile(r"[,;:()–—]|[.!?](?=\s)")
_REACH_WORDS = 2

_OPPOSITES = (
    ("increase", "decrease"), ("increase", "decline"), ("rise", "fall"), ("rise", "decline"),
    ("increase", "reduce"), ("grow", "shrink"), ("gain", "lose"), ("win", "lose"),
    ("victory", "defeat"), ("largest", "smallest"), ("larger", "smaller"), ("large", "small"),
    ("highest", "lowest"), ("higher", "lower"), ("high", "low"), ("longest", "shortest"),
    ("longer", "shorter"), ("best", "worst"), ("better", "worse"), ("oldest", "youngest"),
    ("oldest", "newest"), ("older", "younger"), ("first", "last"), ("fastest", "slowest"),
    ("faster", "slower"), ("strong", "weak"), ("stronger", "weaker"), ("more", "less"),
    ("more", "fewer"), ("most", "least"), ("majority", "minority"), ("maximum", "minimum"),
    ("always", "never"), ("north", "south"), ("northern", "southern"), ("east", "west"),
    ("eastern", "western"), ("before", "after"), ("above", "below"), ("accept", "reject"),
    ("approve", "reject"), ("allow", "forbid"), ("allow", "prohibit"), ("allow", "ban"),
    ("permit", "prohibit"), ("permit", "forbid"), ("support", "oppose"), ("include", "exclude"),
    ("agree", "disagree"), ("agree", "refuse"), ("legal", "illegal"), ("possible", "impossible"),
    ("true", "false"), ("positive", "negative"), ("success", "failure"), ("succeed", "fail"),
    ("successful", "unsuccessful"), ("begin", "end"), ("start", "end"), ("start", "stop"),
    ("open", "close"), ("buy", "sell"), ("import", "export"), ("internal", "external"),
    ("upper", "lower"), ("left", "right"), ("public", "private"), ("same", "different"),
    ("rich", "poor"), ("hot", "cold"), ("warm", "cold"), ("early", "late"), ("male", "female"),
    ("attack", "defend"), ("join", "leave"), ("enter", "leave"), ("arrive", "depart"),
    ("easy", "difficult"), ("common", "rare"), ("ancient", "modern"), ("urban", "rural"),
    ("known", "unknown"), ("able", "unable"), ("likely", "unlikely"), ("birth", "death"),
    ("create", "destroy"), ("build", "demolish"), ("expand", "contract"), ("safe", "dangerous"),
    ("present", "absent"), ("major", "minor"), ("inside", "outside"), ("many", "few"),
    ("all", "none"), ("import", "export"), ("love", "hate"), ("friend", "enemy"),
)  # fmt: skip


def _both_ways() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for one, other in _OPPOSITES:
        table.setdefault(_key(one), set()).add(_key(other))
        table.setdefault(_key(other), set()).add(_key(one))
    return {word: frozenset(opposites) for word, opposites in table.items()}


@lru_cache(maxsize=16_384)
def _key(word: str) -> str:
    return stem(word) or word.casefold()


_OPPOSITE = _both_ways()


@lru_cache(maxsize=4_096)
def denied(text: str) -> tuple[frozenset[str], ...]:
    """For each negation of the text the stems that it denies: the next two words of weight in its
    clause, or the last before it where none follows."""
    plain = _IDIOM.sub(lambda match: " " * len(match[0]), text)
    every = words(plain)
    return tuple(_reach(plain, every, at) for at, word in enumerate(every) if is_negator(word))


def negations(text: str) -> int:
    """How many plain negations ("not", "never", "without") the text has, idioms apart."""
    plain = _IDIOM.sub(" ", text)
    return sum(is_negator(word) for word in words(plain))


def is_denying(text: str) -> bool:
    """Whether the text has a word that could be put with a "not": refused, lacks, few, without."""
    return any(word.text.casefold() in _DENYING for word in words(text))


def opposites(claim: str, source: str) -> Iterator[tuple[str, str]]:
    """Words of the claim whose opposite stands in the source, where neither has both."""
    ours = {_key(word.text): word.text for word in words(claim)}
    theirs = {_key(word.text): word.text for word in words(source)}
    for key, text in ours.items():
        against = _against(key) & theirs.keys()
        if against and key not in theirs and not against & ours.keys():
            yield text, theirs[min(against)]


def are_opposites(one: str, other: str) -> bool:
    """Whether two words are each other's opposite."""
    return _key(other) in _against(_key(one)) or _key(one) in _against(_key(other))


@lru_cache(maxsize=16_384)
def _against(key: str) -> frozenset[str]:
    bare = {key[len(prefix) :] for prefix in ("un", "non") if key.startswith(prefix)}
    bare = {word for word in bare if len(word) > 3}
    made = {f"un{key}", f"non{key}"} if len(key) > 3 else set()
    return _OPPOSITE.get(key, frozenset()) | bare | made


def is_negator(word: Word) -> bool:
    """Whether the word says no by itself."""
    text = word.text.casefold().replace("'", "").replace("’", "")
    return text in _NEGATORS


def _reach(text: str, every: Sequence[Word], at: int) -> frozenset[str]:
    following = [word for word in every[at + 1 :] if word.stem]
    if following:
        clause = _CLAUSE.search(text, following[0].start)
        end = clause.start() if clause else len(text)
        return frozenset(word.stem for word in following[:_REACH_WORDS] if word.start < end)
    preceding = [word.stem for word in every[:at] if word.stem]
    return frozenset(preceding[-1:])
