"""The events that an answer is made of, in the order in which they may come.

`stream.py` enforces the rules: numbers of sources never change, `Sources(complete=True)` comes
before the first `Text`, exactly one `Finished` or `Failed` comes last, and nothing after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from hydrophone.types.document import SearchResult, Source
from hydrophone.types.usage import Cost, Usage

StepKind = Literal["understand", "web_search", "fetch_url", "think", "write"]
Verdict = Literal["exact", "supported", "exists", "unsupported"]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]
NoticeKind = Literal[
    "downgrade",
    "partial",
    "unresponsive_engine",
    "late_sources",
    "no_reranker",
    "no_embedder",
    "no_search",
    "not_in_sources",
    "ignored_option",
    "read_by_ocr",
    "unsupported",
    "disagreement",
    "old_sources",
    "late_stage",
    "budget",
    "address_left_out",
    "unknown_subscription",
]
Origin = Literal["writer", "moved", "added"]


@dataclass(frozen=True, slots=True)
class Span:
    """Code points `start` (inclusive) to `end` (exclusive)."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SourceSpan:
    """A span in the text of the document version whose SHA-256 is `version`."""

    version: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of the work begins."""

    id: str
    kind: StepKind
    thought: str = ""
    queries: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepResult:
    """The stage named by `step` has ended; `pages` are the URLs that were read, `notes` what it
    left in words: sentences with the numbers of their sources, or the lines of an outline."""

    step: str
    hits: tuple[SearchResult, ...] = ()
    pages: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sources:
    """Sources that join the list. `complete`: no more will come before the text."""

    items: tuple[Source, ...] = ()
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Thinking:
    """A piece of a reasoning model's thoughts; not part of the answer's text."""

    delta: str


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer's text."""

    delta: str


@dataclass(frozen=True, slots=True)
class Citation:
    """The answer at `answer_span` rests on source `n`: `quote` stands at `source_span`.

    `verdict`: the text is the quote (`exact`); it was checked and follows from it (`supported`) or
    does not (`unsupported`); or it was not checked (`exists`). `score` is from 0, surely not
    supported, to 1. `origin`: the writer cited this source, or the check `moved` its citation here
    from another one, or `added` it.
    """

    n: int
    passage: str
    answer_span: Span | None
    source_span: SourceSpan
    quote: str
    verdict: Verdict
    score: float | None = None
    origin: Origin = "writer"


@dataclass(frozen=True, slots=True)
class Revision:
    """Replaces the whole text and all citations sent so far."""

    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Image:
    """A picture found beside the sources; sizes in pixels."""

    url: str
    origin_url: str
    title: str = ""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Video:
    """A video found beside the sources; duration in seconds."""

    url: str
    thumbnail_url: str | None = None
    thumbnail_width: int | None = None
    thumbnail_height: int | None = None
    duration_s: float | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """Images and videos that join the answer."""

    images: tuple[Image, ...] = ()
    videos: tuple[Video, ...] = ()


@dataclass(frozen=True, slots=True)
class Related:
    """Questions that one could ask next."""

    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A piece of a call to one of the caller's functions; `arguments` is a piece of JSON."""

    index: int
    id: str | None = None
    name: str | None = None
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the caller should know about how the answer came to be."""

    kind: NoticeKind
    message: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation that can be gone on with by `id`, or by `thread`, the name that the service
    which keeps it has for it."""

    id: str
    thread: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer is whole. `model` is the one that gave it, where another one was asked.

    `charged` is what an outside service charged for it: it stands in the place of the price list.
    `conversation` is the one that the answer belongs to, where one is kept.
    """

    reason: FinishReason
    usage: Usage
    model: str | None = None
    charged: Cost | None = None
    conversation: Conversation | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The answer could not be finished; `code` and `status` as in `errors.py`."""

    code: str
    message: str
    status: int
    retryable: bool
    usage: Usage
    param: str | None = None
    retry_after_s: float | None = None


Event: TypeAlias = (
    Step
    | StepResult
    | Sources
    | Thinking
    | Text
    | Citation
    | Revision
    | Media
    | Related
    | ToolCallDelta
    | Notice
    | Finished
    | Failed
)
