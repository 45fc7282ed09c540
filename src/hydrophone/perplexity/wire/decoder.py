"""Frames to an answer: its text as it grows, its sources, and the service's last word.

The last frame is the one with `final_sse_message`; `final` and `text_completed` come earlier and
end nothing. The text of the last frame is the answer, also where it differs from what came before:
now and then the markers are numbered anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hydrophone.perplexity.wire.blocks import (
    ASSETS,
    FOLLOWUPS,
    MARKDOWN,
    PLAN,
    RESULTS,
    WORKFLOW,
    Blocks,
    Change,
)
from hydrophone.perplexity.wire.carriers import Workflow, read_markdown
from hydrophone.perplexity.wire.failures import raise_for_failure
from hydrophone.perplexity.wire.legacy import Steps, read_steps, read_text
from hydrophone.perplexity.wire.patches import Path
from hydrophone.perplexity.wire.pieces import Parts
from hydrophone.perplexity.wire.results import Results, SearchResultItem
from hydrophone.perplexity.wire.thread import Thread, said

_WHOLE = "ask_text"
_SECTION = re.compile(r"ask_text_(\d+)_markdown\Z")
RULE = "\n\n---\n\n"


@dataclass(frozen=True, slots=True)
class Update:
    """What a frame has brought.

    `delta` is what the text has grown by. `revised`: what came before has changed, and `delta` is
    empty. `queries` and `thoughts` are new ones of the search, `results` says that there are more
    sources, `ended` that this was the last frame.
    """

    delta: str = ""
    revised: bool = False
    results: bool = False
    queries: tuple[str, ...] = ()
    thoughts: tuple[str, ...] = ()
    ended: bool = False


class Decoder:
    """Reads the frames of one answer."""

    def __init__(self) -> None:
        self.thread = Thread()
        self.display_model: str | None = None
        self.ended = False
        self.stopped = False
        self.questions: list[str] | None = None
        self.related: tuple[str, ...] = ()
        self._blocks = Blocks()
        self._whole, self._sections, self._items = Parts(), Parts(), Parts()
        self._workflow = Workflow(self._items)
        self._carriers = (self._whole, self._sections, self._items)
        self._results = Results()
        self._steps = Steps()
        self._legacy = ""
        self._final_lists: list[object] = []
        self._report = ""
        self._pieces: list[str] = []
        self._main: Parts | None = None
        self._queries: dict[str, None] = {}
        self._thoughts: dict[str, None] = {}

    @property
    def text(self) -> str:
        """The text of the answer so far, with its markers."""
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    @property
    def results(self) -> tuple[SearchResultItem, ...]:
        """The sources so far: marker `[1]` stands for the first."""
        return self._results.items

    @property
    def lacks_report(self) -> bool:
        """Whether the answer is there, and no report has come with it."""
        return self.ended and bool(self.text) and not self._report

    def add_report(self, report: str) -> str:
        """Put a report that was got elsewhere behind the answer: what its text grows by."""
        self._report = report
        return self._compared() or ""

    def take(self, frame: dict[str, Any]) -> Update:
        """Read a frame, which is used up. Raises RateLimitError, GenericFailure and
        ResponseParsingError for what the service says instead of an answer."""
        self.thread.take(frame)
        self.display_model = said(frame, "display_model") or self.display_model
        raise_for_failure(frame)
        known = len(self._results.items)
        result_lists: list[object] = []
        grown = self._read_blocks(frame.get("blocks"), result_lists)
        text = said(frame, "text")
        if text is not None:
            self._read_text(text)
        if frame.get("final_sse_message") is True:
            self._end(result_lists, stopped=frame.get("text_completed") is False)
        if grown is None or text is not None or self.ended:
            grown = self._compared()
        else:
            self._pieces.append(grown)
        return Update(
            delta=grown or "",
            revised=grown is None,
            results=len(self._results.items) > known,
            queries=_new(self._queries, self._steps.queries),
            thoughts=_new(self._thoughts, self._steps.thoughts),
            ended=self.ended,
        )

    def _read_blocks(self, rows: object, result_lists: list[object]) -> str | None:
        """Take a frame's blocks in: what the text has grown by, None when it must be compared."""
        grown: list[str | None] = []
        for change in self._blocks.take(rows):
            parts, delta = self._change(change, result_lists)
            if parts is not None and parts is self._main:
                grown.append(delta)
        main = next((parts for parts in self._carriers if parts.filled), None)
        if main is not self._main:
            self._main = main
            return None
        return None if None in grown else "".join(filter(None, grown))

    def _change(
        self, change: Change, result_lists: list[object]
    ) -> tuple[Parts | None, str | None]:
        """Take a changed block in: the text that it carries, and what that has grown by."""
        block, path = change.block, change.path
        if change.kind == MARKDOWN and change.usage == _WHOLE:
            return self._whole, read_markdown(block, path, self._whole, (0,))
        section = _SECTION.match(change.usage)
        if change.kind == MARKDOWN and section is not None:
            key = (int(section[1]),)
            return self._sections, read_markdown(block, path, self._sections, key)
        if change.kind == WORKFLOW:
            grown = self._workflow.read(block, path)
            self._take_results(self._workflow.result_lists, result_lists)
            self._workflow.result_lists.clear()
            return self._items, grown
        if isinstance(block, dict):
            self._read_beside(change.kind, block, path, result_lists)
        return None, ""

    def _read_beside(
        self, kind: str, block: dict[str, Any], path: Path | None, result_lists: list[object]
    ) -> None:
        """Take in a block that carries no text of the answer; of a list, what has changed."""
        if kind == RESULTS:
            self._results.add(_changed(block, "web_results", path))
            result_lists += filter(None, [block.get("web_results")])
        elif kind == PLAN:
            steps = Steps()
            read_steps(_changed(block, "steps", path), steps)
            self._take_steps(steps)
        elif kind == ASSETS:
            self._report = _asset_report(block) or self._report
        elif kind == FOLLOWUPS:
            self.related = tuple(_followups(block.get("followups"))) or self.related

    def _take_results(self, rows: list[object], result_lists: list[object]) -> None:
        for one in rows:
            self._results.add(one)
        result_lists += [one for one in rows if one]

    def _read_text(self, text: str) -> None:
        """Take in the steps of a frame's `text`, which repeat what was said before."""
        steps = read_text(text)
        self._legacy = steps.answer or steps.prose or self._legacy
        self._take_steps(steps)
        if steps.final_lists:
            self._results.reorder(*steps.final_lists)
            self._final_lists = steps.final_lists

    def _take_steps(self, steps: Steps) -> None:
        for rows in steps.result_lists:
            self._results.add(rows)
        self._steps = steps
        self._report = steps.report or self._report
        self.questions = steps.questions if steps.questions is not None else self.questions

    def _end(self, result_lists: list[object], *, stopped: bool) -> None:
        """The last frame: its sources have the order that its markers count through."""
        self.ended, self.stopped = True, stopped
        if not self._final_lists and result_lists:
            self._results.reorder(*result_lists)

    def _compared(self) -> str | None:
        """Set the text to what it is now: what it has grown by, None when it changed otherwise."""
        before, text = self.text, self._main.text if self._main is not None else self._legacy
        if self.ended and self._report and self._report.strip() not in text:
            text = f"{text}{RULE}{self._report}" if text else self._report
        self._pieces = [text]
        return text[len(before) :] if text.startswith(before) else None


def _changed(block: dict[str, Any], name: str, path: Path | None) -> object:
    """The rows of a list in a block that may have changed."""
    rows = block.get(name)
    if path is None or not isinstance(rows, list):
        return rows
    if path[0] != name:
        return []
    return rows[int(path[1]) : int(path[1]) + 1] if len(path) > 1 and path[1].isdigit() else rows


def _new(known: dict[str, None], said_now: list[str]) -> tuple[str, ...]:
    new = tuple(dict.fromkeys(one for one in said_now if one not in known))
    known.update(dict.fromkeys(new))
    return new


def _asset_report(block: dict[str, Any]) -> str:
    """The report in a block of assets: `/assets/N/research_report/source_content`."""
    assets = block.get("assets")
    for asset in assets if isinstance(assets, list) else ():
        report = asset.get("research_report") if isinstance(asset, dict) else None
        content = report.get("source_content") if isinstance(report, dict) else None
        if isinstance(content, str) and content:
            return content
    return ""


def _followups(rows: object) -> Iterator[str]:
    for row in rows if isinstance(rows, list) else ():
        text = row.get("text") or row.get("query") if isinstance(row, dict) else row
        if isinstance(text, str) and text:
            yield text
