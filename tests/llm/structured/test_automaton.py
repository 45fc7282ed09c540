"""Grammars with lookahead: they allow what the pattern matches, and nothing else."""

from __future__ import annotations

import re
from random import Random

import pytest

from hydrophone.llm.structured.automaton import lookahead_grammar
from hydrophone.llm.structured.derivatives import has_lookahead
from hydrophone.llm.structured.pattern_reader import read_pattern
from tests.emulators.formats import pattern_cases

_RULE = re.compile(r"(s\d+|root) ::= (.*)")
_STEP = re.compile(r"(\[(?:\\.|[^\]\\])*\]) (s\d+)")


class Grammar:
    """A grammar of this kind, followed as llama.cpp would."""

    def __init__(self, text: str) -> None:
        rules = dict(match.groups() for line in text.split("\n") if (match := _RULE.match(line)))
        self.start = rules["root"]
        self.ends = {name for name, rule in rules.items() if rule.endswith('""')}
        self.steps = {
            name: [(re.compile(_as_python(chars), re.DOTALL), to) for chars, to in _steps(rule)]
            for name, rule in rules.items()
        }

    def allows(self, text: str) -> bool:
        states = {self.start}
        for char in text:
            states = {
                to for state in states for chars, to in self.steps[state] if chars.match(char)
            }
        return not states.isdisjoint(self.ends)

    def written(self, random: Random, most: int = 30) -> str | None:
        """A text that it allows, if one is met in time."""
        state, text = self.start, ""
        for _ in range(most):
            if state in self.ends and (not self.steps[state] or random.random() < 0.4):
                return text
            chars, state = random.choice(self.steps[state])
            known = [char for char in map(chr, range(9, 256)) if chars.match(char)]
            if not known:
                return None
            text += random.choice(known)
        return None


def _steps(rule: str) -> list[tuple[str, str]]:
    return _STEP.findall(rule)


def _as_python(chars: str) -> str:
    return re.sub(r"\\U([0-9A-F]{8})", lambda match: chr(int(match[1], 16)), chars)


@pytest.mark.parametrize(
    ("pattern", "allowed", "others"),
    [
        (r"(?!0)\d{2}", ["10", "99"], ["01", "1", "100"]),
        (r"(?=.*\d)(?=.*[a-z])\w{4,6}", ["abc1", "1xxxxx"], ["abcd", "1234", "a1", "abcdef1"]),
        (r"(a|b(?=c))+c", ["ac", "bc", "abc", "aaac"], ["c", "bac", "bbc", "a"]),
        (r"(?:a(?!a)|b){2,}", ["ab", "bb", "ba", "abab"], ["a", "aa", "baa", "bbaab"]),
        (r"(?:(?!b)a*|b(?!b)){2,}", ["", "a", "aa", "b", "bab"], ["bb", "abb", "c"]),
        (r"(?:a|(?:b|c(?=b))*(?!c))+", ["abcb", "cb", "aab", ""], ["c", "acc", "cbac"]),
        (r"(?=a(?!b))\w+", ["a", "ac", "aab"], ["ab", "abc", "b"]),
        (r"(?=.*a.{8})[ab]{12}", ["ab" * 6, "bbba" + "b" * 8], ["b" * 12, "bbbba" + "b" * 7]),
        (r"(?:a|b(?=c)){1,3}c", ["ac", "bc", "abc", "aac"], ["bac", "c"]),
        (r"(?!no|on)[a-z]{2,3}", ["yes", "ni"], ["no", "not", "on"]),
        (r"x(?=y$)y", ["xy"], ["xyy", "x"]),
        (r"(?=(?!a)[ab])\w", ["b"], ["a", "c"]),
        (r"(?=.{3})[ab]*", ["aba"], ["ab", ""]),
    ],
)
def test_lookahead_is_part_of_the_grammar(
    pattern: str, allowed: list[str], others: list[str]
) -> None:
    text = lookahead_grammar(read_pattern(pattern).root)
    assert text is not None
    grammar = Grammar(text)
    assert all(map(grammar.allows, allowed))
    assert not any(map(grammar.allows, others))


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?<=a)b",
        r"a\b(?=b)",
        r"(a)(?=b)\1b",
        "(?=a)b",
        "(?=.{0,2000}b)[ab]{0,2000}c",
    ],
)
def test_what_is_beyond_it_has_none(pattern: str) -> None:
    assert lookahead_grammar(read_pattern(pattern).root) is None


def test_the_same_pattern_has_the_same_grammar() -> None:
    root = read_pattern(r"(?:a+|[ab]{2,4}|b*c){2,}(?!no|on)(?=.*\d)(?:\w|\d+|o.)+").root
    kept = [lookahead_grammar(root) for _ in range(5)]
    assert len(set(kept)) == 1


def test_random_patterns_and_their_grammars_agree() -> None:
    random, followed = Random(4), 0
    for case in pattern_cases(160, seed=4):
        root = read_pattern(case.wanted).root
        if not has_lookahead(root):
            continue
        text = lookahead_grammar(root)
        assert text is not None, case
        followed += 1
        grammar, pattern = Grammar(text), re.compile(case.wanted, re.ASCII)
        assert grammar.allows(case.answer), case
        for _ in range(5):
            made = grammar.written(random)
            assert made is None or pattern.fullmatch(made), (case, made)
        for other in (case.answer[1:], case.answer + "0", "", "00", "no"):
            if len(other) < 15:
                assert grammar.allows(other) == (pattern.fullmatch(other) is not None), case
    assert followed > 40
