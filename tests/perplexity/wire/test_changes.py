"""Blocks that change patch by patch are read at each place that changed, and that is enough."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydrophone.perplexity.errors import ResponseParsingError
from hydrophone.perplexity.wire.blocks import Blocks
from hydrophone.perplexity.wire.decoder import Decoder
from hydrophone.perplexity.wire.legacy import Steps
from tests.emulators.perplexity_web.streams import (
    LAST,
    diff,
    frame,
    item,
    markdown,
    results,
    step,
    workflow,
)

WORDS = st.text("ab c\n", max_size=3)
ITEMS = st.builds(
    lambda chunks, text, variant: item(*chunks, text=text, variant=variant),
    st.lists(WORDS, max_size=3),
    st.sampled_from(["", "", "whole"]),
    st.sampled_from(["answer", "answer", None]),
)
STEPS = st.builds(lambda items: {"items": items}, st.lists(ITEMS, max_size=3))


def expected(block: dict[str, Any]) -> str:
    """The answer of a workflow block, read from its beginning."""
    texts = []
    for one in (one for row in block["steps"] for one in row["items"]):
        payload = one["payload"]["text_payload"]
        joined = "".join(payload["chunks"])
        if one.get("variant") == "answer":
            texts.append(payload["text"] if len(payload["text"]) >= len(joined) else joined)
    return "\n".join(text for text in texts if text)


@st.composite
def patches(draw: st.DrawFn) -> tuple[dict[str, Any], list[tuple[str, str, Any]]]:
    """A workflow block and patches that fit it, one behind the other."""
    block = workflow(*draw(st.lists(ITEMS, max_size=2)))["workflow_block"]
    first, found = Blocks(), list[tuple[str, str, Any]]()
    list(first.take([diff("w", "workflow_block", ("replace", "", _copy(block)))]))
    for _ in range(draw(st.integers(1, 8))):
        now = first._blocks["w", "workflow_block"]
        patch = draw(_patch_of(now))
        found.append(patch)
        list(first.take([diff("w", "workflow_block", _copy(patch))]))
    return block, found


@st.composite
def _patch_of(draw: st.DrawFn, block: dict[str, Any]) -> tuple[str, str, Any]:
    steps = block["steps"]
    kinds = ["status", "add step"]
    kinds += ["remove step", "replace step", "title", "add item"] if steps else []
    number = draw(st.integers(0, max(0, len(steps) - 1)))
    items = steps[number]["items"] if steps else []
    kinds += ["remove item", "replace item", "chunk", "text", "streaming"] if items else []
    at = draw(st.integers(0, max(0, len(items) - 1)))
    inside = f"/steps/{number}/items/{at}"
    payload = f"{inside}/payload/text_payload"
    new_step, new_item = draw(STEPS), draw(ITEMS)
    chunks = len(items[at]["payload"]["text_payload"]["chunks"]) if items else 0
    made: dict[str, tuple[str, str, Any]] = {
        "status": ("replace", "/status", "X"),
        "title": ("add", f"/steps/{number}/title", "X"),
        "add step": ("add", f"/steps/{draw(st.integers(0, len(steps)))}", new_step),
        "replace step": ("replace", f"/steps/{number}", new_step),
        "remove step": ("remove", f"/steps/{number}", None),
        "add item": ("add", f"/steps/{number}/items/{draw(st.integers(0, len(items)))}", new_item),
        "replace item": ("replace", inside, new_item),
        "remove item": ("remove", inside, None),
        "chunk": ("add", f"{payload}/chunks/{draw(st.integers(0, chunks))}", draw(WORDS)),
        "text": ("replace", f"{payload}/text", draw(WORDS)),
        "streaming": ("replace", f"{payload}/is_streaming", False),
    }
    return made[draw(st.sampled_from(kinds))]


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_copy(one) for one in value)
    return value


@settings(max_examples=100, deadline=None)
@given(given=patches())
def test_a_workflow_read_by_its_changes_is_the_workflow_read_whole(
    given: tuple[dict[str, Any], list[tuple[str, str, Any]]],
) -> None:
    block, changes = given
    decoder, shown = Decoder(), ""
    first = ("replace", "", _copy(block))
    for patch in (first, *changes):
        frames = frame(diff("workflow_root", "workflow_block", _copy(patch)))
        update = decoder.take(frames)
        shown = decoder.text if update.revised else shown + update.delta
        now = decoder._blocks._blocks["workflow_root", "workflow_block"]
        assert decoder.text == expected(now) == shown


def test_a_step_between_others_moves_those_behind_it() -> None:
    block = {"steps": [{"items": []}, {"items": [item("B")]}]}
    chunks = "/steps/2/items/0/payload/text_payload/chunks/-"
    decoder = Decoder()
    for patch in (
        ("replace", "", block),
        ("add", "/steps/0", {"items": [item("A")]}),
        ("add", chunks, "b"),
    ):
        decoder.take(frame(diff("workflow_root", "workflow_block", patch)))
    assert decoder.text == "A\nBb"


def test_of_a_growing_list_each_row_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from hydrophone.perplexity.wire import decoder as decoding

    read: list[int] = []
    whole = decoding.read_steps

    def counting(rows: Any, steps: Steps) -> None:
        read.append(len(rows))
        whole(rows, steps)

    monkeypatch.setattr(decoding, "read_steps", counting)
    decoder = Decoder()
    decoder.take(frame(diff("plan", "plan_block", ("replace", "", {"steps": [], "goals": []}))))
    for n in range(200):
        searched = step("SEARCH_WEB", queries=[{"query": f"query {n}"}])
        update = decoder.take(frame(diff("plan", "plan_block", ("add", "/steps/-", searched))))
        assert update.queries == (f"query {n}",)
        decoder.take(frame(diff("plan", "plan_block", ("replace", "/progress", "X"))))
    assert sum(read) == 200


def test_sources_that_come_one_by_one_are_all_there() -> None:
    rows = [{"name": str(n), "url": f"https://{n}.example/", "snippet": ""} for n in range(50)]
    decoder = Decoder()
    decoder.take(frame(diff("web_results", "web_result_block", ("replace", "", {"progress": "X"}))))
    decoder.take(frame(diff("web_results", "web_result_block", ("add", "/web_results", []))))
    for row in rows:
        decoder.take(frame(diff("web_results", "web_result_block", ("add", "/web_results/-", row))))
    snippet = ("replace", "/web_results/7/snippet", "Seven.")
    decoder.take(frame(diff("web_results", "web_result_block", snippet)))
    decoder.take(frame(diff("web_results", "web_result_block", ("replace", "/progress", "DONE"))))
    assert [one.url for one in decoder.results] == [row["url"] for row in rows]
    assert decoder.results[7].snippet == "Seven."


def test_questions_asked_back_are_found_in_a_plan() -> None:
    name = "research_clarifying_questions_content"
    asked = {"step_type": "RESEARCH_CLARIFYING_QUESTIONS", name: {"questions": ["Which year?"]}}
    for block in (
        {"intended_usage": "plan", "plan_block": {"steps": [asked]}},
        diff("plan", "plan_block", ("replace", "", {"steps": [asked]})),
    ):
        decoder = Decoder()
        decoder.take(frame(block))
        assert decoder.questions == ["Which year?"]


def test_chunks_overwrite_from_their_place_on() -> None:
    decoder = Decoder()
    updates = [
        decoder.take(frame(markdown("One ", "two "))),
        decoder.take(frame(markdown("three ", offset=1))),
        decoder.take(frame(markdown("four", offset=3))),
        decoder.take(frame(markdown("Anew"))),
    ]
    assert [update.revised for update in updates] == [False, True, False, True]
    assert decoder.text == "Anew"


@pytest.mark.parametrize(
    "last",
    [
        [markdown("See ", "[12].", answer="See [2].")],
        [markdown("[12].", offset=1, answer="See [2].")],
        [diff("ask_text", "markdown_block", ("add", "/answer", "See [2]."))],
        [
            diff("ask_text", "markdown_block", ("add", "/answer", "See [2].")),
            diff("ask_text", "markdown_block", ("add", "/progress", "DONE")),
        ],
    ],
    ids=["whole", "rest", "patch", "patches"],
)
def test_the_answer_of_a_last_block_stands_though_its_chunks_are_longer(last: list[Any]) -> None:
    decoder = Decoder()
    first = frame(diff("ask_text", "markdown_block", ("replace", "", {"chunks": ["See "]})))
    assert decoder.take(first).delta == "See "
    grown = frame(diff("ask_text", "markdown_block", ("add", "/chunks/1", "[12].")))
    assert decoder.take(grown).delta == "[12]."
    update = decoder.take(frame(*last, state=LAST))
    assert decoder.text == "See [2]."
    assert update.revised


@pytest.mark.parametrize("answer", [None, "", {"x": 1}, 7])
def test_an_answer_that_is_no_text_leaves_the_chunks(answer: Any) -> None:
    block = markdown("See ", "[1].")
    block["markdown_block"]["answer"] = answer
    decoder = Decoder()
    assert decoder.take(frame(block, state=LAST)).delta == "See [1]."


def test_chunks_that_come_behind_an_answer_go_on_with_it() -> None:
    decoder = Decoder()
    updates = [
        decoder.take(frame(markdown("One ", answer="One "))),
        decoder.take(frame(markdown("two", offset=1))),
        decoder.take(frame(diff("ask_text", "markdown_block", ("add", "/chunks/2", " three")))),
    ]
    assert [update.delta for update in updates] == ["One ", "two", " three"]


@pytest.mark.parametrize(
    "block",
    [
        diff("widget", "stock_widget_block", ("move", "/a", 1)),
        diff("widget", "stock_widget_block", ("add", "/rows/0", 1)),
        {"intended_usage": "widget", "diff_block": {"patches": [1]}},
        {"intended_usage": "widget", "diff_block": {"field": ["x"], "patches": []}},
        {"intended_usage": "widget", "diff_block": {"field": "x_block", "patches": None}},
        {"intended_usage": "widget", "diff_block": {"field": "x_block", "patches": [1]}},
        diff("pending_followups", "pending_followups_block", ("add", "/followups/0", "More?")),
    ],
)
def test_a_patch_that_does_not_fit_where_no_answer_is_does_no_harm(block: dict[str, Any]) -> None:
    decoder = Decoder()
    decoder.take(frame(markdown("Hi "), results()))
    decoder.take(frame(block, markdown("there", offset=1)))
    decoder.take(frame(state=LAST))
    assert decoder.text == "Hi there"


def test_blocks_that_nobody_reads_are_not_kept() -> None:
    blocks, widget = Blocks(), {"intended_usage": "widget", "widget_block": {"rows": [1]}}
    patch = diff("widget", "widget_block", ("replace", "", {"rows": [2]}))
    assert not list(blocks.take([widget, patch]))
    assert not blocks._blocks


@pytest.mark.parametrize(
    "told",
    [
        {"field": "markdown_block", "patches": None},
        {"field": "markdown_block", "patches": [1]},
        {"patches": [{"op": "add", "path": "/chunks/1", "value": "x"}]},
        {"field": {}, "patches": [{"op": "add", "path": "/chunks/1", "value": "x"}]},
    ],
)
def test_a_diff_of_the_answer_that_says_nothing_clear_is_an_error(told: dict[str, Any]) -> None:
    decoder = Decoder()
    decoder.take(frame(markdown("a")))
    with pytest.raises(ResponseParsingError):
        decoder.take(frame({"intended_usage": "ask_text", "diff_block": told}))
