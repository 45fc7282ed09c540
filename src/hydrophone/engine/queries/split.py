"""Several queries from one question, by rule: its parts, its names, its bare words.

A question that asks two things finds pages of the louder one; each part, and each thing that it
names, is searched for by itself as well. `benchmarks/queries.py` measures what that brings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from hydrophone.llm.overlap import stems

_ASKING = (
    "who|whom|whose|what|which|when|where|why|how|is|are|was|were|do|does|did|can|could|will|would|"
    "should|has|have|had"
)
_SENTENCE_END = re.compile(r"(?<=[?？！。])\s*|(?<=\w\w\w[.!])\s+(?=[A-Z])|\n+")
_SECOND_CLAUSE = re.compile(
    rf",?\s+(?:and|but|or)\s+(?:also\s+)?(?=(?:{_ASKING})\b)|;\s+", re.IGNORECASE
)
_POLITE = re.compile(
    r"^(?:(?:hi|hello|hey|dear \w+)\b[,!. ]*|please\b[, ]*|thanks?(?: you)?\b[,!. ]*|"
    r"(?:can|could|would|will) you (?:please |kindly )?(?:tell|explain to|show|give) me\b[,: ]*|"
    r"(?:can|could|would|will) you (?:please |kindly )?(?:explain|describe|find out|look up)\b ?|"
    r"i(?: would|'d)? (?:like|want|need) to (?:know|learn|understand|find out)\b[,: ]*|"
    r"i(?:'m| am) (?:wondering|curious)(?: about)?\b[,: ]*|"
    r"(?:do|would) you (?:happen to )?know\b[,: ]*|tell me(?: about)?\b[,: ]*)+",
    re.IGNORECASE,
)
_POLITE_END = re.compile(
    r"[, ]*\b(?:please|thanks?(?: you)?(?: in advance)?|many thanks)\s*(?=[.!?]*$)", re.IGNORECASE
)
_QUOTED = re.compile(r"[\"“«„]([^\"“”«»„]{3,80})[\"”»“]")
_PARTICLE = "of|the|de|la|le|von|van|der|al|el|on|ap|bin|ibn"
_NO_NAME = (
    f"{_ASKING}|the|a|an|in|on|at|if|of|for|from|and|or|by|to|with|since|until|during|after|before|"
    "as|this|that|these|those|there|it|its|he|she|his|her|they|their|i|my|we|you|your|please|not|"
    "also|both|between|compare|explain|describe|list|name|give|tell|show|find"
)
_NAME = re.compile(
    rf"\b(?!(?i:{_NO_NAME})\b)[^\W\d_]*[A-Z\u00c0-\u00de][\w'’.&-]*"
    rf"(?:\s+(?:(?:{_PARTICLE})\s+){{0,2}}(?:[^\W\d_]*[A-Z\u00c0-\u00de][\w'’.&-]*|\d+))*"
)
_ASKING_WORD = re.compile(rf"^(?:{_ASKING})$", re.IGNORECASE)
_PRONOUN = re.compile(r"\b(?:it|its|they|them|their|he|him|his|she|her|this|that)\b", re.IGNORECASE)
_EDGE = " \t\n.,;:!?'’\"“”()"
MIN_PART_WORDS = 2


def polished(text: str) -> str:
    """The text without words of politeness at its ends; as it was when nothing else is left."""
    line = " ".join(text.split())
    bare = _POLITE_END.sub("", _POLITE.sub("", line)).strip()
    return bare if stems(bare) else line


def parts(text: str) -> list[str]:
    """The questions in a text, in order; a text with one question is one part.

    A part that says too little alone, or of something named before, comes with the one before it.
    """
    found: list[str] = []
    for clause in _clauses(text):
        leans = len(stems(clause)) < MIN_PART_WORDS or _PRONOUN.search(clause) is not None
        found.append(f"{found[-1]} {clause}" if found and leans else clause)
    return found


def _clauses(text: str) -> list[str]:
    sentences = _SENTENCE_END.split(polished(text))
    clauses = [clause for sentence in sentences for clause in _SECOND_CLAUSE.split(sentence or "")]
    return [stripped for clause in clauses if (stripped := clause.strip(" \t,;")) and stems(clause)]


def is_compound(text: str) -> bool:
    """Whether a text asks several things, or names several that are to be compared."""
    asked = _clauses(text)
    if sum(part.endswith(("?", "？")) or _begins_asking(part) for part in asked) > 1:
        return True
    comparing = re.search(
        r"\b(?:compared? (?:to|with)|versus|vs\.?|difference between|both|either|same)\b|\bor\b",
        text,
        re.IGNORECASE,
    )
    return comparing is not None and len(names(text)) > 1


def names(text: str) -> list[str]:
    """What a text names: in quotation marks, or with capital letters; each once, in order."""
    found: dict[str, None] = {}
    for match in _QUOTED.finditer(text):
        found[match[1].strip(_EDGE)] = None
    rest = _QUOTED.sub(" . ", text)
    for match in _NAME.finditer(rest):
        name = match[0].strip(_EDGE).removesuffix("'s").removesuffix("’s")
        if len(name) > 1 and not _ASKING_WORD.match(name):
            found[name] = None
    return list(found)


def several(text: str, most: int) -> tuple[str, ...]:
    """Up to `most` queries for a text: the whole without words of politeness, then its parts, and
    where it compares things, each of them."""
    asked = parts(text)
    wanted = [polished(text)]
    if len(asked) > 1:
        wanted += asked
    if is_compound(text):
        wanted += names(text)
    return distinct(wanted, most)


def distinct(queries: Sequence[str], most: int) -> tuple[str, ...]:
    """The queries without those that say the same in other letters or order; at most `most`."""
    kept: dict[frozenset[str], str] = {}
    for query in queries:
        if len(kept) == most:
            break
        words = frozenset(stems(query))
        if words or not kept:
            kept.setdefault(words, query)
    return tuple(kept.values())


def _begins_asking(part: str) -> bool:
    first = part.split(None, 1)[0]
    return _ASKING_WORD.match(first) is not None
