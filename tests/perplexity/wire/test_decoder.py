"""Every shape of an answer is read, whichever way its bytes are cut; each frame once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydrophone.perplexity.errors import RateLimitError, ResponseParsingError
from hydrophone.perplexity.wire.decoder import RULE, Decoder, Update
from hydrophone.perplexity.wire.failures import GenericFailure
from hydrophone.perplexity.wire.frames import END, FrameReader
from hydrophone.perplexity.wire.patches import patched
from hydrophone.types import Secret
from tests.emulators.perplexity_web.streams import (
    LAST,
    ROWS,
    SHAPES,
    diff,
    final,
    frame,
    item,
    markdown,
    results,
    sent,
    step,
    text_of,
    workflow,
)

ONE, TWO = (row["url"] for row in ROWS)
EACH_SHAPE = pytest.mark.parametrize("shape", SHAPES)


def read(chunks: Iterable[bytes]) -> tuple[Decoder, list[Update]]:
    reader, decoder = FrameReader(), Decoder()
    frames = (one for chunk in chunks for one in reader.feed(chunk) if one.event != END)
    return decoder, [decoder.take(one.data) for one in frames]


def decoded(*frames: Mapping[str, Any]) -> tuple[Decoder, list[Update]]:
    return read([sent(*frames)])


def urls(decoder: Decoder) -> list[str | None]:
    return [one.url for one in decoder.results]


@EACH_SHAPE
def test_each_shape_gives_the_answer_and_its_sources(shape: str) -> None:
    decoder, updates = decoded(*SHAPES[shape])
    assert decoder.text == "Hällo [1]."
    assert "".join(update.delta for update in updates) == "Hällo [1]."
    assert not any(update.revised for update in updates)
    assert urls(decoder) == [ONE, TWO]
    assert decoder.thread.title == "What is it?"
    assert decoder.thread.backend_uuid == "b-1"


@EACH_SHAPE
def test_the_early_final_is_not_the_end(shape: str) -> None:
    _, updates = decoded(*SHAPES[shape])
    assert [update.ended for update in updates] == [False] * (len(updates) - 1) + [True]


@EACH_SHAPE
@given(data=st.data())
def test_however_the_bytes_are_cut_the_answer_is_the_same(shape: str, data: st.DataObject) -> None:
    line_end = data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
    whole = sent(*SHAPES[shape], line_end=line_end)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(whole)), max_size=40)))
    chunks = [whole[start:end] for start, end in pairwise([0, *cuts, len(whole)])]
    decoder, updates = read(chunks)
    assert decoder.text == "".join(update.delta for update in updates) == "Hällo [1]."
    assert urls(decoder) == [ONE, TWO]


def test_a_token_that_lets_others_write_stands_in_no_repr() -> None:
    decoder, _ = decoded(*SHAPES["markdown"])
    assert decoder.thread.read_write_token == Secret("rw-secret")
    assert "rw-secret" not in repr(decoder.thread)


def test_sections_beside_the_whole_text_are_not_added_to_it() -> None:
    section = "ask_text_0_markdown"
    decoder, updates = decoded(
        frame(markdown("One"), markdown("One", usage=section)),
        frame(markdown(" two", offset=1), markdown(" two", offset=1, usage=section)),
        frame(state=LAST),
    )
    assert decoder.text == "One two"
    assert [update.delta for update in updates] == ["One", " two", ""]


def test_sections_alone_are_joined_by_line_breaks() -> None:
    decoder, updates = decoded(
        frame(markdown("One", usage="ask_text_0_markdown")),
        frame(markdown("Two", usage="ask_text_1_markdown")),
        frame(markdown(" too", offset=1, usage="ask_text_1_markdown")),
        frame(state=LAST),
    )
    assert decoder.text == "One\nTwo too"
    assert [update.delta for update in updates] == ["One", "\nTwo", " too", ""]


def test_several_items_of_an_answer_are_joined_and_narration_is_none_of_it() -> None:
    one, two = item("First."), item("Second.")
    told = item("Let me see.", variant=None)
    decoder, updates = decoded(frame(workflow(told, one, told, two)), frame(state=LAST))
    assert decoder.text == "First.\nSecond."
    assert updates[0].delta == "First.\nSecond."


def test_a_whole_block_may_come_as_a_patch_of_its_root() -> None:
    block = workflow(item("Hello."))["workflow_block"]
    at = "/steps/0/items/0/payload/text_payload/chunks/-"
    decoder, updates = decoded(
        frame(diff("workflow_root", "workflow_block", ("replace", "", block))),
        frame(diff("workflow_root", "workflow_block", ("add", at, " More."))),
        frame(diff("web_results", "web_result_block", ("replace", "", {"web_results": ROWS}))),
        frame(state=LAST),
    )
    assert [update.delta for update in updates] == ["Hello.", " More.", "", ""]
    assert urls(decoder) == [ONE, TWO]
    assert decoder.text == "Hello. More."


def test_markers_that_are_numbered_anew_are_told_of() -> None:
    decoder, updates = decoded(
        frame(markdown("See [1] and [2]")),
        frame(markdown("See [2] and [1].", answer="See [2] and [1]."), state=LAST),
    )
    assert [update.revised for update in updates] == [False, True]
    assert decoder.text == "See [2] and [1]."


def test_the_last_frame_says_in_which_order_its_markers_count() -> None:
    decoder, _ = decoded(
        frame(results(ROWS[:1])),
        frame(results(ROWS[1:])),
        frame(markdown("B [1].", answer="B [1]."), results([ROWS[1], ROWS[0]]), state=LAST),
    )
    assert urls(decoder) == [TWO, ONE]


def test_the_order_of_the_final_step_is_above_that_of_blocks() -> None:
    steps = text_of(final("B [1].", [ROWS[1], ROWS[0]]))
    decoder, _ = decoded(frame(results()), frame(results(), state=LAST, text=steps))
    assert urls(decoder) == [TWO, ONE]
    assert decoder.text == "B [1]."


def test_a_snippet_that_comes_later_is_taken_in() -> None:
    later = [{**ROWS[1], "snippet": "The second."}]
    decoder, _ = decoded(frame(results()), frame(results(later)), frame(state=LAST))
    assert [one.snippet for one in decoder.results] == ["The first.", "The second."]


def test_prose_in_text_is_an_answer() -> None:
    decoder, _ = decoded(frame(text="Just words."), frame(state=LAST, text="Just words. More."))
    assert decoder.text == "Just words. More."


@pytest.mark.parametrize("answer", [{"answer": "Hi [1]."}, "Hi [1]."])
def test_the_final_step_holds_the_answer_plain_or_within(answer: Any) -> None:
    steps = text_of(step("FINAL", answer=answer))
    decoder, _ = decoded(frame(state=LAST, text=steps))
    assert decoder.text == "Hi [1]."


@pytest.mark.parametrize("where", ["step", "asset"])
def test_the_report_of_research_follows_its_note(where: str) -> None:
    note, report = markdown("A note.", answer="A note."), "# Report\n\nAll of it [1]."
    if where == "step":
        last = frame(note, state=LAST, text=text_of(step("RESEARCH_ANSWER", answer=report)))
    else:
        at = ("replace", "", {"assets": [{"research_report": {"source_content": report}}]})
        last = frame(note, diff("unified_assets", "unified_assets_block", at), state=LAST)
    decoder, updates = decoded(frame(markdown("A note.")), last)
    assert decoder.text == f"A note.{RULE}{report}"
    assert "".join(update.delta for update in updates) == decoder.text


@pytest.mark.parametrize(
    "questions",
    [
        {"questions": [{"question_text": "Which year?", "answers": []}]},
        {"questions": ["Which year?"]},
        {"clarifying_questions": ["Which year?"]},
        {"something": "Which year?"},
    ],
)
def test_questions_that_research_asks_back_are_texts(questions: dict[str, Any]) -> None:
    steps = text_of(step("RESEARCH_CLARIFYING_QUESTIONS", **questions))
    decoder, _ = decoded(frame(text=steps))
    assert decoder.questions == ["Which year?"]


def test_research_that_goes_on_by_itself_is_read_on() -> None:
    steps = text_of(step("RESEARCH_CLARIFYING_QUESTIONS", questions=["Which year?"]))
    decoder, updates = decoded(frame(text=steps), frame(markdown("All years."), state=LAST))
    assert decoder.text == "All years."
    assert updates[-1].ended


def test_queries_and_thoughts_are_told_once() -> None:
    plan = {
        "intended_usage": "plan",
        "plan_block": {
            "steps": [
                {"step_type": "SEARCH_WEB", "search_web_content": {"queries": [{"query": "a"}]}},
                {"step_type": "THOUGHT", "content": {"thought": "Hm."}},
                {"step_type": "SOMETHING_NEW", "content": {"x": 1}},
            ]
        },
    }
    _, updates = decoded(frame(plan), frame(plan), frame(state=LAST))
    assert [update.queries for update in updates] == [("a",), (), ()]
    assert [update.thoughts for update in updates] == [("Hm.",), (), ()]


def test_a_run_that_was_stopped_is_known_as_such() -> None:
    decoder, _ = decoded(frame(markdown("Half"), state={**LAST, "text_completed": False}))
    assert decoder.stopped
    assert decoder.text == "Half"


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        ({"status": "failed", "error_code": "FREE_TIER_RATE_LIMITED"}, RateLimitError),
        ({"status": "FAILED", "error_code": "GENERIC_FAILED_RESPONSE"}, GenericFailure),
        ({"status": "failed", "text": "Error in processing query"}, ResponseParsingError),
        ({"error_code": "SOMETHING"}, ResponseParsingError),
    ],
)
def test_a_failure_in_the_stream_is_an_error(
    failure: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        decoded({**frame(), **failure, "final_sse_message": True})


@pytest.mark.parametrize(
    "patches",
    [
        [("add", "/chunks/9", "x")],
        [("add", "/chunks/-1", "x")],
        [("replace", "/nothing/here", "x")],
        [("move", "/chunks/0", "x")],
        [("add", "chunks", "x")],
        [("remove", "/chunks/7", None)],
    ],
)
def test_a_patch_that_does_not_fit_is_an_error_of_ours(
    patches: Sequence[tuple[str, str, Any]],
) -> None:
    with pytest.raises(ResponseParsingError):
        decoded(frame(markdown("a")), frame(diff("ask_text", "markdown_block", *patches)))


def test_names_in_patches_are_unescaped() -> None:
    patch = {"op": "replace", "path": "/a~1b/c~0d", "value": "new"}
    block, path = patched({"a/b": {"c~d": "old"}}, patch)
    assert block == {"a/b": {"c~d": "new"}}
    assert path == ("a/b", "c~d")


@pytest.mark.parametrize("data", [b"data: {oops\n\n", b"data: [1]\n\n"])
def test_data_that_is_no_object_is_an_error_that_shows_it(data: bytes) -> None:
    with pytest.raises(ResponseParsingError) as failed:
        list(FrameReader().feed(data))
    assert failed.value.raw_data


def test_comments_and_frames_without_data_are_passed_over() -> None:
    stream = b': hello\n\nid: 1\n\ndata:{"a":1}\n\n: bye\n\n'
    assert [one.data for one in FrameReader().feed(stream)] == [{"a": 1}]


def test_a_long_stream_costs_each_frame_once() -> None:
    at = "/steps/0/items/0/payload/text_payload/chunks"
    patches = (
        diff("workflow_root", "workflow_block", ("add", f"{at}/-", "word ")) for _ in range(5000)
    )
    decoder = Decoder()
    decoder.take(frame(workflow(item("word "))))
    parts = decoder._items._pieces[0, 0]
    for one in patches:
        decoder.take(frame(one))
    assert parts._joined is None  # nothing has looked at the whole of it
    assert decoder.text == "word " * 5001
