"""A turn that leans on the conversation, with what it leans on: "And in winter?"

By rule. A last turn that begins with a connective, speaks of something with a pronoun, or holds
hardly a word is joined to the question before it; where it only names another circumstance of the
same kind ("in winter" for "in summer"), that is exchanged; and where the answer before it named one
name that was not asked with, a person's pronoun stands for it ("his wife" for "Bram Stoker's
wife"). What is searched for are the turn's own words behind some of the question before it, also
where a turn of few words that is no direct question seems to stand alone: `benchmarks/mtrag.py` has
the figures.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hydrophone.engine.queries.split import names
from hydrophone.index.sentences import split_sentences
from hydrophone.llm.overlap import stems
from hydrophone.types import Turn

# How far back a chain of such questions is followed.
MOST_TURNS = 4
MAX_CHARS = 2_000
MAX_CONTEXT_CHARS = 400
# With so many words a turn is searched for by itself.
ENOUGH_WORDS = 8
MAX_CONTEXT_WORDS = 6
_FEW_WORDS = 2
_MAX_ANSWER_CHARS = 2_000
_CONNECTIVE = re.compile(
    r"^(?:and|but|or|so|then|also|what about|how about|what if|what else|anything else|more|go on|"
    r"any others?|which ones?|since when|until when|for example|such as)\b",
    re.IGNORECASE,
)
# Of other languages, for turns of few words: there they may be other words as well.
_CONNECTIVE_ABROAD = re.compile(
    r"^(?:und|oder|aber|also|et|mais|ou|donc|y|pero|e|ma|mas|en|maar|och|men|og|ja|а|и|но)\b|"
    r"^(?:那|那么|还有|じゃあ|では|それ|그럼|그리고)",
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
_NO_THING = (
    "in|on|at|to|from|by|with|for|of|about|and|or|as|so|then|there|that|this|when|while|before|after|"
    "because|if|is|was|be|a|an|the|not|still|today|now|again|alone|best|better|more|most"
)
_PERSON = re.compile(
    rf"\b(?P<owner>his|her(?=\s+(?!(?:{_NO_THING})\b)[a-z]))\b|\b(?:he|him|she|her)\b",
    re.IGNORECASE,
)
_DIRECT = re.compile(
    r"(?:who|whom|whose|what|which|when|where|why|how|in (?:which|what)|wer|was|wann|wo|warum|wie|"
    r"welche[rsmn]?|qui|que|quoi|quand|où|pourquoi|comment|quel(?:le)?s?|qué|quién|cuándo|dónde|"
    r"cómo|cuál)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w[\w'’.-]*\w|\w")


@dataclass(frozen=True, slots=True)
class Asked:
    """The last user turn as it is meant: the whole `question`, and the `query` to search for.

    `loose`: it stands in a conversation and is no direct question by itself. `leans`: it cannot be
    told by rule for sure what is meant.
    """

    question: str
    query: str
    loose: bool = False
    leans: bool = False


def understood(turns: Sequence[Turn]) -> Asked:
    """The last user turn, with what it leans on. Empty texts when no user says anything."""
    said = [text for turn in turns if turn.role == "user" and (text := turn.text.strip())]
    if not said:
        return Asked("", "")
    if len(said) == 1:
        return Asked(said[0], said[0])
    text, earlier = said[-1][:MAX_CHARS], said[-MOST_TURNS:-1]
    leaning = leans(text)
    if not leaning and _DIRECT.match(text):
        return Asked(text, text)
    named = _with_name(text, _last_answer(turns), earlier) if leaning else text
    question = named if named != text else _joined_to(earlier, text)
    query = question if _is_exchanged(earlier[-1], text) else _with_context(named, earlier)
    return Asked(question, query, loose=True, leans=query != text)


def in_context(turns: Sequence[Turn]) -> str:
    """The last user turn's text, with the earlier question that it leans on; by itself when it
    leans on none."""
    return understood(turns).question


def leans(text: str) -> bool:
    """Whether a text cannot be understood without what was said before."""
    words = stems(text)
    if len(words) > _FEW_WORDS * 8:
        return False  # it says enough itself
    if _CONNECTIVE.match(text) or len(words) < _FEW_WORDS:
        return True
    if len(words) < ENOUGH_WORDS and _CONNECTIVE_ABROAD.match(text):
        return True
    return _PRONOUN.search(_OWN.sub(" ", text)) is not None and not _names_itself(text)


def joined(earlier: str, text: str) -> str:
    """One question of two: the earlier one with the circumstance exchanged, or both in a row."""
    return _exchanged(earlier, text) or f"{earlier} {text}"


def _exchanged(earlier: str, text: str) -> str | None:
    new = _CIRCUMSTANCE.match(text)
    if new is None:
        return None
    last = rf"\b{re.escape(new['with'])}\s+(?:the\s+)?[^\s?.!,]+(?=\s*[?.!]*$)"
    old = re.search(last, earlier, re.IGNORECASE)
    return f"{earlier[: old.start()]}{new['with']} {new['what']}?" if old else None


def _is_exchanged(earlier: str, text: str) -> bool:
    return _exchanged(earlier[:MAX_CONTEXT_CHARS], text) is not None


def _joined_to(earlier: Sequence[str], text: str) -> str:
    for before in reversed(earlier):
        if not leans(text):
            break
        text = joined(before[:MAX_CONTEXT_CHARS], text)
    return text


def _with_context(text: str, earlier: Sequence[str]) -> str:
    """The text behind the words of the question before it that it has not itself, and of the one
    before that while they lean as well. A text of enough words stays as it is."""
    leaning = leans(text)
    if not leaning and len(stems(text)) >= ENOUGH_WORDS:
        return text
    said = set(stems(text))
    context: list[str] = []
    for before in reversed(earlier):
        fresh: list[str] = []
        for word in _WORD.findall(before[:MAX_CONTEXT_CHARS]):
            stem = stems(word)
            if stem and stem[0] not in said:
                said.update(stem)
                fresh.append(word)
        context = [*fresh, *context]
        if len(context) >= MAX_CONTEXT_WORDS or not leans(before):
            break
    return " ".join([*context[-MAX_CONTEXT_WORDS:], text])


def _with_name(text: str, answer: str, earlier: Sequence[str]) -> str:
    """The text with the name for its pronoun of a person, where the answer's first sentence names
    one of two or more words that no question has."""
    first = next((answer[s.start : s.end] for s in split_sentences(answer)), "")
    asked = " ".join(earlier)
    new = [name for name in names(first) if " " in name and name not in asked]
    if len(new) != 1 or not _PERSON.search(text):
        return text
    return _PERSON.sub(lambda found: f"{new[0]}'s" if found["owner"] else new[0], text)


def _last_answer(turns: Sequence[Turn]) -> str:
    said = (turn.text.strip() for turn in reversed(turns) if turn.role == "assistant")
    return next(said, "")[:_MAX_ANSWER_CHARS]


def _names_itself(text: str) -> bool:
    """Whether what the pronoun stands for is named before it in the same text."""
    pronoun = _PRONOUN.search(text)
    before = text[: pronoun.start()] if pronoun else text
    return len(stems(before)) > _FEW_WORDS
