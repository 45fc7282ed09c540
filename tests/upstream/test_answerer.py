"""Answers over real sockets, against the emulator: their events, failures, retries, leaving."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hydrophone.types import (
    Cost,
    FunctionTool,
    JsonFormat,
    OutputOptions,
    Question,
    SearchOptions,
    Sources,
    Step,
    StepResult,
    TextPart,
    Thinking,
    ToolCall,
    ToolCallDelta,
    Tools,
    Turn,
    Usage,
    ask,
)
from hydrophone.upstream.target import target_of
from tests.emulators.agent_api import AgentApi, Run, Search, result
from tests.upstream.conftest import Connect, answered

ONE = Search(("blue whale song",), (result(1), result(2)), thought="I look for the song.")
TWO = Search(("whale depth",), (result(3), result(4)))


async def test_a_run_becomes_steps_sources_text_citations_and_an_end(connect: Connect) -> None:
    async with AgentApi(Run("Whales sing [1]. They dive [2].", searches=[ONE])) as api:
        got = await answered(connect(api.url), "Do whales sing?")
    assert got.text == "Whales sing [1]. They dive [2]."
    assert got.urls == ["https://site1.example/page", "https://site2.example/page"]
    [step] = got.of(Step)
    assert step == Step(
        "official-1", "web_search", "I look for the song.", queries=("blue whale song",)
    )
    [ended] = got.of(StepResult)
    assert isinstance(ended, StepResult)
    assert [hit.url for hit in ended.hits] == got.urls
    kinds = [type(event).__name__ for event in got.events]
    assert kinds.index("Sources") < kinds.index("Text")
    assert [event.complete for event in got.of(Sources) if isinstance(event, Sources)] == [
        False,
        True,
    ]
    assert [(one.n, one.verdict) for one in got.citations] == [(1, "exists"), (2, "exists")]
    assert got.finished.reason == "stop"
    assert got.finished.model == "vendor/some-model"


async def test_usage_and_cost_are_the_official_ones(connect: Connect) -> None:
    async with AgentApi(Run(searches=[ONE])) as api:
        got = await answered(connect(api.url), "Do whales sing?")
    assert got.finished.usage == got.context.meter.usage
    assert got.finished.usage == Usage(
        prompt_tokens=1200,
        completion_tokens=80,
        reasoning_tokens=20,
        search_queries=2,
        pages_read=1,
        model_calls=1,
    )
    charged = got.finished.charged
    assert charged is not None
    assert charged.total_usd == pytest.approx(0.0135)
    assert charged == Cost(input_usd=0.001, output_usd=0.002, request_usd=charged.request_usd)


@pytest.mark.parametrize("slice_bytes", [1, 7, 64, 1000])
async def test_slices_that_cut_events_and_letters_change_nothing(
    connect: Connect, slice_bytes: int
) -> None:
    run = Run("Blåhvalen 🐋 synger [1].", pieces=30, searches=[ONE], ping=True)
    async with AgentApi(replace(run, slice_bytes=slice_bytes)) as api:
        got = await answered(connect(api.url), "Synger hvalen?")
    assert got.text == "Blåhvalen 🐋 synger [1]."
    assert got.finished.reason == "stop"


@pytest.mark.parametrize("ids", [(5, 9), (2, 1), (11, 12)])
async def test_other_ids_than_ours_become_our_numbers(
    connect: Connect, ids: tuple[int, int]
) -> None:
    first, second = ids
    search = Search(("q",), (result(first), result(second)))
    run = Run(f"First [{first}]. Second [{second}]. None [30].", searches=[search], pieces=9)
    async with AgentApi(run) as api:
        got = await answered(connect(api.url), "Two things?")
    numbers = {source.result.url: source.n for source in got.sources}
    n, m = (numbers[f"https://site{one}.example/page"] for one in ids)
    assert got.text == f"First [{n}]. Second [{m}]. None."
    assert {n, m} == {1, 2}
    assert [one.n for one in got.citations] == [n, m]


async def test_a_page_found_twice_is_one_source(connect: Connect) -> None:
    again = Search(("again",), (result(3, "https://site1.example/page"), result(4)))
    run = Run("A [1]. B [3]. C [4].", searches=[ONE, again])
    async with AgentApi(run) as api:
        got = await answered(connect(api.url), "What?")
    assert got.urls == [f"https://site{n}.example/page" for n in (1, 2, 4)]
    assert got.text == "A [1]. B [1]. C [3]."


async def test_ids_that_several_searches_use_count_as_places(connect: Connect) -> None:
    again = Search(
        ("again",), (result(1, "https://other.example/"), result(2, "https://o.example/"))
    )
    run = Run("A [1]. B [4]. C [5].", searches=[ONE, again])
    async with AgentApi(run) as api:
        got = await answered(connect(api.url), "What?")
    assert len(got.urls) == 4
    assert got.text == "A [1]. B [4]. C."
    assert got.urls[3] == "https://o.example/"


async def test_results_without_ids_are_sources_in_their_order(connect: Connect) -> None:
    search = Search(("q",), (result(None, "https://a.example/"), result(0, "https://b.example/")))
    async with AgentApi(Run("A [1]. B [2].", searches=[search])) as api:
        got = await answered(connect(api.url), "What?")
    assert got.urls == ["https://a.example/", "https://b.example/"]
    assert got.text == "A [1]. B [2]."


async def test_files_of_another_server_are_sources_and_scripts_are_not(connect: Connect) -> None:
    urls = ("file:///docs/a.md", "javascript:alert(1)", "data:text/html,x", "attachment:a.pdf")
    search = Search(("q",), tuple(result(n, url) for n, url in enumerate(urls, start=1)))
    async with AgentApi(Run("A [1]. B [2]. C [4].", searches=[search])) as api:
        got = await answered(connect(api.url), "What?")
    assert got.urls == ["file:///docs/a.md", "attachment:a.pdf"]
    assert [source.result.kind for source in got.sources] == ["web", "attachment"]
    assert got.text == "A [1]. B. C [2]."


async def test_brackets_are_left_alone_where_nothing_was_found(connect: Connect) -> None:
    async with AgentApi(Run("It dives to 315 m [7].")) as api:
        got = await answered(connect(api.url), "How deep?")
    assert got.text == "It dives to 315 m [7]."
    assert got.citations == []


async def test_notices_of_a_server_such_as_this_one_come_along(connect: Connect) -> None:
    told = [{"type": "not_in_sources", "message": "No."}, {"type": "x", "message": "Unknown."}]
    async with AgentApi(Run(notices=told)) as api:
        got = await answered(connect(api.url), "?")
    assert [(one.kind, one.message) for one in got.notices] == [("not_in_sources", "No.")]


async def test_a_search_after_the_text_began_adds_late_sources(connect: Connect) -> None:
    run = Run("Whales sing [1]. They dive [3].", searches=[ONE], late=[TWO], pieces=6)
    async with AgentApi(run) as api:
        got = await answered(connect(api.url), "Whales?")
    assert [event.complete for event in got.of(Sources) if isinstance(event, Sources)] == [
        False,
        True,
        False,
    ]
    assert len(got.urls) == 4
    assert [notice.kind for notice in got.notices] == ["late_sources"]
    assert got.text == "Whales sing [1]. They dive [3]."


async def test_annotations_say_where_a_citation_stands(connect: Connect) -> None:
    text = "Intro. Whales sing low [7]. The end."
    start = text.index("Whales")
    annotation = {
        "type": "url_citation",
        "url": "https://site7.example/page",
        "title": "Page 7",
        "start_index": start,
        "end_index": start + len("Whales sing low [7]."),
    }
    run = Run(text, searches=[Search(("q",), (result(7),))], annotations=[annotation])
    async with AgentApi(run) as api:
        got = await answered(connect(api.url), "Whales?")
    [citation] = got.citations
    assert citation.answer_span is not None
    shown = got.text[citation.answer_span.start : citation.answer_span.end]
    assert shown == "Whales sing low [1]."
    [passage] = got.sources[0].result.passages
    span = citation.source_span
    assert citation.quote == passage.text[span.start : span.end]
    assert "whales" in citation.quote


async def test_an_annotation_of_an_unknown_page_makes_a_source(connect: Connect) -> None:
    annotation = {"url": "https://read.example/", "title": "Read", "start_index": 0, "end_index": 5}
    async with AgentApi(Run("Whales sing.", annotations=[annotation])) as api:
        got = await answered(connect(api.url), "Whales?")
    assert got.urls == ["https://read.example/"]


async def test_code_keeps_its_brackets(connect: Connect) -> None:
    text = "Use `row[3]` and\n```\nx = y[9]\n```\nas told [1]."
    async with AgentApi(Run(text, searches=[ONE], pieces=20)) as api:
        got = await answered(connect(api.url), "How?")
    assert got.text == text


async def test_lists_in_json_are_no_marks(connect: Connect) -> None:
    text = '{"ids": [1, 2], "one": [9], "text": "It sings [1]."}'
    question = replace(ask("List it."), output=OutputOptions(format=JsonFormat({"type": "object"})))
    async with AgentApi(Run(text, searches=[ONE], pieces=30)) as api:
        got = await answered(connect(api.url), question)
    assert got.text == text
    assert got.citations == []
    assert len(got.urls) == 2


async def test_calls_of_functions_go_out_whole_and_under_their_own_names(connect: Connect) -> None:
    call = {"call_id": "c1", "name": "caller_web_search", "arguments": '{"q": 1}'}
    other = {"call_id": "c2", "name": "depth", "arguments": "{}", "thought_signature": "c2ln"}
    tools = Tools(
        (FunctionTool("web_search"), FunctionTool("depth", parameters={"type": "object"}))
    )
    question = replace(ask("How deep?"), tools=tools)
    async with AgentApi(Run("", calls=[call, other])) as api:
        answerer = connect(api.url)
        got = await answered(answerer, question)
        assert [tool["name"] for tool in api.body["tools"]] == ["caller_web_search", "depth"]
        told = Turn("tool", (TextPart("315 m"),), tool_call_id="c2")
        made = Turn("assistant", (), (ToolCall("c2", "depth", "{}"),))
        await answered(answerer, replace(question, turns=(*question.turns, made, told)))
        made_item, told_item = api.body["input"][-2:]
    assert got.of(ToolCallDelta) == [
        ToolCallDelta(0, "c1", "web_search", '{"q": 1}'),
        ToolCallDelta(1, "c2", "depth", "{}"),
    ]
    assert got.finished.reason == "tool_calls"
    assert made_item["thought_signature"] == told_item["thought_signature"] == "c2ln"
    assert (told_item["call_id"], told_item["name"]) == ("c2", "depth")


async def test_thoughts_are_told_by_models_that_think(connect: Connect) -> None:
    run = Run("<think>Hm, whales.</think>Yes [1].", searches=[ONE], thought="First.", pieces=9)
    async with AgentApi(run) as api:
        aloud = await answered(
            connect(api.url, target=replace(target_of("medium"), thinks=True)), "?"
        )
        silent = await answered(connect(api.url), "?")
    thoughts = "".join(one.delta for one in aloud.of(Thinking) if isinstance(one, Thinking))
    assert thoughts == "First.\nI look for the song.\nHm, whales."
    assert aloud.text == silent.text == "Yes [1]."
    assert [one.n for one in aloud.citations] == [1]


async def test_images_are_media_once(connect: Connect) -> None:
    image = {"image_url": "https://sea.example/a.png", "origin_url": "https://sea.example/"}
    async with AgentApi(Run(images=[image | {"width": 640, "height": 480}])) as api:
        got = await answered(connect(api.url), "?")
    [media] = [event for event in got.events if type(event).__name__ == "Media"]
    assert media.images[0].width == 640  # type: ignore[union-attr]


async def test_pages_that_were_read_are_a_step(connect: Connect) -> None:
    page = {"url": "https://site1.example/page", "title": "Page 1", "snippet": "All of it."}
    async with AgentApi(Run(searches=[ONE], fetched=[page])) as api:
        got = await answered(connect(api.url), "?")
    steps = [event for event in got.of(Step) if isinstance(event, Step)]
    ended = [event for event in got.of(StepResult) if isinstance(event, StepResult)]
    assert [step.kind for step in steps] == ["web_search", "fetch_url"]
    assert ended[1].pages == (page["url"],)
    assert len(got.urls) == 2


async def test_a_search_that_is_only_an_item_counts(connect: Connect) -> None:
    async with AgentApi(Run(searches=[replace(ONE, told=False)])) as api:
        got = await answered(connect(api.url), "?")
    assert len(got.urls) == 2
    assert len(got.of(Step)) == len(got.of(StepResult)) == 1


async def test_one_json_body_in_the_place_of_a_stream_is_an_answer(connect: Connect) -> None:
    async with AgentApi(Run(searches=[ONE], streamed=False)) as api:
        got = await answered(connect(api.url), "?")
    assert got.text == "The blue whale sings below forty hertz [1]."
    assert got.finished.usage.prompt_tokens == 1200
    assert len(got.urls) == 2


@pytest.mark.parametrize("garbled", [6, 9, 10])
async def test_a_broken_event_is_made_good_by_the_end(connect: Connect, garbled: int) -> None:
    async with AgentApi(Run(searches=[ONE], garbled=garbled)) as api:
        got = await answered(connect(api.url), "?")
    assert got.text == "The blue whale sings below forty hertz [1]."
    assert len(got.urls) == 2
    assert got.finished.reason == "stop"


async def test_events_that_nobody_knows_are_passed_over(connect: Connect) -> None:
    after = [{"type": "response.unknown"}, {"type": "response.skill.loaded", "name": "x"}, {}]
    async with AgentApi(Run(after=after)) as api:
        got = await answered(connect(api.url), "?")
    assert got.finished.reason == "stop"


async def test_the_answer_without_a_search_asks_a_model_without_tools(connect: Connect) -> None:
    question = replace(ask("Say hello."), search=SearchOptions(enabled=False))
    async with AgentApi(Run("Hello.")) as api:
        got = await answered(connect(api.url), question)
        assert api.body["model"] == "perplexity/sonar"
        assert not {"preset", "tools", "tool_choice"} & set(api.body)
    assert got.urls == []
    assert got.text == "Hello."


async def test_a_question_too_large_is_refused_here(connect: Connect) -> None:
    question = Question((Turn("user", (TextPart("x" * (33 * 2**20)),)),), "sonar")
    async with AgentApi() as api:
        got = await answered(connect(api.url), question)
        assert api.requests == []
    assert got.failed.status == 413


async def test_nulls_read_as_nothing(connect: Connect) -> None:
    nulls: list[dict[str, Any]] = [
        {"type": "response.keepalive", "response": None, "item": None, "delta": None},
        {"type": "response.reasoning.search_results", "results": None, "thought": None},
        {"type": "response.reasoning.fetch_url_results", "contents": None, "call_id": "c"},
        {"type": "response.output_text.done", "text": None, "item_id": None},
        {"type": "response.output_item.done", "item": None},
        {"type": "response.output_text.delta", "delta": None},
    ]
    async with AgentApi(Run(searches=[ONE], after=nulls)) as api:
        got = await answered(connect(api.url), "?")
    assert got.text == "The blue whale sings below forty hertz [1]."
    assert got.finished.reason == "stop"
