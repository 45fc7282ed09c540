"""Streams as the service sends them, written by hand after captures that others have published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

THREAD: Mapping[str, Any] = {
    "backend_uuid": "b-1",
    "context_uuid": "c-1",
    "thread_url_slug": "what-1",
    "thread_title": "What is it?",
    "read_write_token": "rw-secret",
    "display_model": "pplx_pro",
}
PENDING = {"status": "PENDING", "text_completed": False, "final": False, "final_sse_message": False}
EARLY = {**PENDING, "text_completed": True, "final": True}
LAST = {"status": "COMPLETED", "text_completed": True, "final": True, "final_sse_message": True}
ROWS = [
    {"name": "One", "url": "https://one.example/", "snippet": "The first."},
    {"name": "Two", "url": "https://two.example/", "snippet": ""},
]


def frame(
    *blocks: Mapping[str, Any], state: Mapping[str, Any] = PENDING, **more: Any
) -> dict[str, Any]:
    # Where steps stand in `text`, there are no blocks at all.
    told = {} if "text" in more and not blocks else {"blocks": list(blocks)}
    return {**THREAD, **state, **told, **more}


def results(rows: Sequence[Mapping[str, Any]] = ROWS) -> dict[str, Any]:
    block = {"progress": "DONE", "web_results": list(rows)}
    return {"intended_usage": "web_results", "web_result_block": block}


def markdown(
    *chunks: str, offset: int = 0, answer: str | None = None, usage: str = "ask_text"
) -> dict[str, Any]:
    block: dict[str, Any] = {"chunks": list(chunks), "chunk_starting_offset": offset}
    block["progress"] = "IN_PROGRESS" if answer is None else "DONE"
    if answer is not None:
        block["answer"] = answer
    return {"intended_usage": usage, "markdown_block": block}


def diff(usage: str, field: str, *patches: tuple[str, str, Any]) -> dict[str, Any]:
    told = [{"op": op, "path": path, "value": value} for op, path, value in patches]
    return {"intended_usage": usage, "diff_block": {"field": field, "patches": told}}


def item(*chunks: str, text: str = "", variant: str | None = "answer") -> dict[str, Any]:
    payload = {"text": text, "chunks": list(chunks), "is_streaming": not text}
    kind = "WORKFLOW_ITEM_TEXT" if variant else "WORKFLOW_ITEM_CONTENT"
    said = {"variant": variant} if variant else {}
    return {"type": kind, **said, "payload": {"text_payload": {**payload, **said}}}


def workflow(*items: Mapping[str, Any]) -> dict[str, Any]:
    block = {"version": "1.0", "status": "WORKFLOW_EXECUTING_STEPS", "steps": [{"items": [*items]}]}
    return {"intended_usage": "workflow_root", "workflow_block": block}


def step(kind: str, **content: Any) -> dict[str, Any]:
    return {"step_type": kind, "content": content}


def text_of(*steps: Mapping[str, Any]) -> str:
    return orjson.dumps(steps).decode()


def final(answer: str, rows: Sequence[Mapping[str, Any]] = ROWS) -> dict[str, Any]:
    inner = {"answer": answer, "web_results": list(rows), "chunks": [answer]}
    return step("FINAL", answer=orjson.dumps(inner).decode())


def sent(*frames: Mapping[str, Any], line_end: str = "\r\n") -> bytes:
    """The frames as the bytes of a stream."""
    events = [f"event: message\ndata: {orjson.dumps(one).decode()}\n\n" for one in frames]
    text = "".join((*events, "event: end_of_stream\ndata: {}\n\n"))
    return text.replace("\n", line_end).encode()


LEGACY = (
    frame(text=text_of(step("INITIAL_QUERY", query="What?"))),
    frame(
        text=text_of(step("SEARCH_WEB", queries=[{"engine": "web", "query": "what is it"}])),
    ),
    frame(
        state=EARLY,
        text=text_of(step("SEARCH_RESULTS", web_results=ROWS), final("Hällo [1].")),
    ),
    frame(state=LAST, text=text_of(step("SEARCH_RESULTS", web_results=ROWS), final("Hällo [1]."))),
)
MARKDOWN = (
    frame(results()),
    frame(markdown("Häl")),
    frame(markdown("lo [1].", offset=1)),
    frame(state=EARLY),
    frame(markdown("Häl", "lo [1].", answer="Hällo [1]."), results(), state=LAST),
)
WORKFLOW = (
    frame(results()),
    frame(workflow(item("I look around.", variant=None), item("Häl"))),
    frame(
        diff(
            "workflow_root",
            "workflow_block",
            ("add", "/steps/0/items/1/payload/text_payload/chunks/1", "lo [1]."),
        )
    ),
    frame(state=EARLY),
    frame(workflow(item("I look around.", variant=None), item(text="Hällo [1].")), state=LAST),
)
DIFFS = (
    frame(diff("web_results", "web_result_block", ("replace", "", {"web_results": ROWS}))),
    frame(diff("ask_text", "markdown_block", ("replace", "", {"chunks": ["Häl"]}))),
    frame(diff("ask_text", "markdown_block", ("add", "/chunks/1", "lo [1]."))),
    frame(state=EARLY),
    frame(markdown("Häl", "lo [1].", answer="Hällo [1]."), results(), state=LAST),
)
SHAPES = {"legacy": LEGACY, "markdown": MARKDOWN, "workflow": WORKFLOW, "diffs": DIFFS}
