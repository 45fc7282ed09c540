"""The events of an answer as the body of a response and as the events of its stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from hydrophone.api.agent.answer import ResponseSoFar
from hydrophone.api.agent.head import ResponseHead
from hydrophone.api.agent.response import ResponseEvents, ResponseFrames, response_body
from hydrophone.types import (
    Citation,
    Cost,
    Event,
    Failed,
    Finished,
    Image,
    Media,
    Notice,
    Revision,
    SearchResult,
    Source,
    Sources,
    SourceSpan,
    Span,
    Step,
    StepResult,
    Text,
    Thinking,
    ToolCallDelta,
    Usage,
)
from tests.api.agent.asking import WRITING, asked
from tests.api.serving import SOURCE, USED, VERSION
from tests.api.sse_reader import frames_of

HEAD = ResponseHead("k", 7, asked(preset="fast", metadata={"a": "b"}), WRITING)
SECOND = Source(2, SearchResult("https://b.example", "Boats", "Boats hum."))
PAGE = SearchResult("https://c.example", "Page", "Read.")
QUOTED = "Wale 🐋 s\u0301ingen."
TEXT = f"Ja: {QUOTED} [1]"
CITED = Citation(
    1, "p", Span(4, 4 + len(QUOTED)), SourceSpan(VERSION, 0, 12), "Whales sing.", "exact", 0.9876
)
SEARCHED: tuple[Event, ...] = (
    Notice("no_reranker", "By words."),
    Step("s", "web_search", "Look", queries=("whales", "boats")),
    StepResult("s", hits=(SOURCE.result,)),
    Step("f", "fetch_url", urls=(PAGE.url,)),
    StepResult("f", hits=(PAGE,)),
    Sources((SOURCE,), complete=True),
    Text("Ja: "),
    Text(f"{QUOTED} [1]"),
    CITED,
    Finished("stop", USED),
)


def stream_of(events: Sequence[Event], head: ResponseHead = HEAD) -> list[Any]:
    rendered = ResponseEvents(head)
    return [told for event in events for told in rendered.take(event)]


def body_of(events: Sequence[Event], head: ResponseHead = HEAD) -> Any:
    so_far = ResponseSoFar(head.key)
    for event in events:
        so_far.take(event)
    return response_body(head, so_far)


def kinds(told: Sequence[Any]) -> list[str]:
    return [event["type"].removeprefix("response.") for event in told]


def test_the_events_come_in_the_dialects_order() -> None:
    assert kinds(stream_of(SEARCHED)) == [
        "created",
        "in_progress",
        "reasoning.started",
        "reasoning.search_queries",
        "reasoning.fetch_url_queries",
        "reasoning.fetch_url_results",
        "reasoning.search_results",
        "reasoning.stopped",
        "output_item.added",
        "output_item.done",
        "output_item.added",
        "output_item.done",
        "output_item.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "output_item.done",
        "completed",
    ]


def test_numbers_rise_by_one_and_the_same_events_make_the_same_stream() -> None:
    told = stream_of(SEARCHED)
    assert [event["sequence_number"] for event in told] == list(range(len(told)))
    assert stream_of(SEARCHED) == told


def test_a_stream_that_is_taken_up_again_leaves_out_what_was_seen() -> None:
    whole, rest = ResponseFrames(HEAD), ResponseFrames(HEAD, after=11)
    every = frames_of(b"".join(map(whole.frames, SEARCHED)))
    later = frames_of(b"".join(map(rest.frames, SEARCHED)))
    assert later == every[12:]
    assert {frame.name for frame in every} == {"message"}


def test_the_last_event_has_the_body_that_a_whole_answer_has() -> None:
    last = stream_of(SEARCHED)[-1]
    assert last["response"] == body_of(SEARCHED)
    assert orjson.loads(orjson.dumps(last["response"])) == last["response"]


def test_items_have_the_place_that_the_stream_says() -> None:
    told, output = stream_of(SEARCHED), body_of(SEARCHED)["output"]
    done = [event for event in told if event["type"] == "response.output_item.done"]
    assert [output[event["output_index"]] for event in done] == [event["item"] for event in done]
    assert [item["type"] for item in output] == ["search_results", "fetch_url_results", "message"]
    assert len({item["id"] for item in output}) == len(output)


def test_pieces_of_text_make_the_whole_text() -> None:
    told, message = stream_of(SEARCHED), body_of(SEARCHED)["output"][-1]
    pieces = [one["delta"] for one in told if one["type"] == "response.output_text.delta"]
    [done] = [one["text"] for one in told if one["type"] == "response.output_text.done"]
    assert "".join(pieces) == done == message["content"][0]["text"] == TEXT


def test_annotations_stand_at_code_points_and_hold_the_proof() -> None:
    [note] = body_of(SEARCHED)["output"][-1]["content"][0]["annotations"]
    assert TEXT[note["start_index"] : note["end_index"]] == QUOTED
    assert (note["type"], note["url"], note["number"]) == ("url_citation", SOURCE.result.url, 1)
    assert (note["quote"], note["verdict"], note["score"]) == ("Whales sing.", "exact", 0.988)
    assert note["source_sha256"] == VERSION


def test_results_have_the_numbers_that_the_text_cites() -> None:
    found = body_of(SEARCHED)["output"][0]
    assert found["queries"] == ["whales", "boats"]
    assert [(one["id"], one["url"]) for one in found["results"]] == [(1, SOURCE.result.url)]
    assert "date" not in found["results"][0]


def test_results_are_told_once_and_under_their_numbers() -> None:
    early = (*SEARCHED[:3], Sources((SOURCE,)), Sources((SECOND,)), *SEARCHED[5:])
    found = [
        [one["id"] for one in event["results"]]
        for event in stream_of(early)
        if event["type"] == "response.reasoning.search_results"
    ]
    assert found == [[1], [2]]


def test_sources_that_come_late_are_an_item_of_their_own() -> None:
    late = (*SEARCHED[:-1], Sources((SOURCE, SECOND)), SEARCHED[-1])
    output = body_of(late)["output"]
    assert [item["type"] for item in output][2:] == ["message", "search_results"]
    assert [one["id"] for one in output[3]["results"]] == [2]


def test_a_search_that_finds_nothing_is_told_all_the_same() -> None:
    nothing = (Step("s", "web_search", queries=("q",)), StepResult("s"), Sources(complete=True))
    output = body_of((*nothing, Text("No."), Finished("stop", USED)))["output"]
    assert output[0]["results"] == []
    plain = body_of((Sources(complete=True), Text("Yes."), Finished("stop", USED)))["output"]
    assert [item["type"] for item in plain] == ["message"]


def test_images_are_an_item() -> None:
    media = Media((Image("https://a.example/i.png", "https://a.example"),))
    item = body_of((media, *SEARCHED))["output"][2]
    assert item["type"] == "image_search_results"
    assert item["results"][0]["image_url"] == "https://a.example/i.png"


def test_thoughts_come_with_the_next_event_of_the_reasoning_and_stay_with_the_message() -> None:
    told = stream_of((Thinking("Hm. "), Thinking("Yes."), *SEARCHED[1:]))
    assert kinds(told)[2:4] == ["reasoning.started", "reasoning.search_queries"]
    assert told[3]["thought"] == "Hm. Yes."
    assert told[-1]["response"]["output"][-1]["reasoning_content"] == "Hm. Yes."
    quiet = stream_of(SEARCHED)
    assert quiet[3]["thought"] == "Look"
    assert "reasoning_content" not in quiet[-1]["response"]["output"][-1]


def test_calls_of_functions_are_items_and_what_they_say_is_whole_when_they_are_done() -> None:
    script = (
        Sources(complete=True),
        ToolCallDelta(0, "c1", "depth", '{"a"'),
        ToolCallDelta(1, "c2", "size"),
        ToolCallDelta(0, arguments=": 1}"),
        Finished("tool_calls", USED),
    )
    told = stream_of(script)
    assert kinds(told)[2:] == ["output_item.added"] * 2 + ["output_item.done"] * 2 + ["completed"]
    first, second = told[-1]["response"]["output"]
    assert (first["call_id"], first["name"], first["arguments"]) == ("c1", "depth", '{"a": 1}')
    assert (second["call_id"], second["arguments"], second["status"]) == ("c2", "", "completed")


def test_an_answer_without_a_word_still_has_its_message() -> None:
    told = stream_of((Sources(complete=True), Finished("stop", USED)))
    assert told[-1]["response"]["output"][0]["content"][0]["text"] == ""


def test_a_revision_takes_the_place_of_text_and_citations() -> None:
    revised = (*SEARCHED[:-1], Revision("Nein.", ()), SEARCHED[-1])
    part = body_of(revised)["output"][-1]["content"][0]
    assert (part["text"], part["annotations"]) == ("Nein.", [])


def test_an_answer_that_was_cut_is_incomplete_and_says_why() -> None:
    told = stream_of((*SEARCHED[:-1], Finished("length", USED)))
    assert kinds(told)[-1] == "incomplete"
    body = told[-1]["response"]
    assert body["status"] == body["output"][-1]["status"] == "incomplete"
    assert body["incomplete_details"] == {"reason": "max_output_tokens"}


def test_a_failure_ends_the_stream_with_what_there_is_and_the_error() -> None:
    failed = Failed("bad_gateway", "gone", 502, True, USED)
    told = stream_of((*SEARCHED[:7], failed))
    assert kinds(told)[-1] == "failed"
    error = {"code": "bad_gateway", "message": "gone", "type": "bad_gateway"}
    assert told[-1]["error"] == told[-1]["response"]["error"] == error
    assert told[-1]["response"]["output"][-1]["content"][0]["text"] == "Ja: "
    assert told[-1]["response"]["usage"]["input_tokens"] == 3


def test_what_was_cancelled_is_cancelled() -> None:
    told = stream_of((*SEARCHED[:7], Failed("cancelled", "stopped", 499, False, Usage())))
    assert kinds(told)[-1] == "cancelled"
    assert told[-1]["response"]["status"] == "cancelled"


def test_usage_tells_calls_of_tools_and_their_cost() -> None:
    usage = body_of(SEARCHED)["usage"]
    assert (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]) == (3, 5, 8)
    assert usage["tool_calls_details"] == {"search_web": {"invocation": 1, "cost_usd": 0.005}}
    assert usage["cost"] == {
        "currency": "USD",
        "input_cost": 3e-6,
        "output_cost": 5e-6,
        "tool_calls_cost": 0.005,
        "total_cost": 0.005008,
    }


def test_what_an_outside_service_charged_stands_in_the_place_of_our_prices() -> None:
    charged = Finished("stop", USED, charged=Cost(input_usd=1.5))
    assert body_of((*SEARCHED[:-1], charged))["usage"]["cost"]["total_cost"] == 1.5


def test_the_model_that_ran_is_named_and_charged() -> None:
    head = ResponseHead("k", 7, asked(models=["perplexity/sonar", "local/tiny"]), WRITING)
    assert stream_of(SEARCHED, head)[0]["response"]["model"] == "perplexity/sonar"
    body = body_of((*SEARCHED[:-1], Finished("stop", USED, "local/tiny")), head)
    assert (body["model"], body["usage"]["cost"]["total_cost"]) == ("local/tiny", 0.0)


def test_the_request_is_shown_again_and_notices_come_once() -> None:
    body = body_of((SEARCHED[0], *SEARCHED))
    assert (body["id"], body["created_at"], body["preset"]) == ("resp_k", 7, "fast")
    assert body["metadata"] == {"a": "b"}
    assert body["notices"] == [{"type": "no_reranker", "message": "By words."}]


def test_a_response_without_events_is_what_its_keeper_says() -> None:
    body = response_body(HEAD, ResponseSoFar("k"), "queued")
    assert (body["status"], body["output"], body["usage"]) == ("queued", [], None)


URLS = [f"https://{n}.example" for n in range(4)]
PIECES: st.SearchStrategy[Event] = st.one_of(
    st.sampled_from(["a", "ä", "🐋"]).map(Text),
    st.sampled_from(["h", "m"]).map(Thinking),
    st.sampled_from([Step("s", "web_search", "t", ("q",)), Step("w", "write", "t")]),
    st.sampled_from([Step("f", "fetch_url", urls=(PAGE.url,)), StepResult("f", (PAGE,))]),
    st.builds(ToolCallDelta, st.integers(0, 2), st.just("c"), st.just("n"), st.just("{}")),
    st.just(Media((Image("https://a.example/i.png", "https://a.example"),))),
    st.integers(0, 3).map(lambda n: Sources((Source(n + 1, SearchResult(URLS[n], "", "")),), True)),
    st.just(CITED),
)
LAST = st.sampled_from(
    [Finished("stop", USED), Finished("length", USED), Failed("x", "m", 502, True, USED)]
)


@given(st.lists(PIECES, max_size=12), LAST)
@settings(max_examples=150, deadline=None)
def test_whatever_happens_the_stream_adds_up_to_the_body(
    pieces: list[Event], last: Finished | Failed
) -> None:
    told = stream_of([*pieces, last])
    body = told[-1]["response"]
    assert [event["sequence_number"] for event in told] == list(range(len(told)))
    assert body == body_of([*pieces, last])
    added = [event for event in told if event["type"] == "response.output_item.added"]
    assert [event["output_index"] for event in added] == list(range(len(body["output"])))
    assert [event["item"]["id"] for event in added] == [item["id"] for item in body["output"]]
    done = {
        event["output_index"]: event["item"]
        for event in told
        if event["type"] == "response.output_item.done"
    }
    if isinstance(last, Finished):
        assert [done[place] for place in sorted(done)] == body["output"]
    reasoning = [one for one in kinds(told) if one in ("reasoning.started", "reasoning.stopped")]
    assert reasoning == ["reasoning.started", "reasoning.stopped"] * (len(reasoning) // 2)
