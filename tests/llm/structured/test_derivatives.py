"""What may still come of a pattern: followed, texts fit as a matcher that goes back says."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
import regex

from hydrophone.llm.structured.derivatives import Beyond, fits
from hydrophone.llm.structured.pattern_reader import read_pattern
from hydrophone.llm.structured.patterns import written
from tests.emulators.formats import pattern_cases

_CHARS = "abcdfkmxAF é海0159.-], \n"


def near(text: str, random: Random) -> Iterator[str]:
    """The text, what is nearly the text, and what is nothing like it."""
    yield text
    place = random.randrange(len(text) + 1)
    yield text[:place] + random.choice(_CHARS) + text[place:]
    yield text[:place] + text[place + 1 :]
    yield text[: place - 1] + random.choice(_CHARS) + text[place:]
    yield text + text
    yield "".join(random.choices(_CHARS, k=random.randrange(12)))


def test_random_patterns_fit_what_a_matcher_says() -> None:
    random, said = Random(3), {True: 0, False: 0}
    for case in pattern_cases(400, seed=11):
        root = read_pattern(case.wanted).root
        compiled = regex.compile(written(root), regex.VERSION0)
        for text in near(case.answer, random):
            right = compiled.fullmatch(text, timeout=5) is not None
            assert fits(root, text) == right, (case.wanted, text)
            said[right] += 1
    assert min(said.values()) > 400


@pytest.mark.parametrize("pattern", [r"(a)\1", "(?<=a)b", "^a", r"a\b"])
def test_what_only_going_back_can_follow_is_beyond(pattern: str) -> None:
    with pytest.raises(Beyond):
        fits(read_pattern(pattern).root, "ab")
