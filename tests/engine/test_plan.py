"""Understanding: from a question to what is searched for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hydrophone.engine.plan import MAX_QUERY_CHARS, understand
from hydrophone.engine.profile import Profile
from hydrophone.errors import InvalidRequest
from hydrophone.types import Question, SearchOptions, TextPart, Turn, ask


def test_the_last_user_turn_is_the_question() -> None:
    turns = [("user", "first"), ("assistant", "answer"), ("user", " second \n")]
    question = Question(tuple(Turn(role, (TextPart(t),)) for role, t in turns), "m")  # type: ignore[arg-type]
    plan = understand(question, Profile())
    assert plan.question == "second"
    assert plan.queries == ("second",)


def test_a_system_text_is_not_searched_for() -> None:
    turns = (Turn("system", (TextPart("Be brief."),)), Turn("user", (TextPart("whales"),)))
    assert understand(Question(turns, "m"), Profile()).queries == ("whales",)


def test_a_long_question_is_cut() -> None:
    plan = understand(ask("whale " * 200_000), Profile())
    assert len(plan.question) == MAX_QUERY_CHARS
    assert plan.queries == (plan.question,)


@pytest.mark.parametrize(
    ("enabled", "profile", "searched"),
    [(None, True, True), (None, False, False), (True, False, True), (False, True, False)],
)
def test_the_caller_decides_on_the_search_and_else_the_profile(
    enabled: bool | None, profile: bool, searched: bool
) -> None:
    question = replace(ask("whales"), search=SearchOptions(enabled=enabled))
    assert bool(understand(question, Profile(search=profile)).queries) is searched


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_a_question_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="no question") as caught:
        understand(ask(text), Profile())
    assert (caught.value.code, caught.value.param) == ("invalid_message", "messages")


def test_a_conversation_without_a_user_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        understand(Question((Turn("system", (TextPart("x"),)),), "m"), Profile())
