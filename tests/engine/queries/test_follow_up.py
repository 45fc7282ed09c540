"""Questions that lean on the conversation."""

from __future__ import annotations

import pytest

from hydrophone.engine.queries.follow_up import (
    MAX_CONTEXT_WORDS,
    Asked,
    in_context,
    leans,
    understood,
)
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


def talk(*texts: str) -> list[Turn]:
    """What the user and the assistant say in turns."""
    return [
        Turn("assistant" if n % 2 else "user", (TextPart(text),)) for n, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    ("said", "query"),
    [
        # The words of the question before it go before its own.
        (("Who wrote Dracula?", "Well.", "When was he born?"), "wrote Dracula When was he born?"),
        # So they do where a few words are no question.
        (("San Bruno park hours", "Well.", "best hotels"), "San Bruno park hours best hotels"),
        (("Wie warm ist die Ostsee?", "Well.", "Und im Winter?"), None),
        # An exchanged circumstance is searched for as exchanged.
        (
            ("How warm is the Baltic Sea in summer?", "Well.", "And in winter?"),
            "How warm is the Baltic Sea in winter?",
        ),
        # A direct question is searched for alone.
        (("Do whales sing?", "Well.", "How do elephants hum?"), "How do elephants hum?"),
        # And so is what says enough itself.
        (
            (
                "Do whales sing?",
                "Well.",
                "Tell all about opening hours of museum ships in Hamburg harbour during winter",
            ),
            "Tell all about opening hours of museum ships in Hamburg harbour during winter",
        ),
    ],
)
def test_what_is_searched_for(said: tuple[str, ...], query: str | None) -> None:
    asked = understood(talk(*said))
    if query is None:
        assert asked.query != said[-1]
        assert asked.query.endswith(said[-1])
    else:
        assert asked.query == query


def test_the_words_of_a_chain_come_from_its_beginning() -> None:
    asked = understood(talk("Who wrote Dracula?", "Well.", "When?", "Well.", "And where?"))
    assert asked.query == "wrote Dracula And where?"


def test_only_some_words_of_a_long_question_are_taken() -> None:
    asked = understood(talk("alpha beta gamma delta epsilon zeta eta theta iota?", "Well.", "why?"))
    assert asked.query.split()[-1] == "why?"
    assert len(asked.query.split()) == MAX_CONTEXT_WORDS + 1


@pytest.mark.parametrize(
    ("answer", "text", "meant"),
    [
        ("Bram Stoker wrote it. [1]", "And his wife?", "And Bram Stoker's wife?"),
        ("Mary Shelley. [1]", "When was she born?", "When was Mary Shelley born?"),
        ("It was Mary Shelley.", "Who was her husband?", "Who was Mary Shelley's husband?"),
        ("Mary Shelley.", "Who married her?", "Who married Mary Shelley?"),
        ("Mary Shelley.", "Who met her in 1816?", "Who met Mary Shelley in 1816?"),
        # Two names, or one that was asked with: nobody knows who is meant.
        ("Bram Stoker and Mary Shelley.", "And his wife?", "Who wrote it? And his wife?"),
        ("Stoker.", "And his wife?", "Who wrote it? And his wife?"),
    ],
)
def test_a_name_of_the_answer_stands_for_a_person(answer: str, text: str, meant: str) -> None:
    assert understood(talk("Who wrote it?", answer, text)).question == meant


@pytest.mark.parametrize(
    ("said", "loose", "leans"),
    [
        (("whale songs",), False, False),
        (("Do whales sing?", "Well.", "How do elephants hum?"), False, False),
        (("Do whales sing?", "Well.", "How do they do it?"), True, True),
        (("Do whales sing?", "Well.", "elephants"), True, True),
    ],
)
def test_loose_is_what_is_no_direct_question_in_a_conversation(
    said: tuple[str, ...], loose: bool, leans: bool
) -> None:
    asked = understood(talk(*said))
    assert (asked.loose, asked.leans) == (loose, leans)


def test_nothing_asked_is_nothing_understood() -> None:
    assert understood([]) == Asked("", "")
