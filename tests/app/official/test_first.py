"""Which questions go to the official API and which stay, and what follows a failure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from hydrophone.app.official.first import OfficialFirst, why_it_stays
from hydrophone.errors import InvalidRequest, NotConfigured, UpstreamError
from hydrophone.scripted import ScriptedAnswerer, ScriptItem
from hydrophone.types import (
    Event,
    Filter,
    Finished,
    Notice,
    OutputOptions,
    Question,
    RegexFormat,
    RequestContext,
    SearchOptions,
    SearchResult,
    Source,
    Sources,
    Text,
    Usage,
    ask,
)

PLAIN = ask("Do whales sing?", model="sonar")
THERE = (Sources(complete=True), Text("There."), Finished("stop", Usage()))
HERE = (
    Sources((Source(1, SearchResult("https://own.example/", "", "")),), complete=True),
    Text("Here [1]."),
    Finished("stop", Usage()),
)
FOUND = Sources((Source(1, SearchResult("https://theirs.example/", "", "")),))


async def events_of(
    question: Question,
    there: Sequence[ScriptItem],
    *,
    falls_back: bool = False,
    whole: bool = False,
) -> list[Event]:
    first = OfficialFirst(ScriptedAnswerer(there), ScriptedAnswerer(HERE), falls_back=falls_back)
    async with first.answer(question, RequestContext(whole=whole)) as events:
        return [event async for event in events]


def text_of(events: Sequence[Event]) -> str:
    return "".join(event.delta for event in events if isinstance(event, Text))


async def test_a_plain_question_goes_there() -> None:
    assert text_of(await events_of(PLAIN, THERE)) == "There."


@pytest.mark.parametrize(
    "question",
    [
        replace(PLAIN, output=OutputOptions(format=RegexFormat(r"\d+"))),
        replace(PLAIN, search=SearchOptions(filter=Filter(collections=("mine",)))),
        replace(PLAIN, search=SearchOptions(kinds=("academic",))),
        replace(PLAIN, search=SearchOptions(kinds=("own",))),
    ],
    ids=["pattern", "collections", "academic", "own"],
)
async def test_what_only_the_engine_can_do_stays(question: Question) -> None:
    events = await events_of(question, THERE)
    assert isinstance(events[0], Notice)
    assert events[0].kind == "downgrade"
    assert text_of(events) == "Here [1]."


@pytest.mark.parametrize(
    "search",
    [
        SearchOptions(kinds=("own", "web")),
        SearchOptions(kinds=("sec",)),
        SearchOptions(kinds=("own", "web", "academic", "social")),
        SearchOptions(kinds=("academic",), enabled=False),
    ],
)
def test_what_the_web_can_answer_goes_there(search: SearchOptions) -> None:
    assert why_it_stays(replace(PLAIN, search=search)) == ""


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("error", [UpstreamError("gone"), NotConfigured("bad key")])
async def test_the_engine_follows_a_failure_before_the_text(error: Exception, whole: bool) -> None:
    events = await events_of(PLAIN, (FOUND, error), falls_back=True, whole=whole)
    assert text_of(events) == "Here [1]."
    [notice] = [event for event in events if isinstance(event, Notice)]
    assert notice.kind == "downgrade"
    assert str(error) in notice.message
    sources = [
        one.result.url for event in events if isinstance(event, Sources) for one in event.items
    ]
    assert sources == ["https://own.example/"]


async def test_nothing_follows_a_failure_unless_it_is_wanted() -> None:
    [last] = await events_of(PLAIN, (UpstreamError("gone"),))
    assert "gone" in str(last)


async def test_nothing_follows_what_is_wrong_with_the_question() -> None:
    [last] = await events_of(PLAIN, (InvalidRequest("no"),), falls_back=True)
    assert "no" in str(last)


async def test_nothing_follows_when_the_text_has_begun() -> None:
    script = (Sources(complete=True), Text("The"), UpstreamError("gone"))
    events = await events_of(PLAIN, script, falls_back=True)
    assert text_of(events) == "The"
    assert "gone" in str(events[-1])
