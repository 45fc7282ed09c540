"""What is refused before anything is searched: by the engine, with and without a language model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from hydrophone.engine.engine import Engine
from hydrophone.engine.profile import Profile
from hydrophone.engine.quote import QuoteWriter
from hydrophone.engine.write import ModelWriter
from hydrophone.llm.overlap import WordOverlap
from hydrophone.llm.scripted import saying
from hydrophone.llm.tokens import WordCounter
from hydrophone.ports import SearchOutcome
from hydrophone.types import (
    Event,
    Failed,
    Finished,
    JsonFormat,
    OutputOptions,
    RegexFormat,
    RequestContext,
    SearchOptions,
    ask,
)
from tests.engine.material import source

TREE = {"type": "object", "properties": {"next": {"$ref": "#"}}}


class Finds:
    """A searcher that finds one page and counts."""

    def __init__(self) -> None:
        self.searches = 0

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        self.searches += 1
        return SearchOutcome((source(1, "The blue whale of 1987 sings.").result,))


async def last(
    wanted: JsonFormat | RegexFormat,
    *,
    with_model: bool = True,
    parity: bool = False,
    model: str = "sonar",
    reply: str = "{}",
) -> tuple[Event, int]:
    """How the answer ended, and how often was searched."""
    searcher = Finds()
    tokens = WordCounter()
    engine = Engine(
        searcher,
        ModelWriter(saying(reply), tokens, deadline_s=30)
        if with_model
        else QuoteWriter(WordOverlap(), tokens),
        Profile(chat_model="tiny" if with_model else None),
        deadline_s=30,
        parity=parity,
    )
    question = replace(
        ask("When does the blue whale sing?", model=model), output=OutputOptions(format=wanted)
    )
    async with engine.answer(question, RequestContext()) as events:
        return [event async for event in events][-1], searcher.searches


@pytest.mark.parametrize(
    ("wanted", "options", "said"),
    [
        (JsonFormat({"type": "objekt"}), {}, "at #/type"),
        (JsonFormat({"$ref": "https://x.example/a"}), {}, "https://x.example/a"),
        (RegexFormat("(a"), {}, "a ( without its ) at character 0"),
        (RegexFormat("(((a{1000}){1000}){1000}){1000}"), {}, "come to too much"),
        (JsonFormat(TREE), {"with_model": False}, "set HYDROPHONE_MODEL_URL"),
        (JsonFormat(), {"with_model": False}, "set HYDROPHONE_MODEL_URL"),
        (RegexFormat("[z-a]"), {"with_model": False}, "a range that goes nowhere"),
        (JsonFormat(TREE), {"parity": True}, "at #/properties/next: it refers to itself"),
        (JsonFormat({"type": "object"}), {"parity": True}, "any object"),
        (RegexFormat("^a$"), {"parity": True}, "the anchor ^"),
        (RegexFormat("a"), {"parity": True, "model": "sonar-pro"}, "not by 'sonar-pro'"),
        (RegexFormat("a"), {"parity": True, "with_model": False, "model": "default"}, "only"),
    ],
)
async def test_what_cannot_be_answered_is_refused_before_the_search(
    wanted: JsonFormat | RegexFormat, options: Mapping[str, Any], said: str
) -> None:
    ended, searches = await last(wanted, **options)
    assert isinstance(ended, Failed)
    assert (ended.status, ended.code, ended.param) == (400, "invalid_request", "response_format")
    assert said in ended.message
    assert searches == 0


@pytest.mark.parametrize(
    ("wanted", "options"),
    [
        (JsonFormat(TREE), {}),
        (JsonFormat({"type": "object"}), {}),
        (JsonFormat(), {"parity": True}),
        (RegexFormat("^{}$"), {"model": "sonar-pro"}),
        (RegexFormat(r"(?=.)[{}]+"), {"parity": True, "model": "sonar-reasoning"}),
        (RegexFormat(r"\d{4}"), {"with_model": False, "parity": True}),
    ],
)
async def test_all_else_is_answered(
    wanted: JsonFormat | RegexFormat, options: Mapping[str, Any]
) -> None:
    ended, searches = await last(wanted, **options)
    assert isinstance(ended, Finished), ended
    assert searches == 1


async def test_without_a_model_a_pattern_that_no_source_matches_is_an_error() -> None:
    ended, searches = await last(RegexFormat(r"\d{7}"), with_model=False)
    assert isinstance(ended, Failed)
    assert (ended.status, ended.code) == (400, "not_in_sources")
    assert not ended.retryable
    assert searches == 1
