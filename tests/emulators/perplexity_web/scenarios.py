"""What the service is known to do, one scenario each, and what a client should make of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.emulators.perplexity_web.scripts import Script
from tests.emulators.perplexity_web.streams import (
    EARLY,
    LAST,
    ROWS,
    diff,
    frame,
    item,
    markdown,
    results,
    step,
    text_of,
    workflow,
)

HELLO = "Hello world [1]."
OTHER = "An answer to another question."
REPORT = "# The report\n\nAll of it [2]."
FIRST, SECOND = ROWS


@dataclass(frozen=True)
class Scenario:
    """One of them: the question is its name. `answer` is right, or the `error`, or a notice."""

    name: str
    scripts: Sequence[Script]
    answer: str | None = HELLO
    error: str | None = None
    notice: str | None = None
    sources: Sequence[str] | None = None
    model: str | None = None
    goes_on: bool = False


def _read(name: str, script: Script, answer: str = HELLO, **more: Any) -> Scenario:
    return Scenario(name, (script,), answer, **more)


def _framed(name: str, *frames: Mapping[str, Any], answer: str = HELLO, **more: Any) -> Scenario:
    return Scenario(name, (Script(frames=frames),), answer, **more)


def _fails(name: str, error: str, *scripts: Script, **more: Any) -> Scenario:
    return Scenario(name, scripts, None, error, **more)


def _failing(name: str, error: str, failure: Mapping[str, Any]) -> Scenario:
    return _fails(name, error, Script(failure=failure))


def _done(*blocks: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return frame(*blocks, state=LAST, **more)


_LEGACY = Script(shape="legacy")
_MARKDOWN = Script(shape="schematized")
_DIFFS = Script(shape="diffs")
_WORKFLOW = Script(shape="schematized", carrier="workflow")
_WHOLE = markdown("Hello ", "world [1].", answer=HELLO)
_ASKED = [{"question_text": "Which year?"}, {"question_text": "Which sea?"}]
_WALL = Script(
    status=403,
    headers={"cf-mitigated": "challenge"},
    page="<html><title>Just a moment...</title></html>",
)
_BLOCK = workflow(item("Hello ", "world [1]."))["workflow_block"]

SHAPES = (
    _read("steps in `text`", _LEGACY),
    _read("Markdown blocks", _MARKDOWN),
    _read("a workflow block", _WORKFLOW),
    _read("Markdown blocks as patches", _DIFFS),
    _read("Markdown and workflow blocks, and steps at the end", replace(_MARKDOWN, carrier="both")),
    _framed(
        "a workflow block as patches",
        frame(diff("workflow_root", "workflow_block", ("replace", "", _BLOCK))),
        frame(state=EARLY),
        _done(workflow(item(text=HELLO)), results()),
    ),
    _framed(
        "sources as patches beside a workflow block",
        frame(workflow(item("Hello "))),
        frame(diff("web_results", "web_result_block", ("replace", "", {"web_results": ROWS}))),
        frame(diff("web_results", "web_result_block", ("add", "/web_results/-", FIRST))),
        _done(workflow(item(text=HELLO)), results()),
    ),
    _framed("an answer in plain words in `text`", _done(text=HELLO)),
    _framed(
        "one object in `text`",
        _done(text=text_of({"answer": HELLO, "web_results": ROWS})[1:-1]),
    ),
    _framed(
        "a last step whose answer is plain words",
        _done(text=text_of(step("SEARCH_RESULTS", web_results=ROWS), step("FINAL", answer=HELLO))),
    ),
)
TEXTS = (
    _framed(
        "`final` long before the end",
        frame(markdown("Hello "), results()),
        frame(state=EARLY),
        _done(_WHOLE, results()),
    ),
    _framed(
        "markers numbered anew in the last frame",
        frame(markdown("Hello world [2]."), results()),
        frame(state=EARLY),
        _done(markdown("Hello world [1].", answer=HELLO), results()),
    ),
    _read("narration beside the answer", replace(_WORKFLOW, narration="I look around.")),
    _framed(
        "two answer items",
        _done(workflow(item(text="Hello"), item(text="world [1].")), results()),
        answer="Hello\nworld [1].",
    ),
    _framed(
        "sections beside the whole text",
        frame(results()),
        _done(
            markdown("Hello", answer="Hello\nworld [1]."),
            markdown("Hello", answer="Hello", usage="ask_text_0_markdown"),
            markdown("world [1].", answer="world [1].", usage="ask_text_1_markdown"),
        ),
        answer="Hello\nworld [1].",
    ),
    _framed(
        "sections alone",
        frame(results()),
        _done(
            markdown("Hello", answer="Hello", usage="ask_text_0_markdown"),
            markdown("world [1].", answer="world [1].", usage="ask_text_1_markdown"),
        ),
        answer="Hello\nworld [1].",
    ),
    _framed("the same block twice in a frame", frame(_WHOLE, _WHOLE), _done(_WHOLE, results())),
    _framed(
        "blocks and steps of unknown kinds",
        frame({"intended_usage": "new", "new_block": {"a": [1]}}, text=text_of(step("NEW", a=1))),
        _done(_WHOLE, results(), {"intended_usage": "odd"}),
    ),
    _framed(
        "sources that the last frame puts in another order",
        frame(results([SECOND])),
        frame(results([FIRST]), markdown("Hello ")),
        _done(_WHOLE, results(ROWS)),
        sources=[str(row["url"]) for row in ROWS],
    ),
    _read(
        "three bytes at a time",
        replace(_MARKDOWN, pieces=("Hällo ", "wörld [1]."), split=3),
        answer="Hällo wörld [1].",
    ),
)
RESEARCH = (
    _read(
        "a report in a step",
        Script(shape="schematized", pieces=("A note.",), report=REPORT),
        f"A note.\n\n---\n\n{REPORT}",
    ),
    _read(
        "a report in an asset",
        Script(shape="schematized", pieces=("A note.",), report=REPORT, report_in="asset"),
        f"A note.\n\n---\n\n{REPORT}",
    ),
    _read(
        "a report in a file",
        Script(shape="schematized", pieces=("A note.",), report=REPORT, report_in="file"),
        f"A note.\n\n---\n\n{REPORT}",
        model="deep-research",
    ),
    _fails(
        "questions asked back, as words",
        "ResearchClarifyingQuestionsError: Which year?; Which sea?",
        Script(shape="legacy", questions=("Which year?", "Which sea?"), gap_s=0.01),
    ),
    _fails(
        "questions asked back, as objects",
        "ResearchClarifyingQuestionsError: Which year?; Which sea?",
        Script(shape="legacy", questions=_ASKED, gap_s=0.01),
    ),
    _read(
        "questions asked back, then the answer",
        Script(shape="legacy", questions=_ASKED),
        goes_on=True,
    ),
    _read(
        "questions asked back, and nothing else",
        Script(shape="legacy", questions=_ASKED, ends_with_questions=True),
        OTHER,
        goes_on=True,
    ),
)
BREAKS = (
    _read("a stream that breaks off", replace(_MARKDOWN, cut_after=3)),
    _read(
        "a stream that breaks off within a frame",
        replace(_MARKDOWN, cut_after=3, breaks_within=True),
    ),
    _fails(
        "a stream that breaks off, and the rest is gone",
        "StreamingError",
        replace(_MARKDOWN, cut_after=3, is_gone=True),
    ),
    _fails(
        "a stream that ends before its last frame",
        "StreamingError",
        replace(_MARKDOWN, early_final=False, terminal=False, is_gone=True),
    ),
    _fails("a stream without a frame", "StreamingError", Script(raw=b"")),
    _read("patches that break off", replace(_DIFFS, cut_after=2)),
    _read("silence in the midst", replace(_MARKDOWN, hang_after=3)),
    _fails("an answer without a text", "ResponseParsingError", Script(frames=(_done(results()),))),
    _fails(
        "a frame that is no JSON",
        "ResponseParsingError",
        Script(raw=b'event: message\r\ndata: {"read_write_token": "rw-1", "status": \r\n\r\n'),
    ),
)
REFUSALS = (
    _fails("401", "AuthenticationError", Script(status=401)),
    _fails("403", "AuthenticationError", Script(status=403)),
    _fails("the bot wall", "BotWallError", _WALL),
    _fails("a page in place of a stream", "BotWallError", replace(_WALL, status=200)),
    Scenario("429, then the answer", (Script(status=429, headers={"Retry-After": "0"}), _MARKDOWN)),
    _fails("429 for ever", "RateLimitError", Script(status=429, headers={"Retry-After": "0"})),
    _fails("422", "HTTPError", Script(status=422)),
    _fails("500", "HTTPError", Script(status=500)),
    _fails("502 with a page", "HTTPError", Script(status=502, page="<html>Bad Gateway</html>")),
    _failing("no quota left", "RateLimitError", {"error_code": "FREE_TIER_RATE_LIMITED"}),
    _failing(
        "a failed answer", "ResponseParsingError", {"status": "FAILED", "text": "No answer today"}
    ),
    Scenario(
        "another model than was asked for",
        (replace(_MARKDOWN, display_model="turbo"),),
        notice="downgrade",
    ),
)
SCENARIOS = (*SHAPES, *TEXTS, *RESEARCH, *BREAKS, *REFUSALS)


def answers() -> dict[str, list[Script]]:
    """The scripts of all scenarios by the question that brings them up."""
    return {one.name: list(one.scripts) for one in SCENARIOS}
