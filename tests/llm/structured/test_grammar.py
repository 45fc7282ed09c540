"""Patterns as grammars: what is left out of them, and how they are written for llama.cpp."""

from __future__ import annotations

import pytest
import regex

from hydrophone.llm.structured.grammar import gbnf, relaxed
from hydrophone.llm.structured.pattern_reader import read_pattern
from hydrophone.llm.structured.patterns import written
from tests.emulators.formats import pattern_cases


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        (r"\d+(?=a)b", "[0-9]+b"),
        (r"^a\b$", "a"),
        (r"(a|b)\1", "(?:a|b)(?:(?:a|b)|)"),
        (r"(a\1)", "a(?:a|)"),
        (r"((?:a|b)x\1)?", "(?:(?:a|b)x(?:(?:a|b)x|))?"),
        (r"((a)\2)+", "(?:a(?:a|))+"),
        (r"(?<!x)(?:y)", "y"),
    ],
)
def test_what_a_grammar_cannot_say_is_left_out(pattern: str, left: str) -> None:
    assert written(relaxed(read_pattern(pattern).root)) == left


def test_what_is_left_matches_all_that_the_pattern_does() -> None:
    for case in pattern_cases(200, seed=9):
        left = written(relaxed(read_pattern(case.wanted).root))
        assert regex.fullmatch(left, case.answer), case


@pytest.mark.parametrize(
    ("pattern", "grammar"),
    [
        ("ab", "root ::= [a] [b]"),
        ("", 'root ::= ""'),
        ("a|", 'root ::= [a] | ""'),
        (r"(a|b){2,}\d?", "root ::= ([a] | [b]){2,} [0-9]?"),
        (r"[^x\]]", r"root ::= [^\x5Dx]"),
        (r"(ab)*", "root ::= ([a] [b])*"),
        (".", r"root ::= [^\x0A]"),
        ("é🐋", r"root ::= [\xE9] [\U0001F40B]"),
        ("海{3}", r"root ::= [\u6D77]{3}"),
    ],
)
def test_grammars_are_written_in_gbnf(pattern: str, grammar: str) -> None:
    assert gbnf(relaxed(read_pattern(pattern).root)) == grammar
