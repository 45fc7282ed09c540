"""Alignment: a claim laid beside a sentence word by word, and what differs between equal words.

Where a claim runs like the source, a difference of one number, one name, one "not" or one word
against its opposite is no other way of saying the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from hydrophone.engine.checking import numbers as numbered
from hydrophone.engine.checking.names import OPENERS, is_akin, is_misspelt, is_short_for
from hydrophone.engine.checking.negation import are_opposites, is_denying, is_negator
from hydrophone.engine.checking.numbers import numbers
from hydrophone.engine.checking.words import Word, words

MOST_DIFFERING_WORDS = 5
MOST_LEFT_OUT_WORDS = 2
MIN_HELD_WORDS = 4
MIN_SAME_SHARE = 0.5
# With these a "not" is half of a "not only ... but also".
_SOFTENING = frozenset(("only", "just", "merely", "simply", "necessarily", "until", "yet", "if"))


@dataclass(frozen=True, slots=True)
class Difference:
    """Words of a claim and of a sentence that stand in the same place; either may be none."""

    ours: tuple[Word, ...]
    theirs: tuple[Word, ...]


def differences(claim: Sequence[Word], sentence: Sequence[Word]) -> list[Difference]:
    """Those that equal words hold from both sides; none when the two run differently."""
    matcher = SequenceMatcher(
        None, [_key(word) for word in claim], [_key(word) for word in sentence], autojunk=False
    )
    steps = matcher.get_opcodes()
    same = sum(i2 - i1 for tag, i1, i2, _, _ in steps if tag == "equal")
    if same < MIN_SAME_SHARE * min(len(claim), len(sentence)):
        return []
    found = []
    for at, (tag, i1, i2, j1, j2) in enumerate(steps):
        if tag == "equal" or i2 - i1 > MOST_DIFFERING_WORDS or j2 - j1 > MOST_DIFFERING_WORDS:
            continue
        left = steps[at - 1][2] - steps[at - 1][1] if at else 0
        right = steps[at + 1][2] - steps[at + 1][1] if at + 1 < len(steps) else 0
        is_open = (not left and i1 > 0) or (not right and i2 < len(claim))
        if left + right >= MIN_HELD_WORDS and not is_open:
            found.append(Difference(tuple(claim[i1:i2]), tuple(sentence[j1:j2])))
    return found


def contradictions(claim: str, sentence: str) -> Iterator[str]:
    """In a few words each, what the sentence says otherwise in the same place."""
    ours, theirs = words(claim), words(sentence)
    for one in differences(ours, theirs):
        mine, other = _text(claim, one.ours), _text(sentence, one.theirs)
        if _is_other_number(mine, other, claim) or _is_other_name(one, ours):
            yield f"the source says {other}, not {mine}"
        elif _is_denied_once(one, sentence):
            denier = "claim" if any(is_negator(word) for word in one.ours) else "source"
            yield f"the {denier} denies what the other says"
        elif opposite := _opposite(one):
            yield f"the source says {opposite[1]}, not {opposite[0]}"


def _text(text: str, run: Sequence[Word]) -> str:
    return text[run[0].start : run[-1].end] if run else ""


def _is_other_number(mine: str, other: str, claim: str) -> bool:
    left, right = numbers(mine), numbers(other)
    if not left or not right:
        return False
    if all(numbered.stands_in(number, right) for number in left):
        return False
    everywhere = numbers(claim)
    return not any(numbered.stands_in(number, everywhere) for number in right)


def _is_other_name(one: Difference, claim: Sequence[Word]) -> bool:
    ours, theirs = _name(one.ours), _name(one.theirs)
    if not ours or not theirs:
        return False
    stems = {word.stem for word in claim}
    if any(word.stem in stems for word in theirs) or any(
        _are_kin(a, b) for a in ours for b in theirs
    ):
        return False
    return not (is_short_for(ours, theirs) or is_short_for(theirs, ours))


def _name(run: Sequence[Word]) -> list[Word]:
    """The words of weight, if all of them are written large and not for beginning a sentence."""
    telling = [word for word in run if word.stem and word.text.casefold() not in OPENERS]
    return telling if all(word.is_capital for word in telling) else []


def _are_kin(one: Word, other: Word) -> bool:
    return is_akin(one.text, other.text) or is_misspelt(one.stem, other.stem)


def _is_denied_once(one: Difference, sentence: str) -> bool:
    if one.theirs and not one.ours and sentence[: one.theirs[0].start].endswith("("):
        return False  # an aside that the claim leaves out
    ours = sum(is_negator(word) for word in one.ours)
    theirs = sum(is_negator(word) for word in one.theirs)
    if ours % 2 == theirs % 2:
        return False
    every = {word.text.casefold() for word in (*one.ours, *one.theirs)}
    if every & _SOFTENING:
        return False
    without, denying = (one.theirs, one.ours) if ours else (one.ours, one.theirs)
    if is_denying(" ".join(word.text for word in without)):
        return False
    weighty = [word for word in denying if word.stem]
    return len(weighty) <= MOST_LEFT_OUT_WORDS


def _opposite(one: Difference) -> tuple[str, str] | None:
    for ours in one.ours:
        for theirs in one.theirs:
            if are_opposites(ours.text, theirs.text):
                return ours.text, theirs.text
    return None


def _key(word: Word) -> str:
    return word.stem or word.text.casefold()
