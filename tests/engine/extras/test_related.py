"""Related questions: what the sources themselves ask and are headed with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hydrophone.engine.extras.aside import Aside
from hydrophone.engine.extras.related import MOST, from_model, from_sources
from hydrophone.errors import UpstreamError
from hydrophone.llm.scripted import ScriptedChatModel, saying
from hydrophone.llm.tokens import WordCounter
from hydrophone.types import RequestContext, Source
from tests.engine.material import source


def headed(n: int, title: str, *headings: str) -> Source:
    """A source with a passage under each of these headings."""
    page = source(n, *(f"Something stands here about {n}." for _ in headings), title=title)
    passages = tuple(
        replace(passage, headings=(title, heading))
        for passage, heading in zip(page.result.passages, headings, strict=True)
    )
    return replace(page, result=replace(page.result, passages=passages))


def test_questions_of_the_sources_come_before_what_is_made_of_headings() -> None:
    sources = [
        headed(1, "The sea", "Tides", "Currents"),
        headed(2, "Whales: questions", "Why do whales sing?"),
    ]
    assert from_sources("How deep is the sea?", sources) == (
        "Why do whales sing?",
        "The sea: Tides",
        "The sea: Currents",
    )


def test_suggestions_of_searches_come_between_them_the_questions_first() -> None:
    sources = [headed(1, "The sea", "Tides", "Why is it salty?")]
    suggested = ["sea  level rise", "How deep is the sea?", "What lives in the sea?", "x" * 200]
    assert from_sources("How deep is the sea?", sources, suggested) == (
        "Why is it salty?",
        "What lives in the sea?",
        "sea level rise",
        "The sea: Tides",
    )


def test_the_question_itself_is_never_among_them() -> None:
    sources = [headed(1, "FAQ", "Why do whales sing?", "Whales, why do they sing?")]
    assert from_sources("why do whales sing", sources) == ()


def test_headings_that_say_nothing_make_no_question() -> None:
    assert from_sources("?", [headed(1, "The sea", "Introduction", "See also", "1.2", "")]) == ()


def test_there_are_at_most_five_and_two_of_a_page() -> None:
    pages = [headed(n, f"The sea, part {n}", "Tides", "Currents", "Ice") for n in range(1, 9)]
    related = from_sources("?", pages)
    assert len(related) == MOST
    assert sum("part 1" in one for one in related) == 2


def test_without_sources_there_are_none() -> None:
    assert from_sources("Why?", []) == ()


async def test_a_language_model_thinks_of_its_own() -> None:
    model = saying("1. Why do whales sing?\n- How do they hear?\n\nWho asked?")
    aside = Aside(model, "tiny", WordCounter())
    context = RequestContext()
    asked = await from_model(aside, "Why do whales sing?", "They do.", context)
    assert asked == ("How do they hear?", "Who asked?")
    assert "They do." in model.requests[0].messages[-1].text
    assert context.meter.usage.model_calls == 1
    assert context.meter.usage.completion_tokens > 0


@pytest.mark.parametrize("script", [[UpstreamError("gone")], [3600.0]])
async def test_a_model_that_fails_or_dawdles_gives_none(
    script: list[Exception | float],
) -> None:
    aside = Aside(ScriptedChatModel(script), "tiny", WordCounter(), deadline_s=0.02)
    assert await from_model(aside, "Why?", "So.", RequestContext()) == ()
