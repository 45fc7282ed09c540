from __future__ import annotations

import random

from hydrophone.crawl.walk.likeness import Likeness, are_alike, measure_likeness, preferred
from hydrophone.storage.index_db_frontier import FrontierPage

DICE = random.Random(3)
WORDS = [f"word{n}" for n in range(500)]
LONG = " ".join(DICE.choices(WORDS, k=1500))


def page(likeness: Likeness) -> FrontierPage:
    return FrontierPage(
        *(1, "http://a/", "a", "page", 0, 0, False, "indexed", None, 0, None, None, None, None),
        text_hash=likeness.text_hash,
        title_hash=likeness.title_hash,
        simhash=likeness.simhash,
    )


def alike(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two titles and texts are alike, and are found by a key that they share."""
    first, second = measure_likeness(*one), measure_likeness(*other)
    if not are_alike(first, page(second)):
        return False
    assert set(first.keys) & set(second.keys), "alike, but not to be found"
    return True


def test_same_text_is_alike_whatever_the_spaces_and_title() -> None:
    assert alike(("A", LONG), ("B", LONG.replace(" ", "\n  ")))
    assert alike(("A", "Short."), ("B", "Short."))


def test_few_different_words_in_a_long_text_are_alike_under_the_same_title() -> None:
    other = LONG.replace(LONG.split()[700], "changed", 1)
    assert alike(("A", LONG), (" a ", other))
    assert not alike(("A", LONG), ("B", other))


def test_short_texts_are_alike_only_when_equal() -> None:
    assert not alike(("A", "The ferry leaves at seven."), ("A", "The ferry leaves at eight."))


def test_different_texts_are_not_alike() -> None:
    texts = [" ".join(DICE.choices(WORDS, k=300)) for _ in range(60)]
    pairs = [(a, b) for a in texts for b in texts if a is not b]
    assert not any(alike(("T", a), ("T", b)) for a, b in pairs)


def test_half_changed_text_is_not_alike() -> None:
    words = LONG.split()
    half = " ".join(words[:750] + DICE.choices(WORDS, k=750))
    assert not alike(("A", LONG), ("A", half))


def test_measure_does_not_depend_on_the_process() -> None:
    measured = measure_likeness("Harbour", "The harbour master counts the boats. " * 20)
    assert measured.simhash == 354660966258835529


def test_shorter_url_is_preferred_then_the_first_in_order() -> None:
    assert preferred("http://a/x", "http://a/long")
    assert preferred("https://a/long", "http://a/x")
    assert preferred("http://a/x", "http://a/y")
    assert not preferred("http://a/x", "http://a/x")
