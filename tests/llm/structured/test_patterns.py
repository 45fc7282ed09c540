"""Regular expressions: what is read, what is refused and where, and what matches."""

from __future__ import annotations

import re

import pytest

from hydrophone.llm.structured.matching import Matcher, PatternTooSlow, matcher
from hydrophone.llm.structured.pattern_reader import read_pattern
from hydrophone.llm.structured.patterns import PatternRefused, size, written
from hydrophone.types import Span
from tests.emulators.formats import pattern_cases

IPV4 = r"(?:(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)\.){3}(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)"


@pytest.mark.parametrize(
    ("pattern", "matched", "not_matched"),
    [
        (r"\d{3}-\d{4}", "555-0199", "555-019"),
        (r"\w+\s\w+", "blue whale", "blue"),
        (r"[0-9A-Fa-f]{2,}", "c0ffee", "c"),
        (r"[^x]*", "blue", "xerus"),
        (r"a|b(c|d)?", "bd", "c"),
        (r"(?:ab)+?", "abab", "aba"),
        (r"(?=.*\d)\w{4,}", "abc1", "abcd"),
        (r"(?!no)[a-z]+", "yes", "nope"),
        (r".", "é", "\n"),
        (r"\u00e9\x41\n", "éA\n", "eA\n"),
        (r"[]a]", "]", "b"),
        (r"a{,3}", "a{,3}", "aaa"),
        ("", "", "a"),
        ("🐋+", "🐋🐋", "🐈"),
        (IPV4, "208.67.222.222", "208.67.222"),
        # Beyond the reference.
        (r"^whale$", "whale", "whales"),
        (r"(?P<twice>\w)\1", "aa", "ab"),
        (r"(?<!x)\bsea\B.*", "seal", "sea"),
        (r"a(?<=a)b", "ab", "b"),
    ],
)
async def test_patterns_match_whole_texts(pattern: str, matched: str, not_matched: str) -> None:
    one = Matcher(pattern)
    assert await one.matches(matched)
    assert not await one.matches(not_matched)


async def test_classes_are_ascii() -> None:
    assert not await Matcher(r"\w+").matches("été")
    assert not await Matcher(r"\d").matches("٣")
    assert await Matcher(r"\S+").matches("été")


@pytest.mark.parametrize(
    ("pattern", "reason", "offset"),
    [
        ("(a", "a ( without its )", 0),
        ("ab)", "a ) without its (", 2),
        ("[a", "a [ without its ]", 0),
        ("a\\", "a \\ with nothing behind it", 2),
        ("*a", "a quantifier with nothing before it", 0),
        ("a**", "one quantifier behind another", 3),
        ("a*+", "a possessive quantifier", 2),
        ("x{3,2}", "a repetition that ends before it begins", 1),
        ("x{3", "a { that counts nothing", 1),
        ("x{9999}", "a repetition of more than 2,000", 1),
        ("[z-a]", "a range that goes nowhere", 3),
        (r"[a-\d]", "a range that goes nowhere", 4),
        (r"\p{L}", "the escape \\p", 0),
        (r"\xZZ", "a character's number that cannot be read", 0),
        (r"(a)\2", "a reference to a group that is not there", 3),
        ("(?i)a", "a group of a kind that is not supported", 0),
        ("(?>a)", "a group of a kind that is not supported", 0),
        ("(a)(?(1)b|c)", "a group of a kind that is not supported", 3),
        ("(?R)", "a group of a kind that is not supported", 0),
        ("(?=a)+b", "a quantifier behind what has no length", 0),
        ("[[:alpha:]]", "a named class", 1),
        (r"[^\s\S]", "a class that no character is in", 0),
        ("\ud800", "half a character", 0),
        ("(" * 50 + ")" * 50, "more than 40 groups in each other", 40),
        ("a" * 5_000, "it has more than 4,000 characters", 4_000),
        ("(((a{1000}){1000}){1000}){1000}", "its repetitions come to too much", 0),
        ("(a{2000}|b{2000}){9}", "its repetitions come to too much", 0),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(
    pattern: str, reason: str, offset: int
) -> None:
    with pytest.raises(PatternRefused) as caught:
        matcher(pattern)
    assert caught.value.message.startswith(f"the regex cannot be used: {reason}")
    assert (caught.value.offset, caught.value.status) == (offset, 400)
    assert caught.value.param == "response_format"


@pytest.mark.parametrize(
    ("pattern", "beyond"),
    [
        (r"\d+(?=a)(?!b).", ()),
        ("^a", ("the anchor ^",)),
        (r"a\b$", (r"the anchor \b", "the anchor $")),
        (r"(a)\1", ("a reference to a group",)),
        ("(?<=a)b", ("look-behind",)),
        ("(?<n>a)", ("a named group",)),
    ],
)
def test_what_the_reference_does_not_know_is_named(pattern: str, beyond: tuple[str, ...]) -> None:
    assert read_pattern(pattern).beyond == beyond


@pytest.mark.parametrize(
    ("pattern", "fits", "fits_not"),
    [
        (r"(a|aa)+(?=.*b)b", "a" * 3_000 + "b", "a" * 3_000 + "c"),
        (r"(?:a*)*(?!ab)a?b", "a" * 300 + "b", "a" * 300 + "bb"),
        (
            r"(?:é*|[^x]*[A-F]{1,3}(?:[^\s\d]{2,}[^\s\d]{2,})?){2}\d",
            "most,EF," * 200 + "7",
            "AF" * 700,
        ),
    ],
)
async def test_what_can_be_taken_apart_in_many_ways_is_compared_all_the_same(
    pattern: str, fits: str, fits_not: str
) -> None:
    slow = Matcher(pattern, timeout_s=0.05)
    assert await slow.matches(fits)
    assert not await slow.matches(fits_not)


async def test_a_pattern_that_would_take_for_ever_is_stopped() -> None:
    slow = Matcher(r"(a|aa)+(?<=a)(?=.*b)b", timeout_s=0.05)
    with pytest.raises(PatternTooSlow, match=r"more than 0\.05 s"):
        await slow.matches("a" * 200 + "c")
    with pytest.raises(PatternTooSlow):
        await slow.found_in("a" * 200 + "c")


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"\d{2}", "In 1987 it sang at 19 hertz.", ["19"]),
        (r"\d+", "It is 3.14 or 1,000 or 7.", ["7"]),
        (r"\d+(?:[.,]\d+)*", "It is 3.14 or 1,000 or 7.", ["3.14", "1,000", "7"]),
        (r"[A-Z]\w+ [A-Z]\w+", "It was Ada Quill, of Port Aurelia.", ["Ada Quill", "Port Aurelia"]),
        (r"^\d{4}$", "In 1987.", ["1987"]),
        (r"(?=.*7)\d{4}", "In 1986 and 1987.", ["1987"]),
        (r"x*", "None of it.", []),
    ],
)
async def test_texts_are_looked_through_by_whole_words(
    pattern: str, text: str, found: list[str]
) -> None:
    spans = await Matcher(pattern).found_in(text)
    assert [text[span.start : span.end] for span in spans] == found
    assert all(isinstance(span, Span) for span in spans)


async def test_five_hundred_random_patterns_mean_what_they_say() -> None:
    for case in pattern_cases(500):
        fits, theirs = Matcher(case.wanted), re.compile(case.wanted, re.ASCII)
        assert await fits.matches(case.answer), case
        again = written(fits.pattern.root)
        assert written(read_pattern(again).root) == again, case
        assert size(fits.pattern.root) < 1_000
        others = (case.answer + "~", case.answer[1:], "", "aaa")
        for text in (one for one in others if len(one) < 20):  # `re` may take for ever
            assert await fits.matches(text) == (theirs.fullmatch(text) is not None), (case, text)


@pytest.mark.parametrize(("pattern", "spelled"), [(r"-\.+", "-[.]+"), (r"(a\*){2}", "(a\\*){2}")])
def test_an_escaped_character_that_is_repeated_stands_in_a_class(
    pattern: str, spelled: str
) -> None:
    assert written(read_pattern(pattern).root) == spelled
