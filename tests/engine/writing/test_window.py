"""The window: whatever is asked, the prompt and its reply fit into what the model can read."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydrophone.engine.writing.window import DEFAULT_TOKENS, TURN_TOKENS, Fitted, Window
from hydrophone.errors import InvalidRequest
from hydrophone.llm.tokens import WordCounter
from hydrophone.types import FunctionTool, OutputOptions, Question, Source, TextPart, Tools, Turn
from tests.engine.material import source

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SOURCES = [source(n, f"Source {n}. " + "word " * 300, "more " * 300) for n in range(1, 9)]


def turn(role: str, text: str) -> Turn:
    assert role in ("system", "user", "assistant")
    return Turn(role, (TextPart(text),))  # type: ignore[arg-type]


def asking(*turns: Turn, max_tokens: int | None = None) -> Question:
    return Question(turns, "default", output=OutputOptions(max_tokens=max_tokens))


async def fit(
    window: Window, question: Question, sources: Sequence[Source] = SOURCES, budget: int = 3000
) -> Fitted:
    return await window.fit(question, sources, "tiny", budget, NOW)


def cost(fitted: Fitted) -> int:
    text = "\n".join(turn.text for turn in fitted.turns)
    return WordCounter().count(text) + TURN_TOKENS * len(fitted.turns)


async def test_what_fits_is_sent_as_it_is() -> None:
    history = (turn("user", "Who hums?"), turn("assistant", "Elephants."))
    question = asking(turn("system", "Be brief."), *history, turn("user", "Why?"), max_tokens=77)
    fitted = await fit(Window(WordCounter(), context_tokens=20_000), question, budget=10_000)
    assert fitted.turns[1:] == question.turns
    assert fitted.shown == tuple(SOURCES)
    assert fitted.max_tokens == 77
    assert fitted.prompt_tokens == cost(fitted)


async def test_the_conversation_is_cut_before_the_passages_and_these_from_the_end() -> None:
    talk = [
        turn(role, f"{role} {n} " + "talk " * 200)
        for n in range(8)
        for role in ("user", "assistant")
    ]
    question = asking(turn("system", "Be brief."), *talk, turn("user", "Why?"))
    window = Window(WordCounter(), context_tokens=5_000)
    fitted = await fit(window, question)
    assert cost(fitted) + 1_024 <= 5_000
    assert [one.n for one in fitted.shown] == [1, 2, 3, 4]
    assert fitted.turns[1] == question.turns[0]
    assert fitted.turns[-1] == question.turns[-1]
    kept = fitted.turns[2:-1]
    assert kept
    assert kept == tuple(talk[-len(kept) :])
    assert kept[0].role == "user"


async def test_a_long_reply_that_is_wanted_is_shortened_rather_than_the_window_passed() -> None:
    question = asking(turn("user", "Why?"), max_tokens=4_000)
    fitted = await fit(Window(WordCounter(), context_tokens=4_096), question)
    assert fitted.max_tokens is not None
    assert 2_000 < fitted.max_tokens < 4_000
    assert cost(fitted) + fitted.max_tokens <= 4_096


async def test_a_question_that_does_not_fit_is_refused_with_what_to_do() -> None:
    question = asking(turn("user", "why " * 5_000))
    with pytest.raises(InvalidRequest, match="HYDROPHONE_MODEL_CONTEXT_TOKENS") as refused:
        await fit(Window(WordCounter(), context_tokens=4_096), question)
    assert refused.value.code == "context_length_exceeded"


async def test_functions_of_the_caller_count() -> None:
    parameters = {"type": "object", "description": "word " * 4_000}
    tools = Tools((FunctionTool("f", parameters=parameters),))
    question = replace(asking(turn("user", "Why?")), tools=tools)
    with pytest.raises(InvalidRequest):
        await fit(Window(WordCounter(), context_tokens=4_096), question)


async def test_the_endpoint_is_asked_once_and_only_for_long_prompts() -> None:
    asked: list[str] = []

    async def ask(model: str) -> int | None:
        asked.append(model)
        return 3_000

    window = Window(WordCounter(), ask=ask)
    await fit(window, asking(turn("user", "Why?")), [source(1, "Whales sing.")])
    assert asked == []
    for _ in range(2):
        fitted = await fit(window, asking(turn("user", "Why?")))
        assert cost(fitted) + 1_024 <= 3_000
    assert asked == ["tiny"]


async def test_an_endpoint_that_does_not_tell_is_taken_to_have_a_usual_window() -> None:
    async def ask(model: str) -> int | None:
        return None

    for window in (Window(WordCounter()), Window(WordCounter(), ask=ask)):
        many = [source(n, "word " * 300) for n in range(1, 60)]
        fitted = await fit(window, asking(turn("user", "Why?")), many, budget=50_000)
        assert DEFAULT_TOKENS - 1_500 < cost(fitted) + 1_024 <= DEFAULT_TOKENS


@settings(max_examples=60, deadline=None)
@given(
    limit=st.integers(512, 6_000),
    talk=st.lists(st.integers(0, 700), max_size=8),
    asked=st.integers(1, 400),
    passages=st.lists(st.integers(1, 900), max_size=6),
    max_tokens=st.none() | st.integers(1, 5_000),
)
async def test_no_prompt_ever_passes_the_window(
    limit: int, talk: list[int], asked: int, passages: list[int], max_tokens: int | None
) -> None:
    roles = itertools.cycle(("user", "assistant"))
    turns = [turn(role, "talk " * words) for role, words in zip(roles, talk, strict=False)]
    question = asking(*turns, turn("user", "why " * asked), max_tokens=max_tokens)
    sources = [source(n, "word " * words) for n, words in enumerate(passages, start=1)]
    try:
        fitted = await fit(Window(WordCounter(), context_tokens=limit), question, sources)
    except InvalidRequest:
        assert asked + 200 > limit // 2
        return
    assert cost(fitted) + (fitted.max_tokens or 0) <= limit
    assert fitted.turns[-1] == question.turns[-1]
