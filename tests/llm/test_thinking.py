"""Thoughts in tags are told from the answer, wherever the pieces are cut."""

from __future__ import annotations

import pytest

from hydrophone.llm.openai.thinking import ThoughtSplitter

CASES = [
    ("Just text.", "Just text.", ""),
    ("<think>Hm.</think>Yes.", "Yes.", "Hm."),
    ("\n <think>\nHm.\n</think>\n\nYes.\n", "Yes.\n", "\nHm.\n"),
    ("<think>a < b </thin </think>c</think>", "c</think>", "a < b </thin "),
    ("<think>One.</think>\n<think>Two.</think>Yes.", "Yes.", "One.Two."),
    ("<think>Never closed </thi", "", "Never closed </thi"),
    ("<think></think>", "", ""),
    ("The tag <think> opens</think>.", "The tag <think> opens</think>.", ""),
    ("<thinking>", "<thinking>", ""),
    ("<th", "<th", ""),
    ("  two spaces", "  two spaces", ""),
    ("  ", "  ", ""),
    ("", "", ""),
]


def split(pieces: list[str]) -> tuple[str, str]:
    splitter = ThoughtSplitter()
    parts = [splitter.feed(piece) for piece in pieces] + [splitter.close()]
    return "".join(part[0] for part in parts), "".join(part[1] for part in parts)


@pytest.mark.parametrize(("content", "answer", "thoughts"), CASES)
def test_thoughts_and_answer_are_separated(content: str, answer: str, thoughts: str) -> None:
    assert split([content]) == (answer, thoughts)


@pytest.mark.parametrize(("content", "answer", "thoughts"), CASES)
def test_the_cuts_between_pieces_make_no_difference(
    content: str, answer: str, thoughts: str
) -> None:
    assert split(list(content)) == (answer, thoughts)
    for at in range(len(content)):
        assert split([content[:at], content[at:]]) == (answer, thoughts), at


def test_nothing_is_held_back_longer_than_needed() -> None:
    splitter = ThoughtSplitter()
    assert splitter.feed("<thi") == ("", "")
    assert splitter.feed("nk>I wonder</") == ("", "I wonder")
    assert splitter.feed("b> and </think") == ("", "</b> and ")
    assert splitter.feed(">So") == ("So", "")
    assert splitter.feed(" <think") == (" <think", "")
