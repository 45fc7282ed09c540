"""Questions that lean on the conversation."""

from __future__ import annotations

import pytest

from hydrophone.engine.queries.follow_up import in_context, leans
from hydrophone.types import TextPart, Turn


def turns(*asked: str) -> list[Turn]:
    """A conversation in which each of these was asked and answered."""
    said: list[Turn] = []
    for text in asked:
        said += [Turn("user", (TextPart(text),)), Turn("assistant", (TextPart("Well."),))]
    return said[:-1]


@pytest.mark.parametrize(
    ("earlier", "text", "meant"),
    [
        (
            "How warm is the Baltic Sea in summer?",
            "And in winter?",
            "How warm is the Baltic Sea in winter?",
        ),
        (
            "How warm is the Baltic Sea in summer?",
            "What about near Kiel?",
            "How warm is the Baltic Sea in summer? What about near Kiel?",
        ),
        ("Who wrote Dracula?", "When was he born?", "Who wrote Dracula? When was he born?"),
        ("Who wrote Dracula?", "Why?", "Who wrote Dracula? Why?"),
        ("Who wrote Dracula?", "And who published it?", "Who wrote Dracula? And who published it?"),
    ],
)
def test_a_follow_up_is_meant_with_the_question_before_it(
    earlier: str, text: str, meant: str
) -> None:
    assert in_context(turns(earlier, text)) == meant


def test_a_chain_of_follow_ups_is_followed_to_its_beginning() -> None:
    asked = turns("Who wrote Dracula?", "When was he born?", "And where?")
    assert in_context(asked) == "Who wrote Dracula? When was he born? And where?"


@pytest.mark.parametrize(
    "text",
    [
        "How do elephants hum below twenty hertz?",
        "What is the capital of France?",
        "Why was the Berlin wall built?",
        "Is there a bridge between Denmark and Sweden?",
        "Which company makes the drug that lowers blood pressure?",
        "When the moon rises over the sea, why does it look yellow?",
    ],
)
def test_a_question_of_its_own_stays_as_it_is(text: str) -> None:
    assert not leans(text)
    assert in_context(turns("Who wrote Dracula?", text)) == text


def test_only_what_the_user_asked_is_context() -> None:
    said = [
        Turn("system", (TextPart("Speak of cats."),)),
        Turn("user", (TextPart("Why?"),)),
    ]
    assert in_context(said) == "Why?"


def test_a_conversation_without_a_user_asks_nothing() -> None:
    assert in_context([Turn("system", (TextPart("x"),))]) == ""


def test_a_long_earlier_question_does_not_drown_the_follow_up() -> None:
    meant = in_context(turns("whale " * 1000, "And in winter?"))
    assert meant.endswith("And in winter?")
    assert len(meant) < 500
