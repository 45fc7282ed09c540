"""A question that leans on the conversation, with what it leans on: "And in winter?"

By rule and in English: a last turn that begins with a connective, speaks of something with a
pronoun, or holds too few words to be searched for is joined to the question before it. Where it
only names another circumstance of the same kind ("in winter" for "in summer"), that is exchanged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from hydrophone.llm.overlap import stems
from hydrophone.types import Turn

# How far back a chain of such questions is followed.
MOST_TURNS = 4
MAX_CHARS = 2_000
MAX_CONTEXT_CHARS = 400
_FEW_WORDS = 2
_CONNECTIVE = re.compile(
    r"^(?:and|but|or|so|then|also|what about|how about|what if|what else|anything else|more|go on|"
    r"any others?|which ones?|since when|until when|for example|such as)\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers|one|ones|there|then|"
    r"this|that|these|those|the (?:first|second|last|former|latter|same|other)(?: one)?)\b",
    re.IGNORECASE,
)
# "that" and "this" that open a clause or go with a noun of the same sentence lean on nothing.
_OWN = re.compile(
    r"\b(?:is|are|was|were) there\b|\bthere (?:is|are|was|were)\b|\w that \w", re.IGNORECASE
)
_CIRCUMSTANCE = re.compile(
    r"^(?:(?:and|but|so|what about|how about|or)[, ]+)+"
    r"(?P<with>in|at|on|for|with|without|from|by|under|during|after|before|to|near)\s+"
    r"(?P<what>[^?.!]+?)\s*[?.!]*$",
    re.IGNORECASE,
)


def in_context(turns: Sequence[Turn]) -> str:
    """The last user turn's text, with the earlier question that it leans on; by itself when it
    leans on none."""
    asked = [text for turn in turns if turn.role == "user" and (text := turn.text.strip())]
    if not asked:
        return ""
    text = asked[-1][:MAX_CHARS]
    for earlier in reversed(asked[-MOST_TURNS:-1]):
        if not leans(text):
            break
        text = joined(earlier[:MAX_CONTEXT_CHARS], text)
    return text


def leans(text: str) -> bool:
    """Whether a text cannot be understood without what was said before."""
    words = stems(text)
    if len(words) > _FEW_WORDS * 8:
        return False  # it says enough itself
    if _CONNECTIVE.match(text) or len(words) < _FEW_WORDS:
        return True
    return _PRONOUN.search(_OWN.sub(" ", text)) is not None and not _names_itself(text)


def joined(earlier: str, text: str) -> str:
    """One question of two: the earlier one with the circumstance exchanged, or both in a row."""
    new = _CIRCUMSTANCE.match(text)
    if new is not None:
        last = rf"\b{re.escape(new['with'])}\s+(?:the\s+)?[^\s?.!,]+(?=\s*[?.!]*$)"
        old = re.search(last, earlier, re.IGNORECASE)
        if old is not None:
            return f"{earlier[: old.start()]}{new['with']} {new['what']}?"
    return f"{earlier} {text}"


def _names_itself(text: str) -> bool:
    """Whether what the pronoun stands for is named before it in the same text."""
    pronoun = _PRONOUN.search(text)
    before = text[: pronoun.start()] if pronoun else text
    return len(stems(before)) > _FEW_WORDS
