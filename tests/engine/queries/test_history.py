"""Conversations made shorter."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from hydrophone.engine.queries.history import GIST_CHARS, condensed, gist_of
from hydrophone.types import Role, TextPart, ToolCall, Turn


def said(role: Role, text: str) -> Turn:
    return Turn(role, (TextPart(text),))


def words(turns: Sequence[Turn]) -> int:
    return sum(len(turn.text.split()) for turn in turns)


LONG = "Blue whales sing. They do it all night. " + "And nobody knows why they do. " * 20
TALK = [
    said("system", "Be brief."),
    said("user", "Do whales sing?"),
    said("assistant", LONG),
    said("user", "Do elephants hum?"),
    said("assistant", "They do."),
]


def test_what_fits_stays_as_it_is() -> None:
    assert condensed(TALK, 1000, words) == tuple(TALK)


def test_the_newest_stay_whole_and_older_ones_keep_question_and_first_sentences() -> None:
    texts = [turn.text for turn in condensed(TALK, 30, words)]
    assert texts == [
        "Be brief.",
        "Do whales sing?",
        "Blue whales sing. They do it all night.",
        "Do elephants hum?",
        "They do.",
    ]


def test_the_oldest_go_when_even_their_gist_is_too_much() -> None:
    texts = [turn.text for turn in condensed(TALK, 8, words)]
    assert texts == ["Be brief.", "Do elephants hum?", "They do."]


def test_the_system_text_stays_even_when_it_is_more_than_the_budget() -> None:
    assert [turn.text for turn in condensed(TALK, 1, words)] == ["Be brief."]


def test_a_tools_result_never_stays_without_its_call() -> None:
    call = Turn("assistant", (), tool_calls=(ToolCall("c1", "look", "{}"),))
    result = Turn("tool", (TextPart("deep " * 50),), tool_call_id="c1")
    talk = [said("user", "How deep?"), call, result, said("assistant", "Very."), *TALK[3:]]
    short = condensed(talk, 15, words)
    assert [turn.text for turn in short] == ["How deep?", "Very.", "Do elephants hum?", "They do."]
    assert not any(turn.tool_calls or turn.role == "tool" for turn in short)


def test_a_gist_of_one_endless_sentence_is_cut() -> None:
    assert len(gist_of("x" * 5000)) == GIST_CHARS
    assert gist_of("") == ""


@given(
    st.lists(st.tuples(st.sampled_from(["user", "assistant"]), st.text("ab .", max_size=80))),
    st.integers(0, 60),
)
def test_the_budget_is_kept_whatever_is_said(talk: list[tuple[Role, str]], budget: int) -> None:
    turns = [said(role, text) for role, text in talk]
    short = condensed(turns, budget, words)
    assert words(short) <= budget
    assert [turn.role for turn in short if turn.role == "system"] == []
