"""Scripts: an answer as the emulated service gives it, and how it goes wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.emulators.perplexity_web.streams import (
    EARLY,
    LAST,
    PENDING,
    ROWS,
    diff,
    final,
    frame,
    item,
    markdown,
    results,
    step,
    text_of,
    workflow,
)

Shape = Literal["legacy", "schematized", "diffs"]
Carrier = Literal["markdown", "workflow", "both"]


@dataclass(frozen=True)
class Script:
    """One answer. `pieces` join to its text; `last` is what the last frame says in its place.

    Without a `shape` and a `carrier` the request and its model choose them. `cut_after` and
    `hang_after` are frames that are still sent, before `hang_s` seconds of silence in the latter
    case; `gap_s` is the pause between frames,
    `split` the size in bytes of what is written at once. `failure` is sent in place of an answer,
    `frames` in place of those made of the rest, `raw` in place of all bytes, and with a `status`
    there is no stream. `breaks_within` has the last frame sent cut through its middle; an answer
    that `is_gone` cannot be gone on with.
    """

    pieces: Sequence[str] = ("Hello ", "world [1].")
    last: str | None = None
    rows: Sequence[Mapping[str, Any]] = tuple(ROWS)
    shape: Shape | None = None
    carrier: Carrier | None = None
    narration: str = ""
    questions: Sequence[Any] = ()
    ends_with_questions: bool = False
    report: str = ""
    report_in: Literal["step", "asset", "file"] = "step"
    title: str = "A greeting"
    display_model: str | None = None
    failure: Mapping[str, Any] | None = None
    early_final: bool = True
    terminal: bool = True
    cut_after: int | None = None
    hang_after: int | None = None
    hang_s: float = 3_600.0
    gap_s: float = 0.0
    split: int | None = None
    raw: bytes | None = None
    frames: Sequence[Mapping[str, Any]] | None = None
    breaks_within: bool = False
    is_gone: bool = False
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    page: str = "{}"
    related: Sequence[str] = ()
    extra: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    @property
    def text(self) -> str:
        """The text of the last frame."""
        return self.last if self.last is not None else "".join(self.pieces)


def frames_of(script: Script, shape: Shape) -> Iterator[dict[str, Any]]:
    """The frames of a script in a shape, without the names of the conversation."""
    if script.failure is not None:
        yield {**script.failure, "final_sse_message": True}
        return
    if script.frames is not None:
        yield from (_plain(dict(one)) for one in script.frames)
        return
    yield from ({**PENDING, **one} for one in script.extra)
    if script.questions:
        asked = step("RESEARCH_CLARIFYING_QUESTIONS", questions=list(script.questions))
        yield _plain(frame(text=text_of(asked)))
        if script.ends_with_questions:
            yield _plain(frame(state=LAST))
            return
    body = _legacy(script) if shape == "legacy" else _blocks(script, shape)
    yield from (_plain(one) for one in body)


def _plain(one: dict[str, Any]) -> dict[str, Any]:
    names = ("backend_uuid", "context_uuid", "thread_url_slug", "thread_title", "read_write_token")
    return {key: value for key, value in one.items() if key not in (*names, "display_model")}


def _legacy(script: Script) -> Iterator[dict[str, Any]]:
    yield frame(text=text_of(step("INITIAL_QUERY", query="…")))
    found = step("SEARCH_RESULTS", web_results=list(script.rows))
    whole = text_of(found, final(script.text, script.rows))
    if script.early_final:
        yield frame(state=EARLY, text=whole)
    if script.terminal:
        yield frame(state=LAST, text=whole)


def _blocks(script: Script, shape: Shape) -> Iterator[dict[str, Any]]:
    yield frame(results(script.rows))
    yield from _pieces(script, shape)
    if script.early_final:
        yield frame(state=EARLY)
    if script.terminal:
        yield _last(script)


def snapshot(script: Script, count: int) -> dict[str, Any]:
    """Where an answer was after `count` frames, in one: what goes on with it begins so."""
    said = script.pieces[: max(0, count - 1)]
    blocks = [results(script.rows)]
    if script.carrier != "workflow":
        blocks.append(markdown(*said))
    if script.carrier in ("workflow", "both"):
        blocks.append(workflow(*_narration(script), item(*said)))
    return _plain(frame(*blocks))


def _pieces(script: Script, shape: Shape) -> Iterator[dict[str, Any]]:
    if script.carrier == "workflow":
        yield from _workflow(script)
    elif script.carrier == "both":
        for one, other in zip(_markdown(script, shape), _workflow(script), strict=True):
            yield {**one, "blocks": [*one["blocks"], *other["blocks"]]}
    else:
        yield from _markdown(script, shape)


def _narration(script: Script) -> list[dict[str, Any]]:
    return [item(script.narration, variant=None)] if script.narration else []


def _markdown(script: Script, shape: Shape) -> Iterator[dict[str, Any]]:
    for number, piece in enumerate(script.pieces):
        if shape == "diffs":
            first = ("replace", "", {"progress": "IN_PROGRESS", "chunks": [piece]})
            more = ("add", f"/chunks/{number}", piece)
            yield frame(diff("ask_text", "markdown_block", more if number else first))
        else:
            yield frame(markdown(piece, offset=number))


def _workflow(script: Script) -> Iterator[dict[str, Any]]:
    told = _narration(script)
    at = f"/steps/0/items/{len(told)}/payload/text_payload/chunks"
    for number, piece in enumerate(script.pieces):
        if number:
            yield frame(diff("workflow_root", "workflow_block", ("add", f"{at}/{number}", piece)))
        else:
            yield frame(workflow(*told, item(piece)))


def _last(script: Script) -> dict[str, Any]:
    more: dict[str, Any] = {}
    blocks = []
    if script.carrier != "workflow":
        blocks.append(markdown(*script.pieces, answer=script.text))
    if script.carrier in ("workflow", "both"):
        blocks.append(workflow(*_narration(script), item(text=script.text)))
    if script.carrier == "both":
        found = step("SEARCH_RESULTS", web_results=list(script.rows))
        more["text"] = text_of(found, final(script.text, script.rows))
    if script.report and script.report_in == "step":
        more["text"] = text_of(step("RESEARCH_ANSWER", answer=script.report))
    elif script.report and script.report_in == "asset":
        assets = [{"research_report": {"source_content": script.report}}]
        patch = ("replace", "", {"assets": assets})
        blocks.append(diff("unified_assets", "unified_assets_block", patch))
    if script.related:
        follows = [{"text": question} for question in script.related]
        block = {"pending_followups_block": {"followups": follows}}
        blocks.append({"intended_usage": "pending_followups", **block})
    return frame(*blocks, results(script.rows), state=LAST, **more)
